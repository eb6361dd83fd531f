import { ALICE, BOB, FORMER_TEAM, TEAM } from './events.ts';

/** Every sequence of up to `maxTokens` tokens behind a prefix, in a fixed order. A number finds each of them. */
export interface HostilePaths {
  name: string;
  prefix: string;
  tokens: readonly string[];
}

export const BEHIND_THE_PREFIX: HostilePaths = {
  name: `behind /users/<alice>/`,
  prefix: `/users/${ALICE}/`,
  tokens: [
    ...['/', '.', '..', '%2e', '%2E', '%2f', '%2F', '%5C', '\\', '%25'],
    ...['%252e', '%00', '%C0%AF', ';', '%61', '%C3%A9', 'users', BOB, '*', '?'],
  ],
};

/** The same tokens lead to another team, and from a team to a user. */
export const BEHIND_A_TEAM: HostilePaths = {
  name: `behind /teams/<team>/`,
  prefix: `/teams/${TEAM}/`,
  tokens: BEHIND_THE_PREFIX.tokens.map((token) => (token === 'users' ? '/users/' : token)),
};

export const BEHIND_A_FORMER_TEAM: HostilePaths = {
  name: `behind /teams/<former team>/`,
  prefix: `/teams/${FORMER_TEAM}/`,
  tokens: BEHIND_A_TEAM.tokens.map((token) => (token === BOB ? TEAM : token)),
};

export const FROM_THE_START: HostilePaths = {
  name: 'from the start',
  prefix: '',
  tokens: [
    ...['/', '/users/', 'users', '/Users/', '/teams/', ALICE, BOB, TEAM, 'a', '.'],
    ...['..', '/../', '%2e%2e', '%2F', '%5C', '..;', '*', '?', '%00', '%252e'],
  ],
};

export function countOf({ tokens }: HostilePaths, maxTokens: number): number {
  let count = 0;
  for (let length = 1; length <= maxTokens; length++) count += tokens.length ** length;
  return count;
}

/** @param number from 0; shorter sequences come first */
export function pathAt({ prefix, tokens }: HostilePaths, number: number): string {
  let place = number;
  let length = 1;
  while (place >= tokens.length ** length) place -= tokens.length ** length++;
  let path = prefix;
  for (; length > 0; length--) {
    path += tokens[place % tokens.length];
    place = Math.floor(place / tokens.length);
  }
  return path;
}

/** Every kind of them. */
export const ALL_PATHS = [BEHIND_THE_PREFIX, BEHIND_A_TEAM, BEHIND_A_FORMER_TEAM, FROM_THE_START];
