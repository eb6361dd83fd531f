import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import t from 'tap';
import { writeTemplates } from '../../infra/template.ts';
import { parseStackValues } from '../../infra/values.ts';
import { zipOf } from '../../infra/zip.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { PRODUCTION } from './support/production.ts';

const values = parseStackValues(PRODUCTION);

/** What Info-ZIP and Python read as two files of 1980, which everybody may read. */
const ARCHIVE = [
  '504b030414000008080000002100c1d3c16b050000001e00000005000000612e7478744b4cc40700',
  '504b030414000008080000002100f9efbe710300000001000000090000007765622fc3a92e6a734b0200',
  '504b0102140314000008080000002100c1d3c16b050000001e000000050000000000000000000000a48100000000612e747874',
  '504b0102140314000008080000002100f9efbe71030000000100000009000000000000000000' +
    '0000a481280000007765622fc3a92e6a73',
  '504b050600000000020002006a000000520000000000',
].join('');

t.test('an archive of two files, byte for byte', async (t) => {
  const archive = zipOf(
    new Map([
      ['a.txt', Buffer.from('a'.repeat(30))],
      ['web/é.js', Buffer.from('b')],
    ]),
  );
  t.equal(archive.toString('hex'), ARCHIVE);
});

t.test('a large file is in the archive as it is', async (t) => {
  const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * index) % 251));
  const archive = zipOf(new Map([['a', content]]));
  const [packed, size] = [archive.readUInt32LE(18), archive.readUInt32LE(22)];
  t.equal(size, content.length);
  t.equal(archive.readUInt32LE(14), crc32(content));
  t.ok(inflateRawSync(archive.subarray(31, 31 + packed)).equals(content));
});

/** A build of a small service and two templates, as the CDK makes them. */
function build(directory: string, gateway: object): void {
  mkdirSync(join(directory, 'service/web/assets'), { recursive: true });
  mkdirSync(join(directory, 'infra'), { recursive: true });
  writeFileSync(join(directory, 'service/web/assets/app.js'), 'app');
  writeFileSync(join(directory, 'service/lambda.mjs'), 'lambda');
  const bootstrap = { BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>' } };
  const template = (more: object, parameters = {}) =>
    JSON.stringify({
      Parameters: { ...parameters, ...bootstrap },
      Rules: { CheckBootstrapVersion: {} },
      ...more,
    });
  writeFileSync(join(directory, `infra/${values.stackName}.template.json`), template(gateway));
  const watch = template({ Resources: { Log: { Type: 'T' } } }, { DistributionId: { Type: 'String' } });
  writeFileSync(join(directory, `infra/${values.stackName}-Watch.template.json`), watch);
}

const GATEWAY = {
  Resources: {
    Auth: { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Bucket: 'b', S3Key: 'k' }, Timeout: 15 } },
    Edge: { Type: 'AWS::CloudFront::Function', Properties: { Code: 'inline' } },
  },
  Outputs: { BucketName: { Value: 'files' } },
};

t.test('templates that need no CDK, with an archive whose name changes with the code', async (t) => {
  const directory = temporaryDirectory(t);
  build(directory, GATEWAY);
  mkdirSync(join(directory, 'template'));
  writeFileSync(join(directory, 'template/gateway-of-an-earlier-build.zip'), '');
  const names = writeTemplates(values, directory);
  const [, , archive = ''] = names;
  t.match(archive, /^gateway-[0-9a-f]{16}\.zip$/);
  t.strictSame(readdirSync(join(directory, 'template')).toSorted(), names.toSorted(), 'and nothing else');
  const read = (name: string) => JSON.parse(readFileSync(join(directory, 'template', name), 'utf8'));
  const { Resources, Outputs } = GATEWAY;
  const Code = { S3Bucket: { Ref: 'CodeBucket' }, S3Key: { Ref: 'CodeKey' } };
  t.strictSame(read('gateway.json'), {
    Parameters: {
      CodeBucket: { Type: 'String', Description: 'A bucket in the region of this stack, with the archive' },
      CodeKey: { Type: 'String', Default: archive, Description: 'The key of the archive in that bucket' },
    },
    Resources: { ...Resources, Auth: { ...Resources.Auth, Properties: { Code, Timeout: 15 } } },
    Outputs,
  });
  t.strictSame(read('watch.json'), {
    Parameters: { DistributionId: { Type: 'String' } },
    Resources: { Log: { Type: 'T' } },
  });
  const files = new Map([
    ['lambda.mjs', Buffer.from('lambda')],
    ['web/assets/app.js', Buffer.from('app')],
  ]);
  t.ok(
    readFileSync(join(directory, 'template', archive)).equals(zipOf(files)),
    'in the order of their paths',
  );
  t.strictSame(writeTemplates(values, directory), names, 'the same code has the same name');
  writeFileSync(join(directory, 'service/lambda.mjs'), 'another');
  t.not(writeTemplates(values, directory)[2], archive);
});

t.test('a template that still names the bootstrap stack is an error', async (t) => {
  const directory = temporaryDirectory(t);
  build(directory, { ...GATEWAY, Metadata: { Image: 'cdk-hnb659fds-container-assets-1' } });
  t.throws(() => writeTemplates(values, directory), {
    message: 'a template still needs the CDK: it names cdk-hnb659fds-container-assets-',
  });
});
