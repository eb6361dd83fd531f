import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { addDemonstration } from '../../../../../services/local/demo/build.ts';
import { buildWeb } from '../../../../../services/web/build.ts';
import { launchShell } from '../../../../support/chromium.ts';
import { temporaryDirectory } from '../../../../support/test-stack.ts';
import { comesTo, openPage, PIXEL } from '../../../web/browser.ts';
import { createStandIn } from '../../../web/stand-in.ts';

const browser = await launchShell(t);
const web = temporaryDirectory(t);
buildWeb(web);
addDemonstration(web);
const assets = new Map([
  ['/demo.js', readFileSync(join(web, 'demo.js'), 'utf8')],
  ['/strip', '<!doctype html><title>Strip</title><script type="module" src="/demo.js"></script>'],
]);
const STATE = { fileBytes: 1_536, signOut: null, hasTeams: true, isTeamMade: false };

/** A page with the strip alone. `answers` are what the service answers next, the last of a path for ever. */
async function openStrip(t: Test, answers: Record<string, [status: number, body: object][]>) {
  const standIn = await createStandIn({ assets });
  const { page, complaints } = await openPage(browser, { locale: 'en' });
  t.teardown(async () => {
    await page.context().close();
    await standIn.close();
  });
  const asked: string[] = [];
  await page.route('**/demo/*', async (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname.replace('/demo/', '');
    asked.push(`${request.method()} ${path} ${request.postData()} ${request.headers()['content-type']}`);
    const left = answers[path] ?? [];
    const [status, json] = (left.length > 1 ? left.shift() : left[0]) ?? [404, {}];
    await route.fulfill({ status, json });
  });
  await page.goto(`${standIn.origins.app}/strip`);
  await page.locator('#demo').waitFor({ state: 'attached' });
  // The strip waits for pictures that come together.
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(60_000);
  return { ...standIn, page, complaints, asked };
}

/** What a person sees of an element, as text. */
const drawn = (page: Page, id: string) => page.locator(`#${id}`).ariaSnapshot();
const facts = (page: Page) => () => page.locator('#demo-facts').textContent();
const BUTTONS = ['- strong: On this machine only', '- button "Be Alice"', '- button "Be Bob"'];

t.test('the panel says what the stack has counted and measured', async (t) => {
  const signOut = { elapsedMs: 41.6, code: 'revoked' };
  const opened = await openStrip(t, {
    state: [
      [200, STATE],
      [500, {}],
      [200, { ...STATE, fileBytes: 0, signOut, isTeamMade: true }],
    ],
  });
  const { page, origins, asked, complaints } = opened;
  await comesTo(
    t,
    facts(page),
    'Images from the edge: 0. Image bytes through the service: 1.5 kB.',
    'the first state',
  );
  t.equal(await page.locator('#demo-stopwatch').textContent(), '', 'nobody has signed out');
  t.equal(await page.locator('#demo-panel').isVisible(), false);
  await page.locator('#demo-pill').click();
  t.equal(
    await drawn(page, 'demo'),
    [
      '- complementary "Demonstration":',
      '  - button "Demonstration"',
      ...BUTTONS.map((line) => `  ${line}`),
      '  - button "A team for Alice and Bob"',
      '  - button "Try to break in"',
      '  - text: "Images from the edge: 0. Image bytes through the service: 1.5 kB."',
    ].join('\n'),
  );
  // A state that is not there changes nothing. Two pictures are two, however often they load; the page's icon is none.
  const load = (url: string) =>
    page.evaluate(`new Promise((done) => {
      const image = document.body.appendChild(new Image());
      image.onload = () => done();
      image.src = '${url}';
    })`);
  opened.state.user = opened.state.next;
  for (const name of ['a.png', 'b.png']) opened.store(name, 'image/png', PIXEL);
  await page.context().request.get(`${origins.app}/auth/login`, { maxRedirects: 0 });
  const folder = `${origins.files}/users/${opened.state.user.id}`;
  await load(`${folder}/a.png`);
  await page.clock.runFor(1_000);
  await comesTo(t, async () => asked.length, 2, 'asked again once the picture is there');
  t.equal(await facts(page)(), 'Images from the edge: 0. Image bytes through the service: 1.5 kB.');
  for (const url of [`${folder}/b.png`, `${folder}/a.png`, '/icon-192.png']) await load(url);
  await page.clock.runFor(1_000);
  await comesTo(t, facts(page), 'Images from the edge: 2. Image bytes through the service: 0 B.');
  t.equal(
    await page.locator('#demo-stopwatch').textContent(),
    'Last sign-out: the edge refused a copy of its cookies after 42 ms (revoked).',
  );
  t.equal(await page.locator('#demo-team').textContent(), 'Alice and Bob have a team.');
  t.strictSame(
    asked,
    Array(3).fill('POST state {} application/json'),
    'pictures that come together ask once',
  );
  t.strictSame(complaints, []);
});

