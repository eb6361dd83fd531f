import process from 'node:process';
import t from 'tap';
import { startEdge } from '../../edge/command/start-edge.ts';
import { listenForMetrics } from '../../services/auth/wiring/metrics.ts';
import { startRelay } from '../../services/cli/relay.ts';
import { createLambdaApi } from '../../services/local/lambda/server.ts';
import { createRandom } from '../services/auth/support/model/virtual-time.ts';
import { synthesizeForTest } from '../support/cached-build.ts';
import { ecKey, localValues } from '../support/local-values.ts';
import { freePorts } from '../support/ports.ts';
import { rawRequest } from '../support/raw-request.ts';
import { startTestStack } from '../support/test-stack.ts';

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
t.comment(`FC_SEED=${seed}`);
const random = createRandom(seed);

/** No URL, no path, or escapes that stand for nothing. `//[` has ended programs of this project. */
const KNOWN = [
  ...[
    '//[',
    '//',
    '///',
    '/\\',
    '//\\',
    '*',
    'http://',
    'http://[',
    'http://[::1',
    'x:',
    '?',
    '#',
    '/#',
    '/?',
  ],
  ...[
    '/%',
    '/%zz',
    '/%ff%fe',
    '/%c0%ae',
    '/..%2f..',
    '/../..',
    '/%00',
    '/%2e%2e/',
    '/a?b=%',
    '/?%=%',
    '/?a=%ff',
  ],
  ...[
    '//localhost:1/a',
    '//@/',
    '//a:b@/',
    '//a:99999/',
    'http://localhost:99999/',
    'javascript:0',
    'http:///',
  ],
];
const PIECES = [
  '/',
  '//',
  '[',
  ']',
  '%',
  '%2',
  '%ff',
  '\\',
  '..',
  ':',
  '@',
  '?',
  '#',
  '&',
  '=',
  'a',
  '\u00e9',
  '*',
];
const pieces = () =>
  Array.from({ length: 1 + Math.floor(random() * 8) }, () => PIECES[Math.floor(random() * PIECES.length)]);
const TARGETS = [...KNOWN, ...Array.from({ length: 100 }, () => pieces().join(''))];

const stack = await startTestStack(t);
const { ports } = stack.settings;
const relay = await startRelay({
  credential: async () => ({
    origin: stack.filesOrigin,
    prefix: '/users/a/',
    query: 'a=b',
    cookie: '',
    expiresAtMs: 0,
  }),
});
t.teardown(() => relay.close());
const [metricsPort = 0] = await freePorts(1);
const metrics = await listenForMetrics(async () => '', { host: '127.0.0.1', port: metricsPort });
t.teardown(() => metrics.close());

const lambda = createLambdaApi({ functions: {}, region: 'us-east-1', credentials: [] });
const { port: lambdaPort } = await lambda.listen(0);
t.teardown(() => lambda.close());
const edgeLocal = await startEdge({ template: await synthesizeForTest(localValues([ecKey('K1')])) });
t.teardown(() => edgeLocal.close());

const ORIGINS = {
  ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `http://localhost:${port}`])),
  relay: new URL(relay.base).origin,
  metrics: `http://127.0.0.1:${metricsPort}`,
  lambda: `http://localhost:${lambdaPort}`,
  edgeLocal: edgeLocal.url,
};

for (const [name, origin] of Object.entries(ORIGINS)) {
  t.test(`${name}: whatever a request names, it is answered, and so is the next one`, async (t) => {
    for (const target of TARGETS) {
      const { status } = await rawRequest(origin, target);
      if (!(status >= 200 && status < 600)) t.fail(`${target}: ${status}`);
    }
    t.ok((await rawRequest(origin, '/')).status >= 200);
  });
}
