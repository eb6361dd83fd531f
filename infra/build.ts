import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildEdgeFunction } from '@cloudfront-cookie-gateway/edge-function';
import { buildWeb } from '@cloudfront-cookie-gateway/web/build';
import { buildSync, type Metafile } from 'esbuild';
import { synthesize } from './synth.ts';
import type { StackValues } from './values.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Fastify's own compilers of schemas. The service does not use them (http/schemas.ts). */
export const FASTIFY_COMPILERS = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'];

/**
 * Builds everything that is deployed into one directory: `edge/` (the functions), `web/` (the page), `service/` (the
 * Lambda function's code) and `infra/` (the cloud assembly).
 * @returns the directory of the cloud assembly
 */
export function build(values: StackValues, directory: string): string {
  const edge = join(directory, 'edge');
  const service = join(directory, 'service');
  const assembly = join(directory, 'infra');
  for (const made of [edge, service, join(directory, 'web'), assembly]) {
    rmSync(made, { recursive: true, force: true });
    mkdirSync(made, { recursive: true });
  }
  for (const name of ['viewer-request', 'viewer-response'] as const) {
    writeFileSync(join(edge, `${name}.js`), buildEdgeFunction(name, values));
  }
  const web = join(directory, 'web');
  if (values.webDirectory !== undefined) copyPage(resolve(root, values.webDirectory), join(service, 'web'));
  buildWeb(web);
  if (values.webDirectory === undefined) cpSync(web, join(service, 'web'), { recursive: true });
  buildService(service);
  openToReaders(service);
  synthesize(values, service, assembly);
  return assembly;
}

/** Copies everything except names that begin with a dot, which the service would not send. */
function copyPage(from: string, to: string): void {
  if (!existsSync(join(from, 'index.html')))
    throw new Error('webDirectory must be a folder with an index.html');
  const filter = (path: string) => path === from || !basename(path).startsWith('.');
  cpSync(from, to, { recursive: true, dereference: true, filter });
}

/**
 * Bundles the programs of the functions: `lambda.mjs`, `reconcile.mjs`, `mover.mjs` and `scanned.mjs`.
 * @returns the sources of each file
 */
export function buildService(directory: string): Metafile {
  const auth = join(root, 'services/auth');
  return bundle(
    {
      ...{ lambda: join(auth, 'lambda.ts'), reconcile: join(auth, 'reconcile.ts') },
      scanned: join(auth, 'scanned.ts'),
      mover: join(root, 'services/mover/lambda.ts'),
    },
    directory,
    FASTIFY_COMPILERS,
  );
}

/**
 * Bundles programs in the form in which Lambda runs them. Each program is a file. Code that programs share, or load
 * later, is in files beside them.
 * @param entryPoints their sources; or these by the names of the files
 * @returns the sources of each file
 */
export function bundle(
  entryPoints: string[] | Record<string, string>,
  directory: string,
  external: string[] = [],
): Metafile {
  const { metafile } = buildSync({
    entryPoints,
    external,
    outdir: directory,
    metafile: true,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // A program may import another program, and the imported program must not start. So no module counts as the main
    // one.
    define: { 'import.meta.main': 'false' },
    // The SDK's own modules, not their CommonJS copies. They have a third of the size, since unused code is left out.
    mainFields: ['module', 'main'],
    alias: { 'node:http': join(root, 'infra/node-http.cjs') },
    // Some dependencies are CommonJS, and call require for Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return metafile;
}

/**
 * Lambda reads the code as another user. The CDK stores the modes of the files as they are, and ignores them in the
 * hash by which it recognises a new asset. Under umask 077, the function could therefore never start.
 */
function openToReaders(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
