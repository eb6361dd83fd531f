import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { runCommand } from '../../support/clone.ts';
import { folderOf } from '../local/support/serve.ts';
import { CLI, servedBy } from './support/served.ts';

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
  const served = await servedBy(t, folder, ['template.yaml']);
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
  const [at = ''] = served.urls;
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

t.test('what is given counts, and is not guessed', async (t) => {
  const folder = folderOf(t, { 'template.yaml': TEMPLATE, 'site/a.txt': 'of the site' });
  const options = ['--value', 'Stage=live', '--value', 'Project=shop', '--bucket', 'shop-live=./site'];
  const served = await servedBy(t, folder, ['template.yaml', ...options]);
  t.equal(await served.page('/a.txt'), 'of the site');
  t.notMatch(served.output(), /guessed --(?:bucket|value (?!PublicKey))/);
});
