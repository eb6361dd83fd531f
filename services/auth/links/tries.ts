import { randomBytes } from 'node:crypto';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { CLOCKS_APART_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { createTries } from '../table/change.ts';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import { MAX_WAIT_SECONDS } from './password.ts';

const WINDOW_SECONDS = 10 * 60;
/**
 * The most wrong passwords within ten minutes. Many people share one address, so wrong ones at the links of one team keep
 * the others out of that team only.
 */
export const MAX_WRONG = { ofLink: 10, ofAddressAndTeam: 100, ofAddress: 1_000 };
/** The most openings of links by one address within ten minutes, whatever their outcome. */
const MAX_OPENINGS = 600;
/**
 * A try that began within this time may turn out to be right. Its hash waits for `MAX_WAIT_SECONDS` at most, and two more
 * are enough for the hash and the calls before it. It is less than the time for which `createTries` goes on, so whoever
 * waits for ten wrong ones hears that they were wrong.
 */
const UNDECIDED_SECONDS = MAX_WAIT_SECONDS + 2;

interface TriesDeps {
  links: Pick<Stores['links'], 'addTry' | 'readTries' | 'removeTries'>;
  clock: Clock;
}

/**
 * Counts an opening, in windows of ten minutes. What is left of the ten minutes before this moment counts by its share of
 * the former window.
 * @throws GatewayError too_many_requests, store_unavailable
 */
export async function countOpening(
  { links, clock }: { links: Pick<Stores['links'], 'takeRoom' | 'takenRoom'>; clock: Clock },
  address: string,
): Promise<void> {
  const atEpoch = nowEpoch({ clock });
  const window = Math.floor(atEpoch / WINDOW_SECONDS);
  const endEpoch = (window + 1) * WINDOW_SECONDS;
  const key = (of: number) => `openings#${address}#${of}`;
  const before = await links.takenRoom(key(window - 1));
  const caps = {
    files: MAX_OPENINGS - Math.ceil((before.files * (endEpoch - atEpoch)) / WINDOW_SECONDS),
    bytes: 0,
  };
  const forgetAtEpoch = endEpoch + WINDOW_SECONDS + CLOCKS_APART_SECONDS;
  if (caps.files > 0 && (await links.takeRoom(key(window), 0, caps, forgetAtEpoch))) return;
  throw new GatewayError('too_many_requests', {
    detail: 'Too many links were opened from this IP address. Try again in ten minutes.',
    members: { retryAfterSeconds: endEpoch - atEpoch },
  });
}

/** Whose wrong passwords count together. */
export interface Counted {
  key: string;
  most: number;
}

/** The place of a try: `<epoch seconds>.<random>` among those of the key. */
interface Place {
  key: string;
  name: string;
}

/**
 * Tries a password, unless there were too many wrong ones. The try takes its place before the password is looked at, so
 * tries at the same time cannot be more. It keeps the place only if the password is wrong, or if the store fails when the
 * place is given back.
 * @throws GatewayError too_many_requests; timed_out if others tried all the time; store_unavailable; what `isRight` throws
 */
export async function tryPassword(
  deps: TriesDeps,
  counted: readonly Counted[],
  isRight: () => Promise<boolean>,
): Promise<boolean> {
  const tries = createTries(deps.clock, 'timed_out');
  for (;;) {
    const places: Place[] = [];
    let isWrong = false;
    try {
      for (const each of counted) {
        const place = await takePlace(deps, each);
        if (!place) break;
        places.push(place);
      }
      if (places.length === counted.length) {
        isWrong = !(await isRight());
        return !isWrong;
      }
    } finally {
      if (!isWrong) await Promise.all(places.map((place) => giveBack(deps, place)));
    }
    // No place is kept meanwhile, so that nobody takes this try for a wrong one.
    await tries.again();
  }
}

/**
 * @returns undefined if all places are taken, and some of those tries may turn out to be right
 * @throws GatewayError too_many_requests, store_unavailable
 */
async function takePlace({ links, clock }: TriesDeps, { key, most }: Counted): Promise<Place | undefined> {
  const atEpoch = nowEpoch({ clock });
  const names = await links.readTries(key);
  const past = names.filter((each) => timeOf(each) <= atEpoch - WINDOW_SECONDS);
  if (past.length > 0) await links.removeTries(key, past);
  const recent = names.filter((each) => !past.includes(each));
  if (recent.length < most) {
    const name = `${atEpoch}.${randomBytes(12).toString('base64url')}`;
    const forgetAtEpoch = atEpoch + WINDOW_SECONDS + CLOCKS_APART_SECONDS;
    return (await links.addTry(key, name, most, forgetAtEpoch)) ? { key, name } : undefined;
  }
  if (recent.some((each) => timeOf(each) > atEpoch - UNDECIDED_SECONDS)) return undefined;
  throw new GatewayError('too_many_requests', {
    detail: 'There were too many wrong passwords. Try again in ten minutes.',
  });
}

function timeOf(name: string): number {
  return Number.parseInt(name, 10);
}

async function giveBack({ links }: TriesDeps, { key, name }: Place): Promise<void> {
  await links.removeTries(key, [name]).catch(() => {});
}
