import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { folderOf } from '../local/support/serve.ts';
import { servedBy } from './support/served.ts';

const template = (page: string) => `
Resources:
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        DefaultRootObject: ${page}
        Origins: [{ Id: site, DomainName: site.s3.us-east-1.amazonaws.com, S3OriginConfig: {} }]
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
`;

async function startServing(t: Test, options: string[] = [], more: Record<string, string> = {}) {
  const files = { 'a.yaml': template('one'), 'site/one': 'one', 'site/two': 'two' };
  const folder = folderOf(t, { ...files, ...more });
  const served = await servedBy(t, folder, ['a.yaml', ...options]);
  return { folder, file: join(folder, 'a.yaml'), served, page: served.page };
}

/** A template with a store, whose entries are in a file. */
const WITH_STORE = `${template('one')}
        CacheBehaviors:
          - PathPattern: /entry
            TargetOriginId: site
            ViewerProtocolPolicy: allow-all
            CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
            FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt Reads.FunctionARN }]
  Entries: { Type: AWS::CloudFront::KeyValueStore, Properties: { Name: entries } }
  Reads:
    Type: AWS::CloudFront::Function
    Properties:
      Name: reads
      AutoPublish: true
      FunctionConfig:
        Comment: reads an entry
        Runtime: cloudfront-js-2.0
        KeyValueStoreAssociations: [{ KeyValueStoreARN: !GetAtt Entries.Arn }]
      FunctionCode: |
        import cf from 'cloudfront';
        async function handler() { return { statusCode: 200, body: await cf.kvs().get('a') }; }
`;
const entry = (value: string) => JSON.stringify({ data: [{ key: 'a', value }] });

/** How programs save a file. */
const WAYS: { [way: string]: (file: string, text: string) => void } = {
  'in place': writeFileSync,
  'as sed -i does: a new file gets the name': (file, text) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  },
  'as vim does: the old file becomes a backup': (file, text) => {
    renameSync(file, `${file}~`);
    writeFileSync(file, text);
    rmSync(`${file}~`);
  },
  'as JetBrains do: by two renames': (file, text) => {
    writeFileSync(`${file}___jb_tmp___`, text);
    renameSync(file, `${file}___jb_old___`);
    renameSync(`${file}___jb_tmp___`, file);
    rmSync(`${file}___jb_old___`);
  },
};

for (const [way, save] of Object.entries(WAYS)) {
  t.test(`a template saved ${way}, twice`, async (t) => {
    const { file, served, page } = await startServing(t);
    t.equal(await page(), 'one');
    for (const [index, root] of ['two', 'one'].entries()) {
      save(file, template(root));
      await served.waitFor('reloaded Web', index + 1);
      t.equal(await page(), root, root);
    }
  });
}

t.test('the entries of a store', async (t) => {
  const files = { 'a.yaml': WITH_STORE, 'entries.json': entry('one') };
  const { folder, served, page } = await startServing(t, ['--store', 'Entries=entries.json'], files);
  t.equal(await page('/entry'), 'one');
  writeFileSync(join(folder, 'entries.json'), entry('two'));
  await served.waitFor('reloaded Web');
  t.equal(await page('/entry'), 'two');
  served.child.kill('SIGTERM');
  t.equal(await served.exit, 0, 'nothing of what was served before is left open');
});

t.test('a template in a folder that a build makes anew', async (t) => {
  const folder = folderOf(t, { 'out/a.yaml': template('one'), 'site/one': 'one', 'site/two': 'two' });
  const served = await servedBy(t, folder, ['out/a.yaml']);
  for (const [index, root] of ['two', 'one'].entries()) {
    rmSync(join(folder, 'out'), { recursive: true });
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out/a.yaml'), template(root));
    await served.waitFor('\nreloaded Web', index + 1);
    t.equal(await served.page(), root, root);
  }
});

t.test('a template that is broken for a while', async (t) => {
  const { file, served, page } = await startServing(t);
  writeFileSync(file, 'Resources: {');
  await served.waitFor('not reloaded, and served as before');
  t.equal(await page(), 'one');
  rmSync(file);
  writeFileSync(file, template('two'));
  await served.waitFor('\nreloaded Web');
  t.equal(await page(), 'two');
});

t.test('the folder of a bucket that a new template names', async (t) => {
  const { folder, file, served, page } = await startServing(t, [], { 'other/one': 'of the other' });
  writeFileSync(file, template('one').replace('DomainName: site', 'DomainName: other'));
  await served.waitFor('guessed --bucket other=./other\n');
  t.equal(await page('/one'), 'of the other');
  writeFileSync(join(folder, 'other/one'), 'anew');
  // The kept object is given until the command has seen the new content.
  while ((await page('/one')) !== 'anew');
});

t.test('several distributions, each at a port of its own', async (t) => {
  const [head = '', web = ''] = template('one').split(/(?= {2}Web:)/);
  const second = web.replace('Web:', 'Second:').replace('DefaultRootObject: one', 'DefaultRootObject: two');
  const folder = folderOf(t, { 'a.yaml': head + web + second, 'site/one': 'one', 'site/two': 'two' });
  const { urls, output } = await servedBy(t, folder, ['a.yaml'], 2);
  t.match(output(), /^ready \S+ Web\nready \S+ Second$/m);
  for (const [index, content] of ['one', 'two'].entries())
    t.equal(await (await fetch(`${urls[index]}/`)).text(), content);
});

t.test('a folder that a build replaces, twice', async (t) => {
  const { folder, page } = await startServing(t);
  t.equal(await page('/one'), 'one');
  for (const content of ['built', 'built again']) {
    const built = folderOf(t, { 'site/one': content });
    renameSync(join(folder, 'site'), join(built, 'old'));
    renameSync(join(built, 'site'), join(folder, 'site'));
    // The kept object is given until the command has seen the new folder.
    while ((await page('/one')) !== content);
    t.pass(content);
  }
});
