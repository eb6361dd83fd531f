import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { buildSync } from 'esbuild';
import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { waitUntil } from '../browser.ts';
import { ALICE, BOB, createStandIn } from '../stand-in.ts';

/** An app of another team, as far as its files go. */
const APP = `import { StrictMode, createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { useFiles, useGateway, useUpload } from './services/web/client/react.ts';

function Files() {
  const { gateway, session, error: why } = useGateway();
  const { files = [], error, reload } = useFiles({ limit: 10 });
  const { upload, progress, file } = useUpload();
  if (session === undefined) return h('p', null, why ? 'refused: ' + why.code : 'one moment');
  if (session === null) return h('p', null, 'nobody');
  globalThis.add = (name) => upload(new File(['x'], name, { type: 'text/plain' })).then(reload);
  return h('main', null,
    h('h1', null, session.user.name),
    h('p', null, file ? 'stored ' + file.name : String(progress)),
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

const browser = await launchShell(t);

t.test('hooks: who is there, their files, an upload, and what another one must not see', async (t) => {
  const page =
    '<!doctype html><title>react</title><main></main><script type="module" src="/react.js"></script>';
  const assets = new Map([
    ['/react', page],
    ['/react.js', bundle(APP, 'browser')],
  ]);
  const standIn = await createStandIn({ assets });
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

  standIn.state.next = BOB;
  await context.request.get(`${standIn.origins.app}/auth/login`, { maxRedirects: 0 });
  await tab.evaluate('add("b.txt")');
  await waitUntil(tab, 'document.querySelector("main").innerText === "nobody"');
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
