import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_THUMBNAIL_BYTES } from '@cloudfront-cookie-gateway/core/upload-limits';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

const COPIED = ['favicon.svg', 'manifest.webmanifest', 'icon-192.png', 'icon-512.png'];

/**
 * Writes the page into a directory, and makes the directory if it is missing. The files are `index.html`, `style.css`,
 * `later.css`, icons, the manifest, `app.js`, and in `assets/` the modules that it loads. `index.html` names those that
 * the files of a signed-in user need, so the browser loads them at once. Nothing is inline, so the page runs under
 * `script-src 'self'`.
 */
export function buildWeb(outDirectory: string): void {
  mkdirSync(outDirectory, { recursive: true });
  for (const name of COPIED) copyFileSync(sourcePath(name), join(outDirectory, name));
  const { metafile } = buildSync({
    entryPoints: {
      app: sourcePath('page/main.ts'),
      style: sourcePath('styles/style.css'),
      later: sourcePath('styles/later.css'),
    },
    outdir: outDirectory,
    ...browserSettings(),
    splitting: true,
    chunkNames: 'assets/[name]-[hash]',
    metafile: true,
    charset: 'utf8',
    legalComments: 'none',
  });
  const early = [...modulesOf(metafile.outputs, /page\/(?:main\.ts|app\.tsx)$/)]
    .map((path) => relative(outDirectory, path))
    .filter((name) => name !== 'app.js')
    .map((name) => `    <link rel="modulepreload" href="/${name}">\n`);
  const html = readFileSync(sourcePath('index.html'), 'utf8');
  writeFileSync(join(outDirectory, 'index.html'), html.replace('  </head>', `${early.join('')}  </head>`));
}

/** The modules that these sources have become, and all modules that they import at once. */
function modulesOf(outputs: Metafile['outputs'], sources: RegExp): Set<string> {
  const found = new Set<string>();
  const add = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const each of outputs[path]?.imports ?? []) if (each.kind === 'import-statement') add(each.path);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (sources.test(entryPoint ?? '')) add(path);
  return found;
}

/**
 * Writes the client library, without React's part, into a directory: `client.js`, and the module that it loads to draw
 * a thumbnail.
 */
export function buildClient(outDirectory: string): void {
  buildSync({
    entryPoints: { client: sourcePath('client/gateway.ts') },
    outdir: outDirectory,
    ...browserSettings(),
    splitting: true,
    chunkNames: '[name]',
  });
}

const MODULE: BuildOptions = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  logLevel: 'silent',
};

/** The options for modules for browsers. The program of the worker goes as text into the script that starts it. */
export function browserSettings(): BuildOptions {
  const { outputFiles } = buildSync({
    ...MODULE,
    entryPoints: [sourcePath('client/thumbnail-worker.ts')],
    format: 'iife',
    define: { MAX_THUMBNAIL_BYTES: String(MAX_THUMBNAIL_BYTES) },
    write: false,
  });
  return { ...MODULE, define: { THUMBNAIL_WORKER: JSON.stringify(outputFiles?.[0]?.text.trim()) } };
}

function sourcePath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
