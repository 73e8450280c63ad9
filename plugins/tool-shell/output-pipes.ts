import { execFile } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The two outputs of a command as real pipes. */
export interface OutputPipes {
  /** Handed to the child as its descriptors 1 and 2; `closeWriters` closes this side's copies after that. */
  writers: [number, number];
  readers: [Socket, Socket];
  /** What `/proc/<pid>/fd/1` and `/2` say of them. */
  names: string[];
  closeWriters(): void;
}

const run = promisify(execFile);

/**
 * Makes pipes for a command's outputs. Node would hand it sockets, which cannot be opened by name: `echo oops >
 * /dev/stderr` fails on them. Undefined where named pipes cannot be made; Node's own are good enough then.
 */
export async function outputPipes(): Promise<OutputPipes | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'dispatch-shell-')).catch(() => undefined);
  if (!folder) return undefined;
  const paths = [join(folder, 'out'), join(folder, 'err')] as const;
  const open: number[] = [];
  const opened = (path: string, flags: number): number => {
    const fd = openSync(path, flags);
    open.push(fd);
    if (!fstatSync(fd).isFIFO()) throw new Error(`${path} is not a pipe`);
    return fd;
  };
  try {
    await run('mkfifo', ['-m', '600', ...paths], { env: { PATH: process.env.PATH } });
    const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
    const reading = paths.map((path) => opened(path, O_RDONLY | O_NONBLOCK)) as [number, number];
    const writers = paths.map((path) => opened(path, O_WRONLY)) as [number, number];
    await rm(folder, { recursive: true, force: true });
    const names = process.platform === 'linux' ? writers.map((fd) => readlinkSync(`/proc/self/fd/${fd}`)) : [];
    const readers = reading.map((fd) => new Socket({ fd, readable: true, writable: false })) as [Socket, Socket];
    return { writers, readers, names, closeWriters: () => writers.forEach(closeSync) };
  } catch {
    for (const fd of open) closeSync(fd);
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    return undefined;
  }
}
