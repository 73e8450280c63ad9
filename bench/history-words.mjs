// Words of a big history: as unevenly common as those of a language, and the same each time.

/** Said in a few texts only, and in most of them. */
export const rareWord = 'quokkapalimpsest';
export const commonWord = 'ka';

const consonants = 'k t s n m r l p d g b v z f h j'.split(' ');
const vowels = 'a e i o u'.split(' ');

/** Deterministic numbers in [0, 1). */
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The word of a rank, from 0: short ones are the common ones. */
export function word(rank) {
  let text = '';
  for (let left = rank; left >= 0; left = Math.floor(left / 80) - 1) {
    const syllable = left % 80;
    text += consonants[Math.floor(syllable / 5)] + vowels[syllable % 5];
  }
  return text;
}

/** A long run of words, rank r as often as 1/r, which texts are cut out of. */
export function pool({ words = 1_500_000, vocabulary = 60_000, seed = 7 } = {}) {
  const next = dice(seed);
  const size = Math.log(vocabulary);
  const starts = new Uint32Array(words + 1);
  const parts = [];
  for (let index = 0, at = 0; index < words; index++) {
    const text = word(Math.floor(Math.exp(next() * size)) - 1);
    starts[index] = at;
    at += text.length + 1;
    starts[index + 1] = at;
    parts.push(text);
  }
  const all = `${parts.join(' ')} `;
  /** `count` words from a place in [0, 1) on. */
  return (place, count) => {
    const from = Math.floor(place * (words - count));
    return all.slice(starts[from], starts[from + count] - 1);
  };
}
