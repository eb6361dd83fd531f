import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { PIXEL, until } from '../browser.ts';
import { openClient } from './open.ts';

const browser = await launchShell(t);
const TEAM = 'r'.repeat(26);

/** The arguments of each method that may wait for the app host, before its options. */
const FOLDER = {
  'files.list': [],
  'files.all': [],
  'files.upload': ["new File(['x'], 'a.txt')"],
  'files.addThumbnail': ["{ name: 'a.png', url: '/pixel.png', type: 'image/png' }"],
  'files.delete': ["'a.txt'"],
  'files.usage': [],
  'files.share': ["'a.txt'"],
  'shares.list': [],
  'shares.revoke': ['1'],
};
const GATEWAY = {
  ...FOLDER,
  refresh: [],
  'sessions.list': [],
  'sessions.revoke': ["'abc'"],
  'teams.list': [],
  'teams.make': ["'Holidays'"],
  'teams.accept': ["'secret'"],
  session: [],
};
const OF_TEAM = {
  ...FOLDER,
  read: [],
  rename: ["'Physics'"],
  delete: [],
  leave: [],
  'members.changeRole': ["'bob'", "'viewer'"],
  'members.remove': ["'bob'"],
  'invitations.list': [],
  'invitations.make': [],
  'invitations.revoke': ["'abc'"],
  'links.list': [],
  'links.create': [],
  'links.change': ["'abc'"],
  'links.end': ["'abc'"],
  session: [],
};
/** They ask for nothing, or must not end halfway. */
const WITHOUT = [
  'login',
  'logout',
  'on',
  'watchImages',
  'team',
  'asUser',
  'store.subscribe',
  'store.getSnapshot',
];

/** The names of all methods of an object, and of the objects in it. */
const methodsOf = (page: Page, object: string) =>
  page.evaluate<string[]>(`Object.entries(${object}).flatMap(([name, part]) =>
    typeof part === 'function' ? [name]
      : typeof part === 'object' ? Object.keys(part).map((method) => name + '.' + method) : []).toSorted()`);

for (const [object, methods] of Object.entries({ gateway: GATEWAY, [`gateway.team('${TEAM}')`]: OF_TEAM })) {
  t.test(`each method of ${object} ends with its signal, while the app host does not answer`, async (t) => {
    const { context, open, state } = await openClient(t, browser);
    state.teams = [TEAM];
    const page = await open();
    t.strictSame(
      (await methodsOf(page, object)).filter((name) => !WITHOUT.includes(name)),
      Object.keys(methods).toSorted(),
    );
    await page.evaluate(`${object}.session().then(() => undefined)`);
    // The picture of `addThumbnail` needs no app host.
    await context.route('**/pixel.png', (route) =>
      route.fulfill({
        contentType: 'image/png',
        body: PIXEL,
      }),
    );
    const asked: string[] = [];
    // No request is answered.
    await context.route(/\/(?:api|auth)\//, (route) => void asked.push(route.request().url()));
    const ended: string[] = [];
    context.on('requestfailed', (request) => void ended.push(request.url()));
    for (const [name, before] of Object.entries(methods)) {
      asked.length = 0;
      // A known session is no question.
      if (name === 'session') await page.reload();
      const call = `${object}.${name}(${[...before, '{ signal: stop.signal }'].join()})`;
      await page.evaluate(`globalThis.stop = new AbortController();
        globalThis.end = Promise.resolve(${name === 'files.all' ? `${call}.next()` : call}).then(
          () => 'done', (reason) => reason);
        undefined`);
      await until(() => asked.length > 0, true);
      await page.evaluate("stop.abort('stopped')");
      t.equal(await page.evaluate('end'), 'stopped', name);
    }
    t.ok(ended.length > 0, 'the requests end, too');
  });
}
