import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { buildClient, buildWeb } from '../../../services/web/build.ts';
import { ApiError } from '../../../services/web/client/api-error.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

t.test('the client library', async (t) => {
  const directory = temporaryDirectory(t);
  buildClient(directory);
  const [core, drawing] = ['client.js', 'draw-thumbnail.js'].map((name) =>
    readFileSync(join(directory, name), 'utf8'),
  );
  if (core === undefined || drawing === undefined) throw new Error('a file is missing');
  t.strictSame(readdirSync(directory).toSorted(), ['client.js', 'draw-thumbnail.js']);
  const size = gzipSync(core).length;
  // 250 are the store for frameworks, 130 the hash that a sign-in keeps, and 150 the signals of all methods.
  // Of these bytes, 590 renew the cookies of teams and mend their images, and 410 are the requests for teams. A module that
  // is loaded later would not be safe: if it fails to load once, Firefox and Safari fail it until the page is loaded anew.
  // Since then, the address of each file on the page and programs that are no browser came to 200, and a file's own date,
  // which is sent again without it where the app host refuses it, to 100.
  t.ok(size > 0 && size < 7_100, `all that every page loads stays under 7.1 KB gzipped: ${size} bytes`);
  t.strictSame(
    core.match(/\bimport\b[^;)]*\)?/g),
    ['import("./draw-thumbnail.js")'],
    'and needs nothing else',
  );
  const more = gzipSync(drawing).length;
  // It reads dates, sizes and colors too.
  t.ok(more < 2_048, `what draws thumbnails stays under 2 KB: ${more} bytes`);
  t.notMatch(drawing, /\bimport\b/);
});

t.test('the page', async (t) => {
  const directory = temporaryDirectory(t);
  buildWeb(directory);
  const sizeOf = (name: string) => gzipSync(readFileSync(join(directory, name))).length;
  const html = readFileSync(join(directory, 'index.html'), 'utf8');
  const early = [...html.matchAll(/<link rel="modulepreload" href="\/(assets\/[\w.-]+\.js)">/g)].map(
    ([, name = '']) => name,
  );
  const size = ['app.js', ...early].reduce((sum, name) => sum + sizeOf(name), 0);
  t.ok(
    early.length > 0 && size < 60_000,
    `the scripts of the first paint stay under 60 KB gzipped: ${size} bytes`,
  );
  const imported = ['app.js', ...early].flatMap((name) => {
    const text = readFileSync(join(directory, name), 'utf8');
    return [...text.matchAll(/\bfrom"([^"]+)"|\bimport"([^"]+)"/g)].map(([, from, alone = '']) =>
      join(dirname(name), from ?? alone),
    );
  });
  t.strictSame(
    [...new Set(imported)].filter((name) => !early.includes(name)),
    [],
    'the browser waits for no other',
  );
  t.ok(sizeOf('style.css') < 8_000, `and its style under 8 KB: ${sizeOf('style.css')} bytes`);
  const { icons } = JSON.parse(readFileSync(join(directory, 'manifest.webmanifest'), 'utf8'));
  const names = icons.map(({ src }: { src: string }) => src.slice(1));
  t.ok(
    names.length >= 2 && names.every((name: string) => sizeOf(name) > 0),
    'its manifest names icons that are there',
  );
  t.notMatch(html, /<script(?! type="module" src)|\son\w+=|\sstyle=/, 'nothing in it is inline');
});

t.test('an ApiError has its own name, also in a minified page', async (t) => {
  const error = new ApiError(409, 'file_exists', { detail: 'It is there.' });
  t.equal(error.name, 'ApiError');
  t.equal(`${error}`, 'ApiError: It is there.');
  t.notOk(Object.keys(error).includes('name'));
});
