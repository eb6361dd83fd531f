import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import t from 'tap';
import { comesTo } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { copyOfProject } from '../support/clone.ts';
import { freePorts } from '../support/ports.ts';
import { freePortVariables } from '../support/test-stack.ts';
import { createApp, freeOrigins, PATH, startApp } from './support/created-app.ts';
import { useApp } from './support/use-app.ts';

// npm, which asks the registry.
t.setTimeout(900_000);

const checkout = copyOfProject(t);

t.test('express: an app with a login of its own shows a picture, a film and a document', async (t) => {
  const origins = await freeOrigins();
  const { APP_ORIGIN: appOrigin, FILES_ORIGIN: filesOrigin } = origins;
  const directory = await createApp(t, checkout, 'express', { ...origins });
  await startApp(t, directory, [`open ${appOrigin}`, `ready ${filesOrigin}`]);
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
  const directory = await createApp(t, checkout, 'vite');
  const [devPort = 0] = await freePorts(1);
  const ports = await freePortVariables();
  for (const file of ['vite.config.ts', 'start.js']) {
    const text = readFileSync(join(directory, file), 'utf8');
    const moved = text.replaceAll('5173', `${devPort}`).replaceAll('3000', `${ports['APP_PORT']}`);
    writeFileSync(join(directory, file), moved);
  }
  await promisify(execFile)('npm', ['run', 'build'], { cwd: directory, env: { ...process.env, PATH } });
  await startApp(t, directory, [`ready http://localhost:${devPort}`], ports);
  await useApp(t, `http://localhost:${devPort}`, ['Chromium'], async (_t, tab) => {
    for (const name of ['film.webm', 'document.pdf']) {
      await tab.upload('input[type=file]', join(directory, 'samples', name));
    }
    await tab.until("document.querySelector('video')?.readyState >= 2");
    await tab.until("document.querySelector('a')?.innerText === 'document.pdf'");
  });
});
