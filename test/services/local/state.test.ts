import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openLocalState } from '../../../services/local/state.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

t.test('the secrets stay; if one is missing, the file is put aside and all are new', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'secrets.json');
  const { secrets } = openLocalState(directory);
  t.strictSame(openLocalState(directory).secrets, secrets);
  for (const name of Object.keys(secrets)) {
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...kept, [name]: undefined }));
    const left = readFileSync(file, 'utf8');
    t.strictSame(Object.keys(openLocalState(directory).secrets), Object.keys(secrets), name);
    t.equal(readFileSync(`${file}.bad`, 'utf8'), left, name);
  }
  t.ok(existsSync(file));
});
