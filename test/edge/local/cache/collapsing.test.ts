import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { createCache } from '../../../../edge/local/cache/cache.ts';
import { createObjects } from '../../../../edge/local/cache/objects.ts';
import { createOrigin } from '../../../../edge/local/origin/targets.ts';
import type { OriginRequestPolicy } from '../../../../edge/local/template/policies.ts';
import type { Answer } from '../../../../edge/local/viewer/answer.ts';
import { bucketSettings, viewerOf } from '../support/settings.ts';
import { startStandIn } from '../support/stand-in.ts';

const TOGETHER = 30;

/** The room with a real origin that holds its answers back. A test decides when the origin gives each answer. */
async function roomFor(t: Test, maxTtlSeconds = 5, originRequestPolicy?: OriginRequestPolicy) {
  const standIn = await startStandIn();
  const clock = { nowMs: 1_790_000_000_000 };
  const now = () => clock.nowMs;
  const binding = { endpoint: standIn.endpoint, bucket: 'b', accessKeyId: 'AKIATEST', secretAccessKey: 's' };
  const settings = { ...bucketSettings(binding), connectionAttempts: 1 };
  const origin = createOrigin(settings, { region: 'us-east-1', now, via: 'via' });
  const ttls = { minTtlSeconds: 0, defaultTtlSeconds: 5, maxTtlSeconds };
  const takes = { takesQueryString: () => true, takesCookie: undefined };
  const cachePolicy = { ...ttls, ...takes, headers: [], acceptEncodings: [] };
  const cache = createCache(64 * 1_024 * 1_024);
  const errorTtlSeconds = new Map([
    [400, 5],
    [503, 5],
  ]);
  const behavior = { cachePolicy, originRequestPolicy, isCompressed: false, keepsOptions: false };
  const originOf = () => origin;
  const objects = createObjects(behavior, { keyPrefix: '0', cache, originOf, errorTtlSeconds, now });
  t.teardown(async () => {
    origin.close();
    await standIn.close();
  });
  const arrivals: ServerResponse[] = [];
  let wake = () => {};
  standIn.answer = (_request, response) => {
    arrivals.push(response);
    wake();
  };
  return {
    clock,
    standIn,
    get: async (uri = '/a') => objects(viewerOf(uri), { uri, querystring: {}, headers: new Map() }),
    /** The next request that the origin gets. The test answers it. */
    async next(): Promise<ServerResponse> {
      for (;;) {
        const response = arrivals.shift();
        if (response) return response;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function told({ status, headers, body }: Answer): Promise<[number, string | undefined, string]> {
  const whole = Buffer.isBuffer(body) ? body.toString() : await text(body);
  return [status, headers.get('x-cache')?.[0], whole];
}

const send = (response: ServerResponse, body: string, headers: object = {}) =>
  response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);

t.test('many misses of one key are one request to the origin', async (t) => {
  const room = await roomFor(t);
  const asked = Array.from({ length: TOGETHER }, () => room.get().then(told));
  send(await room.next(), 'ok');
  const [first, ...others] = await Promise.all(asked);
  t.strictSame(first, [200, 'Miss from cloudfront', 'ok']);
  t.strictSame(others, Array(TOGETHER - 1).fill([200, 'Hit from cloudfront', 'ok']));
  t.equal(room.standIn.requests.length, 1);
});

t.test('where nothing is kept, nothing is collapsed, and neither are different keys', async (t) => {
  const room = await roomFor(t, 0);
  const asked = [room.get().then(told), room.get().then(told)];
  const [first, second] = [await room.next(), await room.next()];
  for (const response of [first, second]) send(response, 'ok');
  t.strictSame(
    (await Promise.all(asked)).map(([, , body]) => body),
    ['ok', 'ok'],
  );
  const keeping = await roomFor(t);
  const both = ['/a', '/A'].map((uri) => keeping.get(uri).then(told));
  for (let i = 0; i < 2; i++) {
    const response = await keeping.next();
    send(response, response.req.url ?? '');
  }
  t.strictSame(
    (await Promise.all(both)).map(([, , body]) => body),
    ['/b/a', '/b/A'],
  );
});

t.test(
  'where a policy takes cookies to the origin, nothing is collapsed, and its cookies come back',
  async (t) => {
    const room = await roomFor(t, 5, {
      ...{ takesHeader: () => false, takesQueryString: () => false, takesCookie: () => true },
      ...{ generated: [], isWithoutS3Overrides: false },
    });
    const asked = [room.get(), room.get()];
    for (const response of [await room.next(), await room.next()])
      send(response, 'ok', { 'set-cookie': 'a=1' });
    for (const { headers } of await Promise.all(asked)) t.strictSame(headers.get('set-cookie'), ['a=1']);
  },
);
