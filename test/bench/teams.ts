import { join } from 'node:path';
import { Pool } from 'undici';
import { parseJson, signIn } from '../support/client.ts';
import { freePorts } from '../support/ports.ts';
import { cpuSeconds } from '../support/process-figures.ts';
import { startTestStack, type Teardown } from '../support/test-stack.ts';
import { startBeside } from './support/beside.ts';
import { amount, type BenchRun, compare, inTurns } from './support/measure.ts';

const ROUNDS = 5;
const WARM_UP_ROUNDS = 1;
/** Who asks at once in a round: each person of a round is in one team. */
const AT_ONCE = amount(200, 4);

interface Person {
  cookie: string;
  teamId: string;
}

/**
 * What the cookies of a team cost the service, beside the renewal of one's own. Each of 1,000 sessions opens a team that
 * it never opened before, and renews it. They ask a service as a deployment starts it, many at once.
 */
export async function run(t: Teardown): Promise<BenchRun> {
  const stack = await startTestStack(t);
  const people: Person[] = [];
  for (let number = 0; number < AT_ONCE * (ROUNDS + WARM_UP_ROUNDS); number += 1) {
    const user = await signIn(stack, `member-${number}`);
    const team = await parseJson<{ id: string }>(await user.post('/api/teams', { name: 'Photos' }));
    people.push({ cookie: user.jar.header('/auth/refresh'), teamId: team.id });
  }
  const [port = 0] = await freePorts(1);
  const { pid, stop } = await startBeside(new URL('../../services/auth/main.ts', import.meta.url), port, {
    WEB_DIRECTORY: join(stack.directory, 'build/web'),
  });
  t.teardown(stop);
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 });
  t.teardown(() => pool.destroy());
  const headers = { host: new URL(stack.appOrigin).host, origin: stack.appOrigin };
  /** @returns microseconds of the service's processor time for a request */
  const askFor = (pathOf: (person: Person) => string) => {
    let from = 0;
    return async () => {
      const asking = people.slice(from, from + AT_ONCE);
      from += AT_ONCE;
      const before = cpuSeconds(pid);
      await Promise.all(
        asking.map(async (person) => {
          const path = pathOf(person);
          const sent = { ...headers, cookie: person.cookie };
          const answer = await pool.request({ path, method: 'POST', headers: sent });
          await answer.body.dump();
          if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
        }),
      );
      return ((cpuSeconds(pid) - before) / asking.length) * 1_000_000;
    };
  };
  const ofTeam = ({ teamId }: Person) => `/auth/refresh?team=${teamId}`;
  const [opened = [], renewed = [], own = []] = await inTurns(
    [askFor(ofTeam), askFor(ofTeam), askFor(() => '/auth/refresh')],
    ROUNDS,
    WARM_UP_ROUNDS,
  );
  const row = (name: string, rounds: number[], atMost?: number) =>
    compare(
      [name, 'µs of processor time'],
      ['POST /auth/refresh?team=', rounds],
      ['a renewal of one’s own', own, atMost === undefined ? undefined : { atMost }],
    );
  return [row('a team opened', opened, 1.1), row('a team renewed', renewed, 1.1)];
}
