import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Pool } from 'undici';
import { createSessionStore } from '../../../services/auth/adapters/sessions.ts';
import { toEpochSeconds } from '../../../services/auth/domain/epoch-seconds.ts';
import {
  IDLE_LIFETIME_SECONDS,
  newSecretToken,
  SESSION_LIFETIME_SECONDS,
} from '../../../services/auth/domain/session.ts';
import { deriveUserId } from '../../../services/auth/domain/user-id.ts';
import { REGION } from '../../../services/local/state.ts';
import { startTestStack, type TestStack } from '../../support/test-stack.ts';
import type { Curve, Step } from '../growth.ts';
import { figure } from './growth-of-folders.ts';
import { cpuSeconds, residentMegabytes, serviceProcess, tableName } from './service-process.ts';

const SIZES = [10, 100, 1_000, 10_000, 100_000];
const AT_ONCE = 16;
const SAMPLE = 1_000;

/**
 * Sessions in the local DynamoDB, all of which renew once: what a renewal costs the service, what it waits for, and the memory of
 * the service. The database is dynalite, in JavaScript: how it grows is not how DynamoDB does.
 */
export async function growSessions(): Promise<Curve[]> {
  const ends: (() => Promise<void> | void)[] = [];
  const stack = await startTestStack({ teardown: (end) => ends.push(end) });
  const pool = new Pool(stack.appOrigin, { connections: AT_ONCE });
  const create = sessionMaker(stack);
  const pid = serviceProcess();
  const tokens: string[] = [];
  const steps: { memory: Step[]; cpu: Step[]; wait: Step[] } = { memory: [], cpu: [], wait: [] };

  async function renew(token = ''): Promise<number> {
    const beganMs = performance.now();
    const headers = { origin: stack.appOrigin, cookie: `__Host-session=${token}` };
    const { statusCode, body } = await pool.request({ path: '/auth/refresh', method: 'POST', headers });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${statusCode} for a renewal`);
    return (performance.now() - beganMs) * 1_000;
  }

  try {
    for (const size of SIZES) {
      let begun = tokens.length;
      const worker = async () => {
        while (begun < size) {
          begun++;
          const token = await create();
          await renew(token);
          tokens.push(token);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      const waits: number[] = [];
      const before = cpuSeconds(pid);
      for (let turn = 0; turn < SAMPLE; turn++)
        waits.push(await renew(tokens[(turn * 7_919) % tokens.length]));
      const name = `${figure(size)} sessions`;
      const median = waits.toSorted((a, b) => a - b)[SAMPLE >> 1] ?? Number.NaN;
      steps.memory.push({ size: name, at: size, rounds: [residentMegabytes(pid)] });
      steps.cpu.push({ size: name, at: size, rounds: [((cpuSeconds(pid) - before) * 1_000_000) / SAMPLE] });
      steps.wait.push({ size: name, at: size, rounds: [median] });
    }
  } finally {
    await pool.destroy();
    for (const end of ends.toReversed()) await end();
  }
  return [
    { name: 'memory of the service', unit: 'MB', of: 'sessions', steps: steps.memory, goal: { atMost: 1.2 } },
    {
      name: 'a renewal, CPU of the service',
      unit: 'µs',
      of: 'sessions',
      steps: steps.cpu,
      goal: { atMost: 1.2 },
    },
    { name: 'a renewal, one at a time', unit: 'µs', of: 'sessions', steps: steps.wait },
  ];
}

/** Sessions as a sign-in makes them, of a user each. @returns the value of the session cookie */
function sessionMaker(stack: TestStack): () => Promise<string> {
  const db = new DynamoDBClient({
    region: REGION,
    endpoint: `http://localhost:${stack.settings.ports.dynamodb}`,
    credentials: stack.state.secrets.service,
  });
  const sessions = createSessionStore({ db, tableName: tableName() });
  let number = 0;
  return async () => {
    const { token, hash } = newSecretToken();
    const nowEpoch = toEpochSeconds(Date.now());
    await sessions.create(hash, {
      userId: deriveUserId('growth', String(number++)),
      start: nowEpoch - IDLE_LIFETIME_SECONDS,
      expiresAtEpoch: nowEpoch + SESSION_LIFETIME_SECONDS,
      idleExpiresAtEpoch: nowEpoch + IDLE_LIFETIME_SECONDS,
      idToken: 'x'.repeat(800),
    });
    return token;
  };
}
