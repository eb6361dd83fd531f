import process from 'node:process';
import { startMisbehavingProvider } from '../services/auth/support/misbehaving-provider.ts';
import { attemptLogin, startStore } from '../services/auth/support/service.ts';
import { startServiceProcess } from '../services/auth/support/service-process.ts';
import { startChild } from '../support/child.ts';
import { freePorts } from '../support/ports.ts';
import { cpuMicroseconds } from '../support/process-figures.ts';
import type { Teardown } from '../support/test-stack.ts';
import { amount, type BenchRun, compare, inTurns } from './support/measure.ts';

const ROUNDS = 15;
/** Rounds that are not counted, because their code is not compiled yet. */
const WARM_UP_ROUNDS = 15;
const SIGN_INS = amount(20, 3);
const BARE = new URL('support/bare-sign-in.ts', import.meta.url);

/**
 * The processor time of the service for a sign-in of a new user, beside that of the barest app with the same libraries,
 * calls and requests. Both have the same provider, which signs everybody in at once, and the same DynamoDB.
 */
export async function run(t: Teardown): Promise<BenchRun> {
  const env = { ...process.env };
  t.teardown(() => {
    process.env = env;
  });
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const service = await startServiceProcess(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '1000000' });
  const [port = 0] = await freePorts(1);
  const bare = await startChild(BARE, undefined, {
    env: { ...process.env, ...service.settings, PORT: String(port) },
  });
  t.teardown(bare.stop);
  let people = 0;
  const costOf = (origin: string, pid: number) => async () => {
    const before = cpuMicroseconds(pid);
    for (let n = 0; n < SIGN_INS; n++) {
      const { answer } = await attemptLogin({ origin }, provider, { subject: `person ${people++}` });
      if (answer.status !== 302) throw new Error(`${answer.status} ${await answer.text()}`);
    }
    return (cpuMicroseconds(pid) - before) / SIGN_INS;
  };
  const [ours = [], theirs = []] = await inTurns(
    [costOf(service.origin, service.child.pid ?? 0), costOf(`http://localhost:${port}`, bare.pid)],
    ROUNDS,
    WARM_UP_ROUNDS,
  );
  return [
    compare(
      ['a sign-in', 'µs of processor time'],
      ['the service', ours],
      ['a bare Fastify app, same libraries and calls', theirs, { atMost: 1.25 }],
    ),
  ];
}
