import process from 'node:process';
import fc from 'fast-check';
import t from 'tap';
import { uncoveredSection } from '../../../../edge/local/signature/resource-pattern.ts';

const HOST = 'https://files.example.com';

function coversUrl(pattern: string, url: string, kind: 'url' | 'cookies'): boolean {
  return uncoveredSection(pattern, url, kind) === undefined;
}

t.test('a wildcard stands for characters of its own section', async (t) => {
  const cases: [pattern: string, url: string, covers: boolean][] = [
    [`${HOST}/users/42/*`, `${HOST}/users/42/a.png`, true],
    [`${HOST}/users/42/*`, `${HOST}/users/42/`, true],
    [`${HOST}/users/42/*`, `${HOST}/users/42/a/b/c`, true],
    [`${HOST}/users/42/*`, `${HOST}/users/42/a?v=1`, true],
    [`${HOST}/users/42/*`, `${HOST}/users/42`, false],
    [`${HOST}/users/42/*`, `${HOST}/users/420/a`, false],
    [`${HOST}/users/42*`, `${HOST}/users/420/a`, true],
    [`${HOST}/users/42/*`, `${HOST}/users/42/../43/a`, true],
    [`${HOST}/users/42/*`, `${HOST}/users/%34%32/a`, false],
    [`${HOST}/users/42/*`, `${HOST}/Users/42/a`, false],
    [`${HOST}/users/42/*`, 'http://files.example.com/users/42/a', false],
    [`${HOST}/users/42/*`, 'https://other.example.com/users/42/a', false],
    [`${HOST}/a.png`, `${HOST}/a.png`, true],
    [`${HOST}/a.png`, `${HOST}/a.png?v=1`, false],
    [`${HOST}/a.png?v=1`, `${HOST}/a.png?v=1`, true],
    [`${HOST}/a.png?v=1`, `${HOST}/a.png?v=12`, false],
    [`${HOST}/a.png?v=*`, `${HOST}/a.png?v=12&w=3`, true],
    [`${HOST}/*.png`, `${HOST}/a/b.png`, true],
    [`${HOST}/*.png`, `${HOST}/a/b.png?v=1`, false],
    [`${HOST}/*.png`, `${HOST}/a?x=.png`, false],
    [`${HOST}/*.png*`, `${HOST}/a.png?x=1`, true],
    [`${HOST}/a?c`, `${HOST}/abc`, true],
    [`${HOST}/a?c`, `${HOST}/ac`, false],
    [`${HOST}/a?c`, `${HOST}/abbc`, false],
    [`${HOST}/*?*x`, `${HOST}/ab?cx`, true],
    [`${HOST}/**/x`, `${HOST}/x`, false],
    [`${HOST}/**x`, `${HOST}/x`, true],
    ['https://*.example.com/a', `${HOST}/a`, true],
    ['https://*/a', `${HOST}/b/a`, false],
    ['https://files*', `${HOST}/any?q=1`, true],
    ['https://files*/a', `${HOST}/x/a`, false],
    [HOST, `${HOST}/`, false],
    ['*', `${HOST}/any`, false],
    ['*://files.example.com/*', `${HOST}/a`, false],
    ['*/users/42/*', `${HOST}/users/42/a`, false],
    ['/users/42/*', `${HOST}/users/42/a`, false],
    ['', `${HOST}/`, false],
    [`${HOST}/a+(b)[c].$^|\\d`, `${HOST}/a+(b)[c].$^|\\d`, true],
    [`${HOST}/.`, `${HOST}/a`, false],
  ];
  for (const [pattern, url, covers] of cases) {
    t.equal(coversUrl(pattern, url, 'cookies'), covers, `${pattern} and ${url}`);
  }
});

t.test(
  'in signed URLs Resource may begin with a wildcard, which may stand for protocol and domain',
  async (t) => {
    for (const [pattern, covers] of [
      ['*://files.example.com/*', true],
      ['*', true],
      ['*/a', true],
      ['*/a*', true],
      ['*.example.com/a', true],
      ['*.example.com/b', false],
      ['*/a?v=*', true],
      ['*files.example.org/*', false],
      ['*://f*a', false],
      ['http*', false],
      ['files.example.com/*', false],
    ] as const) {
      const url = pattern.includes('v=') || pattern.endsWith('*') ? `${HOST}/a?v=1` : `${HOST}/a`;
      t.equal(coversUrl(pattern, url, 'url'), covers, pattern);
      t.notOk(coversUrl(pattern, url, 'cookies'), `${pattern} in cookies`);
    }
  },
);

t.test('a pattern made to take for ever does not', async (t) => {
  const pattern = `${HOST}/${'*a'.repeat(1_000)}b`;
  const started = process.cpuUsage();
  t.notOk(coversUrl(pattern, `${HOST}/${'a'.repeat(4_000)}`, 'cookies'));
  // Processor time, so a busy machine makes no difference.
  const { user } = process.cpuUsage(started);
  t.ok(user < 5_000_000, `${Math.round(user / 1_000)} ms`);
});

t.test('every pattern agrees with the rule written as plainly as it can be', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '?', '*'), maxLength: 9 });
  fc.assert(
    fc.property(text, text, (pattern, path) => {
      const expected = plainly(`/${pattern}`, `/${path}`, `/${path}`.indexOf('?'));
      return coversUrl(`${HOST}/${pattern}`, `${HOST}/${path}`, 'cookies') === expected;
    }),
    { numRuns: 20_000 },
  );
});

function plainly(pattern: string, text: string, queryStart: number): boolean {
  if (pattern === '*') return true;
  if (pattern === '') return text === '';
  const [wanted] = pattern;
  const next = text !== '' && plainly(pattern.slice(1), text.slice(1), queryStart - 1);
  if (wanted !== '*') return (wanted === '?' || wanted === text[0]) && next;
  const takesOne = text !== '' && queryStart !== 0 && plainly(pattern, text.slice(1), queryStart - 1);
  return takesOne || plainly(pattern.slice(1), text, queryStart);
}
