import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { signIn } from '../support/client.ts';
import { missing } from '../support/missing.ts';
import { freePorts } from '../support/ports.ts';
import { BROWSERS, enterLogin } from '../support/tabs.ts';
import { startTestStack } from '../support/test-stack.ts';
import { appProject, runTool, startTool } from './support/app-project.ts';
import { documentedFiles, onPorts } from './support/documented-files.ts';
import { drawPdfOn, FFMPEG, isDownload, playHlsOn, putRecipes, showFilmOn } from './support/recipes.ts';
import { useApp } from './support/use-app.ts';

// npm, which asks the registry, and two stacks.
t.setTimeout(900_000);

const PACKAGES = [
  ...['vite@8.3.8', '@vitejs/plugin-react@6.3.0', 'react@19.3.1', 'react-dom@19.3.1'],
  ...['hls.js@1.7.4', 'pdfjs-dist@6.5.438'],
];
const page = (script: string) =>
  `<!doctype html><title>app</title><div id="root"></div><script type="module" src="/src/${script}"></script>`;
const RECIPES = ['src/film.ts', 'src/hls.ts', 'src/pdf.ts'];
/** The parts of `npm create vite`'s output that matter here, and a second page for the recipes. */
const AROUND = Object.entries({
  'index.html': page('main.tsx'),
  'src/main.tsx': `import { createRoot } from 'react-dom/client';
import App from './App.tsx';
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);`,
  'recipes.html': page('recipes.ts'),
  'src/recipes.ts': `import { showFilm } from './film.ts';
import { playHls } from './hls.ts';
import { drawPdf } from './pdf.ts';
import { createGateway } from '@cloudfront-cookie-gateway/client';
// From here on the cookies are renewed.
await createGateway().session();
Object.assign(globalThis, { showFilm, playHls, drawPdf });`,
  'built.config.ts': `import config from './vite.config.ts';
export default { ...config, build: { rolldownOptions: { input: ['index.html', 'recipes.html'] } } };`,
});

const [appPort = 0, devPort = 0] = await freePorts(2);
const devOrigin = `http://localhost:${devPort}`;
const shown = onPorts(documentedFiles('docs/your-page.md'), ['vite.config.ts', 'src/App.tsx', ...RECIPES], {
  3000: appPort,
  5173: devPort,
});
const directory = await appProject(t, PACKAGES, [...AROUND, ...shown]);
const VITE = join('node_modules', 'vite', 'bin', 'vite.js');

t.test('the development server', async (t) => {
  await startTestStack(t, { env: { APP_ORIGIN: devOrigin, APP_PORT: `${appPort}` } });
  await t.test('keeps the host', async (t) => {
    await startTool(t, directory, [VITE], 'ready in');
    await useApp(t, devOrigin, ['Chromium', 'Firefox']);
  });
  await t.test('with changeOrigin, the refusal says what to do', async (t) => {
    const proxy = { '/auth': `http://localhost:${appPort}` };
    const wrong = { server: { port: devPort, strictPort: true, proxy } };
    writeFileSync(join(directory, 'wrong.config.js'), `export default ${JSON.stringify(wrong)};`);
    await startTool(t, directory, [VITE, '--config', 'wrong.config.js'], 'ready in');
    const answer = await fetch(`${devOrigin}/auth/session`);
    t.match([answer.status, await answer.text()], [421, /leave out changeOrigin, .*docs\/your-page\.md/]);
  });
});

t.test('the build, under the strict policy', async (t) => {
  await runTool(directory, [VITE, 'build', '--config', 'built.config.ts']);
  // WebKit keeps no `Secure` cookies over http. The cookies end while the film plays.
  const env = { HTTPS: '1', WEB_DIRECTORY: join(directory, 'dist'), COOKIE_LIFETIME_SECONDS: '20' };
  const stack = await startTestStack(t, { env });
  const policy = (await fetch(stack.appOrigin)).headers.get('content-security-policy');
  t.match(policy, /^default-src 'none';script-src 'self';/);
  await useApp(t, stack.appOrigin, ['Chromium', 'Firefox', 'WebKitGTK']);

  await t.test('recipes', { skip: missing(FFMPEG), jobs: 3 }, async (t) => {
    const { id } = await signIn(stack, 'alice');
    const { film, playlist, pdf } = await putRecipes(t, stack, `${stack.filesOrigin}/users/${id}/`);
    await t.test('a playlist stays a download', (t) => isDownload(t, stack, playlist));
    for (const { name, skip, start } of BROWSERS) {
      t.test(`in ${name}`, { skip, buffered: true }, async (t) => {
        const tab = await start();
        t.teardown(() => tab.close());
        await tab.open(`${stack.appOrigin}/auth/login?return_to=/recipes.html`);
        await enterLogin(tab, 'alice');
        await tab.until('globalThis.showFilm');
        await t.test('a video with crossorigin', (t) => showFilmOn(t, tab, film));
        await t.test('pdf.js draws a page', (t) => drawPdfOn(t, tab, pdf));
        if (await tab.run(`MediaSource.isTypeSupported('video/mp4; codecs="avc1.42E01E"')`)) {
          await t.resolves(
            playHlsOn(tab, playlist),
            'hls.js continues after the cookies ended within the film',
          );
        } else t.comment(`this ${name} plays no H.264, so hls.js has nothing to play`);
        t.strictSame(
          tab.errors.filter((error) => /Content.Security.Policy/i.test(error) && !/favicon/.test(error)),
          [],
        );
      });
    }
  });
});
