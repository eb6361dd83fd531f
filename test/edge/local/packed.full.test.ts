import { execFile, fork } from 'node:child_process';
import { sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import t from 'tap';
import { runCommand } from '../../support/clone.ts';
import { installPacked } from '../../support/packed.ts';
import { freePorts } from '../../support/ports.ts';
import { EC } from './support/edge.ts';
import { startStandIn } from './support/stand-in.ts';

const PACKAGE = '@cloudfront-cookie-gateway/edge-local';
/** The import of the example test. A copy of that test imports the package instead. */
const SOURCE = '../../../edge/local/create-local-cloudfront.ts';

// npm and two compilers.
t.setTimeout(180_000);

const directory = await installPacked(
  t,
  ['edge-local'],
  ['tap', '@aws-sdk/cloudfront-signer', '@types/node', 'yaml'],
);

/** The parts that the README's example needs: a bucket behind one behavior, signed by one key. */
const TEMPLATE = {
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'gateway-files' } },
    Key: {
      Type: 'AWS::CloudFront::PublicKey',
      Properties: {
        PublicKeyConfig: { Name: 'KEC', CallerReference: '1', EncodedKey: EC.publicPem },
      },
    },
    Group: {
      Type: 'AWS::CloudFront::KeyGroup',
      Properties: { KeyGroupConfig: { Name: 'group', Items: [{ Ref: 'Key' }] } },
    },
    Access: {
      Type: 'AWS::CloudFront::OriginAccessControl',
      Properties: {
        OriginAccessControlConfig: {
          ...{ Name: 'access', OriginAccessControlOriginType: 's3' },
          ...{ SigningBehavior: 'always', SigningProtocol: 'sigv4' },
        },
      },
    },
    Files: {
      Type: 'AWS::CloudFront::Distribution',
      Properties: {
        DistributionConfig: {
          Enabled: true,
          Origins: [
            {
              Id: 'bucket',
              DomainName: { 'Fn::GetAtt': ['Bucket', 'RegionalDomainName'] },
              OriginAccessControlId: { 'Fn::GetAtt': ['Access', 'Id'] },
              S3OriginConfig: {},
            },
          ],
          DefaultCacheBehavior: {
            TargetOriginId: 'bucket',
            ViewerProtocolPolicy: 'https-only',
            TrustedKeyGroups: [{ Ref: 'Group' }],
            CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
          },
        },
      },
    },
  },
};

/** A part of the example must exist before it can be replaced. */
function replaced(text: string, ...pairs: [from: string, to: string][]): string {
  return pairs.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`the example has no ${from}`);
    return changed.replaceAll(from, to);
  }, text);
}

function cookieFor(resource: string, keyPairId = 'K2JCJMDEHXQW5F'): string {
  const seconds = Math.floor(Date.now() / 1_000) + 60;
  const condition = { DateLessThan: { 'AWS:EpochTime': seconds } };
  const policy = Buffer.from(JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] }));
  const spelled = (bytes: Buffer) =>
    bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
  const signature = spelled(sign('sha256', policy, EC.privateKey));
  return `CloudFront-Policy=${spelled(policy)}; CloudFront-Signature=${signature}; CloudFront-Key-Pair-Id=${keyPairId}; CloudFront-Hash-Algorithm=SHA256`;
}

t.test('the example of the README serves a template from the installed tarball', async (t) => {
  const origin = await startStandIn();
  t.teardown(() => origin.close());
  origin.objects.set('users/1/a.txt', { body: Buffer.from('the bytes of 1'), type: 'text/plain' });
  const [, example = ''] =
    /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync('edge/command/README.md', 'utf8')) ?? [];
  const own = replaced(
    example,
    ['http://localhost:9090', origin.endpoint],
    // Another process may listen on 8080. It does not matter.
    ['await edge.listen(8080);', 'const { port } = await edge.listen(0);'],
  );
  writeFileSync(
    join(directory, 'readme.js'),
    `const template = ${JSON.stringify(TEMPLATE)};
const [accessKeyId, secretAccessKey] = ['AKIATEST', 'secret'];
${own}
process.send(port);
process.once('disconnect', () => process.exit());`,
  );
  const edge = fork('readme.js', { cwd: directory });
  const exited = once(edge, 'exit');
  t.teardown(async () => {
    edge.disconnect();
    await exited;
  });
  const [port] = await Promise.race([
    once(edge, 'message'),
    exited.then(() => Promise.reject(new Error('the example did not start'))),
  ]);
  const cookie = cookieFor('http://localhost:8080/users/1/*');
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const [response] = await once(
      request({ host: '127.0.0.1', port, path, headers: { host: 'localhost:8080', ...headers } }).end(),
      'response',
    );
    return { status: response.statusCode, body: await text(response) };
  };
  t.match(await get('/users/1/a.txt', { cookie }), { status: 200, body: 'the bytes of 1' });
  t.match(await get('/users/1/a.txt'), { status: 403, body: '<Code>MissingKey</Code>' });
  t.match(await get('/users/2/a.txt', { cookie }), { status: 403, body: '<Code>AccessDenied</Code>' });
});

t.test('the example test, copied, passes with the installed tarball, and compiles', async (t) => {
  const file = 'example.test.ts';
  const example = readFileSync(`test/edge/local/${file}`, 'utf8');
  writeFileSync(join(directory, file), replaced(example, [SOURCE, PACKAGE]));
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [file], { cwd: directory });
  t.match(stdout, /^ok 2 - members need their cookies/m);
  const options = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'];
  await run(resolve('node_modules/.bin/tsc'), [...options, '--types', 'node', file], { cwd: directory });
});

t.test('the command serves it', async (t) => {
  const origin = await startStandIn();
  t.teardown(() => origin.close());
  origin.objects.set('users/1/a.txt', { body: Buffer.from('the bytes of 1'), type: 'text/plain' });
  writeFileSync(join(directory, 'template.json'), JSON.stringify(TEMPLATE));
  const [port = 0] = await freePorts(1);
  const command = [process.execPath, join('node_modules', PACKAGE, 'cli.js'), '--template', 'template.json'];
  const bucket = ['--bucket', `gateway-files=${origin.endpoint}`];
  const env = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret' };
  const edge = runCommand(directory, [...command, ...bucket, '--port', `${port}`], env);
  await edge.waitFor(`ready http://localhost:${port}\n`);
  const at = `http://localhost:${port}`;
  const cookie = cookieFor(`${at}/users/1/*`, 'KEC');
  const own = await fetch(`${at}/users/1/a.txt`, { headers: { cookie } });
  t.strictSame([own.status, await own.text()], [200, 'the bytes of 1']);
  t.match(await (await fetch(`${at}/users/1/a.txt`)).text(), 'MissingKey');
  edge.child.kill('SIGTERM');
  t.equal(await edge.exit, 0);
});
