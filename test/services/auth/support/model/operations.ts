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

type Kind = (typeof KINDS)[number];

const WEIGHTS: Partial<Record<Kind, number>> = {
  'sign in': 12,
  renew: 7,
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

export const operation: fc.Arbitrary<Operation> = fc.record({
  does: fc.oneof(...KINDS.map((kind) => ({ weight: WEIGHTS[kind] ?? 1, arbitrary: fc.constant(kind) }))),
  afterMs: fc.oneof(
    { weight: 6, arbitrary: fc.nat(30) },
    { weight: 4, arbitrary: fc.nat(800) },
    { weight: 2, arbitrary: fc.nat(10_000) },
    { weight: 1, arbitrary: fc.nat(20 * 60_000) },
    { weight: 1, arbitrary: fc.nat(13 * 3_600_000) },
  ),
  process: fc.nat(3),
  // What is done with teams needs a session. So most of it happens in one browser.
  browser: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
  person: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(3) }),
  sid: fc.nat(3),
  olderSeconds: fc.nat(2),
  which: fc.nat(7),
});

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
