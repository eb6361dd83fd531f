import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { Clock } from '../table/clock.ts';

/** OWASP's Password Storage Cheat Sheet has these for scrypt. A hash takes 32 MB, and some 0.2 s of one core. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1_024 ** 2 };
const HASH_BYTES = 32;

/** How long a password that was right is not hashed again. A core hashes some three thousand in this time. */
const KNOWN_MS = 10 * 60 * 1_000;

/**
 * How long a hash waits for its turn at most. That is some fifteen hashes. A try of a password is undecided meanwhile, and
 * `tries.ts` waits for longer than this.
 */
export const MAX_WAIT_SECONDS = 3;
/**
 * How many of one team wait. More are not even queued. Guests with a password that turns out to be right need no hash of
 * their own.
 */
const MAX_WAITING = 2;

export type Passwords = ReturnType<typeof createPasswords>;

/**
 * * The passwords of links, in one process. Both methods throw GatewayError timed_out if too many passwords of the
 * team are waiting. * A right password is known for ten minutes, since two hundred guests of one link would need a
 * minute of a core. A MAC of it is kept under a key that only this process has.
 */
export function createPasswords(clock: Pick<Clock, 'monotonicMs'>) {
  const { monotonicMs } = clock;
  const inTurn = createQueue(clock);
  const key = randomBytes(32);
  /** When each is forgotten. */
  const known = new Map<string, number>();
  const hashing = new Map<string, Promise<boolean>>();

  function dropPast(): void {
    for (const [mac, endMs] of known) if (endMs <= monotonicMs()) known.delete(mac);
  }

  return {
    /** The hash that a link keeps: `<salt>.<scrypt>`, both in base64url. */
    async hash(teamId: TeamId, rawPassword: string): Promise<string> {
      const salt = randomBytes(16);
      const hash = await inTurn(teamId, () => derive(rawPassword, salt));
      return `${salt.toString('base64url')}.${hash.toString('base64url')}`;
    },

    /** Says whether a hash is of a password. Takes equal time for every wrong password. */
    async isRight(teamId: TeamId, rawPassword: string, stored: string): Promise<boolean> {
      const mac = createHmac('sha256', key)
        .update(`${stored}\0${normalized(rawPassword)}`)
        .digest('base64url');
      dropPast();
      if (known.has(mac)) return true;
      // Many guests come at once with the same password.
      const same = hashing.get(mac);
      if (same) return same;
      const checked = inTurn(teamId, () => isHashOf(rawPassword, stored));
      hashing.set(mac, checked);
      try {
        const isRight = await checked;
        if (isRight) known.set(mac, monotonicMs() + KNOWN_MS);
        return isRight;
      } finally {
        hashing.delete(mac);
      }
    },
  };
}

async function isHashOf(rawPassword: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split('.');
  const wanted = Buffer.from(hash, 'base64url');
  const given = await derive(rawPassword, Buffer.from(salt, 'base64url'));
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** Keyboards write the same letter in several ways, so a password has one Unicode form (NFC). */
function normalized(rawPassword: string): string {
  return rawPassword.normalize('NFC');
}

function derive(rawPassword: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(normalized(rawPassword), salt, HASH_BYTES, COST, (error, hash) =>
      error ? reject(error) : resolve(hash),
    );
  });
}

/**
 * One hash at a time. Node has four threads for such work, and everybody else needs them too. Few of one team may wait, so
 * that whoever tries many passwords at one team's links hardly delays anybody else's guests. A hash whose turn comes too
 * late is not begun.
 */
function createQueue({ monotonicMs }: Pick<Clock, 'monotonicMs'>) {
  const waiting = new Map<TeamId, number>();
  let last: Promise<unknown> = Promise.resolve();

  return async <T>(team: TeamId, work: () => Promise<T>): Promise<T> => {
    const before = waiting.get(team) ?? 0;
    if (before >= MAX_WAITING) throw tooMany();
    waiting.set(team, before + 1);
    const untilMs = monotonicMs() + MAX_WAIT_SECONDS * 1_000;
    const turn = last.then(() => {
      const left = (waiting.get(team) ?? 1) - 1;
      if (left === 0) waiting.delete(team);
      else waiting.set(team, left);
      if (monotonicMs() > untilMs) throw tooMany();
      return work();
    });
    last = turn.catch(() => {});
    return turn;
  };
}

function tooMany(): GatewayError {
  return new GatewayError('timed_out', {
    detail: 'Too many passwords are being checked. Try again in a moment.',
  });
}
