import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkPorts, parseLocalSettings } from '../../../services/local/settings.ts';
import { startLocalStack } from '../../../services/local/stack.ts';
import { cachedStack } from '../../support/cached-build.ts';
import { freePortVariables, temporaryDirectory } from '../../support/test-stack.ts';

t.test('of a start that fails, nothing is left to listen', async (t) => {
  const directory = temporaryDirectory(t);
  const authEntry = join(directory, 'service.mjs');
  writeFileSync(authEntry, 'process.exitCode = 3;');
  const settings = parseLocalSettings(await freePortVariables());
  const message = 'the auth service did not start: it ended with status 3; its log says why';
  await t.rejects(startLocalStack({ settings, directory, authEntry, build: cachedStack }), { message });
  await checkPorts(settings.ports, false);
});
