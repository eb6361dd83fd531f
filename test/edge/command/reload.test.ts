import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { runCommand } from '../../support/clone.ts';
import { freePorts } from '../../support/ports.ts';
import { folderOf } from '../local/support/serve.ts';

const CLI = resolve('edge/command/cli.ts');

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

async function startServing(t: Test) {
  const folder = folderOf(t, { 'a.yaml': template('one'), 'site/one': 'one', 'site/two': 'two' });
  const [port = 0] = await freePorts(1);
  const served = runCommand(folder, [process.execPath, CLI, 'a.yaml', '--port', `${port}`]);
  t.teardown(() => served.child.kill('SIGTERM'));
  await served.waitFor(`ready http://localhost:${port}\n`);
  const page = async (path = '/') => (await fetch(`http://localhost:${port}${path}`)).text();
  return { folder, file: join(folder, 'a.yaml'), served, page };
}

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
