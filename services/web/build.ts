import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_THUMBNAIL_BYTES } from '@cloudfront-cookie-gateway/core/upload-limits';
import { type BuildOptions, buildSync } from 'esbuild';

const COPIED = ['index.html', 'favicon.svg', 'manifest.webmanifest', 'icon-192.png', 'icon-512.png'];

/**
 * Writes the page into a directory, and makes the directory if it is missing. The files are `index.html`, `style.css`,
 * icons, the manifest, and `app.js` with the page's scripts as one minified module. Nothing in them is inline, so the
 * page runs under `script-src 'self'`.
 */
export function buildWeb(outDirectory: string): void {
  mkdirSync(outDirectory, { recursive: true });
  for (const name of COPIED) copyFileSync(sourcePath(name), join(outDirectory, name));
  buildSync({
    entryPoints: { app: sourcePath('page/main.ts'), style: sourcePath('styles/style.css') },
    outdir: outDirectory,
    ...browserSettings(),
    charset: 'utf8',
    legalComments: 'none',
  });
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
