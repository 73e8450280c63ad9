import { createHash, randomUUID } from 'node:crypto';

/** The variable that marks every process a command starts, however it is detached. */
export const markerName = 'DISPATCH_TOOL_CALL';

/** Who marks: the data directory, and the server process (its number alone could be another's by now). */
export interface MarkerOwner {
  dataDir: string;
  pid: number;
  /** Start of the process in clock ticks since boot; empty where it cannot be told. */
  startedAt: string;
}

const prefixOf = (dataDir: string): string => createHash('sha256').update(dataDir).digest('hex').slice(0, 16);

/** A mark of its own for each command: `<data directory>.<pid>.<start>.<id>`. */
export const newMark = ({ dataDir, pid, startedAt }: MarkerOwner): string => [prefixOf(dataDir), pid, startedAt, randomUUID()].join('.');

/** The value of the variable: a server that itself runs inside a command keeps the outer marks. */
export const withOuterMarks = (mark: string, outer: string | undefined): string => (outer ? `${outer} ${mark}` : mark);

/** The marks in the environment of a process, as `/proc/<pid>/environ` holds it. */
export function marksIn(environ: string): string[] {
  const start = `\0${environ}`.indexOf(`\0${markerName}=`);
  if (start < 0) return [];
  const from = start + markerName.length + 1;
  const end = environ.indexOf('\0', from);
  return environ.slice(from, end < 0 ? undefined : end).split(' ');
}

/** The server that made a mark, if it was one of this data directory. */
export function ownerOf(mark: string, dataDir: string): { pid: number; startedAt: string } | undefined {
  const [prefix, pid, startedAt] = mark.split('.');
  if (prefix !== prefixOf(dataDir) || !pid || startedAt === undefined) return undefined;
  return { pid: Number(pid), startedAt };
}
