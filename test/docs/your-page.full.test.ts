import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import puppeteer from 'puppeteer-core';
import t, { type Test } from 'tap';

import { waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { png, signIn } from '../support/client.ts';
import { missing } from '../support/missing.ts';
import { freePorts } from '../support/ports.ts';
import { freePortVariables, startTestStack, type TestStack } from '../support/test-stack.ts';
import { appProject, startTool } from './support/app-project.ts';
import { documentedFiles } from './support/documented-files.ts';

// npm, which asks the registry, and two stacks.
t.setTimeout(900_000);

const FIREFOX = '/usr/bin/firefox-esr';
const VITE = ['vite@8.3.8', '@vitejs/plugin-react@6.3.0', 'react@19.3.1', 'react-dom@19.3.1'];
/** What `npm create vite` writes, as far as it matters. */
const TEMPLATE = {
  'index.html':
    '<!doctype html><title>app</title><div id="root"></div><script type="module" src="/src/main.tsx"></script>',
  'src/main.tsx': `import { createRoot } from 'react-dom/client';
import App from './App.tsx';
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);`,
};

const [appPort = 0, devPort = 0] = await freePorts(2);
const appOrigin = `http://localhost:${devPort}`;
/** The page's ports are whoever's. */
const onOurPorts = (text: string) => text.replaceAll('3000', `${appPort}`).replaceAll('5173', `${devPort}`);
const documented = documentedFiles('docs/your-page.md');
const filesOf = (...names: string[]) =>
  names.map((name): [string, string] => [name, onOurPorts(documented.get(name) ?? '')]);
const VITE_PROGRAM = join('node_modules', 'vite', 'bin', 'vite.js');
const browser = await launchChromium();
t.teardown(() => browser.close());

/** As a person does, from the address that the app is opened at. */
async function useApp(t: Test, origin: string): Promise<void> {
  const context = await browser.newContext();
  t.teardown(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(origin);
  await page.click('text=Sign in');
  await page.fill('input[name=login]', 'alice');
  await page.fill('input[name=password]', 'anything');
  await page.click('form button');
  await page.waitForSelector('text=Sign out alice');
  t.equal(new URL(page.url()).origin, origin);
  const file = { name: 'cat.png', mimeType: 'image/png', buffer: Buffer.from(png()) };
  await page.setInputFiles('input[type=file]', [file]);
  await waitUntil(page, `document.querySelector('img[alt="cat.png"]')?.naturalWidth > 0`);
  await page.click('text=Sign out alice');
  await page.waitForSelector('text="Sign in"');
  // That nobody is signed in is an answer of 401.
  t.strictSame(
    errors.filter((error) => !/401|favicon|404/.test(error)),
    [],
  );
}

/** The same, as far as it needs no picker of files. */
async function useInFirefox(t: Test, stack: TestStack, origin: string): Promise<void> {
  const alice = await signIn({ ...stack, appOrigin: origin }, 'alice');
  await alice.upload({ name: 'dog.png', type: 'image/png', bytes: png() });
  const firefox = await puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX });
  t.teardown(() => firefox.close());
  const page = await firefox.newPage();
  await page.goto(origin);
  await page.locator('::-p-text(Sign in)').click();
  await page.locator('input[name=login]').fill('alice');
  await page.locator('input[name=password]').fill('anything');
  await page.locator('form button').click();
  await page.waitForFunction(`document.querySelector('img[alt="dog.png"]')?.naturalWidth > 0`);
  await page.locator('::-p-text(Sign out alice)').click();
  await page.waitForFunction(`document.querySelector('button')?.innerText === 'Sign in'`);
  t.equal(new URL(page.url()).origin, origin);
}

const directory = await appProject(t, VITE, [
  ...Object.entries(TEMPLATE),
  ...filesOf('vite.config.ts', 'src/App.tsx'),
]);

t.test('Vite and React: the development server', async (t) => {
  const stack = await startTestStack(t, { env: { APP_ORIGIN: appOrigin, APP_PORT: `${appPort}` } });
  await t.test('keeps the host', async (t) => {
    await startTool(t, directory, [VITE_PROGRAM], 'ready in');
    await useApp(t, appOrigin);
    await t.test('in Firefox', { skip: missing(FIREFOX) }, (t) => useInFirefox(t, stack, appOrigin));
  });
  await t.test('with changeOrigin the refusal says what to do', async (t) => {
    const proxy = { '/auth': `http://localhost:${appPort}` };
    const wrong = { server: { port: devPort, strictPort: true, proxy } };
    writeFileSync(join(directory, 'wrong.config.js'), `export default ${JSON.stringify(wrong)};`);
    await startTool(t, directory, [VITE_PROGRAM, '--config', 'wrong.config.js'], 'ready in');
    const answer = await fetch(`${appOrigin}/auth/session`);
    t.match([answer.status, await answer.text()], [421, /leave out changeOrigin, .*docs\/your-page\.md/]);
  });
});

t.test('Vite and React: what was built, under the strict policy', async (t) => {
  await promisify(execFile)(process.execPath, [join(directory, VITE_PROGRAM), 'build'], { cwd: directory });
  const stack = await startTestStack(t, { env: { WEB_DIRECTORY: join(directory, 'dist') } });
  const policy = (await fetch(stack.appOrigin)).headers.get('content-security-policy');
  t.match(policy, /^default-src 'none';script-src 'self';/);
  await useApp(t, stack.appOrigin);
  await t.test('in Firefox', { skip: missing(FIREFOX) }, (t) => useInFirefox(t, stack, stack.appOrigin));
});

const NEXT = [
  'next@16.4.6',
  'react@19.3.1',
  'react-dom@19.3.1',
  'typescript@5.9.3',
  '@types/react@19',
  '@types/node@24',
];

t.test(
  'Next.js: the development server, then what was built, under the policy that the page gives',
  async (t) => {
    const layout = `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}`;
    const directory = await appProject(t, NEXT, [
      ['app/layout.tsx', layout],
      ...filesOf('server.mjs', 'next.config.ts', 'app/page.tsx'),
    ]);
    await t.test('server.mjs keeps the host', async (t) => {
      await startTestStack(t, { env: { APP_ORIGIN: appOrigin, APP_PORT: `${appPort}` } });
      await startTool(t, directory, ['server.mjs'], appOrigin);
      await useApp(t, appOrigin);
    });
    await t.test('next build', async (t) => {
      const next = join(directory, 'node_modules', 'next', 'dist', 'bin', 'next');
      await promisify(execFile)(process.execPath, [next, 'build'], { cwd: directory });
      const [, shown = ''] =
        /CONTENT_SECURITY_POLICY="([^"]+)"/.exec(readFileSync('docs/your-page.md', 'utf8')) ?? [];
      const ports = await freePortVariables();
      const CONTENT_SECURITY_POLICY = shown
        .replaceAll('8080', `${ports['EDGE_PORT']}`)
        .replaceAll('9090', `${ports['S3_PORT']}`);
      const env = { ...ports, WEB_DIRECTORY: join(directory, 'out'), CONTENT_SECURITY_POLICY };
      const stack = await startTestStack(t, { env });
      await useApp(t, stack.appOrigin);
    });
  },
);
