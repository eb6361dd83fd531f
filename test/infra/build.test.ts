import {
  existsSync,
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

t.test('under umask 077 other users can read every file of the asset, as Lambda does', async (t) => {
  const directory = join(temporaryDirectory(t), 'dist');
  // Of an earlier build.
  mkdirSync(join(directory, 'service/old'), { recursive: true });
  writeFileSync(join(directory, 'service/old/old.mjs'), '');
  const umask = process.umask(0o077);
  t.teardown(() => process.umask(umask));
  const values = localValues([ecKey('KEC')]);
  const assembly = build(values, directory);
  const template = readFileSync(join(assembly, `${values.stackName}.template.json`), 'utf8');
  const assets = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
  t.strictSame(assets.length, 1);
  t.notOk(
    existsSync(join(assembly, 'CloudFrontCookieGateway-Watch.template.json')),
    'nothing of it is in AWS',
  );
  t.notMatch(template, /CDKMetadata/, 'AWS is not told of the build');
  const files = readdirSync(join(assembly, assets[0] ?? ''), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const service = join(directory, 'service');
  const folders = readdirSync(service, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const modes = [service, ...folders].map((folder) => statSync(folder).mode & 0o777);
  t.strictSame([...new Set(modes)], [0o755], 'every folder can be opened');
  t.notOk(
    files.some((file) => file.endsWith('old.mjs')),
    'nothing of an earlier build',
  );
  t.ok(
    files.some((file) => file.includes('chunk-')),
    'programs share their code',
  );
  t.ok(readFileSync(join(service, 'mover.mjs'), 'utf8').split('\n').length < 20, 'it is minified');
  const handlers = [...template.matchAll(/"Handler": "(\w+)\.handler"/g)];
  const programs = handlers.map(([, name]) => `${name}.mjs`);
  t.strictSame(programs, ['mover.mjs', 'lambda.mjs', 'reconcile.mjs']);
  for (const program of programs)
    t.ok(
      files.some((file) => file.endsWith(`/${program}`)),
      program,
    );
  const closed = files.filter((file) => (statSync(file).mode & 0o777) !== 0o644);
  t.strictSame(closed, []);
  t.strictSame(readdirSync(join(directory, 'edge')), ['viewer-request.js', 'viewer-response.js']);
  t.ok(readdirSync(join(directory, 'web')).includes('index.html'));
});

t.test("webDirectory: the operator's own page in the code, without dot files", async (t) => {
  // Some tools build into a folder with a dot.
  const page = join(temporaryDirectory(t), '.output');
  const directory = temporaryDirectory(t);
  mkdirSync(join(page, '.git'), { recursive: true });
  mkdirSync(join(page, 'assets'));
  for (const name of ['.env', '.git/config', 'assets/app.js', 'assets/.map', 'index.html']) {
    writeFileSync(join(page, name), 'own');
  }
  const elsewhere = temporaryDirectory(t);
  writeFileSync(join(elsewhere, 'font.woff2'), 'own');
  symlinkSync(join(elsewhere, 'font.woff2'), join(page, 'assets/font.woff2'));
  build(localValues([ecKey('KEC')], { webDirectory: page }), directory);
  const web = join(directory, 'service/web');
  const copied = readdirSync(web, { recursive: true }).toSorted();
  t.strictSame(copied, ['assets', 'assets/app.js', 'assets/font.woff2', 'index.html']);
  t.ok(lstatSync(join(web, 'assets/font.woff2')).isFile(), 'a link leads nowhere in AWS');
  const empty = { webDirectory: temporaryDirectory(t) };
  t.throws(() => build(localValues([ecKey('KEC')], empty), directory), {
    message: 'webDirectory must be a folder with an index.html',
  });
});
