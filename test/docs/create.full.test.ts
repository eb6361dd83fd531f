import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { comesTo } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { copyOfProject, runCommand } from '../support/clone.ts';
import { freePorts } from '../support/ports.ts';
import { freePortVariables, temporaryDirectory } from '../support/test-stack.ts';
import { useApp } from './support/use-app.ts';

// npm, which asks the registry.
t.setTimeout(900_000);

/** Adopters have the machine's own Node. */
const NODE = process.env['npm_node_execpath'] ?? '/usr/bin/node';
const PATH = `${dirname(NODE)}${delimiter}${process.env['PATH']}`;

const checkout = copyOfProject(t);

/** Makes an app as a person does, with one command. */
async function create(t: Test, kind: string, env: Record<string, string> = {}): Promise<string> {
  const directory = join(temporaryDirectory(t), 'my-app');
  const options = { cwd: checkout, env: { ...process.env, ...env, npm_config_prefer_offline: 'true' } };
  const { stdout } = await promisify(execFile)('npm', ['run', 'create', '--', kind, directory], options);
  t.match(stdout, `Now: cd ${directory} && npm start`);
  return directory;
}

/** Starts an app as `npm start` does, until the test ends. npm itself would not pass on the signal that ends it. */
async function start(t: Test, directory: string, ready: string, env: Record<string, string> = {}) {
  const { scripts } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const [, ...args] = scripts.start.split(' ');
  const app = runCommand(directory, [NODE, ...args], { PATH, ...env });
  t.teardown(async () => {
    app.child.kill();
    await app.exit;
  });
  await app.waitFor(ready);
}

t.test('express: an app with a login of its own shows a picture, a film and a document', async (t) => {
  const [appOrigin = '', filesOrigin = ''] = (await freePorts(2)).map((port) => `http://localhost:${port}`);
  const directory = await create(t, 'express', { APP_ORIGIN: appOrigin, FILES_ORIGIN: filesOrigin });
  await start(t, directory, `open ${appOrigin}`);
  const browser = await launchShell(t);
  const enter = async (name: string) => {
    const page = await browser.newPage();
    t.teardown(() => page.close());
    await page.goto(appOrigin);
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await comesTo(t, () => page.evaluate("document.querySelector('img')?.naturalWidth"), 480);
    await comesTo(t, () => page.evaluate("document.querySelector('video').readyState >= 2"), true);
    const open = (url: string) =>
      page.evaluate<unknown>(`fetch('${url}', { credentials: 'include' }).then(
        ({ status, headers }) => [status, headers.get('content-type')], () => 'refused')`);
    const address = (selector: string, name: string) =>
      page.evaluate<string>(`document.querySelector('${selector}').${name}`);
    t.strictSame(await open(await address('a', 'href')), [200, 'application/pdf']);
    return { page, open, picture: await address('img', 'src') };
  };
  const alice = await enter('alice');
  const bob = await enter('bob');
  t.not(alice.picture, bob.picture);
  t.equal(await bob.open(alice.picture), 'refused');
  await bob.page.getByRole('button', { name: 'Sign out' }).click();
  await bob.page.getByRole('button', { name: 'Sign in' }).waitFor();
  t.equal(await bob.open(bob.picture), 'refused');
});

t.test('vite: a page in React for the service, which shows what is no picture, too', async (t) => {
  const directory = await create(t, 'vite');
  const [devPort = 0] = await freePorts(1);
  const ports = await freePortVariables();
  for (const file of ['vite.config.ts', 'start.js']) {
    const text = readFileSync(join(directory, file), 'utf8');
    const moved = text.replaceAll('5173', `${devPort}`).replaceAll('3000', `${ports['APP_PORT']}`);
    writeFileSync(join(directory, file), moved);
  }
  await promisify(execFile)('npm', ['run', 'build'], { cwd: directory, env: { ...process.env, PATH } });
  await start(t, directory, `ready http://localhost:${devPort}`, ports);
  await useApp(t, `http://localhost:${devPort}`, ['Chromium'], async (_t, tab) => {
    for (const name of ['film.webm', 'document.pdf']) {
      await tab.upload('input[type=file]', join(directory, 'samples', name));
    }
    await tab.until("document.querySelector('video')?.readyState >= 2");
    await tab.until("document.querySelector('a')?.innerText === 'document.pdf'");
  });
});
