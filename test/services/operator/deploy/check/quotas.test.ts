import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import t from 'tap';
import { checkConcurrency, checkQuotas } from '../../../../../services/operator/deploy/check/quotas.ts';
import { nothingYet, recordedAnswer } from '../support/recorded.ts';

const recorded = nothingYet();
let asked = 0;
const server = createServer((request, response) => {
  asked++;
  const service = request.headers.authorization?.split('/')[3] ?? '';
  const call = { service, region: 'eu-central-1', path: request.url ?? '', target: '', body: '' };
  const { type = 'text/plain', body = '' } = recordedAnswer(recorded, call) ?? {};
  response.writeHead(200, { 'content-type': type }).end(body);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
Object.assign(process.env, {
  AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  AWS_ACCESS_KEY_ID: 'CHECK',
  AWS_SECRET_ACCESS_KEY: 'check',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});
t.teardown(() => server.close());
t.beforeEach(() => void Object.assign(recorded, nothingYet()));

for (const [list, quota, limit] of [
  ['publicKeys', 'Public keys per AWS account', 10],
  ['distributions', 'Web distributions per AWS account', 200],
  ['keyGroups', 'Key groups per AWS account', 10],
  ['cachePolicies', 'Cache policies per AWS account', 20],
  ['headersPolicies', 'Response headers policies per AWS account', 20],
] as const) {
  t.test(`${quota}: the last one is free, and no other`, async (t) => {
    const used = (count: number) => ({ [list]: Array.from({ length: count }, () => 'x') });
    const before = asked;
    t.strictSame(await checkQuotas(used(limit - 1), 1), []);
    t.equal(asked, before, 'AWS is asked only if something is used up');
    const problem = `${quota}: ${limit} of ${limit} are in use`;
    t.match(await checkQuotas(used(limit), 1), [{ problem, isNote: true }]);
    recorded.quotas = { [quota]: limit };
    const [known] = await checkQuotas(used(limit), 1);
    t.strictSame([known?.problem, known?.isNote], [problem, undefined], 'Service Quotas knows it');
    recorded.quotas = { [quota]: limit + 1 };
    t.strictSame(await checkQuotas(used(limit), 1), [], 'it was raised');
  });
}

t.test('two public keys take two places', async (t) => {
  t.match(await checkQuotas({ publicKeys: Array(9).fill('x') }, 2), [
    { problem: 'Public keys per AWS account: 9 of 10 are in use, and the stack needs 2' },
  ]);
});

const only = (count: number, all: number) =>
  `only ${count} of ${all} instances in eu-central-1 can be reserved`;

interface Finding {
  problem: string;
  /** The value to blame. */
  value?: string;
}

/** Values, the instances of the account, and what is found. */
const INSTANCES: [values: object, lambda: { all: number; free: number }, found?: Finding][] = [
  [{}, { all: 10, free: 10 }],
  [{ reservedConcurrency: 40 }, { all: 200, free: 140 }],
  [
    { reservedConcurrency: 41 },
    { all: 200, free: 140 },
    { problem: only(40, 200), value: 'reservedConcurrency' },
  ],
  [
    { reservedConcurrency: 40, reserveSchedule: true },
    { all: 200, free: 140 },
    { problem: only(40, 200), value: 'reservedConcurrency' },
  ],
  [
    { moverConcurrency: 39, reserveSchedule: true },
    { all: 200, free: 140 },
  ],
  [
    { reservedConcurrency: 10, moverConcurrency: 31 },
    { all: 200, free: 140 },
    { problem: only(40, 200), value: 'moverConcurrency' },
  ],
  [
    { reservedConcurrency: 21, moverConcurrency: 21 },
    { all: 200, free: 140 },
    { problem: only(40, 200), value: 'reservedConcurrency' },
  ],
  [
    { reservedConcurrency: 1 },
    { all: 100, free: 100 },
    { problem: only(0, 100), value: 'reservedConcurrency' },
  ],
  [{ moverConcurrency: 1 }, { all: 100, free: 100 }, { problem: only(0, 100), value: 'moverConcurrency' }],
  [{ reserveSchedule: true }, { all: 10, free: 10 }, { problem: only(0, 10), value: 'reserveSchedule' }],
  [{ requestsPerSecond: 100 }, { all: 10, free: 10 }],
  [
    { requestsPerSecond: 101 },
    { all: 10, free: 10 },
    {
      problem:
        '10 instances in eu-central-1 are too few for requestsPerSecond 101, which needs 11: more requests at once fail, and the schedule with them',
    },
  ],
  [
    { requestsPerSecond: 1_041, reserveSchedule: true },
    { all: 104, free: 104 },
    {
      problem:
        '104 instances in eu-central-1 are too few for requestsPerSecond 1041, which needs 105: more requests at once fail',
    },
  ],
  [
    { requestsPerSecond: 101, reservedConcurrency: 5 },
    { all: 200, free: 200 },
    {
      problem:
        '5 instances in eu-central-1 are too few for requestsPerSecond 101, which needs 11: more requests at once fail',
    },
  ],
];

for (const [values, lambda, found] of INSTANCES) {
  t.test(`${JSON.stringify(values)} of ${lambda.free} instances`, async (t) => {
    recorded.lambda = lambda;
    const subject = {
      values,
      stackName: 'Gateway',
      place: { account: '123456789012', region: 'eu-central-1' },
      hosts: { isDomain: false },
    };
    const findings = await checkConcurrency(subject, true);
    const isReserved = found?.value !== undefined;
    t.match(findings, found ? [isReserved ? found : { ...found, resource: 'Lambda', isNote: true }] : []);
    t.equal(findings.length, found ? 1 : 0);
    if (isReserved) {
      t.strictSame(await checkConcurrency(subject, false), [], 'what is reserved is not counted twice');
    }
  });
}
