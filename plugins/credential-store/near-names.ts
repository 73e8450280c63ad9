import { nearest } from 'dispatch/kernel';

const afterSlash = (name: string): string => name.slice(name.indexOf('/') + 1);

/** The names somebody may have meant: first those that are right but for the credential, then those that look alike. */
export function nearNames(asked: string, names: readonly string[], count = 5): string[] {
  const same = names.filter((name) => afterSlash(name) === asked || afterSlash(name) === afterSlash(asked));
  const others = nearest(
    asked,
    names.filter((name) => !same.includes(name)),
    count,
  );
  return [...same, ...others].slice(0, count);
}
