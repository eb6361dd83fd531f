import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { blocks } from '../docs/support/documented-files.ts';
import { comesTo, PIXEL } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { serveClient, signInWithClient, startLibrary } from './support/client-page.ts';
import { cookieHeader, newProfile, PLACES, replay, startPlace, TEST_HOSTS } from './support/places.ts';

t.setTimeout(240_000);

const stack = await startPlace(t, PLACES[1]);
const browser = await launchChromium(TEST_HOSTS);
t.teardown(() => browser.close());

const PICTURE = `new File([Uint8Array.from(${JSON.stringify([...PIXEL])})], 'a.png', { type: 'image/png' })`;

/** Tabs of one profile, in which a person is signed in, and the requests for cookies that they send. */
async function openTabs(t: Test, { login, count }: { login: string; count: number }) {
  const context = await newProfile(browser);
  t.teardown(() => context.close());
  const [, example = ''] = blocks('services/web/client/README.md', 'ts');
  await serveClient(context, stack, {
    '/readme.js': example.replace('@cloudfront-cookie-gateway/client', '/client.js'),
  });
  const refreshes: string[] = [];
  context.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname === '/auth/refresh') refreshes.push(search);
  });
  const first = await context.newPage();
  await signInWithClient(first, stack, login);
  const tabs = [first];
  while (tabs.length < count) {
    const tab = await context.newPage();
    await tab.goto(`${stack.appOrigin}/livez`);
    await startLibrary(tab);
    await tab.evaluate('gateway.session().then(() => undefined)');
    tabs.push(tab);
  }
  return { context, tabs, first, refreshes };
}

/** @returns the ids of the teams, each with a picture */
function makeTeams(page: Page, names: string[]): Promise<string[]> {
  return page.evaluate<string[]>(`Promise.all(${JSON.stringify(names)}.map(async (name) => {
    const { id } = await gateway.teams.make(name);
    await gateway.team(id).files.upload(${PICTURE});
    return id;
  }))`);
}

async function join(manager: Page, member: Page, team: string): Promise<void> {
  const url = await manager.evaluate<string>(
    `gateway.team('${team}').invitations.make({ role: 'editor' }).then(({ url }) => url)`,
  );
  await member.evaluate(`gateway.teams.accept('${url.split('#join=')[1]}').then(() => undefined)`);
}

/** The address of a team's picture. The files of the team are listed, which opens the team. */
function pictureOf(page: Page, team: string): Promise<string> {
  return page.evaluate<string>(`gateway.team('${team}').files.list().then(({ files: [file] }) => file.url)`);
}

let shown = 0;

/** Shows a picture by an address that the browser has not asked for yet. */
async function show(page: Page, address: string): Promise<void> {
  shown++;
  await page.evaluate(`
    globalThis.image = new Image();
    image.src = '${address}&shown=${shown}';
    document.body.append(image);
  `);
}

/** Whether the last picture has loaded. Undefined while it is on its way, or the client mends it. */
const hasLoaded = (page: Page) =>
  page.evaluate('image.complete && !image.getAnimations().length ? image.naturalWidth === 1 : undefined');

const lastHeard = (page: Page) => page.evaluate('heard.at(-1)');

t.test('two teams in three tabs: one renewal of each folder, and a sign-out that ends all', async (t) => {
  const { context, tabs, first, refreshes } = await openTabs(t, {
    login: 'alice',
    count: 3,
  });
  const teams = await makeTeams(first, ['Red', 'Blue']);
  const addresses = await Promise.all(teams.map((team) => pictureOf(first, team)));
  for (const tab of tabs) {
    for (const address of addresses) {
      await show(tab, address);
      await comesTo(t, () => hasLoaded(tab), true);
    }
  }
  refreshes.length = 0;
  await Promise.all(tabs.map((tab) => tab.evaluate('gateway.refresh().then(() => undefined)')));
  t.strictSame(refreshes.toSorted(), ['', ...teams.map((team) => `?team=${team}`)].toSorted());

  const copied = await Promise.all(
    addresses.map(async (address) => [address, await cookieHeader(context, address)] as const),
  );
  for (const [address, cookie] of copied) t.equal(await replay(stack, address, cookie), 200);
  const others = tabs.slice(1);
  const left = first.waitForURL(`${stack.appOrigin}/`);
  await first.evaluate('void gateway.logout()');
  await left;
  for (const tab of others) {
    await comesTo(t, () => lastHeard(tab), ['signedout', 'elsewhere']);
    await show(tab, addresses[0] ?? '');
    await comesTo(t, () => hasLoaded(tab), false);
  }
  for (const [address, cookie] of copied) {
    await comesTo(t, () => replay(stack, address, cookie), 403, 'refused at the edge');
    t.strictSame(await cookieHeader(context, address), '', 'nothing is left in the browser');
  }
});

t.test('the example of the README', async (t) => {
  const { first } = await openTabs(t, { login: 'carol', count: 1 });
  await first.evaluate("import('/readme.js').then(() => undefined)");
  const made = await first.evaluate(`(async () => {
        const { teams: [{ id, name, role }, ...others] } = await gateway.teams.list();
        const { files } = await gateway.team(id).files.list();
        return [name, role, others.length, ...files.map((file) => file.name)];
      })()`);
  t.strictSame(made, ['Holidays', 'manager', 0, 'hello.txt']);
});

t.test('a member who is removed, and added again', async (t) => {
  const alice = await openTabs(t, { login: 'alice', count: 1 });
  const bob = await openTabs(t, { login: 'bob', count: 2 });
  const [team = ''] = await makeTeams(alice.first, ['Green']);
  const address = await pictureOf(alice.first, team);
  await join(alice.first, bob.first, team);
  t.equal(await pictureOf(bob.first, team), address, 'it has one address for all members');
  await show(bob.first, address);
  await comesTo(t, () => hasLoaded(bob.first), true);
  const copied = await cookieHeader(bob.context, address);

  const { id } = Object(await bob.first.evaluate('gateway.session().then(({ user }) => user)'));
  await alice.first.evaluate(`gateway.team('${team}').members.remove('${id}')`);
  await comesTo(t, () => replay(stack, address, copied), 403, 'refused at the edge');
  await show(bob.first, address);
  await comesTo(t, () => hasLoaded(bob.first), false);
  for (const tab of bob.tabs) await comesTo(t, () => lastHeard(tab), ['teamleft', team]);
  await show(alice.first, address);
  await comesTo(t, () => hasLoaded(alice.first), true, 'nobody else notices');
  t.strictSame(await lastHeard(alice.first), ['team', team]);
  bob.refreshes.length = 0;
  await bob.first.evaluate('gateway.refresh().then(() => undefined)');
  t.strictSame(bob.refreshes, [''], 'the client asks for the team no more');

  await join(alice.first, bob.first, team);
  await pictureOf(bob.first, team);
  for (const tab of bob.tabs) {
    await comesTo(t, () => lastHeard(tab), ['team', team]);
    await show(tab, address);
    await comesTo(t, () => hasLoaded(tab), true, 'the team is open again, in all tabs');
  }
  t.equal(await replay(stack, address, copied), 403, 'former cookies stay refused');
});
