import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { buildClient } from '../../../services/web/build.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

t.test('all of the client library, whatever a browser may load, stays under 5 KB gzipped', async (t) => {
  const directory = temporaryDirectory(t);
  buildClient(directory);
  const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
  const size = files.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  t.ok(size > 0 && size < 5_120, `${size} bytes in ${files.length} files`);
  t.notMatch(files.join('\n'), /\bimport\b/, 'and needs nothing else');
});
