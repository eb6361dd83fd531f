import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const TAGS = '<link rel="stylesheet" href="/demo.css">\n    <script type="module" src="/demo.js"></script>\n';

/** Adds the demonstration strip to a page that buildWeb wrote. The page's own scripts and styles do not change. */
export function addDemonstration(webDirectory: string): void {
  const page = join(webDirectory, 'index.html');
  writeFileSync(page, readFileSync(page, 'utf8').replace('  </head>', `    ${TAGS}  </head>`));
  copyFileSync(fileURLToPath(new URL('strip/demo.css', import.meta.url)), join(webDirectory, 'demo.css'));
  buildSync({
    entryPoints: [fileURLToPath(new URL('strip/main.ts', import.meta.url))],
    outfile: join(webDirectory, 'demo.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    logLevel: 'silent',
  });
}
