type Version = readonly [major: number, minor: number, patch: number];

const number = String.raw`(0|[1-9]\d*)`;
const bound = new RegExp(`^(\\^|~|>=|>|<=|<|=)?\\s*v?${number}(?:\\.(?:${number}|[xX*]))?(?:\\.(?:${number}|[xX*]))?(?:-[\\w.-]+)?$`);

/**
 * Why a plugin for these versions of Dispatch does not run on this one; undefined when it does. Understood are `*`,
 * `1.2.3`, `^1.2`, `~1.2.3`, `1.x`, comparisons such as `>=1.2 <2`, and several of these with `||` between. Pure.
 */
export function engineProblem(range: string | undefined, version: string): string | undefined {
  if (range === undefined) return undefined;
  const alternatives = range.split('||').map((each) => bounds(each.trim()));
  if (alternatives.includes(undefined)) return `"engine" is "${range}", which is no version range; write one such as "^${version}"`;
  const is = parts(version);
  if (alternatives.some((each) => each?.every((holds) => holds(is)))) return undefined;
  return `it is made for Dispatch ${range}, and this is ${version}: get a version of it that is made for this one`;
}

function bounds(text: string): ((is: Version) => boolean)[] | undefined {
  if (text === '*' || text === 'x') return [() => true];
  const words = text.replace(/([<>=^~])\s+/g, '$1').split(/\s+/);
  const found = words.map(holdsFor);
  return found.every((each) => each !== undefined) ? found : undefined;
}

function holdsFor(text: string): ((is: Version) => boolean) | undefined {
  const match = bound.exec(text);
  if (!match) return undefined;
  const [, sign = '', ...given] = match;
  const known = given.filter((each) => each !== undefined).map(Number);
  const from = [known[0] ?? 0, known[1] ?? 0, known[2] ?? 0] as const;
  const end = after(from, sign === '^' ? caret(from, known.length) : sign === '~' ? Math.min(1, known.length - 1) : known.length - 1);
  switch (sign) {
    case '>':
      return (is) => compare(is, known.length < 3 ? end : from) >= (known.length < 3 ? 0 : 1);
    case '>=':
      return (is) => compare(is, from) >= 0;
    case '<':
      return (is) => compare(is, from) < 0;
    case '<=':
      return (is) => compare(is, end) < 0;
    default:
      return (is) => compare(is, from) >= 0 && compare(is, end) < 0;
  }
}

/** Which place of a version may not change under `^`: the first that is not 0. */
function caret(from: Version, known: number): number {
  const first = from.findIndex((each) => each > 0);
  return first < 0 ? known - 1 : first;
}

/** The first version that differs at this place or before. */
const after = (from: Version, place: number): Version =>
  [0, 1, 2].map((at) => ((from[at] ?? 0) + (at === place ? 1 : 0)) * (at <= place ? 1 : 0)) as unknown as Version;

const parts = (version: string): Version =>
  version
    .replace(/[-+].*$/, '')
    .split('.')
    .map(Number) as unknown as Version;

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
