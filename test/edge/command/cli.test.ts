import { execFile } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import t from 'tap';
import { folderOf, serverOf } from '../local/support/serve.ts';
import { CLI, servedBy } from './support/served.ts';

const run = promisify(execFile);

function policyIn(url: string): string {
  const base64 = new URL(url).searchParams.get('Policy')?.replaceAll('-', '+').replaceAll('~', '/') ?? '';
  return Buffer.from(base64, 'base64').toString();
}

const template = (page: string) => `
Resources:
  Key:
    Type: AWS::CloudFront::PublicKey
    Properties: { PublicKeyConfig: { Name: K1, CallerReference: x, EncodedKey: of the deployment } }
  Group:
    Type: AWS::CloudFront::KeyGroup
    Properties: { KeyGroupConfig: { Name: g, Items: [!Ref Key] } }
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        WebACLId: x
        DefaultRootObject: ${page}
        Origins: [{ Id: site, DomainName: site.s3.us-east-1.amazonaws.com, S3OriginConfig: {} }]
        CacheBehaviors:
          - PathPattern: private/*
            TargetOriginId: site
            ViewerProtocolPolicy: https-only
            TrustedKeyGroups: [!Ref Group]
            CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
`;

t.test('serves a template, signs for it, and reads it anew', async (t) => {
  const folder = folderOf(t, {
    'site/one.html': 'one',
    'site/two.html': 'two',
    'site/private/a.txt': 'private',
  });
  const file = join(folder, 'template.yaml');
  writeFileSync(file, template('one.html'));
  const keys = ['--keys', join(folder, 'keys')];
  const site = ['--bucket', `site=${join(folder, 'site')}`];
  const served = await servedBy(t, folder, ['--template', file, ...site, ...keys, '--explain']);
  const [at = ''] = served.urls;
  await served.waitFor('over plain HTTP, without ViewerProtocolPolicy; use --https to include it\n');
  await served.waitFor('left out: Web: Distribution.WebACLId: its rules are not run\n');
  const askedMs = performance.now();
  t.equal(await (await fetch(at)).text(), 'one');
  await served.waitFor('200 miss GET / ');
  const tookMs = Number(/ ([\d.]+) ms/.exec(served.output())?.[1]);
  t.ok(tookMs > 0 && tookMs <= performance.now() - askedMs, `${tookMs} ms`);
  const refused = await fetch(`${at}/private/a.txt`);
  t.match(
    refused.headers.get('x-edge-explain'),
    /^signature: missing_key; The request has no CloudFront-Key-Pair-Id: /,
  );
  await served.waitFor('403 signature: missing_key GET /private/a.txt ');
  const cli = async (...args: string[]) => (await run(process.execPath, [CLI, ...args])).stdout.trim();
  for (const [seconds, options] of [
    [3_600, []],
    [60, ['--seconds', '60']],
  ] as const) {
    const before = Math.floor(Date.now() / 1_000);
    const policy = policyIn(await cli('sign', `${at}/private/a.txt`, ...keys, ...options));
    const ends = Number(/"AWS:EpochTime":(\d+)/.exec(policy)?.[1]) - seconds;
    t.ok(ends >= before && ends <= Date.now() / 1_000, policy);
  }
  const url = await cli('sign', `${at}/private/a.txt`, ...keys);
  t.equal(await (await fetch(url)).text(), 'private');
  const cookie = await cli('sign', `${at}/private/*`, '--cookies', ...keys);
  t.equal(await (await fetch(`${at}/private/a.txt`, { headers: { cookie } })).text(), 'private');
  writeFileSync(file, template('two.html').replace('WebACLId: x', 'TenantConfig: {}'));
  await served.waitFor(
    'not reloaded, and served as before: Web: Distribution.TenantConfig: it is not modelled',
  );
  t.equal(await (await fetch(at)).text(), 'one');
  writeFileSync(file, template('two.html'));
  await served.waitFor('reloaded Web');
  t.equal(await (await fetch(at)).text(), 'two');
  t.equal(
    served.output().split('left out: Web: Distribution.WebACLId').length,
    2,
    'what is left out is said once',
  );
  served.child.kill('SIGTERM');
  t.equal(await served.exit, 0);
});

t.test(
  '--https: a certificate of its own, and the redirect of ViewerProtocolPolicy on the same port',
  async (t) => {
    const folder = folderOf(t, { 'site/one.html': 'one' });
    const file = join(folder, 'template.yaml');
    writeFileSync(file, template('one.html').replace('allow-all', 'redirect-to-https'));
    const options = ['--template', file, '--bucket', `site=${join(folder, 'site')}`];
    const keys = ['--keys', join(folder, 'keys')];
    const served = await servedBy(t, folder, [...options, ...keys, '--https']);
    const authority = join(folder, 'keys/https/authority.pem');
    await served.waitFor(`trust ${authority} once`);
    const { protocol, port } = new URL(served.urls[0] ?? '');
    t.equal(protocol, 'https:');
    const moved = await fetch(`http://localhost:${port}/?x=1`, { redirect: 'manual' });
    t.strictSame([moved.status, moved.headers.get('location')], [301, `https://localhost:${port}/?x=1`]);
    const asked = get(`https://localhost:${port}/`, { ca: readFileSync(authority), agent: false });
    const [response] = await once(asked, 'response');
    t.equal(await text(response), 'one');
  },
);

