import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { buildClient } from '../../../services/web/build.ts';
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
  t.ok(size > 0 && size < 5_120, `all that every page loads stays under 5 KB gzipped: ${size} bytes`);
  t.strictSame(core.match(/\bimport\b[^;]*/g), ['import("./draw-thumbnail.js")'], 'and needs nothing else');
  const more = gzipSync(drawing).length;
  t.ok(more < 1_024, `what draws thumbnails stays under 1 KB: ${more} bytes`);
  t.notMatch(drawing, /\bimport\b/);
});
