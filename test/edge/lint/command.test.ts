import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { lintCommand } from '../../../edge/lint/command.ts';
import { folderOf } from '../local/support/serve.ts';
import { CLEAN, changed } from './cases/templates.ts';

const BAD = changed(['https-only', 'allow-all'], ["Items: ['https://app.example.com']", "Items: ['*']"]);
const folder = folderOf(t, {
  'clean.yaml': CLEAN,
  'bad file.yaml': BAD,
  'other.json': '{"Resources":{}}',
  'no.json': '{"Resources":',
});

async function run(file: string, json = false, values: Record<string, string> = {}) {
  const said = { out: '', err: '' };
  const status = await lintCommand(
    file,
    { values, json },
    {
      out: (text) => {
        said.out += `${text}\n`;
      },
      err: (text) => {
        said.err += `${text}\n`;
      },
    },
  );
  return { status, ...said };
}
const file = (name: string) => join(folder, name);

t.test('in words', async (t) => {
  const clean = await run(file('clean.yaml'));
  t.match(clean, {
    status: 0,
    err: '',
    out: /^not checked:\n {2}the signer: .*\n\n\S+clean\.yaml: no findings\n$/,
  });
  const bad = await run(file('bad file.yaml'));
  t.match(bad, { status: 1, err: '', out: /: 2 findings\n$/ });
  t.match(
    bad.out,
    'error http-allowed  Web.DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy\n' +
      '  Viewers may use plain HTTP, and a signed URL, or a cookie without Secure, is then sent in the clear.\n' +
      '  Set ViewerProtocolPolicy to https-only or redirect-to-https.\n' +
      '  https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https.html\n',
  );
});

t.test('--json: a line for each finding, and for what was not looked at', async (t) => {
  const { status, out } = await run(file('bad file.yaml'), true);
  const [first, second, third, ...more] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.strictSame([status, more], [1, []]);
  t.strictSame(first, {
    ...{ rule: 'http-allowed', level: 'error', resource: 'Web' },
    property: 'DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy',
    problem:
      'Viewers may use plain HTTP, and a signed URL, or a cookie without Secure, is then sent in the clear.',
    do: 'Set ViewerProtocolPolicy to https-only or redirect-to-https.',
    page: 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https.html',
  });
  t.match(second, { rule: 'cors-any-origin', resource: 'Headers' });
  t.match(third, { unseen: /^the signer: / });
});

t.test('values that the template leaves open', async (t) => {
  const conditional = BAD.replace(
    '    Type: AWS::CloudFront::Distribution',
    '    Type: AWS::CloudFront::Distribution\n    Condition: IsThere',
  );
  const text = `${conditional}
Parameters: { Stage: { Type: String } }
Conditions: { IsThere: !Equals [!Ref Stage, prod] }
`;
  writeFileSync(join(folder, 'open.yaml'), text);
  const rules = async (values?: Record<string, string>) => {
    const { status, out, err } = await run(file('open.yaml'), true, values);
    const found = out
      .split('\n')
      .flatMap((line) => (line.includes('"rule"') ? JSON.parse(line).resource : []));
    return [status, found, err];
  };
  t.strictSame(await rules(), [2, [], 'edge-local: template: the parameter Stage has no value; give one\n']);
  t.strictSame(await rules({ Stage: 'prod' }), [1, ['Web', 'Headers'], '']);
  t.strictSame(
    await rules({ Stage: 'test' }),
    [1, ['Headers'], ''],
    'of a group without a distribution nobody can tell',
  );
});

t.test('what cannot be read is status 2, in one line', async (t) => {
  for (const [name, words] of [
    [file('nosuch'), 'ENOENT'],
    [file('no.json'), 'JSON'],
    [resolve('package.json'), 'it has no Resources'],
  ] as const) {
    const { status, out, err } = await run(name);
    t.strictSame([status, out, err.split('\n').length], [2, '', 2], name);
    t.ok(err.includes(words), err);
  }
  t.match(await run(file('other.json')), {
    status: 0,
    out: /a distribution: there is none in this template/,
  });
});
