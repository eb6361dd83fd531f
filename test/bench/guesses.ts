import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { parseJson, type SignedInUser, signIn } from '../support/client.ts';
import { freePorts } from '../support/ports.ts';
import { startTestStack, type Teardown, type TestStack } from '../support/test-stack.ts';
import { startBeside } from './support/beside.ts';
import { amount, type BenchRun, compare, inTurns } from './support/measure.ts';

const ROUNDS = 20;
const GUESSES_A_ROUND = amount(500, 100);
const GUESSES_PER_SECOND = 250;
const ROUND_MS = (GUESSES_A_ROUND / GUESSES_PER_SECOND) * 1_000;
const PASSWORD = 'the password of the link';

/** A link with a password, as a guesser knows it. */
interface Link {
  teamId: string;
  secret: string;
}

/**
 * How long a signed-in user waits for a renewal while somebody guesses secrets and passwords of links, and while nobody
 * does. The guesses come from one address, to a service as a deployment starts it. Every second guess has the secret of a
 * link, and a wrong password.
 */
export async function run(t: Teardown): Promise<BenchRun> {
  const stack = await startTestStack(t);
  const user = await signIn(stack, 'renews');
  const link = await makeLink(stack, user);
  const [port = 0] = await freePorts(1);
  const { stop } = await startBeside(new URL('../../services/auth/main.ts', import.meta.url), port, {
    RATE_LIMIT_PER_MINUTE: '30',
    WEB_DIRECTORY: join(stack.directory, 'build/web'),
  });
  t.teardown(stop);
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 });
  t.teardown(() => pool.destroy());
  const host = new URL(stack.appOrigin).host;
  const headers = { host, origin: stack.appOrigin, 'content-type': 'application/json' };
  const renewal = { ...headers, cookie: user.jar.header('/auth/refresh') };

  async function ask(path: string, body: object, sent: typeof headers): Promise<number> {
    const answer = await pool.request({ path, method: 'POST', headers: sent, body: JSON.stringify(body) });
    await answer.body.dump();
    return answer.statusCode;
  }
  /** @returns the median, in microseconds */
  async function renewals(): Promise<number> {
    const times: number[] = [];
    const sinceMs = performance.now();
    while (performance.now() - sinceMs < ROUND_MS) {
      const askedMs = performance.now();
      if ((await ask('/auth/refresh', {}, renewal)) !== 200) throw new Error('a renewal failed');
      times.push((performance.now() - askedMs) * 1_000);
      await pause(10);
    }
    return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
  }
  const statuses = new Map<number, number>();
  async function guess(number: number): Promise<void> {
    const status = await ask('/auth/links/open', guessOf(link, number), headers);
    if (status === 200) throw new Error('a guess has opened a link');
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  async function besideGuesses(): Promise<number> {
    const guesses: Promise<void>[] = [];
    const sinceMs = performance.now();
    const guessing = (async () => {
      while (guesses.length < GUESSES_A_ROUND) {
        const due = ((performance.now() - sinceMs) / 1_000) * GUESSES_PER_SECOND;
        while (guesses.length < due) guesses.push(guess(guesses.length));
        await pause(4);
      }
    })();
    const [median] = await Promise.all([renewals(), guessing]);
    await Promise.all(guesses);
    return median;
  }

  const [alone = [], beside = []] = await inTurns([renewals, besideGuesses], ROUNDS, 2);
  const answers = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  console.log(`the answers to the guesses: ${answers}`);
  return [
    compare(
      [`renewal beside ${GUESSES_PER_SECOND} guesses a second`, 'µs'],
      ['POST /auth/refresh', beside],
      ['nobody guesses', alone, { atMost: 1.1 }],
    ),
  ];
}

function guessOf({ teamId, secret }: Link, number: number): object {
  return number % 2 === 0
    ? { secret: `${teamId}.${randomBytes(32).toString('base64url')}` }
    : { secret, password: `guess ${number}` };
}

async function makeLink(stack: TestStack, user: SignedInUser): Promise<Link> {
  const team = await parseJson<{ id: string }>(await user.post('/api/teams', { name: 'Photos' }));
  const wanted = { role: 'viewer', password: PASSWORD };
  const made = await user.post(`/api/teams/${team.id}/links`, wanted);
  const { url } = await parseJson<{ url: string }>(made);
  return { teamId: team.id, secret: url.slice(`${stack.appOrigin}/#link=`.length) };
}
