/** Whether a path below the searched folder, with `/`, fits. */
export type PathTest = (path: string) => boolean;

const mostAlternatives = 200;

/**
 * Reads a glob: `*` and `?` within a name, `**` across folders, `[a-z]`, `{a,b}`, `\` before a literal character. Without
 * `/` it means the name in any folder; a leading `!` turns it round. Never takes more than steps × characters, whatever
 * the pattern. Throws an error that says what is wrong.
 */
export function globTest(pattern: string): PathTest {
  if (pattern.startsWith('!')) {
    const fits = globTest(pattern.slice(1));
    return (path) => !fits(path);
  }
  const bare = pattern.replace(/^(\.?\/)+/, '');
  if (bare === '') throw new Error(`the glob "${pattern}" names nothing: write for example **/*.ts`);
  const shapes = alternatives(bare).map((each) => segmentsOf(each));
  return (path) => {
    const names = path.split('/').map((name) => [...name]);
    return shapes.some((shape) => fitsPath(shape, names));
  };
}

/** The glob for names alone that everything this glob fits has to fit too; undefined when there is none. */
export function nameGlob(pattern: string): string | undefined {
  const last = pattern.slice(pattern.lastIndexOf('/') + 1);
  const simple = !pattern.startsWith('!') && !/[{},[\]\\]/.test(pattern.slice(0, -last.length)) && /^[\w.*?-]+(\{[\w.,-]+\})?$/.test(last);
  return simple && !/^\**$/.test(last) ? last : undefined;
}

/** Expands `{a,b}`, nested ones too. */
function alternatives(pattern: string): string[] {
  const open = unescaped(pattern, '{', 0);
  if (open < 0) return [pattern];
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < pattern.length; at++) {
    const letter = pattern[at];
    if (letter === '\\') at++;
    else if (letter === '{') depth++;
    else if (letter === ',' && depth === 1) {
      parts.push(pattern.slice(from, at));
      from = at + 1;
    } else if (letter === '}' && --depth === 0) {
      parts.push(pattern.slice(from, at));
      const whole = parts.map((part) => pattern.slice(0, open) + part + pattern.slice(at + 1));
      const all: string[] = [];
      for (const each of whole) {
        all.push(...alternatives(each));
        if (all.length > mostAlternatives) throw new Error(`the glob has more than ${mostAlternatives} alternatives: write fewer in { }`);
      }
      return all;
    }
  }
  throw new Error(`the glob "${pattern}" has a "{" without its "}": close it, or write \\{ for the character`);
}

function unescaped(text: string, letter: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === letter) return at;
  }
  return -1;
}

type Step = '*' | ((letter: string) => boolean);
type Segment = '**' | readonly Step[];

function segmentsOf(pattern: string): Segment[] {
  const segments = pattern
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .map((part): Segment => (part === '**' ? '**' : stepsOf(part)));
  if (!pattern.includes('/')) segments.unshift('**');
  // A folder stands for all that is in it.
  if (pattern.endsWith('/')) segments.push('**');
  return segments;
}

function stepsOf(name: string): Step[] {
  const steps: Step[] = [];
  const letters = [...name];
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] as string;
    const next = letters[at + 1];
    if (letter === '*') {
      if (steps.at(-1) !== '*') steps.push('*');
    } else if (letter === '?') steps.push(() => true);
    else if (letter === '[' && letters.indexOf(']', at + 2) > 0) {
      const end = letters.indexOf(']', at + 2);
      steps.push(oneOf(letters.slice(at + 1, end)));
      at = end;
    } else if (letter === '\\' && next !== undefined) {
      steps.push((other) => other === next);
      at++;
    } else steps.push((other) => other === letter);
  }
  return steps;
}

function oneOf(letters: readonly string[]): Step {
  const not = letters[0] === '!' || letters[0] === '^';
  const ranges: [string, string][] = [];
  for (let at = not ? 1 : 0; at < letters.length; at++) {
    const low = letters[at] as string;
    const high = letters[at + 1] === '-' ? letters[at + 2] : undefined;
    ranges.push([low, high ?? low]);
    if (high !== undefined) at += 2;
  }
  return (letter) => ranges.some(([low, high]) => letter >= low && letter <= high) !== not;
}

const fitsPath = (shape: readonly Segment[], names: readonly (readonly string[])[]): boolean =>
  fits(
    shape,
    names,
    (segment) => segment === '**',
    (segment, name) => segment !== '**' && fitsName(segment, name),
  );

const fitsName = (steps: readonly Step[], letters: readonly string[]): boolean =>
  fits(
    steps,
    letters,
    (step) => step === '*',
    (step, letter) => step !== '*' && step(letter),
  );

/** Matches a row of things against steps of which some stand for any number of things, without ever going back twice. */
function fits<S, T>(steps: readonly S[], things: readonly T[], isAny: (step: S) => boolean, fit: (step: S, thing: T) => boolean): boolean {
  let [step, thing, lastAny, resumeAt] = [0, 0, -1, 0];
  while (thing < things.length) {
    const current = steps[step];
    if (current !== undefined && isAny(current)) {
      lastAny = step++;
      resumeAt = thing;
    } else if (current !== undefined && fit(current, things[thing] as T)) {
      step++;
      thing++;
    } else if (lastAny >= 0) {
      step = lastAny + 1;
      thing = ++resumeAt;
    } else return false;
  }
  return steps.slice(step).every(isAny);
}
