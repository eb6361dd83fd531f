import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { readStackValues } from '../../../../../infra/values.ts';
import {
  errorName,
  fromFault,
  look,
  toJson,
  toLine,
} from '../../../../../services/operator/deploy/around/finding.ts';

t.test('every fault of the values is a finding about its value', async (t) => {
  const { faults } = readStackValues({
    colour: 'red',
    appOrigin: 'https://github.io',
    filesOrigin: 'https://files.github.io',
    publicKeys: [{ name: 'a b' }],
  });
  const findings = faults.map(fromFault).map((one) => JSON.parse(toJson(one)));
  const change = 'change it in the values; docs/deploy.md, "values.json", describes it';
  for (const finding of [
    {
      value: 'colour',
      problem: 'is not a value of this stack',
      do: 'remove it, or correct its spelling: docs/deploy.md, "values.json", lists all values',
    },
    {
      value: 'appOrigin',
      problem: 'is a public suffix, and browsers refuse cookies for its children; use a name below it',
      do: change,
    },
    { value: 'publicKeys[0].name', problem: 'must be letters, digits, - and _', do: change },
    {
      value: 'oidcClientId',
      problem: 'is missing: the client id alone: printable ASCII, without a line break or a space around it',
      do: 'add it to the values; docs/deploy.md, "values.json", describes it',
    },
  ]) {
    t.strictSame(
      findings.find(({ value }) => value === finding.value),
      finding,
      JSON.stringify(finding),
    );
  }
});

t.test('a finding as a line', async (t) => {
  t.equal(toLine({ resource: 'stack A', problem: 'it is B', do: 'wait' }), 'stack A: it is B. To do: wait');
});

t.test("a check that fails is a finding, without the error's own words", async (t) => {
  const denied = Object.assign(new Error('hunter2'), { name: 'AccessDenied' });
  t.strictSame(await look({ value: 'secretArn' }, 's:Get', () => Promise.reject(denied)), [
    {
      value: 'secretArn',
      problem: 'could not be checked (AccessDenied)',
      do: 'give these credentials s:Get, or look at it by hand',
    },
  ]);
  t.equal(errorName('hunter2'), 'unknown error');
  t.equal(errorName(Object.assign(new TypeError('x'), { code: 'ENOTFOUND' })), 'ENOTFOUND');
});

t.test('the sections of docs/deploy.md that messages name exist', async (t) => {
  const page = readFileSync('docs/deploy.md', 'utf8');
  const headings = [...page.matchAll(/^##+ (?:\d\. )?(.*)$/gm)].map(([, heading]) => heading);
  const sources = globSync('services/operator/deploy/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  const named = [...sources.join('\n').matchAll(/docs\/deploy\.md, "([^"]+)"/g)].map(
    ([, section]) => section,
  );
  t.not(named.length, 0);
  for (const section of named) t.ok(headings.includes(section), String(section));
});
