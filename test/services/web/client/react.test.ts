import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { buildSync } from 'esbuild';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, PIXEL, roundTrip, until, waitUntil } from '../browser.ts';
import { ALICE, BOB, createStandIn } from '../stand-in.ts';

/** An app of another team, as far as its files go. */
const APP = `import { StrictMode, createElement as h, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createGateway } from './services/web/client/gateway.ts';
import { GatewayProvider, useFiles, useGateway, useSession, useUploads } from './services/web/client/react.ts';

const own = (globalThis.gateway = createGateway({ appOrigin: location.origin }));
const textFile = (name) => new File([name], name, { type: 'text/plain' });

function Uploads({ prefix, team }) {
  const { uploads, add, cancel, retry } = useUploads({ prefix, team, concurrency: globalThis.concurrency });
  globalThis.uploads = uploads;
  globalThis.hooks = { ...globalThis.hooks, cancel, retry,
    add: (...names) => void add(names.map(textFile)).then(() => { globalThis.ends = (globalThis.ends ?? 0) + 1; }) };
  return h('ol', null, uploads.map(({ id, name, status, error }) =>
    h('li', { key: id }, [name, status, error?.code].filter(Boolean).join(' '))));
}

function Files() {
  const [{ team, prefix, isUploading }, setShown] = useState({ isUploading: true });
  const session = useSession();
  const { files, hasMore, isLoading, error, loadMore, mutate } = useFiles({ team, prefix });
  globalThis.hooks = { ...globalThis.hooks, setShown, loadMore, mutate, isSame: useGateway() === own };
  const { name } = session.session?.user ?? {};
  globalThis.shown = { who: [session.status, name, session.reason, session.error?.code].filter(Boolean).join(' '),
    names: files.map(({ name }) => name), hasMore, isLoading, why: error?.code };
  // Everything that React draws, also for a moment.
  (globalThis.drawn ??= []).push([team, ...files.map(({ name }) => name)].join());
  return h('main', null, files.map(({ name, url }) => h('img', { key: url, src: url, alt: name })),
    isUploading && h(Uploads, { prefix, team }));
}
createRoot(document.querySelector('main')).render(
  h(StrictMode, null, h(GatewayProvider, { gateway: own }, h(Files))));
globalThis.ready = true;`;

function bundle(contents: string, platform: 'browser' | 'node'): string {
  const [file] = buildSync({
    stdin: { contents, resolveDir: '.' },
    ...{ bundle: true, write: false, format: 'esm', platform },
    define: { 'process.env.NODE_ENV': '"development"' },
    banner: {
      js:
        platform === 'node' ? "import{createRequire}from'node:module';const require=createRequire('/');" : '',
    },
  }).outputFiles;
  return file?.text ?? '';
}

function assetsOf(app: string) {
  const page =
    '<!doctype html><title>react</title><main></main><script type="module" src="/react.js"></script>';
  return new Map([
    ['/react', page],
    ['/react.js', bundle(app, 'browser')],
  ]);
}

const browser = await launchShell(t);

/** A tab with the app, and its stand-in. Nobody is signed in before `signIn`. */
async function openApp(t: Test, app = APP) {
  const standIn = await createStandIn({ assets: assetsOf(app) });
  const context = await browser.newContext();
  t.teardown(async () => {
    await context.close();
    await standIn.close();
  });
  const { origins } = standIn;
  const signIn = () => context.request.get(`${origins.app}/auth/login`, { maxRedirects: 0 });
  const open = async () => {
    const tab = await context.newPage();
    await tab.goto(`${origins.app}/react`);
    await waitUntil(tab, 'globalThis.ready');
    const read = <T>(expression: string) => tab.evaluate<T>(expression);
    return {
      tab,
      read,
      /** Calls a function of a hook, and does not wait for its end. */
      call: (call: string) => read<void>(`void hooks.${call}`),
      comes: (expression: string, wanted: unknown) =>
        comesTo<unknown>(t, () => read(expression), wanted, expression),
    };
  };
  return { ...standIn, context, signIn, open };
}

t.test('useSession: loading, nobody, an error, a person, another one', async (t) => {
  const { open, state, signIn, requests } = await openApp(t);
  const { tab, comes, read } = await open();
  await comes('shown.who', 'out');
  t.match(await read('drawn'), [''], 'no files');
  t.equal(requests('GET /auth/session').length, 1, 'one question, by all hooks');

  state.faults.set('GET /auth/session', [[503, 'store_unavailable']]);
  await tab.reload();
  await comes('shown?.who', 'error store_unavailable');
  // The client asks again by itself.
  await comes('shown.who', 'out ended');

  await signIn();
  await tab.reload();
  await comes('shown?.who', `in ${ALICE.name}`);
  state.next = BOB;
  await signIn();
  await read('gateway.refresh().catch(() => {}).then(() => undefined)');
  await comes('shown.who', 'out account_changed');
});

