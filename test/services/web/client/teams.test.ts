import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, PIXEL, roundTrip, waitUntil } from '../browser.ts';
import { ALICE, BOB } from '../stand-in.ts';
import { openClient, settles } from './open.ts';

const browser = await launchShell(t);

const RED = 'r'.repeat(26);
const BLUE = 'b'.repeat(26);

/** The line of the request that opens or renews a team. */
const opening = (team: string) => `POST /auth/refresh?team=${team}`;

/** Opens teams in a page, one after another. */
function openTeams(page: Page, ...teams: string[]) {
  return page.evaluate(
    `(async () => { for (const id of ${JSON.stringify(teams)}) await gateway.team(id).session(); })()`,
  );
}

/** Runs a method of a team. @returns the code of its error */
function codeOf(page: Page, team: string, method: string) {
  return page.evaluate(`gateway.team('${team}').${method}.then(() => 'done', ({ code }) => code)`);
}

/** Adds an image. `ends` tells how often it loaded or failed. */
async function addImage(page: Page, url: string): Promise<void> {
  await page.evaluate(`
    globalThis.ends ??= [];
    const image = new Image();
    image.onload = () => ends.push('load');
    image.onerror = () => ends.push('error');
    image.src = ${JSON.stringify(url)};
    document.body.append(image);
  `);
}

const heardOf = (page: Page, event: string) =>
  page.evaluate<string[]>(`heard.filter(([event]) => event === '${event}').map(([, team]) => team)`);

t.test('the first use of a team opens it, once for all calls of all tabs', async (t) => {
  const { open, state, requests } = await openClient(t, browser);
  state.teams = [RED, BLUE];
  const [here, there] = [await open(), await open()];
  await here.evaluate(
    `Promise.all([1, 2, 3].map(() => gateway.team('${RED}').files.list())).then(() => undefined)`,
  );
  await waitUntil(there, "heard.some(([event]) => event === 'team')");
  t.equal(await codeOf(there, RED, 'files.list()'), 'done');
  t.equal(requests(opening(RED)).length, 1);
  t.match(requests(opening(RED))[0], { body: { background: true }, headers: { 'gateway-user': ALICE.id } });
  t.equal(requests(opening(BLUE)).length, 0);
  for (const [index, page] of [here, there].entries())
    t.strictSame(await heardOf(page, 'team'), [RED], `row ${index}`);
});

for (const [name, script] of [
  ['Web Locks', ''],
  ['what browsers without Web Locks have', "Object.defineProperty(navigator, 'locks', { value: undefined })"],
] as const) {
  t.test(`three tabs with two teams: each folder is renewed once, by ${name}`, async (t) => {
    const { context, open, state, requests } = await openClient(t, browser);
    state.teams = [RED, BLUE];
    if (script) await context.addInitScript(script);
    const here = await open();
    await openTeams(here, RED);
    const there = await open();
    await openTeams(there, BLUE);
    // This tab has opened none. It renews first, and so it renews what the others have opened.
    await context.addInitScript('Math.random = () => 0');
    await context.clock.install();
    const last = await open();
    await comesTo(t, async () => (await heardOf(last, 'team')).toSorted(), [BLUE, RED]);
    state.log.length = 0;
    await last.evaluate('gateway.refresh().then(() => undefined)');
    for (const page of [here, there, last]) {
      await comesTo(t, async () => (await heardOf(page, 'team')).slice(2).toSorted(), [BLUE, RED]);
    }
    // The requests for teams leave at once.
    t.strictSame(
      requests('POST')
        .map(({ line }) => line)
        .toSorted(),
      ['POST /auth/refresh', opening(BLUE), opening(RED)],
    );
  });
}

/** A page where seven teams were opened, so that the first is closed. */
async function openSeven(t: Test) {
  const client = await openClient(t, browser);
  const { open, state, store, origins } = client;
  const seven = [...'abcdefg'].map((letter) => letter.repeat(26));
  const [first = '', second = ''] = seven;
  state.teams = seven;
  const page = await open();
  await openTeams(page, ...seven);
  await page.context().clearCookies({ path: `/teams/${first}/` });
  store(`teams/${first}/a.png`, 'image/png', PIXEL);
  state.log.length = 0;
  const show = (version: number) => addImage(page, `${origins.files}/teams/${first}/a.png?${version}`);
  return { ...client, page, seven, first, second, show };
}

