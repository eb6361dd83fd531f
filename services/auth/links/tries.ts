import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { LinkStore } from '../domain/link.ts';
import type { Clock } from '../domain/ports.ts';
import { createTries } from '../records/change-team.ts';

const WINDOW_SECONDS = 10 * 60;
/** The most wrong passwords within ten minutes. */
export const MAX_WRONG = { ofLink: 10, ofAddress: 100 };
/** A try that began within this time may turn out to be right. */
const UNDECIDED_SECONDS = 5;

interface TriesDeps {
  links: Pick<LinkStore, 'readTries' | 'writeTries'>;
  clock: Clock;
}

/** Whose wrong passwords count together. */
export interface Counted {
  key: string;
  most: number;
}

/**
 * Tries a password, unless there were too many wrong ones. The try takes its place before the password is looked at, so
 * tries at the same time cannot be more. A right one gives its place back.
 * @throws GatewayError too_many_requests, store_unavailable
 */
export async function tryPassword(
  deps: TriesDeps,
  counted: readonly Counted[],
  isRight: () => Promise<boolean>,
): Promise<boolean> {
  const taken: { key: string; atEpoch: number }[] = [];
  const giveBack = () => Promise.all(taken.map((place) => withdraw(deps, place).catch(() => {})));
  try {
    for (const each of counted) taken.push({ key: each.key, atEpoch: await takePlace(deps, each) });
  } catch (error) {
    await giveBack();
    throw error;
  }
  const answer = await isRight();
  if (answer) await giveBack();
  return answer;
}

/** @returns the time of the try */
async function takePlace(deps: TriesDeps, { key, most }: Counted): Promise<number> {
  const tries = createTries(deps.clock);
  for (;;) {
    const { times, version } = await deps.links.readTries(key);
    const atEpoch = nowEpoch(deps);
    const recent = times.filter((time) => time > atEpoch - WINDOW_SECONDS);
    const mayWrite = recent.length < most;
    if (mayWrite && (await write(deps, key, version, [...recent, atEpoch]))) return atEpoch;
    if (!mayWrite && recent.every((time) => time <= atEpoch - UNDECIDED_SECONDS)) {
      throw new GatewayError('too_many_requests', {
        detail: 'There were too many wrong passwords. Try again in ten minutes.',
      });
    }
    await tries.again();
  }
}

async function withdraw(deps: TriesDeps, { key, atEpoch }: { key: string; atEpoch: number }): Promise<void> {
  const tries = createTries(deps.clock);
  for (;;) {
    const { times, version } = await deps.links.readTries(key);
    const at = times.indexOf(atEpoch);
    if (at < 0 || (await write(deps, key, version, times.toSpliced(at, 1)))) return;
    await tries.again();
  }
}

function write({ links }: TriesDeps, key: string, version: number, times: number[]): Promise<boolean> {
  const last = Math.max(0, ...times);
  return links.writeTries(key, version, { times, forgetAtEpoch: last + WINDOW_SECONDS });
}