t.test('useFiles: page after page, and an error erases nothing', async (t) => {
  const { open, state, signIn, store, requests } = await openApp(t);
  state.pageSize = 2;
  for (const name of ['a', 'b', 'c', 'pets/d']) store(`${name}.png`, 'image/png', PIXEL);
  await signIn();
  const { comes, call, read, tab } = await open();
  const shows = (names: string, more: object = {}) =>
    comes(
      'JSON.stringify(shown)',
      JSON.stringify({ who: `in ${ALICE.name}`, names: names.split(' ').filter(Boolean), ...more }),
    );
  await shows('a.png b.png', { hasMore: true, isLoading: false });
  await waitUntil(tab, "document.querySelector('img').naturalWidth === 1");

  state.faults.set('GET /api/files', [[503, 'files_unavailable']]);
  await call('loadMore()');
  await shows('a.png b.png', { hasMore: true, isLoading: false, why: 'files_unavailable' });
  await call('loadMore()');
  await shows('a.png b.png c.png pets/d.png', { hasMore: false, isLoading: false });
  const asked = requests('GET /api/files').length;
  await call('loadMore()');
  t.equal(requests('GET /api/files').length, asked, 'there is no more');

  await call("setShown({ prefix: 'pets/' })");
  await shows('pets/d.png', { hasMore: false, isLoading: false });
  t.notOk(
    (await read<string[]>('drawn')).some((line) => line.includes('pets/d.png,')),
    'nothing else is drawn for it',
  );
});

t.test('useUploads: two at once, cancel and retry', async (t) => {
  const { open, signIn, state, requests, context } = await openApp(t);
  await signIn();
  await context.addInitScript('globalThis.concurrency = 2');
  const { comes, call, read } = await open();
  await comes('shown?.who', `in ${ALICE.name}`);
  const list =
    "uploads.map(({ name, status, error }) => [name, status, error?.code].filter(Boolean).join(' '))";
  const begun = () => requests('POST /api/uploads').length;
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const [first] = gates;
  let held = 0;
  await context.route('**/api/uploads', async (route) => {
    held++;
    await gates.shift()?.promise;
    await route.continue().catch(() => {});
  });

  await call("add('a.txt', 'b.txt', 'c.txt')");
  await comes(list, ['a.txt sending', 'b.txt sending', 'c.txt waiting']);
  await until(() => held, 2);
  await call('cancel(uploads[1].id)');
  await comes(list, ['a.txt sending', 'c.txt done']);
  t.equal(begun(), 1, 'the one that was cancelled has never begun');
  t.notOk(await read('globalThis.ends'));
  first?.resolve();
  await comes(list, ['a.txt done', 'c.txt done']);
  await comes('ends', 1);
  t.equal(await read('uploads[0].stored.name'), 'a.txt');

  state.faults.set('POST /api/uploads', [[409, 'file_exists']]);
  await call("add('a.txt')");
  await comes(list, ['a.txt done', 'c.txt done', 'a.txt failed file_exists']);
  await call('retry(uploads[2].id, { replace: true })');
  await comes(list, ['a.txt done', 'c.txt done', 'a.txt done']);
  t.match(requests('POST /api/uploads').at(-1)?.body, { name: 'a.txt', replace: true });
});

t.test(
  'the folder of a team: nothing of another folder is drawn for it, and nothing once the user has left',
  async (t) => {
    const team = 'r'.repeat(26);
    const { open, state, store, signIn, requests } = await openApp(t);
    state.teams = [team];
    store('own.png', 'image/png', PIXEL);
    store(`teams/${team}/a.png`, 'image/png', PIXEL);
    await signIn();
    const { comes, call, read } = await open();
    await comes('shown?.names', ['own.png']);
    await call(`setShown({ team: '${team}', isUploading: true })`);
    await comes('shown.names', ['a.png']);
    t.notOk(await read(`drawn.includes('${team},own.png')`), 'no file of another folder is drawn for it');
    t.ok(await read('hooks.isSame'));
    await call("add('b.txt')");
    await until(() => requests(`POST /api/teams/${team}/uploads`).length, 1);
    t.equal(requests('POST /api/uploads').length, 0);

    state.teams = [];
    // The page asks for nothing. The renewal of another tab finds it out.
    const other = await open();
    await other.comes('shown?.names', ['own.png']);
    const asked = requests('GET /api/files').length;
    await other.read('gateway.refresh().then(() => undefined)');
    await comes('[shown.names.length, shown.why]', [0, 'no_such_team']);
    await roundTrip(other.tab);
    t.equal(requests('GET /api/files').length, asked, 'a folder of one’s own is as it was');
  },
);

t.test('a page that is rendered on a server asks nothing, and keeps no process', async (t) => {
  const script = bundle(
    `import { createElement as h } from 'react';
import { renderToString } from 'react-dom/server';
import { createGateway } from './services/web/client/gateway.ts';
import { GatewayProvider, useFiles, useSession, useUploads } from './services/web/client/react.ts';
globalThis.fetch = () => { throw new Error('asked'); };
const Page = () => h('p', null, [useSession().status, useFiles().isLoading, useUploads().uploads.length].join());
const gateway = createGateway({ appOrigin: 'https://app.example.com' });
gateway.on('session', () => {})();
console.log(renderToString(h(GatewayProvider, { gateway }, h(Page))), await gateway.session(), await gateway.refresh());`,
    'node',
  );
  const options = { input: script, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], options);
  t.equal(stderr, '');
  t.strictSame([status, stdout], [0, '<p>loading,true,0</p> null null\n']);
});