t.test(
  'a seventh open team closes the one renewed longest ago, which opens again at its next use',
  async (t) => {
    const { page, seven, first, second, show, state, requests } = await openSeven(t);
    await show(1);
    await comesTo(t, () => page.evaluate('ends'), ['error', 'load']);
    await openTeams(page, ...seven.slice(2), first);
    t.strictSame(
      requests('POST').map(({ line }) => line),
      [opening(first)],
      'all others are open',
    );
    t.equal(await codeOf(page, second, 'files.list()'), 'done');
    t.equal(requests('POST').at(-1)?.line, opening(second));
    state.log.length = 0;
    await page.evaluate('gateway.refresh().then(() => undefined)');
    const open = [first, second, ...seven.slice(3)];
    t.strictSame(
      requests('POST')
        .map(({ line }) => line)
        .toSorted(),
      ['POST /auth/refresh', ...open.map(opening)],
    );
  },
);

t.test('a removed member: told in all tabs, asked for no more; added again, it works', async (t) => {
  const { open, state, store, origins, requests } = await openClient(t, browser);
  state.teams = [RED, BLUE];
  store(`teams/${RED}/a.png`, 'image/png', PIXEL);
  const [here, there] = [await open(), await open()];
  await openTeams(here, RED, BLUE);
  const show = (count: number) => addImage(here, `${origins.files}/teams/${RED}/a.png?${count}`);
  await show(1);
  await comesTo(t, () => here.evaluate('ends'), ['load']);
  state.teams = [BLUE];
  await here.context().clearCookies({ path: `/teams/${RED}/` });
  await show(2);
  await comesTo(t, () => here.evaluate('ends'), ['load', 'error']);
  for (const page of [here, there]) await comesTo(t, () => heardOf(page, 'teamleft'), [RED]);
  state.log.length = 0;
  await here.evaluate('gateway.refresh().then(() => undefined)');
  await show(3);
  await comesTo(t, () => here.evaluate('ends'), ['load', 'error', 'error']);
  await comesTo(t, () => here.evaluate('document.getAnimations().length'), 0, 'the image looks broken');
  await settles(here);
  t.strictSame(
    requests('POST').map(({ line }) => line),
    ['POST /auth/refresh', opening(BLUE)],
  );
  t.equal(await codeOf(here, RED, 'files.list()'), 'no_such_team');
  t.strictSame(await heardOf(here, 'teamleft'), [RED], 'nothing has ended again');
  state.teams = [RED, BLUE];
  t.equal(await codeOf(here, RED, 'files.list()'), 'done');
  await show(4);
  await comesTo(t, () => here.evaluate('ends.at(-1)'), 'load');
});

t.test('an image opens no team: only the app does', async (t) => {
  const { open, state, store, origins, requests } = await openClient(t, browser);
  state.teams = [RED, BLUE];
  for (const team of state.teams) store(`teams/${team}/a.png`, 'image/png', PIXEL);
  const page = await open();
  await openTeams(page, RED);
  // Files of others choose which addresses a page shows.
  const addresses = [
    `${origins.files}/teams/${BLUE}/a.png`,
    `${origins.files}/teams/${RED}/../${BLUE}/a.png`,
    `${origins.files}/teams/${RED}${BLUE}/a.png`,
    `${origins.app}/teams/${RED}/a.png`,
    `${origins.files}/teams/${'z'.repeat(26)}/a.png`,
  ];
  for (const address of addresses) await addImage(page, address);
  await waitUntil(page, `ends.length === ${addresses.length}`);
  await settles(page);
  t.equal(await page.evaluate('ends.length'), addresses.length);
  t.strictSame(
    requests('POST').map(({ line }) => line),
    [opening(RED)],
  );
});

