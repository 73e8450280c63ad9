import { Clock, Config, inject, Logger, plugin, type ToolContext } from 'dispatch/kernel';
import { notesOn } from './after-edit-notes.js';
import type { Places } from './bounds.js';
import { type AfterEdit, AfterEdits, type ChangedFile, type Expected, type FoundFile, WorkingFiles } from './contract.js';
import { KnownFiles } from './known-files.js';
import { type OldFile, openOld, readOld } from './old-file.js';
import { OneAtATime } from './one-at-a-time.js';
import { openInside } from './open-inside.js';
import type { Opened } from './opened.js';
import { PathRefused } from './path-refused.js';
import { replaceFile } from './replace-file.js';
import { type Stamp, stampOf } from './stamp.js';
import { openTarget, type Target } from './target.js';

type Changer = Pick<ToolContext, 'cwd' | 'conversationId' | 'signal'>;
type Decide = (found: FoundFile) => Promise<string> | string;

@plugin({ id: 'working-directory', version: '0.1.0', provides: WorkingFiles, capabilities: ['files'] })
export class WorkingDirectory implements WorkingFiles {
  private readonly known = new KnownFiles();
  private readonly changing = new OneAtATime();
  private readonly rules: Pick<Places, 'closed' | 'allow'>;

  constructor(
    @inject(Config) config: Config,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
    @inject(AfterEdits) private readonly watchers: readonly AfterEdit[],
  ) {
    this.rules = { closed: [config.text('dataDir')], allow: config.list('tools.allowProtected') };
  }

  open(asked: string, { cwd, readableRoots }: Pick<ToolContext, 'cwd' | 'readableRoots'>): Promise<Opened> {
    return openInside(asked, { cwd, readableRoots, ...this.rules });
  }

  shown(conversationId: string, { path, stats }: Opened, content?: Buffer): void {
    this.known.remember(conversationId, path, stampOf(stats, content));
  }

  async change(asked: string, expected: Expected, context: Changer, decide: Decide): Promise<ChangedFile> {
    const { cwd, conversationId, signal } = context;
    const target = await openTarget(asked, { cwd, ...this.rules });
    const { path, shown } = target;
    const { clock, logger, watchers } = this;
    const written = this.changing.run(path, () => this.write(target, expected, context, decide));
    const content = await written.finally(() => target.close());
    const edit = { conversationId, cwd, path, content: content.toString('utf8'), signal };
    return { path, shown, bytes: content.length, notes: await notesOn(edit, watchers, { clock, logger }) };
  }

  private async write(target: Target, expected: Expected, context: Changer, decide: Decide): Promise<Buffer> {
    const old = await openOld(target);
    try {
      refuseUnexpected(target, expected, old);
      if (old) await this.refuseConflict(target, old, context);
      const read = async () => (old ? readOld(old, target.asked) : Buffer.alloc(0));
      const content = Buffer.from(await decide({ shown: target.shown, size: old?.stats.size ?? 0, read }), 'utf8');
      context.signal.throwIfAborted();
      const stamp: Stamp = await replaceFile(target, content, old?.stats);
      this.known.remember(context.conversationId, target.path, stamp);
      return content;
    } finally {
      await old?.handle.close();
    }
  }

  private async refuseConflict(target: Target, old: OldFile, { conversationId }: Changer): Promise<void> {
    const read = () => readOld(old, target.asked);
    if (!(await this.known.changed(conversationId, target.path, stampOf(old.stats), read))) return;
    throw new PathRefused(
      'conflict',
      `conflict: ${target.asked} was changed by somebody else since it was last read or written in this conversation, so it was left as it is; read it again, then change it`,
    );
  }
}

function refuseUnexpected({ asked }: Target, expected: Expected, old: OldFile | undefined): void {
  if (expected === 'nothing' && old) throw new PathRefused('exists', `${asked} exists already (${old.stats.size} bytes)`);
  if (expected === 'file' && !old) throw new PathRefused('missing', `no such file: ${asked}`);
}
