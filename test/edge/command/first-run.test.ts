import { once } from 'node:events';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { text as readText } from 'node:stream/consumers';
import t from 'tap';
import { runCommand } from '../../support/clone.ts';
import { freePorts } from '../../support/ports.ts';
import { folderOf } from '../local/support/serve.ts';

const CLI = resolve('edge/command/cli.ts');

/** A template as people publish them: with parameters, a condition, and keys that are not in it. */
const TEMPLATE = `
Parameters:
  Stage: { Type: String, AllowedValues: [dev, live] }
  Project: { Type: String }
  PublicKey: { Type: String }
  Names: { Type: CommaDelimitedList, Default: "one, two" }
Conditions:
  IsLive: !Equals [!Ref Stage, live]
Resources:
  Files: { Type: AWS::S3::Bucket, Properties: { BucketName: !Join ["-", [!Ref Project, !Ref Stage]] } }
  Key:
    Type: AWS::CloudFront::PublicKey
    Properties: { PublicKeyConfig: { Name: K1, CallerReference: x, EncodedKey: !Ref PublicKey } }
  Group:
    Type: AWS::CloudFront::KeyGroup
    Properties: { KeyGroupConfig: { Name: g, Items: [!Ref Key] } }
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: "false"
        Comment: !If [IsLive, live, !Select [1, !Ref Names]]
        WebACLId: !Ref Project
        Origins:
          - { Id: files, DomainName: !GetAtt Files.RegionalDomainName, S3OriginConfig: {} }
          - { Id: api, DomainName: api.example, CustomOriginConfig: { OriginProtocolPolicy: https-only } }
        CacheBehaviors:
          - PathPattern: api/*
            TargetOriginId: api
            ViewerProtocolPolicy: allow-all
            CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
          - PathPattern: private/*
            TargetOriginId: files
            ViewerProtocolPolicy: allow-all
            TrustedKeyGroups: [!Ref Group]
            CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
        DefaultCacheBehavior:
          TargetOriginId: files
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
`;

t.test('a template that nobody has prepared is served by its name alone', async (t) => {
  const folder = folderOf(t, {
    'template.yaml': TEMPLATE,
    'project-dev/a.txt': 'a file',
    'project-dev/private/a.txt': 'for who signs',
  });
  const [port = 0] = await freePorts(1);
  const served = runCommand(folder, [process.execPath, CLI, 'template.yaml', '--port', `${port}`], {});
  t.teardown(() => served.child.kill('SIGTERM'));
  await served.waitFor(`ready http://localhost:${port}\n`);
  for (const line of [
    'guessed --value Stage=dev',
    'guessed --value Project=project',
    'guessed --bucket project-dev=./project-dev',
    'guessed --keys .edge-local: the template has no key K1',
    'nothing answers for api yet: --origin api=http://localhost:<port>',
    'left out: Web: Distribution.WebACLId: its rules are not run',
    'left out: Web: Distribution.Enabled: it is disabled, and served here',
  ])
    t.equal(served.output().split(`${line}\n`).length, 2, `once: ${line}`);
  t.notMatch(served.output(), 'over plain HTTP', 'no behavior wants HTTPS');
  const at = `http://localhost:${port}`;
  t.equal(await (await fetch(`${at}/a.txt`)).text(), 'a file');
  const api = await fetch(`${at}/api/x`);
  t.equal(api.status, 501);
  t.match(await api.text(), 'Name it: --origin <id>=http://localhost:<port>');
  t.equal((await fetch(`${at}/private/a.txt`)).status, 403);
  const keys = ['--keys', join(folder, '.edge-local')];
  const signing = runCommand(folder, [process.execPath, CLI, 'sign', `${at}/private/a.txt`, ...keys]);
  await signing.exit;
  t.equal(await (await fetch(signing.output().trim())).text(), 'for who signs');
  served.child.kill('SIGTERM');
  t.equal(await served.exit, 0, 'nothing is left open');
});

t.test('a page on a port of its own has the last requests', async (t) => {
  const rewrite = 'function handler(event) { event.request.uri = "/a.txt"; return event.request; }';
  const withFunction = `${TEMPLATE.replace(/\n$/, '')}
          FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt Rewrite.FunctionARN }]
  Rewrite:
    Type: AWS::CloudFront::Function
    Properties: { Name: r, AutoPublish: true, FunctionConfig: { Comment: c, Runtime: cloudfront-js-2.0 }, FunctionCode: '${rewrite}' }
`;
  const folder = folderOf(t, { 'template.yaml': withFunction, 'project-dev/a.txt': 'a file' });
  const [port = 0, pagePort = 0] = await freePorts(2);
  const ports = ['--port', `${port}`, '--requests', `${pagePort}`];
  const served = runCommand(folder, [process.execPath, CLI, 'template.yaml', ...ports], {});
  t.teardown(() => served.child.kill('SIGTERM'));
  await served.waitFor(`requests http://localhost:${pagePort}\n`);
  for (const path of ['/<b>', '/<b>', '/private/a.txt?Signature=secret'])
    await fetch(`http://localhost:${port}${path}`);
  const page = `http://localhost:${pagePort}`;
  t.match(await (await fetch(page)).text(), '<h1>Requests</h1>');
  const text = await (await fetch(`${page}/requests.json`)).text();
  t.notMatch(text, 'secret');
  t.match(JSON.parse(text), [
    {
      number: 1,
      status: 200,
      behavior: '*',
      function: 'to /a.txt',
      cache: 'Miss, origin 200',
      decided: 'origin',
    },
    { number: 2, request: 'GET /%3Cb%3E', distribution: 'Web', cache: 'Hit', decided: 'cache' },
    { number: 3, status: 403, behavior: 'private/*', signature: 'url ', decided: 'signature: missing_key' },
  ]);
  t.match(await (await fetch(`${page}/requests.json?after=2`)).json(), [{ number: 3 }]);
  t.equal((await fetch(`${page}/other`)).status, 404);
  const asked = request(`${page}/requests.json`, { headers: { host: 'evil.example' } }).end();
  const [foreign] = await once(asked, 'response');
  t.strictSame([foreign.statusCode, await readText(foreign)], [404, '']);
  served.child.kill('SIGINT');
  t.equal(await served.exit, 0, 'nothing is left open');
});

t.test('what is given counts, and is not guessed', async (t) => {
  const folder = folderOf(t, { 'template.yaml': TEMPLATE, 'site/a.txt': 'of the site' });
  const [port = 0] = await freePorts(1);
  const options = ['--value', 'Stage=live', '--value', 'Project=shop', '--bucket', 'shop-live=./site'];
  const command = [process.execPath, CLI, 'template.yaml', ...options, '--port', `${port}`];
  const served = runCommand(folder, command);
  t.teardown(() => served.child.kill('SIGTERM'));
  await served.waitFor(`ready http://localhost:${port}\n`);
  t.equal(await (await fetch(`http://localhost:${port}/a.txt`)).text(), 'of the site');
  t.notMatch(served.output(), /guessed --(?:bucket|value (?!PublicKey))/);
});
