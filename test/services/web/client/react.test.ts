import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { buildSync } from 'esbuild';
import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, PIXEL, roundTrip, until, waitUntil } from '../browser.ts';
import { ALICE, BOB, createStandIn } from '../stand-in.ts';

/** An app of another team, as far as its files go. */
const APP = `import { StrictMode, createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { useFiles, useGateway, useUpload } from './services/web/client/react.ts';

function Files() {
  const { gateway, session, error: why } = useGateway();
  const { files = [], error, reload } = useFiles({ limit: 10 });
  const { upload, progress, file, error: refusal } = useUpload();
  if (session === undefined) return h('p', null, why ? 'refused: ' + why.code : 'one moment');
  if (session === null) return h('p', null, 'nobody');
  globalThis.reload = reload;
  globalThis.add = (name) => upload(new File(['x'], name, { type: 'text/plain' })).then(reload);
  return h('main', null,
    h('h1', null, session.user.name),
    h('p', null, file ? 'stored ' + file.name : refusal ? 'not stored: ' + refusal.code : String(progress)),
    h('p', { id: 'error' }, error ? error.code : ''),
    files.map(({ name, url }) => h('img', { key: url, src: url, alt: name })));
}
createRoot(document.querySelector('main')).render(h(StrictMode, null, h(Files)));
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

t.test('hooks: who is there, their files, an upload, and what another one must not see', async (t) => {
  const standIn = await createStandIn({ assets: assetsOf(APP) });
  const context = await browser.newContext();
  t.teardown(async () => {
    await context.close();
    await standIn.close();
  });
  const tab = await context.newPage();
  const text = () => tab.evaluate('document.querySelector("main").innerText');
  await tab.goto(`${standIn.origins.app}/react`);
  await waitUntil(tab, 'document.querySelector("main").innerText === "nobody"');

  standIn.state.faults.set('GET /auth/session', Array(20).fill([421, 'wrong_host']));
  await tab.reload();
  await waitUntil(tab, 'document.querySelector("main").innerText === "refused: wrong_host"');
  standIn.state.faults.clear();

  await context.request.get(`${standIn.origins.app}/auth/login`, { maxRedirects: 0 });
  await tab.reload();
  await waitUntil(tab, `document.querySelector('h1')?.innerText === '${ALICE.name}'`);
  await tab.evaluate('add("a.txt")');
  await waitUntil(tab, "document.querySelector('img')?.alt === 'a.txt'");
  t.match(await text(), 'stored a.txt');
  standIn.state.faults.set('POST /api/uploads', [[403, 'role_too_low']]);
  await tab.evaluate('add("b.txt")');
  t.match(await text(), 'not stored: role_too_low');

  // The answer to an earlier question comes last.
  const isAsked = Promise.withResolvers<void>();
  const isLate = Promise.withResolvers<void>();
  const isAnswered = Promise.withResolvers<void>();
  await context.route(
    '**/api/files?*',
    async (route) => {
      const response = await route.fetch();
      isAsked.resolve();
      await isLate.promise;
      await route.fulfill({ response });
      isAnswered.resolve();
    },
    { times: 1 },
  );
  await tab.evaluate('reload()');
  await isAsked.promise;
  await tab.evaluate('add("later.txt")');
  const count = 'document.querySelectorAll("img").length';
  await waitUntil(tab, `${count} === 2`);
  isLate.resolve();
  await isAnswered.promise;
  await roundTrip(tab);
  t.equal(await tab.evaluate(count), 2, 'the later list stays');

  standIn.state.next = BOB;
  await context.request.get(`${standIn.origins.app}/auth/login`, { maxRedirects: 0 });
  await tab.evaluate('add("b.txt")');
  await waitUntil(tab, 'document.querySelector("main").innerText === "nobody"');
});

/** The files of a team, by a gateway with options. */
const TEAM_APP = `import { StrictMode, createElement as h, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createGateway } from './services/web/client/gateway.ts';
import { GatewayProvider, useFiles, useGateway, useUpload } from './services/web/client/react.ts';

const own = (globalThis.gateway = createGateway({ appOrigin: location.origin }));

function Files() {
  const [team, setTeam] = useState();
  globalThis.setTeam = setTeam;
  const { gateway, session } = useGateway();
  const { files = [], error, reload } = useFiles({ team });
  const { upload } = useUpload({ team });
  globalThis.reload = reload;
  globalThis.add = (name) => upload(new File(['x'], name, { type: 'text/plain' }));
  const lines = [gateway === own, session?.user.name, error?.code, ...files.map(({ name }) => name)];
  // Everything that React draws, also for a moment.
  (globalThis.drawn ??= []).push([team, ...files.map(({ name }) => name)].join());
  return h('p', null, lines.join('|'), files.map(({ url }) => h('img', { key: url, src: url })));
}
createRoot(document.querySelector('main')).render(
  h(StrictMode, null, h(GatewayProvider, { gateway: own }, h(Files))));
globalThis.ready = true;`;

t.test('hooks in a provider use its gateway, and the folder of a team', async (t) => {
  const team = 'r'.repeat(26);
  const standIn = await createStandIn({ assets: assetsOf(TEAM_APP) });
  const { state, store, origins, requests } = standIn;
  const context = await browser.newContext();
  t.teardown(async () => {
    await context.close();
    await standIn.close();
  });
  state.teams = [team];
  store('own.png', 'image/png', PIXEL);
  store(`teams/${team}/a.png`, 'image/png', PIXEL);
  await context.request.get(`${origins.app}/auth/login`, { maxRedirects: 0 });
  const tab = await context.newPage();
  await tab.goto(`${origins.app}/react`);
  const text = () => tab.evaluate('document.querySelector("main").innerText');
  await comesTo(t, text, `true|${ALICE.name}||own.png`);
  t.equal(requests('GET /auth/session').length, 1, 'no other gateway asks');

  await tab.evaluate(`setTeam('${team}')`);
  await comesTo(t, text, `true|${ALICE.name}||a.png`);
  await waitUntil(tab, "document.querySelector('img').naturalWidth === 1");
  t.notOk(
    await tab.evaluate(`drawn.includes('${team},own.png')`),
    'no file of another folder is drawn for it',
  );
  await tab.evaluate('add("b.txt")');
  await until(() => requests(`POST /api/teams/${team}/uploads`).length, 1);
  t.equal(requests('POST /api/uploads').length, 0);

  state.teams = [];
  // The page asks for nothing. The renewal of another tab finds it out.
  const other = await context.newPage();
  await other.goto(`${origins.app}/react`);
  await waitUntil(other, 'document.querySelector("img")');
  await other.evaluate('gateway.refresh().then(() => undefined)');
  await comesTo(t, text, `true|${ALICE.name}|no_such_team`);
});

t.test('a page that is rendered on a server asks nothing, and keeps no process', async (t) => {
  const script = bundle(
    `import { createElement as h } from 'react';
import { renderToString } from 'react-dom/server';
import { createGateway } from './services/web/client/gateway.ts';
import { useFiles, useGateway, useUpload } from './services/web/client/react.ts';
globalThis.fetch = () => { throw new Error('asked'); };
const Page = () => h('p', null, JSON.stringify([useGateway().session ?? 'unknown', useFiles(), useUpload()]));
const gateway = createGateway({ appOrigin: 'https://app.example.com' });
gateway.on('session', () => {})();
console.log(renderToString(h(Page)), await gateway.session(), await gateway.refresh());`,
    'node',
  );
  const options = { input: script, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], options);
  t.equal(stderr, '');
  t.strictSame([status, stdout], [0, '<p>[&quot;unknown&quot;,{},{}]</p> null null\n']);
});
