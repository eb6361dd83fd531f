import t from 'tap';
import { guess } from '../../../edge/command/guess.ts';
import { folderOf } from '../local/support/serve.ts';
import { distributionTemplate } from '../local/support/template.ts';

const GIVEN = { origins: {}, lambdas: {}, values: {}, ignore: [], distribution: undefined, assembly: '.' };
const files = { Id: 'files', DomainName: 'a-bucket.s3.amazonaws.com', S3OriginConfig: {} };

t.test('a parameter has its first allowed value, its least number, or its own name', async (t) => {
  for (const [parameter, value] of [
    [{ Type: 'String', AllowedValues: ['dev', 'prod'] }, 'dev'],
    [{ Type: 'Number', MinValue: 5 }, '5'],
    [{ Type: 'Number' }, '1'],
    [{ Type: 'String' }, 'my-name-1'],
  ] as const) {
    const template = distributionTemplate([files], { CachePolicyId: { Ref: 'My Name_1' } });
    const Parameters = { 'My Name_1': parameter };
    const { values, lines } = await guess({ ...template, Parameters }, GIVEN, async () => '');
    t.strictSame(values, { 'My Name_1': value });
    t.strictSame(lines, [
      'guessed --bucket a-bucket=./a-bucket (there is no such folder)',
      `guessed --value My Name_1=${value}`,
    ]);
  }
});

t.test('what cannot be guessed is left to the command that serves', async (t) => {
  const server = { Id: 'app', DomainName: 'app.example.com', CustomOriginConfig: {} };
  const template = distributionTemplate([server, files], { SmoothStreaming: true });
  const folder = folderOf(t, {});
  const given = { ...GIVEN, origins: { files: { folder } } };
  const { origins, lines } = await guess(template, given, async () => 'http://localhost:1');
  t.strictSame(origins, { files: { folder }, app: { url: 'http://localhost:1' } });
  t.strictSame(lines, ['nothing answers for app yet: --origin app=http://localhost:<port>']);
});
