/** Choices that depend on a seed and a number only, so each case can be made again alone. */
export interface Random {
  /** A whole number from 0, below `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Up to `max` of them. The same one may come several times. */
  some<T>(choices: readonly T[], max: number): T[];
  /** Characters of one byte each. */
  bytes(max: number): string;
}

/** Mulberry32 (public domain). Each number begins at a place of its own. */
export function createRandom(seed: number, number: number): Random {
  let state = (seed ^ Math.imul(number + 1, 0x9e3779b1)) >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (limit: number) => Math.floor(next() * limit);
  function pick<T>(choices: readonly T[]): T {
    const choice = choices[below(choices.length)];
    if (choice === undefined) throw new Error('there is nothing to pick');
    return choice;
  }
  return {
    below,
    chance: (probability) => next() < probability,
    pick,
    some: (choices, max) => Array.from({ length: below(max + 1) }, () => pick(choices)),
    bytes: (max) => String.fromCharCode(...Array.from({ length: below(max + 1) }, () => below(256))),
  };
}

/** The text with one to four places changed, cut, doubled or grown. */
export function mutated(random: Random, text: string, tokens: readonly string[]): string {
  let result = text;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(result.length + 1);
    const end = at + random.below(random.chance(0.8) ? 3 : 40);
    const grown = random.pick([
      () => '',
      () => random.pick(tokens),
      () => random.bytes(3),
      () => result.slice(at, end).repeat(2),
      () => String.fromCharCode(random.below(256)),
    ])();
    result = result.slice(0, at) + grown + result.slice(end);
  }
  return result;
}