t.test('where people make no teams, the panel offers none', async (t) => {
  const { page } = await openStrip(t, { state: [[200, { ...STATE, hasTeams: false }]] });
  const other = await openStrip(t, { state: [[500, {}]] });
  await other.page.locator('#demo-pill').click();
  t.equal(
    await other.page.getByRole('button', { name: 'A team' }).count(),
    0,
    'nor as long as it is not known',
  );
  await page.locator('#demo-pill').click();
  await comesTo(t, async () => (await facts(page)())?.slice(0, 6), 'Images');
  t.equal(await page.getByRole('button', { name: 'A team for Alice and Bob' }).count(), 0);
});

t.test('a button begins a sign-in, or says why it cannot', async (t) => {
  const { page, asked, origins } = await openStrip(t, {
    state: [[200, STATE]],
    login: [
      [500, {}],
      [200, { url: '/goodbye' }],
    ],
  });
  await page.locator('#demo-pill').click();
  await page.getByRole('button', { name: 'Be Bob' }).click();
  await comesTo(
    t,
    () => page.locator('#demo-stopwatch').textContent(),
    'Error: The local stack answers 500.',
  );
  await page.getByRole('button', { name: 'Be Alice' }).click();
  await page.waitForURL(`${origins.app}/goodbye`);
  t.strictSame(
    asked.filter((line) => line.includes('login')),
    ['bob', 'alice'].map((login) => `POST login {"login":"${login}"} application/json`),
  );
});

t.test('a team is made once, and the page is loaded again', async (t) => {
  const { page, asked } = await openStrip(t, {
    state: [[200, STATE]],
    team: [
      [401, {}],
      [200, {}],
    ],
  });
  await page.locator('#demo-pill').click();
  const make = page.getByRole('button', { name: 'A team for Alice and Bob' });
  await make.click();
  await comesTo(t, () => page.locator('#demo-team').textContent(), 'Error: Be Alice or Bob first.');
  t.equal(await make.isEnabled(), true);
  const clicked = page.evaluate(`{
    const [, , make] = document.querySelectorAll('#demo-panel button');
    document.title = 'before';
    make.click();
    make.disabled;
  }`);
  t.equal(await clicked, true, 'it cannot be clicked twice');
  await page.waitForFunction(`document.title === 'Strip'`);
  t.equal(asked.filter((line) => line === 'POST team {} application/json').length, 2);
});

t.test('the dialog shows each attempt, and which got through', async (t) => {
  const record = { step: 'signature', clause: 'missing_key' };
  const own = { kind: 'own', method: 'GET', path: '/a', status: 200, isOwn: true, isRefused: false };
  const policy = { ...record, clause: 'resource_path', required: '/b', given: '/a/*' };
  const attempts = [
    { ...own, step: 'origin', clause: 'answered' },
    {
      ...own,
      kind: 'noCookie',
      path: '/b',
      status: 403,
      code: 'denied',
      isOwn: false,
      isRefused: true,
      ...record,
    },
    { ...own, kind: 'otherCookies', path: '/b', status: 403, isOwn: false, isRefused: true, ...policy },
    { ...own, kind: 'new', method: 'PUT', path: '/c', isOwn: false },
  ];
  const { page, complaints } = await openStrip(t, {
    state: [[200, STATE]],
    attempts: [
      [401, {}],
      [200, { victim: 'Bob', attempts }],
      [503, {}],
    ],
  });
  const verdict = () => page.locator('#demo-attempts [role=status]').textContent();
  const run = async () => {
    await page.locator('#demo-pill').click();
    await page.getByRole('button', { name: 'Try to break in' }).click();
    await page.locator('#demo-attempts[open]').waitFor();
  };
  const close = async () => {
    await page.getByRole('button', { name: 'Close' }).click();
    await page.locator('#demo-attempts').waitFor({ state: 'hidden' });
  };
  await run();
  await comesTo(t, verdict, 'Be Alice or Bob first.');
  await close();
  await run();
  await comesTo(t, verdict, '2 of 3 attacks refused, each by the step that its record names.');
  t.strictSame(
    await page.evaluate(`[...document.querySelectorAll('#demo-attempts li')].map((row) => [
      row.dataset.status,
      row.style.getPropertyValue('--turn'),
      ...[...row.children].map(({ className, lang, textContent }) => [className, lang, textContent].join('|')),
    ])`),
    [
      [
        '200',
        '0',
        '||Your own file, with your cookies',
        'answer||200',
        '||GET /a',
        'step|en|origin: answered',
      ],
      [
        ...['403', '1', '||Bob’s address, without a cookie', 'answer||403 denied', '||GET /b'],
        'step|en|signature: missing_key',
      ],
      [
        ...['403', '2', '||Bob’s address, with your cookies', 'answer||403', '||GET /b'],
        ...['step|en|signature: resource_path', 'quiet||wanted /b', 'quiet||got /a/*'],
      ],
      ['200', '3', '||new', 'answer failed||200', '||PUT /c', 'step||no record'],
    ],
  );
  await close();
  await run();
  await comesTo(t, verdict, 'The local stack answers 503.');
  t.equal(await page.locator('#demo-attempts li').count(), 0, 'the rows of before are gone');
  t.strictSame(complaints, []);
});