t.test('a request under way ends by what was served when it came', async (t) => {
  const folder = folderOf(t, {});
  const file = join(folder, 'template.yaml');
  const serverTemplate = (comment: string) => `
Resources:
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Comment: ${comment}
        Origins: [{ Id: api, DomainName: api.example, CustomOriginConfig: { OriginProtocolPolicy: http-only } }]
        DefaultCacheBehavior:
          TargetOriginId: api
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
`;
  writeFileSync(file, serverTemplate('one'));
  const origin = new EventEmitter();
  const api = await serverOf(t, (_request, response) => {
    response.write('first, ');
    origin.emit('asked', response);
  });
  const served = await servedBy(t, folder, ['--template', file, '--origin', `api=${api}`]);
  const isAsked = once(origin, 'asked');
  const body = served.page('/slow');
  const [response] = await isAsked;
  writeFileSync(file, serverTemplate('two'));
  await served.waitFor('reloaded Web');
  response.end('and last');
  t.equal(await body, 'first, and last');
});

t.test('what is wrong is said, with status 2 or 1', async (t) => {
  const odd = template('x').replace('WebACLId: x', 'TenantConfig: {}');
  const folder = folderOf(t, { 'template.yaml': template('x'), 'odd.yaml': odd, 'site/x': '' });
  const failing = async (...args: string[]) => {
    try {
      await run(process.execPath, [CLI, ...args], { cwd: folder, env: { PATH: process.env['PATH'] } });
      return 'it did not fail';
    } catch (error) {
      const { code, stderr } = Object(error);
      return `${code} ${stderr}`;
    }
  };
  t.match(await failing(), /^2 edge-local: the template is missing/);
  t.match(await failing('none.yaml'), /^2 edge-local: there is no file none.yaml/);
  t.match(await failing('--port', '65536'), /^2 edge-local: --port 65536 is not a port/);
  t.match(await failing('--colour'), /^2 edge-local: Unknown option '--colour'/);
  t.match(
    await failing('--bucket', 'site=./none'),
    /^2 edge-local: --bucket site=.\/none: there is no such folder/,
  );
  t.match(
    await failing('--bucket', 'site=http://a'),
    /^2 .* needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
  );
  t.match(await failing('sign', 'http://a/b', '--keys', 'site'), /^2 edge-local: there is no key in site/);
  t.match(
    await failing('--template', 'template.yaml', '--distribution', 'Other'),
    /^2 .*the template has Web/,
  );
  for (const [option, value] of [
    ['--bucket', 'sites=./site'],
    ['--value', 'Stage=x'],
  ] as const) {
    const name = value.replace(/=.*/, '');
    const refused = await failing('template.yaml', option, value);
    t.match(refused, `2 edge-local: ${option} ${name}: the template has no ${name}`, option);
  }
  const faults = await failing('odd.yaml');
  t.match(faults, '1 edge-local: Web: Distribution.TenantConfig: it is not modelled');
  t.match(faults, '  --ignore TenantConfig leaves it out');
  t.match((await run(process.execPath, [CLI, '--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  for (const words of [['--help'], ['lint', '--help']])
    t.match((await run(process.execPath, [CLI, ...words])).stdout, /--bucket <name>=<where>/);
});

t.test('a promise that a function forgot ends nothing', async (t) => {
  const folder = folderOf(t, { 'site/one.html': 'one' });
  const file = join(folder, 'template.yaml');
  const code = "function handler(event) { Promise.reject(new Error('forgotten')); return event.request; }";
  writeFileSync(
    file,
    `${template('one.html')}          FunctionAssociations:
            - { EventType: viewer-request, FunctionARN: !GetAtt Careless.FunctionARN }
  Careless:
    Type: AWS::CloudFront::Function
    Properties:
      Name: careless
      AutoPublish: true
      FunctionCode: "${code}"
      FunctionConfig: { Comment: x, Runtime: cloudfront-js-2.0 }
`,
  );
  const options = ['--template', file, '--bucket', `site=${join(folder, 'site')}`];
  const keys = ['--keys', join(folder, 'keys')];
  const served = await servedBy(t, folder, [...options, ...keys]);
  t.equal(await served.page(), 'one');
  await served.waitFor('a function forgot a promise, which failed: forgotten');
  t.equal(await served.page(), 'one');
});
