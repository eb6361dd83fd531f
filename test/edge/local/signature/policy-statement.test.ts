import t from 'tap';
import { parsePolicy, refusingClause } from '../../../../edge/local/signature/policy-statement.ts';

const URL_ASKED = 'https://files.example.com/a';
const NOW = 1_000;

function parsed(condition: object, statement: object = {}) {
  const Condition = { DateLessThan: { 'AWS:EpochTime': NOW + 1 }, ...condition };
  return parsePolicy(Buffer.from(JSON.stringify({ Statement: [{ ...statement, Condition }] })));
}

function clauseFor(condition: object, ipAddress = '192.0.2.77', nowEpoch = NOW) {
  const policy = parsed(condition);
  if (typeof policy === 'string') return policy;
  return refusingClause(policy, { url: URL_ASKED, ipAddress, kind: 'cookies' }, nowEpoch);
}

const from = (range: string) => ({ IpAddress: { 'AWS:SourceIp': range } });

t.test('an IPv4 range takes the addresses that share its bits', async (t) => {
  for (const [range, ipAddress, holds] of [
    ['192.0.2.77/32', '192.0.2.77', true],
    ['192.0.2.77/32', '192.0.2.78', false],
    ['192.0.2.76/31', '192.0.2.77', true],
    ['192.0.2.78/31', '192.0.2.77', false],
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.99/24', '192.0.2.1', true],
    ['128.0.0.0/1', '255.255.255.255', true],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['255.255.255.255/0', '0.0.0.0', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['0.0.0.0/0', '::ffff:192.0.2.1', false],
    ['127.0.0.0/8', '::1', false],
    ['0.0.0.0/0', '', false],
  ] as const) {
    t.equal(clauseFor(from(range), ipAddress), holds ? undefined : 'ip_address', `${ipAddress} in ${range}`);
  }
});

t.test('what is no IPv4 range is malformed', async (t) => {
  for (const range of [
    '192.0.2.0',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/a',
    '192.0.2/24',
    '1.2.3.4/8/8',
    '::/0',
    'a',
    '',
  ]) {
    t.equal(parsed(from(range)), 'IpAddress', range);
  }
  t.equal(parsed({ IpAddress: { 'AWS:SourceIp': ['192.0.2.0/24'] } }), 'IpAddress', 'a list');
});

t.test('dates are exclusive whole seconds', async (t) => {
  const at = (nowEpoch: number) =>
    clauseFor({ DateGreaterThan: { 'AWS:EpochTime': NOW - 1 } }, undefined, nowEpoch);
  t.strictSame([NOW - 2, NOW - 1, NOW, NOW + 1].map(at), [
    'not_yet_valid',
    'not_yet_valid',
    undefined,
    'expired',
  ]);
  for (const epoch of [-1, 0.5, 2_147_483_648, '1', null]) {
    t.equal(parsed({ DateLessThan: { 'AWS:EpochTime': epoch } }), 'DateLessThan', String(epoch));
  }
  t.type(parsed({ DateLessThan: { 'AWS:EpochTime': 2_147_483_647 } }), 'object', 'the last second');
});
