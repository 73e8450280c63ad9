import type { Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from 'dispatch/kernel';
import { type Opened, openInside, PathRefused, throughHandle } from '../working-directory/contract.js';
import { matterSkill, plainSkill, type SkillText } from './skill-text.js';

/** A skill that can be loaded. */
export interface Skill extends SkillText {
  name: string;
  /** Absolute path of its file. */
  path: string;
}

/** What is told of a file that is no skill; `path` is absolute. */
export type Report = (path: string, problem: string) => void;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const mostBytes = 256 * 1024;
/** Bytes of files whose text is kept. */
const mostKept = 8 * 1024 * 1024;
/** Names that are looked at in one folder. */
const mostNames = 1000;
/** Skills taken from one folder. */
const mostSkills = 100;

/** Texts of files as they were when last read; a file that looks the same is not read again. */
interface Read {
  stamp: string;
  result: SkillText | { problem: string };
}

/** The skills in folders, read anew only where a file has changed. */
export class SkillFolders {
  private readonly read = new Map<string, Read>();
  /** Of all that is kept in `read`, and a little more. */
  private bytes = 0;

  /**
   * The skills in a folder below a root, by name; none when there is no such folder. Neither the folder nor a skill may
   * be a link that leads out of what it lies in.
   */
  async skills(root: string, folder: string, report: Report): Promise<Skill[]> {
    const path = join(root, folder);
    // Most have none: one look is all that costs.
    if (!(await found(path))) return [];
    const opened = await openInside(folder, { cwd: root }).catch((thrown: unknown) => refused(thrown, path, report));
    if (!opened) return [];
    try {
      return opened.kind === 'directory' ? await this.inside(opened, report) : [];
    } finally {
      await opened.handle.close();
    }
  }

  private async inside(folder: Opened, report: Report): Promise<Skill[]> {
    const files = new Map<string, string>();
    for (const name of await namesIn(folder)) {
      if (name.endsWith('.md')) files.set(name.slice(0, -3), name);
      else if (!name.startsWith('.') && !files.has(name)) files.set(name, `${name}/SKILL.md`);
    }
    const skills: Skill[] = [];
    for (const [name, file] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const skill = await this.skill(folder.path, name, file, report);
      if (!skill) continue;
      if (skills.length === mostSkills) {
        report(folder.path, `it has more than ${mostSkills} skills, and only the first count`);
        break;
      }
      skills.push(skill);
    }
    return skills;
  }

  private async skill(folder: string, name: string, file: string, report: Report): Promise<Skill | undefined> {
    const path = join(folder, file);
    if (!namePattern.test(name)) {
      // Folders of other things may lie beside skills; they are no problem.
      if (file.endsWith(`${name}.md`)) report(path, 'its name is not 1 to 64 letters, digits, ".", "_" and "-"');
      return undefined;
    }
    // A file that is the one that was read is not opened again.
    const stats = await found(path);
    if (!stats) return undefined;
    const known = this.read.get(path);
    if (known?.stamp === stampOf(stats)) return asSkill(name, path, known.result, report);
    const opened = await openInside(file, { cwd: folder }).catch((thrown: unknown) => refused(thrown, path, report));
    if (!opened) return undefined;
    try {
      if (opened.kind !== 'file') return undefined;
      return asSkill(name, path, await this.text(path, opened, file.endsWith('/SKILL.md')), report);
    } finally {
      await opened.handle.close();
    }
  }

  private async text(path: string, { handle, stats }: Opened, isMatter: boolean): Promise<Read['result']> {
    if (stats.size > mostBytes) return { problem: `it has ${stats.size} bytes, and a skill may have ${mostBytes}` };
    const content = (await handle.readFile()).subarray(0, mostBytes).toString('utf8');
    const result = await (async () => (isMatter ? matterSkill(content) : plainSkill(content)))().catch((thrown: unknown) => ({
      problem: messageOf(thrown),
    }));
    this.bytes += stats.size;
    if (this.bytes > mostKept) {
      this.read.clear();
      this.bytes = stats.size;
    }
    this.read.set(path, { stamp: stampOf(stats), result });
    return result;
  }
}

const found = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);
const stampOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string => [dev, ino, size, mtimeMs, ctimeMs].join(' ');

function asSkill(name: string, path: string, result: Read['result'], report: Report): Skill | undefined {
  if (!('problem' in result)) return { name, path, ...result };
  report(path, result.problem);
  return undefined;
}

async function namesIn(folder: Opened): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(throughHandle(folder))) {
    if (names.length >= mostNames) break;
    names.push(entry.name);
  }
  return names.sort();
}

/** What is not there is no problem; what may not be opened is told. */
function refused(thrown: unknown, path: string, report: Report): undefined {
  if (!(thrown instanceof PathRefused)) throw thrown;
  const code = (thrown.cause as NodeJS.ErrnoException | undefined)?.code;
  if (thrown.code !== 'missing' && code !== 'ENOTDIR')
    report(path, thrown.code === 'outside' ? 'it is a link that leads out of its folder' : thrown.message);
  return undefined;
}
