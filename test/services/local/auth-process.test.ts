import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { startAuthService } from '../../../services/local/auth-process.ts';
import { LocalSettingsError, parseLocalSettings } from '../../../services/local/settings.ts';
import { openLocalState } from '../../../services/local/state.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

/** Starts a program in place of the service. */
async function start(t: Test, program: string) {
  const directory = temporaryDirectory(t);
  const entry = join(directory, 'service.mjs');
  writeFileSync(entry, program);
  const settings = parseLocalSettings({});
  const lines: string[] = [];
  const crashed = Promise.withResolvers<string>();
  const started = startAuthService({
    ...{ entry, settings, ports: settings.ports, state: openLocalState(join(directory, 'state')) },
    ...{ stores: {}, demoDirectory: directory },
    onLogLine: (line) => lines.push(line),
    onCrash: crashed.resolve,
  });
  return { directory, started, lines, crashed: crashed.promise };
}

t.test('settings that the service refuses are an error that names them', async (t) => {
  const said = ['first', 'configuration: TEAMS is wrong', 'last'];
  const { started, lines } = await start(t, `console.error(${JSON.stringify(said.join('\n'))});`);
  await t.rejects(started, new LocalSettingsError(['TEAMS is wrong']));
  t.strictSame(lines, said);
});

t.test('of this shell, nothing that belongs to an AWS account reaches the service', async (t) => {
  process.env['AWS_PROFILE'] = 'production';
  t.teardown(() => delete process.env['AWS_PROFILE']);
  const { started, lines } = await start(t, 'console.log(Object.keys(process.env).join());');
  await t.rejects(started);
  t.match(lines.join(), /\bPATH\b/);
  t.notMatch(lines.join(), 'AWS_PROFILE');
});
