import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { parseLocalSettings } from '../../../services/local/settings.ts';
import { openDebugger } from '../../integration/support/debugger.ts';
import { copyOfProject, runCommand } from '../../support/clone.ts';
import { freePorts } from '../../support/ports.ts';
import { freePortVariables } from '../../support/test-stack.ts';

/** Two neighbouring ports that no other process gets. */
async function portsOfDebuggers(): Promise<[number, number]> {
  for (;;) {
    const [first = 0, second = 0] = await freePorts(2);
    if (second === first + 1) return [first, second];
  }
}

t.test('npm run dev: a breakpoint in the callback is hit, and a change restarts the stack', async (t) => {
  const directory = copyOfProject(t);
  const env = await freePortVariables();
  const { appOrigin } = parseLocalSettings(env);
  const [ofStack, ofService] = await portsOfDebuggers();
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const command = scripts.dev.replace('exec ', '').replace(':9229', `:${ofStack}`).split(' ');
  const dev = runCommand(directory, command, env);
  t.teardown(() => dev.child.kill('SIGKILL'));
  await dev.waitFor(`ready ${appOrigin}\n`);
  t.match(dev.output(), `Auth service: Debugger listening on ws://127.0.0.1:${ofService}/`);

  const debug = await openDebugger(t, ofService);
  const file = join(directory, 'services/auth/sessions/routes/callback.ts');
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes('async handler('));
  t.ok(line > 0, 'the handler of the callback');
  await debug.breakAt(file, line + 1);
  const paused = debug.paused();
  const callback = fetch(`${appOrigin}/auth/callback?code=a&state=b`, { redirect: 'manual' });
  t.match((await paused).join(), `file://${file}`);
  await debug.resume();
  t.equal((await callback).status, 400);

  const page = join(directory, 'services/web/index.html');
  writeFileSync(page, readFileSync(page, 'utf8').replace('</title>', ' of this afternoon</title>'));
  await dev.waitFor(`ready ${appOrigin}\n`, 2);
  t.match(await (await fetch(appOrigin)).text(), ' of this afternoon</title>');
  process.kill(dev.child.pid ?? 0, 'SIGINT');
  await dev.exit;
  await t.rejects(fetch(appOrigin), 'nothing is left');
});
