import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { runCommand } from '../../support/clone.ts';
import { freePorts } from '../../support/ports.ts';
import { folderOf } from '../local/support/serve.ts';

const CLI = resolve('edge/command/cli.ts');

const TEMPLATE = `
Resources:
  Guard:
    Type: AWS::Lambda::Function
    Properties: { Runtime: python3.13, Handler: guard.handler, Code: { S3Bucket: b, S3Key: k.zip } }
  GuardVersion: { Type: AWS::Lambda::Version, Properties: { FunctionName: !Ref Guard } }
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins: [{ Id: site, DomainName: site.s3.us-east-1.amazonaws.com, S3OriginConfig: {} }]
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
          LambdaFunctionAssociations: [{ EventType: viewer-request, LambdaFunctionARN: !Ref GuardVersion }]
`;

const handler = (words: string) =>
  `export const handler = async (event) => { console.log('asked'); return { status: '200', body: '${words}' }; };`;

t.test('a Lambda function that cannot be run is named, and a file takes its place', async (t) => {
  const folder = folderOf(t, {
    'a.yaml': TEMPLATE,
    'site/a': 'of the site',
    'guard.mjs': handler('guarded'),
  });
  const [one = 0, two = 0] = await freePorts(2);
  const without = runCommand(folder, [process.execPath, CLI, 'a.yaml', '--port', `${one}`]);
  t.teardown(() => without.child.kill('SIGTERM'));
  await without.waitFor(`ready http://localhost:${one}\n`);
  t.match(without.output(), 'nothing runs the function Guard yet: --lambda Guard=./handler.mjs\n');
  t.equal(await (await fetch(`http://localhost:${one}/a`)).text(), 'of the site');

  const command = [process.execPath, CLI, 'a.yaml', '--lambda', 'Guard=./guard.mjs', '--port', `${two}`];
  const served = runCommand(folder, command);
  t.teardown(() => served.child.kill('SIGTERM'));
  await served.waitFor(`ready http://localhost:${two}\n`);
  t.equal(await (await fetch(`http://localhost:${two}/a`)).text(), 'guarded');
  await served.waitFor('  Guard: asked\n');
  t.notMatch(served.output(), 'nothing runs the function');
  writeFileSync(join(folder, 'guard.mjs'), handler('guarded anew'));
  await served.waitFor('reloaded Web\n');
  t.equal(await (await fetch(`http://localhost:${two}/a`)).text(), 'guarded anew');
});

t.test('a file or a function that is not there is an error', async (t) => {
  const folder = folderOf(t, { 'a.yaml': TEMPLATE, 'guard.mjs': handler('guarded') });
  for (const [given, words] of [
    ['Guard=./none.mjs', '--lambda Guard=./none.mjs: there is no such file'],
    ['Gard=./guard.mjs', '--lambda Gard: the template has no Gard'],
  ] as const) {
    const { exit, output } = runCommand(folder, [process.execPath, CLI, 'a.yaml', '--lambda', given]);
    t.not(await exit, 0);
    t.match(output(), words);
  }
});
