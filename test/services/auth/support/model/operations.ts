import fc from 'fast-check';
import { deriveTeamId, type TeamId } from '../../../../../core/owner.ts';
import { deriveUserId, parseUserId, type UserId } from '../../../../../core/user-id.ts';
import { MADE } from './made-team.ts';

export const ISSUER = 'https://provider.example';
export const CLAIM = 'employee';
/** A team of the provider. Its claim says who belongs to it. */
export const GROUPS = 'groups';
export const GROUP = 'staff';
export const STAFF = deriveTeamId(ISSUER, GROUP);
export const SIDS = ['sid-0', 'sid-1', 'sid-2'];
/** The second person had another value of the claim before. The third brings another person's value. */
export const PEOPLE = [
  { subject: 'ann', claim: 'E-1' },
  { subject: 'ann', claim: 'E-2' },
  { subject: 'ben', claim: 'E-1' },
  { subject: 'eve', claim: 'E-3' },
];

/** A person whose id comes from a claim. */
interface Claiming {
  userIdClaim: string | undefined;
}

export interface Operation {
  does: Kind;
  /** Milliseconds since the operation before it began. */
  afterMs: number;
  process: number;
  browser: number;
  person: number;
  /** An index into `SIDS`. Beyond its end, the provider names no session. */
  sid: number;
  /** The age of the provider's token. */
  olderSeconds: number;
  which: number;
}

const KINDS = [
  'sign in',
  'renew',
  'renew in the background',
  'sign out',
  'sign out everywhere',
  'end a session',
  'revoke a user',
  'provider ends a session',
  'provider ends a person',
  'provider forgets a person',
  'share',
  'unshare',
  'delete the file',
  'schedule',
  'freeze',
  'join a team',
  'open a team',
  'open a team in the background',
  'leave a team',
  'remove from a team',
  'change a role',
  'provider changes a team',
  'share in a team',
] as const;

/** What is done with links to a team's folder. Whoever opens one need not be signed in. */
const LINK_KINDS = [
  'make a link',
  'open a link',
  'renew a link',
  'change a link',
  'end a link',
  'delete the team',
] as const;

type Kind = (typeof KINDS)[number] | (typeof LINK_KINDS)[number];

const WEIGHTS: Partial<Record<Kind, number>> = {
  'sign in': 12,
  renew: 7,
  share: 8,
  'sign out': 5,
  'sign out everywhere': 5,
  'join a team': 10,
  'open a team': 12,
  'open a team in the background': 2,
  'leave a team': 3,
  'remove from a team': 6,
  'change a role': 4,
  'provider changes a team': 4,
  'share in a team': 12,
  'provider ends a session': 2,
  'provider ends a person': 2,
  'provider forgets a person': 2,
};

/** Pauses between operations: how often, and how long at most, in milliseconds. */
type Pauses = readonly (readonly [weight: number, mostMs: number])[];
const PAUSES: Pauses = [
  [6, 30],
  [4, 800],
  [2, 10_000],
  [1, 20 * 60_000],
  [1, 13 * 3_600_000],
];
/** A link is over after a while, and so is the session of its maker. */
const SOON: Pauses = [
  [6, 30],
  [10, 2_000],
  [8, 20_000],
  [4, 5 * 60_000],
  [1, 40 * 60_000],
];

/** In schedules about links. What has no weight does not happen there. */
const LINK_WEIGHTS: Partial<Record<Kind, number>> = {
  'sign in': 10,
  'sign out': 1,
  'sign out everywhere': 2,
  'revoke a user': 1,
  'join a team': 4,
  'open a team': 6,
  'leave a team': 1,
  'remove from a team': 3,
  'change a role': 3,
  'provider changes a team': 1,
  'share in a team': 5,
  schedule: 2,
  freeze: 1,
  'make a link': 14,
  'open a link': 16,
  'renew a link': 10,
  'change a link': 8,
  'end a link': 6,
  'delete the team': 2,
};

/** These come first, before anything fails. */
export const FIRST = ['sign in', 'make a link', 'open a link'] as const;
const LINK_OPERATIONS = [...KINDS, ...LINK_KINDS].flatMap((kind) => {
  const weight = LINK_WEIGHTS[kind];
  return weight === undefined ? [] : [[kind, weight] as const];
});

/** What happens to sessions and teams. */
export const sessionOperations = many(KINDS.map((kind) => [kind, WEIGHTS[kind] ?? 1]));

/** What happens to links to teams' folders, and to those who made the links. First, somebody makes one and opens it. */
export const linkOperations = fc
  .tuple(fc.tuple(...FIRST.map((kind) => operationOf([[kind, 1]], SOON))), many(LINK_OPERATIONS, SOON))
  .map(([first, others]) => [...first.map(inFirstBrowser), ...others]);

/** Time enough for the operation before. Its team is one that people made. */
function inFirstBrowser(each: Operation): Operation {
  return { ...each, browser: 0, which: 0, afterMs: each.afterMs + 3_000 };
}

function many(kinds: (readonly [Kind, number])[], pauses = PAUSES): fc.Arbitrary<Operation[]> {
  // A share in a team that is to end needs four operations in a row.
  return fc.array(operationOf(kinds, pauses), { minLength: 16, maxLength: 24, size: 'max' });
}

function operationOf(kinds: (readonly [Kind, number])[], pauses: Pauses): fc.Arbitrary<Operation> {
  return fc.record({
    does: fc.oneof(...kinds.map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind) }))),
    afterMs: fc.oneof(...pauses.map(([weight, mostMs]) => ({ weight, arbitrary: fc.nat(mostMs) }))),
    process: fc.nat(3),
    // What is done with teams needs a session. So most of it happens in one browser.
    browser: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
    person: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(3) }),
    sid: fc.nat(3),
    olderSeconds: fc.nat(2),
    which: fc.nat(7),
  });
}

/** The team that an operation is about. */
export function teamOf({ which }: Pick<Operation, 'which'>): TeamId {
  return which % 2 === 0 ? MADE : STAFF;
}

export function userOf(person: number, { userIdClaim }: Claiming): UserId {
  const { subject, claim } = PEOPLE[person] ?? { subject: '', claim: '' };
  return userIdClaim === undefined ? deriveUserId(ISSUER, subject) : parseUserId(claim);
}

export function usersOf(world: Claiming): Set<UserId> {
  return new Set(PEOPLE.map((_, person) => userOf(person, world)));
}
