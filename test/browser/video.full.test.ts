import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { fileLink } from '../services/web/acts.ts';
import { waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { missing } from '../support/missing.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { FFMPEG, makeFilm, putFile } from './support/film.ts';
import { newProfile, PLACES, signInOnPage, startPlace, TEST_HOSTS } from './support/places.ts';

const SECONDS = 100;
const LIFETIME_SECONDS = 10;
/** Opaque response blocking, as Chromium reports it. */
const ORB = 'net::ERR_BLOCKED_BY_ORB';

const PLAYS = (fromSeconds: number) =>
  `(() => { const it = document.querySelector('dialog video'); return it && !it.paused && !it.seeking && it.readyState >= 3 && it.currentTime > ${fromSeconds}; })()`;

async function seek(page: Page, toSeconds: number): Promise<void> {
  await page.evaluate(`document.querySelector('dialog video').currentTime = ${toSeconds}`);
  await waitUntil(page, PLAYS(toSeconds + 0.5));
}

/**
 * A person comes back to the tab, and the film plays. A page that got no answer asks again at once then. By itself it
 * would wait, up to a minute.
 */
async function comeBack(page: Page, fromSeconds: number): Promise<void> {
  await waitUntil(page, `(dispatchEvent(new Event('focus')), ${PLAYS(fromSeconds)})`);
}

async function playFilm(t: Test, film: string): Promise<void> {
  const lifetime = { COOKIE_LIFETIME_SECONDS: String(LIFETIME_SECONDS) };
  const stack = await startPlace(t, PLACES[1], lifetime);
  const browser = await launchChromium(TEST_HOSTS);
  t.teardown(() => browser.close());
  const page = await (await newProfile(browser)).newPage();
  const answers: { status: number; atMs: number }[] = [];
  page.on('response', (response) => {
    if (response.url().includes('film.mp4')) answers.push({ status: response.status(), atMs: Date.now() });
  });
  await signInOnPage(page, stack.appOrigin, 'alice');
  const prefix = await page.evaluate<string>(
    `fetch('/auth/session').then((it) => it.json()).then((it) => it.files.prefix)`,
  );
  await putFile(t, stack.directory, {
    key: `${prefix.slice(1)}film.mp4`,
    type: 'video/mp4',
    body: createReadStream(film),
    size: statSync(film).size,
  });
  await page.reload();
  await fileLink(page, 'film.mp4').click();
  await waitUntil(page, `document.querySelector('dialog video')?.readyState >= 1`);
  const startedMs = Date.now();
  await page.evaluate(`(() => {
    const it = document.querySelector('dialog video');
    it.muted = true;
    return it.play();
  })()`);
  await waitUntil(page, PLAYS(0.5));

  await t.test('plays and seeks past the end of the first cookies', async (t) => {
    await waitUntil(page, `Date.now() > ${startedMs + (LIFETIME_SECONDS + 1) * 1_000}`);
    await seek(page, 70);
    const last = answers.at(-1);
    t.equal(last?.status, 206);
    t.ok((last?.atMs ?? 0) > startedMs + LIFETIME_SECONDS * 1_000, 'a range, asked for with renewed cookies');
  });

  await t.test('continues at the same place after a sleep in which the cookies ended', async (t) => {
    await page.route('**/auth/refresh', (route) => route.abort());
    await new Promise((resolve) => setTimeout(resolve, (LIFETIME_SECONDS + 1) * 1_000));
    const before = answers.length;
    // Chromium hides a refusal from the player, since its type is not a film's. The player asks again.
    const refused = page.waitForEvent('requestfailed', (it) => it.failure()?.errorText === ORB);
    await page.evaluate(`document.querySelector('dialog video').currentTime = 45`);
    await refused;
    await page.unroute('**/auth/refresh');
    await comeBack(page, 45.5);
    t.ok(answers.length > before, 'asked for again with renewed cookies');
    t.equal(answers.at(-1)?.status, 206);
  });
}

const film = join(temporaryDirectory(t), 'film.mp4');
if (!missing(FFMPEG)) makeFilm(film, SECONDS);
t.test('a film of 200 MB', { skip: missing(FFMPEG) }, (t) => playFilm(t, film));
