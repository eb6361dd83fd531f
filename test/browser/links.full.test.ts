import { createReadStream, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import t, { type Test } from 'tap';
import { comesTo, PIXEL } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { missing } from '../support/missing.ts';
import { type TestStack, temporaryDirectory } from '../support/test-stack.ts';
import { FFMPEG, makeFilm, putFile } from './support/film.ts';

import { newProfile, PLACES, signInOnPage, startPlace, TEST_HOSTS } from './support/places.ts';
import { endLink, makeLink, makeTeam } from './support/teams.ts';

t.setTimeout(900_000);

const FIREFOX = '/usr/bin/firefox-esr';
const LIFETIME_SECONDS = 15;
const FILM_SECONDS = 100;
const PHOTOS = 100;
const PART_BYTES = 8 * 1_024 ** 2;

/** What the tests use of a page, in both browsers. */
interface Tab {
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  choose(file: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Opens tabs of one profile without any account. The window has the size of a phone. */
type NewTab = () => Promise<Tab>;

const PHONE = { width: 390, height: 844 };

const BROWSERS: [name: string, program: string, launch: (t: Test) => Promise<NewTab>][] = [
  [
    'Chromium',
    '',
    async (t) => {
      const browser = await launchChromium(TEST_HOSTS);
      t.teardown(() => browser.close());
      const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: PHONE, hasTouch: true });
      return async () => {
        const page = await context.newPage();
        const choose = (file: string) => page.setInputFiles('#file-input', file);
        return tabOf(page, choose);
      };
    },
  ],
  [
    'Firefox',
    FIREFOX,
    async (t) => {
      const browser = await puppeteer.launch({
        browser: 'firefox',
        executablePath: FIREFOX,
        acceptInsecureCerts: true,
        extraPrefsFirefox: {
          'network.dns.localDomains': 'app.example.test,files.app.example.test',
          'media.autoplay.default': 0,
        },
      });
      t.teardown(() => browser.close());
      return async () => {
        const page = await browser.newPage();
        await page.setViewport({ ...PHONE, hasTouch: false });
        const choose = async (file: string) => {
          const input = await page.$('input#file-input');
          await input?.uploadFile(file);
        };
        return tabOf(page, choose);
      };
    },
  ],
];

function tabOf(page: Pick<Tab, 'goto' | 'evaluate' | 'close'>, choose: Tab['choose']): Tab {
  return {
    goto: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    close: () => page.close(),
    choose,
  };
}

/** Presses what a selector finds, as soon as it is there. */
const press = (t: Test, tab: Tab, selector: string) =>
  comesTo(t, () => tab.evaluate(`document.querySelector('${selector}')?.click() === undefined`), true);
const textOf = (tab: Tab, selector: string) =>
  tab.evaluate(`document.querySelector('${selector}')?.textContent.trim()`);
/** The pictures of the gallery that have loaded, and those that have failed. */
const pictures = (tab: Tab, state: 'naturalWidth > 0' | 'complete && !it.naturalWidth') =>
  tab.evaluate(`[...document.querySelectorAll('#gallery img')].filter((it) => it.${state}).length`);
const title = (tab: Tab) => textOf(tab, '#guest-title');

interface Shared {
  stack: TestStack;
  alice: Page;
  /** A team with the photos and the film. */
  album: string;
  /** A team that files are sent to. */
  inbox: string;
}

async function openTeams(t: Test, film: string): Promise<Shared> {
  const stack = await startPlace(t, PLACES[1], { COOKIE_LIFETIME_SECONDS: String(LIFETIME_SECONDS) });
  const browser = await launchChromium(TEST_HOSTS);
  t.teardown(() => browser.close());
  const alice = await (await newProfile(browser)).newPage();
  await signInOnPage(alice, stack.appOrigin, 'alice');
  const newTeam = async (name: string) => {
    await makeTeam(alice, name);
    return /[a-z2-7]{26}/.exec(alice.url())?.[0] ?? '';
  };
  const inbox = await newTeam('Inbox');
  const album = await newTeam('Album');
  const put = (name: string, type: string, body: Parameters<typeof putFile>[2]['body'], size: number) =>
    putFile(t, stack.directory, { key: `teams/${album}/${name}`, type, body, size });
  for (let n = 1; n <= PHOTOS; n++) {
    await put(`photo-${String(n).padStart(3, '0')}.png`, 'image/png', PIXEL, PIXEL.length);
  }
  await put('film.mp4', 'video/mp4', createReadStream(film), statSync(film).size);
  return { stack, alice, album, inbox };
}

const directory = temporaryDirectory(t);
const film = join(directory, 'film.mp4');
if (!missing(FFMPEG)) makeFilm(film, FILM_SECONDS);
/** Two whole parts, and a short one. */
const long = join(directory, 'long.bin');
writeFileSync(long, 'long');
truncateSync(long, 2 * PART_BYTES + 1_000_000);
const short = join(directory, 'short.txt');
writeFileSync(short, 'short');
const shared = await openTeams(t, film);

for (const [name, program, launch] of BROWSERS) {
  const skip = missing(FFMPEG) || (program && missing(program));
  t.test(`${name}, without any account`, { skip, timeout: 600_000 }, async (t) => {
    const newTab = await launch(t);
    await t.test('a gallery of a hundred photos, a film past its cookies, and the end of the link', (t) =>
      look(t, newTab, shared),
    );
    await t.test('an upload link on a phone: cut off, gone on with in another tab, and full', (t) =>
      send(t, newTab, shared),
    );
  });
}

async function look(t: Test, newTab: NewTab, { alice, album: team, stack }: Shared): Promise<void> {
  const link = await makeLink(alice, team, { role: 'viewer', password: 'sesame' });
  const tab = await newTab();
  await tab.goto(link.url);
  await comesTo(t, () => title(tab), 'This link has a password');
  t.equal(await tab.evaluate('location.href'), `${stack.appOrigin}/`);
  await tab.evaluate(`document.querySelector('#guest-password-field').value = 'sesame'`);
  await press(t, tab, '#guest-open');
  await comesTo(t, () => textOf(tab, '#count'), `${PHOTOS + 1} files`);
  const startedMs = Date.now();
  await tab.evaluate(`document.querySelector('#gallery').lastElementChild.scrollIntoView()`);
  await comesTo(t, async () => Number(await pictures(tab, 'naturalWidth > 0')) > 5, true);
  t.equal(await pictures(tab, 'complete && !it.naturalWidth'), 0);

  await tab.evaluate(`location.hash = 'team/${team}/film.mp4'`);
  const plays = (fromSeconds: number) =>
    comesTo(
      t,
      () =>
        tab.evaluate(`(() => {
        const it = document.querySelector('#lightbox video');
        return !!it && !it.paused && !it.seeking && it.readyState >= 3 && it.currentTime > ${fromSeconds};
      })()`),
      true,
      `plays past ${fromSeconds} s`,
    );
  await comesTo(t, () => tab.evaluate(`document.querySelector('#lightbox video')?.readyState >= 1`), true);
  await tab.evaluate(`(() => {
    const it = document.querySelector('#lightbox video');
    it.muted = true;
    void it.play();
  })()`);
  await plays(0.5);
  await comesTo(t, async () => Date.now() > startedMs + (LIFETIME_SECONDS + 1) * 1_000, true);
  const log = await stack.settledLog();
  t.ok(
    log.some((line) => line.includes('"operation":"refresh_link"')),
    'they were renewed meanwhile',
  );
  await tab.evaluate(`document.querySelector('#lightbox video').currentTime = ${FILM_SECONDS - 15}`);
  await plays(FILM_SECONDS - 14.5);

  t.equal(await endLink(alice, team, link.id), 204);
  // The page may have seen the end already, and closed the film.
  await tab.evaluate(`(() => {
    const it = document.querySelector('#lightbox video');
    if (it) it.currentTime = 40;
  })()`);
  await comesTo(t, () => title(tab), 'This link has ended');
  t.equal(await tab.evaluate(`document.querySelectorAll('#gallery li, #lightbox video').length`), 0);
  await tab.goto('about:blank');
  await tab.goto(link.url);
  await comesTo(t, () => title(tab), 'This link has ended');
}

async function send(t: Test, newTab: NewTab, { alice, inbox: team }: Shared): Promise<void> {
  const link = await makeLink(alice, team, { role: 'uploader', maxFiles: 3 });
  const rows = (tab: Tab) =>
    tab.evaluate(`[...document.querySelectorAll('#sent-files li')].map((row) => row.textContent)`);
  const first = await newTab();
  await first.goto(link.url);
  await comesTo(t, () => textOf(first, '#heading'), 'Send files to Inbox');
  t.equal(await first.evaluate('innerWidth'), PHONE.width);
  // The first part gets through. The connection of the second one hangs.
  await first.evaluate(`(() => {
    globalThis.parts = 0;
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
      if (++parts === 1) send.call(this, body);
    };
  })()`);
  await first.choose(long);
  await comesTo(t, () => first.evaluate('parts'), 2);
  await first.close();

  const tab = await newTab();
  await tab.goto(link.url);
  await comesTo(t, () => textOf(tab, '#heading'), 'Send files to Inbox');
  t.strictSame(await rows(tab), [], 'nothing that others sent is shown');
  await tab.evaluate(`(() => {
    globalThis.parts = 0;
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
      parts++;
      send.call(this, body);
    };
  })()`);
  await tab.choose(long);
  await comesTo(t, () => rows(tab), ['long.bin18 MB']);
  t.equal(await tab.evaluate('parts'), 2, 'the missing parts');
  for (const end of ['', ' · stored as short (2).txt']) {
    await tab.choose(short);
    await comesTo(t, async () => Object(await rows(tab))[0], `short.txt5 B${end}`);
  }
  await tab.choose(short);
  await comesTo(t, () => tab.evaluate(`document.querySelectorAll('#failures li').length`), 1, 'it is full');
  t.equal(Object(await rows(tab)).length, 3);
  const stored = await alice.evaluate<string[]>(
    `fetch('/api/teams/${team}/files?prefix=received-${link.id.slice(0, 8)}/')
      .then((answer) => answer.json()).then(({ files }) => files.map(({ name, size }) => name.split('/')[1] + ' ' + size))`,
  );
  t.strictSame(stored, [`long.bin ${statSync(long).size}`, 'short (2).txt 5', 'short.txt 5']);
  t.equal(await endLink(alice, team, link.id), 204);
  await tab.choose(short);
  await comesTo(t, () => title(tab), 'This link has ended');
}
