import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { buildClient } from '../../../services/web/build.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

t.test('the client library stays under 4 KB gzipped', async (t) => {
  const directory = temporaryDirectory(t);
  buildClient(directory);
  const size = gzipSync(readFileSync(join(directory, 'client.js'))).length;
  t.ok(size < 4_096, `${size} bytes`);
});
