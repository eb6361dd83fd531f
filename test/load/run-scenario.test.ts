import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { listenOnLoopback } from '../../edge/local/loopback.ts';
import { type Outcome, runScenario } from './run-scenario.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { startOwnTarget, type Target } from './target.ts';
import { missedBounds } from './thresholds.ts';

const options = { seed: 1, signal: new AbortController().signal };
const SMALL = {
  users: 6,
  imagesPerUser: 5,
  arrival: { ratePerSecond: 100 },
  warmUpSeconds: 0.25,
  seconds: 2,
};

/** The missed bounds, without those that a slow machine could miss. */
function missed(outcome: Outcome, name: string): string[] {
  const isOfSpeed = (metric: string) => metric.endsWith('Ms') || metric === 'hitShare';
  return missedBounds(outcome, name, (metric) => !isOfSpeed(metric)).map(
    ({ metric, value }) => `${metric} is ${value}`,
  );
}

t.test('steady viewing and attacks on the whole local system', async (t) => {
  const target = await startOwnTarget();
  t.teardown(() => target.close());
  const scenario = SCENARIOS['attack-mix'];
  const work = { ...scenario.work, attackShare: 0.4 };
  const mixed = await runScenario(target, 'attack-mix', { ...scenario, ...SMALL, work }, options);
  t.strictSame([missed(mixed, 'attack-mix'), mixed.recorded.faultDetails], [[], []]);
  const { statuses, caches } = mixed.recorded;
  for (const status of [200, 206, 304, 400, 403]) t.ok((statuses[status] ?? 0) > 0, `some ${status}`);
  t.ok((caches['Hit'] ?? 0) > 0 && (caches['Miss'] ?? 0) > 0);
});

/** A files host that checks no cookies. It serves the object that `pick` chooses, in place of the requested one. */
async function fakeTarget(
  t: Test,
  pick: (path: string, paths: string[]) => string,
  bodyOf = (content: Buffer) => content,
): Promise<Target> {
  const stored = new Map<string, { content: Buffer; etag: string }>();
  const answer = ({ url = '' }: IncomingMessage, response: ServerResponse) => {
    const found = stored.get(pick(url.split('?')[0] ?? '', [...stored.keys()]));
    if (!found) return response.writeHead(404).end();
    return response.writeHead(200, { etag: found.etag }).end(bodyOf(found.content));
  };
  const { port, close } = await listenOnLoopback(answer, 0);
  t.teardown(() => close(0));
  return {
    filesOrigin: `http://localhost:${port}`,
    viewers: async (count) =>
      Array.from({ length: count }, (_, index) => ({ id: `user-${index}`, cookie: 'a=b; c=d' })),
    async put(key, content) {
      const etag = `"${createHash('md5').update(content).digest('hex')}"`;
      stored.set(`/${key}`, { content, etag });
      return etag;
    },
    close: async () => {},
  };
}

const PLAIN: Scenario = {
  ...SCENARIOS.steady,
  ...SMALL,
  imageBytes: [300],
  warmUpSeconds: 0,
  arrival: { concurrency: 2 },
  maxUnits: 200,
  work: { kind: 'view', mix: { head: 0, range: 0, conditional: 0, unversioned: 0 } },
};

t.test('an origin that serves the bytes of another user fails the run, and ends it', async (t) => {
  const honest = await runScenario(await fakeTarget(t, (path) => path), 'fake', PLAIN, options);
  t.strictSame([honest.ending, missed(honest, 'fake')], ['count', []]);

  let asked = 0;
  const swapping = await fakeTarget(t, (path, paths) => {
    const others = paths.filter((other) => other.split('/')[2] !== path.split('/')[2]);
    return ++asked === 50 ? (others[0] ?? '') : path;
  });
  const swapped = await runScenario(swapping, 'fake', PLAIN, options);
  t.equal(swapped.ending, 'cross-user bytes');
  const [bytes, brokenOff, ...others] = missed(swapped, 'fake');
  t.match(bytes, 'crossUserBytes is 1');
  t.match(brokenOff, 'brokenOff is 1');
  t.strictSame(others, []);
  t.ok(swapped.recorded.allRequests < 60, 'at once');
});

t.test(
  'an origin that opens a folder for everybody fails under attacks, even by an ETag alone',
  async (t) => {
    const work: Scenario['work'] = { kind: 'view', mix: SCENARIOS.steady.work.mix, attackShare: 1 };
    for (const [index, bodyOf] of [(content: Buffer) => content, () => Buffer.alloc(0)].entries()) {
      const open = await fakeTarget(t, (path) => path, bodyOf);
      const attacked = await runScenario(open, 'fake', { ...PLAIN, work }, options);
      t.equal(attacked.ending, 'cross-user bytes', `row ${index}`);
    }
  },
);

t.test('bytes of no version, a wrong status and a dead server are faults', async (t) => {
  const older = await fakeTarget(t, (_, paths) => paths.findLast((path) => path.includes('user-0/')) ?? '');
  const wrong = await runScenario(older, 'fake', { ...PLAIN, users: 1 }, options);
  t.ok(missed(wrong, 'fake').some((each) => each.startsWith('wrongBytes')));
  const empty = await fakeTarget(t, () => '');
  const missing = await runScenario(empty, 'fake', PLAIN, options);
  t.strictSame(
    [missing.ending, missing.recorded.statuses],
    ['faults', { 404: missing.recorded.allRequests }],
  );
  const dead = { ...empty, filesOrigin: 'http://127.0.0.1:1' };
  // The run ends before its warm-up does.
  const unanswered = await runScenario(dead, 'fake', { ...PLAIN, warmUpSeconds: 60 }, options);
  t.ok(unanswered.recorded.faults.networkErrors >= 100);
});
