import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { type BuildOptions, buildSync } from 'esbuild';
import { browserSettings } from '../services/web/build.ts';

/** The modules of each folder of `packages/`, by the names that its package.json exports. */
const PACKAGES: Record<string, { entryPoints: Record<string, string>; options?: BuildOptions }> = {
  client: {
    entryPoints: { client: 'services/web/client/gateway.ts', react: 'services/web/client/react.ts' },
    options: { ...browserSettings(), external: ['react'] },
  },
  cookies: { entryPoints: { cookies: 'services/auth/cookies-package.ts' } },
  'edge-local': {
    entryPoints: { 'edge-local': 'edge/local/create-local-cloudfront.ts', cli: 'edge/local/command/cli.ts' },
  },
  infra: { entryPoints: { infra: 'infra/files-host.ts', gateway: 'services/operator/main.ts' } },
};
const NODE_BUILD: BuildOptions = { packages: 'external', platform: 'node', target: 'node20' };

const root = readJson('package.json');
const versions: Record<string, string> = {
  ...root['devDependencies'],
  ...root['optionalDependencies'],
  ...root['dependencies'],
};

/**
 * `npm run pack [-- <directory>]` makes folders that npm packs and publishes. They hold JavaScript, since Node strips
 * no types below node_modules.
 */
const [out = 'dist/packages'] = process.argv.slice(2);
const types = mkdtempSync(join(tmpdir(), 'gateway-types-'));
process.once('exit', () => rmSync(types, { recursive: true, force: true }));
for (const project of ['pack', 'pack-client']) {
  const args = ['-p', `scripts/tsconfig.${project}.json`, '--outDir', types];
  const { status } = spawnSync('tsc', args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
rmSync(out, { recursive: true, force: true });
for (const [name, { entryPoints, options = NODE_BUILD }] of Object.entries(PACKAGES)) {
  const folder = join(out, name);
  const imported = writeScripts(folder, entryPoints, options);
  cpSync(join('packages', name), folder, { recursive: true });
  cpSync('LICENSE', join(folder, 'LICENSE'));
  writeManifest(folder, name, imported);
  const { exports } = readJson(join(folder, 'package.json'));
  for (const [module, source] of Object.entries(entryPoints)) {
    if (Object.values(exports).includes(`./${module}.js`)) writeTypes(folder, module, source);
  }
}
copyEdgeFunctions(join(out, 'infra/function'));
cpSync('infra/values.schema.json', join(out, 'infra/values.schema.json'));

/**
 * Copies the sources of the edge functions, with what they import of `core/`. ./infra builds the functions on the user's
 * machine, since origins and lifetime are part of the functions.
 */
function copyEdgeFunctions(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const source of globSync('edge/function/*.ts', { exclude: ['**/*.d.ts'] })) {
    const text = readFileSync(source, 'utf8').replaceAll(
      /'\.\.\/\.\.\/core\/([^']+)'/g,
      (_, file: string) => {
        cpSync(join('core', file), join(folder, file));
        return `'./${file}'`;
      },
    );
    writeFileSync(join(folder, basename(source)), text);
  }
}

/** @returns the packages that the scripts import */
function writeScripts(
  outdir: string,
  entryPoints: Record<string, string>,
  options: BuildOptions,
): Set<string> {
  const { metafile } = buildSync({
    entryPoints,
    outdir,
    bundle: true,
    // Code that two modules share exists once. Code that is imported late is read late.
    splitting: true,
    format: 'esm',
    metafile: true,
    logLevel: 'error',
    ...options,
  });
  const imports = Object.values(metafile?.outputs ?? {}).flatMap((output) => output.imports);
  return new Set(
    imports
      .filter(({ external, path }) => external && !path.startsWith('node:'))
      .map(({ path }) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path),
  );
}

/** Writes the members of all packages, the package's own members, and the dependencies that its scripts import. */
function writeManifest(folder: string, name: string, imported: ReadonlySet<string>): void {
  const own = readJson(join('packages', name, 'package.json'));
  const dependencies = [...imported]
    .filter((dependency) => !(dependency in (own['peerDependencies'] ?? {})))
    .toSorted()
    .map((dependency) => [dependency, `^${versions[dependency]}`]);
  const manifest = {
    ...{ name: own['name'], version: root['version'], description: own['description'] },
    ...{ license: root['license'], repository: { ...root['repository'], directory: `packages/${name}` } },
    type: 'module',
    // Since this version, Node lets CommonJS require ES modules.
    engines: { node: '>=20.19' },
    publishConfig: { access: 'public', provenance: true },
    ...own,
    ...(dependencies.length > 0 ? { dependencies: Object.fromEntries(dependencies) } : {}),
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Writes all declarations that a module needs. A file beside the script leads to them. */
function writeTypes(folder: string, module: string, source: string): void {
  const declarationOf = (file: string) => file.replace(/\.ts$/, '.d.ts');
  const seen = new Set<string>();
  const copy = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(types, declarationOf(file)), 'utf8');
    const to = join(folder, 'types', declarationOf(file));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(
      to,
      text.replaceAll(/(from '|import\(")(\.[^'"]+)\.ts(?=['"])/g, (_, before: string, path: string) => {
        copy(join(dirname(file), `${path}.ts`));
        return `${before}${path}.js`;
      }),
    );
  };
  copy(source);
  const path = source.replace(/\.ts$/, '.js');
  writeFileSync(join(folder, `${module}.d.ts`), `export * from './types/${path}';\n`);
}

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
