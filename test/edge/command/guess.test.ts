import t from 'tap';
import { guess } from '../../../edge/command/guess.ts';
import { checkNames } from '../../../edge/command/known-names.ts';
import { folderOf } from '../local/support/serve.ts';
import { distributionTemplate } from '../local/support/template.ts';

const GIVEN = { origins: {}, values: {}, ignore: [], distribution: undefined };
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

t.test('an option is for something that the template has, or that its functions put together', async (t) => {
  const noted = (note: unknown) =>
    distributionTemplate([files], {}, { Note: { Type: 'AWS::S3::Bucket', Metadata: note } });
  const [plain, choosing] = [noted('none'), noted('cf.updateRequestOrigin(…)')];
  const imports = noted({ 'Fn::ImportValue': 'a' });
  const folder = { other: { folder: '.' } };
  const server = { other: { url: 'http://a' } };
  for (const [template, given, words] of [
    [plain, { origins: { 'a-bucket': { folder: '.' } }, values: { 'Note.Arn': 'a' } }, undefined],
    [plain, { origins: folder }, '--bucket other: the template has no other'],
    [plain, { origins: server }, '--origin other: the template has no other'],
    [choosing, { origins: folder }, undefined],
    [choosing, { origins: server }, undefined],
    [choosing, { stores: { other: {} } }, '--store other: the template has no other'],
    [choosing, { values: { 'Other.Arn': 'a' } }, '--value Other.Arn: the template has no Other.Arn'],
    [imports, { values: { 'Other.Arn': 'a' } }, undefined],
    [imports, { ignore: ['Other'] }, '--ignore Other: the template has no Other'],
  ] as const) {
    const all = { origins: {}, values: {}, stores: {}, ...given, ignore: [] as string[] };
    if ('ignore' in given) all.ignore.push(...given.ignore);
    const check = () => checkNames(template, all, {});
    if (words === undefined) t.doesNotThrow(check, JSON.stringify(given));
    else t.throws(check, { message: words }, words);
  }
});
