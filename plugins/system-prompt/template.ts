/** What a template asks for: `[type:name]`. */
export interface Reference {
  readonly type: string;
  readonly name: string;
}

type Op =
  | { readonly do: 'text'; readonly text: string }
  | { readonly do: 'insert'; readonly reference: Reference }
  /** Goes on at `to` unless the reference is there (`wanted`), or unless it is not. */
  | { readonly do: 'test'; readonly reference: Reference; readonly wanted: boolean; readonly to: number }
  | { readonly do: 'go'; readonly to: number };

/** A template, ready to be filled in. A flat list, so that no nesting is too deep. */
export type Template = readonly Op[];

/**
 * Reads a template: `[type:name]` inserts, `[if type:name] … [else] … [endif]` and `[if !type:name]` choose, nested as
 * deep as you like. Whatever else stands in brackets is text, and so is an `[if …]` that nobody ends, or an `[else]` or
 * `[endif]` without its `[if …]`. Never throws; takes time in proportion to the text.
 */
export function parseTemplate(text: string): Template {
  const ops: Op[] = [];
  const open: Open[] = [];
  let from = 0;
  const say = (upTo: number) => {
    if (upTo > from) ops.push({ do: 'text', text: text.slice(from, upTo) });
  };
  for (const { 0: source, 1: content = '', index } of text.matchAll(/\[([^[\]\r\n]*)\]/g)) {
    const tag = tagOf(content);
    const innermost = open.at(-1);
    if (!tag || (tag.kind === 'else' && innermost?.go !== undefined) || (tag.kind !== 'if' && tag.kind !== 'insert' && !innermost))
      continue;
    say(index);
    from = index + source.length;
    if (tag.kind === 'insert') ops.push({ do: 'insert', reference: tag.reference });
    else if (tag.kind === 'if') open.push({ test: ops.push({ do: 'text', text: source }) - 1, ...tag });
    else if (innermost && tag.kind === 'else') innermost.go = ops.push({ do: 'text', text: source }) - 1;
    else if (innermost) close(ops, open.pop() as Open);
  }
  say(text.length);
  return ops;
}

/** Fills a template in. A value that is not there inserts nothing; an empty one is there. Values are never read again. */
export function render(template: Template, value: (reference: Reference) => string | undefined): string {
  let text = '';
  for (let at = 0; at < template.length; at++) {
    const op = template[at] as Op;
    if (op.do === 'text') text += op.text;
    else if (op.do === 'insert') text += value(op.reference) ?? '';
    else if (op.do === 'go' || (value(op.reference) !== undefined) !== op.wanted) at = op.to - 1;
  }
  return text;
}

/** Everything a template may ask for, each once. */
export function referencesIn(template: Template): Reference[] {
  const found = new Map<string, Reference>();
  for (const op of template) if ('reference' in op) found.set(keyOf(op.reference), op.reference);
  return [...found.values()];
}

/** Text that stands for a reference. */
export const keyOf = ({ type, name }: Reference): string => `${type}:${name}`;

/** An `[if …]` that has not ended yet; until then its ops are text. */
interface Open {
  readonly test: number;
  readonly reference: Reference;
  readonly wanted: boolean;
  go?: number;
}

function close(ops: Op[], { test, go, reference, wanted }: Open): void {
  ops[test] = { do: 'test', reference, wanted, to: go === undefined ? ops.length : go + 1 };
  if (go !== undefined) ops[go] = { do: 'go', to: ops.length };
}

type Tag =
  | { kind: 'insert'; reference: Reference }
  | { kind: 'if'; reference: Reference; wanted: boolean }
  | { kind: 'else' }
  | { kind: 'endif' };

function tagOf(content: string): Tag | undefined {
  if (content === 'else' || content === 'endif') return { kind: content };
  if (!/^if\s/.test(content)) return wrap(referenceIn(content), (reference) => ({ kind: 'insert', reference }));
  const condition = content.slice(2).trim();
  const wanted = !condition.startsWith('!');
  return wrap(referenceIn(wanted ? condition : condition.slice(1).trim()), (reference) => ({ kind: 'if', reference, wanted }));
}

const wrap = (reference: Reference | undefined, make: (reference: Reference) => Tag) => reference && make(reference);

/** A word, a colon, and a name with no space at its ends; a web address is none. */
function referenceIn(text: string): Reference | undefined {
  const [, type, name] = /^([a-z][a-z0-9_-]*):(?!\/\/)(\S|\S.*\S)$/.exec(text) ?? [];
  return type !== undefined && name !== undefined ? { type, name } : undefined;
}
