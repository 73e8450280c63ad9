import type { Session } from './session.js';
import type { ToolInfo } from './tool-list.js';

/** The tools of one server, as it last listed them; they stay while it is down. */
export class OfferedTools {
  list: readonly ToolInfo[] = [];
  /** Rises with each change of `list`. */
  version = 0;
  /** Settles when the list that is being asked for is there; undefined when none is. */
  asking: Promise<void> | undefined;
  private again = false;
  /** As they were last told. */
  private problems = '';

  /** @param warn told why tools are left out, or were not listed */
  constructor(private readonly warn: (words: string) => void) {}

  /** Asks for the list; rejects when there is none. */
  async load(session: Session): Promise<void> {
    const { tools, problems } = await session.tools();
    const found = problems.join('; ');
    if (found !== '' && found !== this.problems) this.warn(found);
    this.problems = found;
    // What is the same keeps its identity: schemas are compiled once.
    if (JSON.stringify(tools) === JSON.stringify(this.list)) return;
    this.list = tools;
    this.version++;
  }

  /** The list has changed. However often that is said, one is asked for at a time. */
  changed(session: Session): void {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = this.load(session)
      .catch((thrown: unknown) => {
        this.again = false;
        this.warn(`it did not list its tools: ${(thrown as Error).message}`);
      })
      .finally(() => {
        this.asking = undefined;
        if (this.again) this.changed(session);
        this.again = false;
      });
  }
}