t.test('a sign-out in one of three tabs with two teams ends all', async (t) => {
  const { context, open, state, origins, requests } = await openClient(t, browser);
  state.teams = [RED, BLUE];
  const [here, there, last] = [await open(), await open(), await open()];
  await openTeams(there, RED, BLUE);
  for (const page of [here, last])
    await waitUntil(page, "heard.filter(([event]) => event === 'team').length === 2");
  // The answer to a renewal of a team is under way.
  const isAsked = Promise.withResolvers<void>();
  const isLate = Promise.withResolvers<void>();
  await context.route('**/auth/refresh?team=*', async (route) => {
    isAsked.resolve();
    await isLate.promise;
    await route.continue();
  });
  await last.evaluate('void gateway.refresh()');
  await isAsked.promise;
  await here.evaluate('void gateway.logout()');
  await roundTrip(here);
  t.equal(requests('POST /auth/logout').length, 0, 'the cookies of a late answer would come after it');
  isLate.resolve();
  await here.waitForURL('**/goodbye');
  for (const page of [there, last]) {
    await comesTo(t, () => page.evaluate('heard.at(-1)'), ['signedout', 'elsewhere']);
  }
  state.log.length = 0;
  for (const page of [there, last]) {
    await page.evaluate("for (const type of ['focus', 'online']) dispatchEvent(new Event(type))");
    await addImage(page, `${origins.files}/teams/${RED}/a.png`);
    await comesTo(t, () => page.evaluate('ends'), ['error']);
    await settles(page);
  }
  t.equal(requests('POST').length, 0);
  t.equal(await codeOf(there, RED, 'files.list()'), 'no_session');
});

t.test(
  'bob, who signs in in the browser of alice, gets none of her teams, and she none of his',
  async (t) => {
    const { open, signIn, state, requests } = await openClient(t, browser);
    state.teams = [RED, BLUE];
    const alice = await open();
    await openTeams(alice, RED);
    state.next = BOB;
    await signIn();
    const bob = await open();
    await openTeams(bob, BLUE);
    await comesTo(t, () => alice.evaluate('heard.at(-1)'), ['signedout', 'account_changed']);
    t.strictSame(await heardOf(alice, 'team'), [RED]);
    t.strictSame(await heardOf(bob, 'team'), [BLUE]);
    // Her tab goes on as his.
    t.match(await alice.evaluate('gateway.session()'), { user: BOB });
    await comesTo(t, () => heardOf(alice, 'team'), [RED, BLUE]);
    state.log.length = 0;
    await alice.evaluate('gateway.refresh().then(() => undefined)');
    t.strictSame(
      requests('POST').map(({ line }) => line),
      ['POST /auth/refresh', opening(BLUE)],
    );
  },
);

t.test('an id that is none asks for nothing', async (t) => {
  const { open, requests } = await openClient(t, browser);
  const page = await open();
  const paths = ['..', '.', '', '../files', `${RED}/..`, RED.toUpperCase(), `${RED}\\n`];
  for (const id of paths) {
    for (const method of ['files.list()', 'files.delete("a")', 'delete()', 'session()', 'leave()']) {
      const code = await page.evaluate(
        `gateway.team('${id}').${method}.catch(({ status, code }) => [status, code])`,
      );
      t.strictSame(code, [404, 'no_such_team'], `${id} ${method}`);
    }
  }
  t.strictSame(requests('POST').concat(requests('DELETE'), requests('GET /api')), []);
});

t.test('an id of a member, an invitation or a link leads to no other path', async (t) => {
  const { open, state, requests } = await openClient(t, browser);
  state.teams = [RED];
  const page = await open();
  for (const id of ['..', '../../files?name=a.png', '../%2e%2e', 'a?b', 'a#b', '%2e%2e', 'a\\b']) {
    for (const method of [
      `members.remove('${id}')`,
      `members.changeRole('${id}', 'viewer')`,
      `invitations.revoke('${id}')`,
      `links.end('${id}')`,
      `links.change('${id}', { expiresIn: 60 })`,
    ]) {
      t.equal(await codeOf(page, RED, method), 'not_found', method);
    }
  }
  t.strictSame(requests('DELETE').concat(requests('PATCH')), []);
});
