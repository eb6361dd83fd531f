import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import t from 'tap';
import { cards, fileLink } from '../services/web/acts.ts';
import { comesTo, PIXEL, waitForPixel, waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { putFile } from './support/film.ts';
import { newProfile, PLACES, signInOnPage, startPlace, TEST_HOSTS } from './support/places.ts';
import { endLink, makeLink, makeTeam } from './support/teams.ts';

t.setTimeout(240_000);

const PART_BYTES = 8 * 1_024 ** 2;
const directory = temporaryDirectory(t);
/** Two whole parts, and a short one. */
const long = join(directory, 'long.bin');
writeFileSync(long, 'long');
truncateSync(long, 2 * PART_BYTES + 1_000_000);
const short = join(directory, 'short.txt');
writeFileSync(short, 'short');

const stack = await startPlace(t, PLACES[1], { COOKIE_LIFETIME_SECONDS: '10' });
const browser = await launchChromium(TEST_HOSTS);
t.teardown(() => browser.close());
const alice = await (await newProfile(browser)).newPage();
await signInOnPage(alice, stack.appOrigin, 'alice');

const newTeam = async (name: string) => {
  await makeTeam(alice, name);
  return /[a-z2-7]{26}/.exec(alice.url())?.[0] ?? '';
};
/** A browser without any account, with the window of a phone. */
const openStranger = () =>
  browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 390, height: 844 }, hasTouch: true });
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

t.test('a gallery that outlives its cookies, and the end of the link', async (t) => {
  const team = await newTeam('Album');
  for (const name of ['a.png', 'b.png']) {
    const picture = { key: `teams/${team}/${name}`, type: 'image/png', body: PIXEL, size: PIXEL.length };
    await putFile(t, stack.directory, picture);
  }
  const link = await makeLink(alice, team, { role: 'viewer', password: 'sesame' });
  const tab = await (await openStranger()).newPage();
  await tab.goto(link.url);
  await heading(tab, 'This link has a password');
  t.equal(tab.url(), `${stack.appOrigin}/`);
  await tab.getByLabel('Password', { exact: true }).fill('sesame');
  await tab.keyboard.press('Enter');
  await waitForPixel(tab, 'a.png');
  await stack.logged('"operation":"refresh_link"');
  await fileLink(tab, 'b.png').click();
  // With renewed cookies.
  await waitUntil(tab, `document.querySelector('dialog img[alt="b.png"]')?.naturalWidth === 1`);
  t.equal(await endLink(alice, team, link.id), 204);
  await tab.goto('about:blank');
  await tab.goto(link.url);
  await heading(tab, 'This link has ended');
  t.equal(await cards(tab).count(), 0);
});

/** A tab at a link that takes files, and the parts that it begins to send. Only so many get through. */
async function openSender(context: BrowserContext, url: string, most = Number.POSITIVE_INFINITY) {
  const tab = await context.newPage();
  let parts = 0;
  await tab.exposeFunction('isSent', () => ++parts <= most);
  await tab.addInitScript(`
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = async function (body) {
      if (await isSent()) send.call(this, body);
    };
  `);
  await tab.goto(url);
  await heading(tab, 'Send files to Inbox');
  const rows = tab.getByRole('list', { name: 'What you have sent' }).getByRole('listitem');
  return {
    ...{ tab, rows, parts: () => parts },
    send: (file: string) => tab.getByLabel('Choose files', { exact: true }).setInputFiles(file),
  };
}

t.test('an upload link on a phone: cut off, gone on with in another tab, and full', async (t) => {
  const team = await newTeam('Inbox');
  const link = await makeLink(alice, team, { role: 'uploader', maxFiles: 3 });
  const context = await openStranger();
  const first = await openSender(context, link.url, 1);
  await first.send(long);
  await comesTo(t, async () => first.parts(), 2);
  await first.tab.close();

  const { tab, rows, parts, send } = await openSender(context, link.url);
  t.equal(await rows.count(), 0, 'nothing that others sent is shown');
  await send(long);
  await comesTo(t, () => rows.allTextContents(), ['long.bin18 MB']);
  t.equal(parts(), 2, 'the missing parts');
  for (const end of ['', ' · stored as short (2).txt']) {
    await send(short);
    await comesTo(t, async () => (await rows.allTextContents())[0], `short.txt5 B${end}`);
  }
  await send(short);
  await tab.getByRole('list', { name: 'Not uploaded' }).getByRole('listitem').waitFor();
  t.equal(await rows.count(), 3, 'it is full');
  const stored = await alice.evaluate<string[]>(
    `fetch('/api/teams/${team}/files?prefix=received-${link.id.slice(0, 8)}/')
      .then((answer) => answer.json()).then(({ files }) => files.map(({ name, size }) => name.split('/')[1] + ' ' + size))`,
  );
  t.strictSame(stored, [`long.bin ${statSync(long).size}`, 'short (2).txt 5', 'short.txt 5']);
  t.equal(await endLink(alice, team, link.id), 204);
  await send(short);
  await heading(tab, 'This link has ended');
});
