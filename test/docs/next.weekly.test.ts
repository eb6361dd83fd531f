// Weekly, because of its cost: 50 CPU seconds, most of them npm and `next build`; `.ci/run` does the same with Vite.
// Last result, November 2026: passed, 38 s.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { freePorts } from '../support/ports.ts';
import type { Tab } from '../support/tabs.ts';
import { freePortVariables, startTestStack } from '../support/test-stack.ts';
import { appProject, runTool, startTool } from './support/app-project.ts';
import { documentedFiles, onPorts } from './support/documented-files.ts';
import { useApp } from './support/use-app.ts';

// npm, which asks the registry, and two stacks.
t.setTimeout(900_000);

const PACKAGES = [
  ...['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1'],
  ...['typescript@5.9.3', '@types/react@19', '@types/node@24'],
];
/** The parts of `create-next-app`'s output that matter here. */
const LAYOUT = `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}`;

const [appPort = 0, devPort = 0] = await freePorts(2);
const documented = documentedFiles('docs/your-page.md');
const [app = ''] = documented.get('src/App.tsx')?.split(/^function Shown/m) ?? [];
documented.set('app/page.tsx', documented.get('app/page.tsx')?.replace(/^\/\/ Here: .*$/m, app) ?? '');
const directory = await appProject(t, PACKAGES, [
  ['app/layout.tsx', LAYOUT],
  ...onPorts(documented, ['server.mjs', 'next.config.ts', 'app/page.tsx'], { 3000: appPort, 5173: devPort }),
]);

/** A small picture for a screen of 320 pixels, the whole file for a denser one. */
async function bothAreOffered(t: Test, tab: Tab): Promise<void> {
  const offered = String(await tab.run(`document.querySelector('img[alt="cat.png"]').srcset`));
  const isDrawn = await tab.run(`document.createElement('canvas').toDataURL('image/webp').includes('webp')`);
  const small = isDrawn ? '\\.thumbnails/' : '';
  t.match(
    offered,
    new RegExp(`^http\\S+/${small}cat\\.png\\?v=\\S+ 1x, http\\S+[a-z2-7]{26}/cat\\.png\\?v=\\S+ 2x$`),
  );
}

// Each browser is used once here. vite.full.test.ts uses all of them with both kinds of server.
t.test('the development server keeps the host', async (t) => {
  const appOrigin = `http://localhost:${devPort}`;
  await startTestStack(t, { env: { APP_ORIGIN: appOrigin, APP_PORT: `${appPort}` } });
  await startTool(t, directory, ['server.mjs'], appOrigin);
  await useApp(t, appOrigin, ['Chromium'], bothAreOffered);
});

t.test('the build, under the policy that the page gives', async (t) => {
  await runTool(directory, [join('node_modules', 'next', 'dist', 'bin', 'next'), 'build']);
  const [, shown = ''] =
    /CONTENT_SECURITY_POLICY="([^"]+)"/.exec(readFileSync('docs/your-page.md', 'utf8')) ?? [];
  const ports = await freePortVariables();
  // WebKit keeps no `Secure` cookies over http.
  const CONTENT_SECURITY_POLICY = shown
    .replaceAll('http://localhost:8080', `https://localhost:${ports['EDGE_PORT']}`)
    .replaceAll('http://localhost:9090', `https://localhost:${ports['S3_PORT']}`);
  const env = { ...ports, HTTPS: '1', WEB_DIRECTORY: join(directory, 'out'), CONTENT_SECURITY_POLICY };
  const stack = await startTestStack(t, { env });
  await useApp(t, stack.appOrigin, ['Firefox', 'WebKitGTK'], bothAreOffered);
});
