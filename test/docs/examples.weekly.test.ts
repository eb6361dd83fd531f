// Weekly, because npm loads 200 MB of Next.js, and both apps start a server of another project. `.ci/run` does the same
// with the Express example. Django is Debian's: apt-get install --no-install-recommends python3-django python3-cryptography
// Last result, 2026-11-29: Next.js 16.4.6 and Django 4.2.30 each show two people their own picture, and 403 for the other.

import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { comesTo } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { copyOfProject } from '../support/clone.ts';
import { missing } from '../support/missing.ts';
import { screenshotPath } from '../support/page-look.ts';
import { createApp, freeOrigins, PATH, startApp } from './support/created-app.ts';

// npm, which asks the registry.
t.setTimeout(900_000);

const run = promisify(execFile);
const checkout = copyOfProject(t);
const browser = await launchShell(t);

/** Two people sign in, each in a browser of their own. Each sees the own picture, and not the one of the other. */
async function useAsTwo(
  t: Test,
  appOrigin: string,
  name: string,
  signIn: (page: Page, login: string) => Promise<void>,
): Promise<void> {
  const enter = async (login: string) => {
    const page = await browser.newPage();
    t.teardown(() => page.close());
    await page.goto(appOrigin);
    const renewal = page.waitForResponse(`${appOrigin}/files-cookies`);
    await signIn(page, login);
    await isDrawn(t, page);
    t.equal((await renewal).status(), 200, 'the client renews the cookies');
    return { page, picture: await page.evaluate<string>("document.querySelector('img').src") };
  };
  const alice = await enter('alice');
  await alice.page.screenshot({ path: screenshotPath(`example-${name}`) });
  const bob = await enter('bob');
  t.not(alice.picture, bob.picture);
  t.match(alice.picture, /\/users\/[a-z2-7]{26}\/picture\.jpg$/);

  await bob.page.context().clearCookies({ name: /^CloudFront-/ });
  await bob.page.reload();
  await isDrawn(t, bob.page);

  const statusOf = async (url: string) => (await bob.page.goto(url))?.status();
  t.strictSame([await statusOf(bob.picture), await statusOf(alice.picture)], [200, 403]);
  await bob.page.goto(appOrigin);
  await bob.page.getByRole('button', { name: 'Sign out bob' }).click();
  await bob.page.getByRole('button', { name: 'Sign out bob' }).waitFor({ state: 'detached' });
  t.equal(await statusOf(bob.picture), 403, 'signed out');
}

function isDrawn(t: Test, page: Page): Promise<void> {
  return comesTo(t, () => page.evaluate("document.querySelector('img')?.naturalWidth"), 480, 'the picture');
}

t.test('Next.js: a server of its own gives the cookies', async (t) => {
  const origins = await freeOrigins();
  const directory = await createApp(t, checkout, 'next', { ...origins });
  const env = { NEXT_TELEMETRY_DISABLED: '1' };
  await run('npm', ['run', 'build'], { cwd: directory, env: { ...env, PATH } });
  await run(join(directory, 'node_modules/.bin/tsc'), ['--noEmit', '--strict'], { cwd: directory });
  await startApp(t, directory, [`ready ${origins.FILES_ORIGIN}`, 'Ready in'], env);
  await useAsTwo(t, origins.APP_ORIGIN, 'next', async (page, login) => {
    await page.getByLabel('Your name').fill(login);
    await page.getByRole('button', { name: 'Sign in' }).click();
  });
});

const DEBIAN = ['/usr/bin/python3', '/usr/lib/python3/dist-packages/django'];
const skip = missing(...DEBIAN, '/usr/lib/python3/dist-packages/cryptography');
t.test('Django: its own users, and the signer in Python', { skip }, async (t) => {
  const origins = await freeOrigins();
  const directory = await createApp(t, checkout, 'django', { ...origins });
  // Another python3 may come first on PATH.
  mkdirSync(join(directory, 'bin'));
  symlinkSync('/usr/bin/python3', join(directory, 'bin/python3'));
  const env = { PATH: `${join(directory, 'bin')}${delimiter}${PATH}`, PYTHONUNBUFFERED: '1' };
  await run('npm', ['run', 'prestart'], { cwd: directory, env });
  await startApp(t, directory, [`ready ${origins.FILES_ORIGIN}`, 'Starting development server'], env);
  await useAsTwo(t, origins.APP_ORIGIN, 'django', async (page, login) => {
    await page.getByRole('link', { name: 'New here' }).click();
    await page.getByLabel('Username').fill(login);
    await page.getByLabel('Password:').fill('a-long-secret');
    await page.getByLabel('Password confirmation').fill('a-long-secret');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.waitForURL('**/sign-in');
    await page.getByLabel('Username').fill(login);
    await page.getByLabel('Password').fill('a-long-secret');
    await page.getByRole('button', { name: 'Go on' }).click();
  });
});
