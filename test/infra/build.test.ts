import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { build } from '../../infra/build.ts';
import { ecKey, localValues } from '../support/local-values.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

t.test('under umask 077, a build with a page of the operator’s own that Lambda can read', async (t) => {
  // Some tools build into a folder with a dot.
  const page = join(temporaryDirectory(t), '.output');
  mkdirSync(join(page, '.git'), { recursive: true });
  mkdirSync(join(page, 'assets'));
  for (const name of ['.env', '.git/config', 'assets/app.js', 'assets/.map', 'index.html'])
    writeFileSync(join(page, name), 'own');
  const elsewhere = temporaryDirectory(t);
  writeFileSync(join(elsewhere, 'font.woff2'), 'own');
  symlinkSync(join(elsewhere, 'font.woff2'), join(page, 'assets/font.woff2'));
  const directory = join(temporaryDirectory(t), 'dist');
  const service = join(directory, 'service');
  // Of an earlier build.
  mkdirSync(join(service, 'old'), { recursive: true });
  writeFileSync(join(service, 'old/old.mjs'), '');
  const umask = process.umask(0o077);
  t.teardown(() => process.umask(umask));
  const values = localValues([ecKey('KEC')], { webDirectory: page });
  const assembly = build(values, directory);

  const template = readFileSync(join(assembly, `${values.stackName}.template.json`), 'utf8');
  t.notMatch(template, /CDKMetadata/, 'AWS is not told of the build');
  const [asset = '', ...more] = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
  t.strictSame(more, []);
  t.notMatch(readdirSync(assembly).join(), 'Watch.template.json', 'nothing of a local stack is in AWS');
  const handlers = [...template.matchAll(/"Handler": "(\w+)\.handler"/g)];
  const programs = handlers.map(([, name]) => `${name}.mjs`);
  t.strictSame(programs, ['mover.mjs', 'lambda.mjs', 'reconcile.mjs']);
  const files = readdirSync(join(assembly, asset), { recursive: true }).map(String);
  for (const program of programs) t.ok(files.includes(program), program);
  t.notMatch(files.join(), 'old.mjs', 'nothing of an earlier build');
  t.match(files.join(), 'chunk-', 'programs share their code');
  t.ok(readFileSync(join(service, 'mover.mjs'), 'utf8').split('\n').length < 20, 'it is minified');
  for (const folder of [service, join(assembly, asset)]) {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const closed = entries.filter((entry) => {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      // The CDK copies what is in a folder, and the modes of files only.
      return mode !== (entry.isDirectory() ? 0o755 : 0o644) && (entry.isFile() || folder === service);
    });
    t.strictSame(closed, [], 'other users can read everything');
  }
  t.strictSame(readdirSync(join(directory, 'edge')), ['viewer-request.js', 'viewer-response.js']);
  t.ok(readdirSync(join(directory, 'web')).includes('index.html'));

  const web = join(service, 'web');
  const copied = readdirSync(web, { recursive: true }).toSorted();
  t.strictSame(copied, ['assets', 'assets/app.js', 'assets/font.woff2', 'index.html'], 'without dot files');
  t.ok(lstatSync(join(web, 'assets/font.woff2')).isFile(), 'a link leads nowhere in AWS');
});

t.test('webDirectory must have a page', async (t) => {
  const empty = { webDirectory: temporaryDirectory(t) };
  t.throws(() => build(localValues([ecKey('KEC')], empty), temporaryDirectory(t)), {
    message: 'webDirectory must be a folder with an index.html',
  });
});
