import { readPrivate, writePrivate } from './private-file.js';
import { randomText } from './secret-text.js';

/** Where the token comes from. */
export interface TokenPlace {
  /** From the environment; it counts before the file. */
  given?: string;
  /** Absolute path of the token file. */
  file: string;
  /** Whether there has to be one already: it is not made up for a server that others can reach. */
  mustExist: boolean;
}

/** 22 characters of 64 kinds are 132 bits. */
const spelling = /^[A-Za-z0-9._~+/-]{22,512}=*$/;

/** The server's token: given, kept in its file, or made now. Throws a sentence when there is none or it is no good. */
export function findToken({ given, file, mustExist }: TokenPlace): string | undefined {
  if (given !== undefined) return checked(given, 'DISPATCH_TOKEN');
  const text = readPrivate(file);
  if (text !== undefined) return checked(text.trim(), file);
  return mustExist ? undefined : newToken(file);
}

/** Makes a token and keeps it in its file. */
export function newToken(file: string): string {
  const token = randomText();
  writePrivate(file, `${token}\n`);
  return token;
}

function checked(token: string, source: string): string {
  if (spelling.test(token)) return token;
  throw new Error(
    `the token in ${source} is not strong enough: it must be at least 22 random characters out of A-Z a-z 0-9 - . _ ~ + /, such as "openssl rand -hex 32" makes`,
  );
}
