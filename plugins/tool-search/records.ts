/** A line as ripgrep found it. */
export interface Found {
  path: string;
  line: number;
  /** Whether the line matches; a line of context does not. */
  matches: boolean;
  text: string;
}

/** What ripgrep says of a binary file, without the NUL that its other lines have. */
const aboutBinary = /^[\s\S]*?: (?:WARNING: stopped searching binary file after match|binary file matches) \(found [^\n]*\)\n/;

/** Reads `path NUL number[:-] text LF`, however it is cut into pieces. Names may hold line ends, so the NUL ends them. */
export class FoundLines {
  private rest = '';

  /** Whether all that was said is that a binary file matches. */
  get onlyBinary(): boolean {
    return aboutBinary.test(this.rest);
  }

  take(piece: string): Found[] {
    const text = this.rest + piece;
    const found: Found[] = [];
    let from = 0;
    for (;;) {
      const nul = text.indexOf('\0', from);
      const end = nul < 0 ? -1 : text.indexOf('\n', nul);
      if (end < 0) break;
      found.push(read(text.slice(from, nul).replace(aboutBinary, ''), text.slice(nul + 1, end)));
      from = end + 1;
    }
    this.rest = text.slice(from);
    return found;
  }
}

/** Reads names that end in NUL, however they are cut into pieces. */
export class FoundNames {
  private rest = '';

  take(piece: string): string[] {
    const names = (this.rest + piece).split('\0');
    this.rest = names.pop() as string;
    return names;
  }
}

function read(path: string, said: string): Found {
  const [, number = '0', mark, text = said] = /^(\d+)([:-])([\s\S]*)$/.exec(said) ?? [];
  return { path, line: Number(number), matches: mark === ':', text: text.replace(/\r$/, '') };
}
