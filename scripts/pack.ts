import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import process from 'node:process';
import { createVectors } from '@cloudfront-cookie-gateway/vectors';
import { browserSettings } from '@cloudfront-cookie-gateway/web/build';
import { type BuildOptions, buildSync } from 'esbuild';
import { type Manifest, readRooms, sourceOf } from './rooms.ts';

const rooms = readRooms('.');
const { version, license, repository } = JSON.parse(readFileSync('package.json', 'utf8'));
/** The versions of the packages of others. All rooms have the same version of a package. */
const versions: Record<string, string> = Object.assign(
  {},
  ...[...rooms.values()].flatMap((room) => [room.devDependencies, room.dependencies]),
);
/** What a bundle imports of others' packages stays an import. The project's own packages become part of the bundle. */
const NODE_BUILD: BuildOptions = {
  external: Object.keys(versions).filter((name) => versions[name] !== '*'),
  platform: 'node',
  target: 'node20',
};
/** The module that builds the edge functions is beside their sources, since it finds them by its own address. */
const FUNCTION_BUILD = './function/build.js';
/** Doors to what is made here, by their files: the test keys of the vectors are new in each release. */
const MADE: Record<string, string> = {
  './vectors.json': JSON.stringify({ version, ...(await createVectors()) }, null, 2),
};
const OPTIONS: Record<string, BuildOptions> = {
  'services/web/client': { ...browserSettings(), external: ['react'] },
  infra: {
    ...NODE_BUILD,
    alias: { '@cloudfront-cookie-gateway/edge-function': FUNCTION_BUILD },
    external: [...(NODE_BUILD.external ?? []), FUNCTION_BUILD],
  },
};

/**
 * `npm run pack [-- <directory>]` makes folders that npm packs and publishes, one of each room that is not private. They
 * hold JavaScript, since Node strips no types below node_modules. With `--no-types`, no compiler is needed. With
 * `--client`, it makes only the client.
 */
const args = process.argv.slice(2);
const [out = 'dist/packages'] = args.filter((arg) => !arg.startsWith('-'));
const hasTypes = !args.includes('--no-types');
const types = mkdtempSync(join(tmpdir(), 'gateway-types-'));
process.once('exit', () => rmSync(types, { recursive: true, force: true }));
const isClient = args.includes('--client');
const projects = isClient ? ['pack-client'] : ['pack', 'pack-client'];
for (const project of hasTypes ? projects : []) {
  const options = ['-p', `scripts/tsconfig.${project}.json`, '--outDir', types];
  const { status } = spawnSync('tsc', options, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
rmSync(out, { recursive: true, force: true });
for (const [room, manifest] of rooms) {
  if (!manifest.private && (!isClient || room === 'services/web/client')) pack(room, manifest);
}

function pack(room: string, own: Manifest): void {
  const { manifest, doors } = published(room, own);
  const folder = join(out, basename(manifest.name));
  const entryPoints = Object.fromEntries([...doors].map(([source, module]) => [module, join(room, source)]));
  const imported = writeScripts(folder, entryPoints, OPTIONS[room] ?? NODE_BUILD);
  if (room === 'infra') {
    const build = { 'function/build': 'edge/function/build.ts' };
    for (const name of writeScripts(folder, build, NODE_BUILD)) imported.add(name);
    copyEdgeFunctions(join(folder, 'function'));
  }
  if (room === 'edge/function') copyEdgeFunctions(folder);
  for (const to of Object.values(manifest.exports)) {
    if (MADE[to]) writeFileSync(join(folder, to), MADE[to]);
    else if (!/\.js$|^\.\/package\.json$/.test(to)) cpSync(join(room, to), join(folder, to));
  }
  for (const file of ['README.md', 'CHANGELOG.md'])
    writeFileSync(join(folder, file), withWholeLinks(readFileSync(join(room, file), 'utf8'), room));
  cpSync('LICENSE', join(folder, 'LICENSE'));
  const { peerDependencies = {} } = manifest;
  const dependencies = [...imported]
    .filter((name) => !(name in peerDependencies))
    .toSorted()
    .map((name) => [name, `^${versions[name]}`]);
  const needs = dependencies.length > 0 ? { dependencies: Object.fromEntries(dependencies) } : {};
  const text = JSON.stringify({ ...manifest, ...needs }, null, 2);
  writeFileSync(join(folder, 'package.json'), `${text}\n`);
  for (const to of Object.values(manifest.exports)) {
    const [source, module] = [...doors].find(([, name]) => to === `./${name}.js`) ?? [];
    if (hasTypes && source && module) writeTypes(folder, module, join(room, source));
  }
}

/**
 * The manifest under which a room is published, where each door is a module, and the name of each module by its source.
 * `publishConfig.exports` are the doors of a room that are open to everybody.
 */
function published(room: string, own: Manifest) {
  const { name, description, keywords, sideEffects } = own;
  const doors = new Map<string, string>();
  const modulesOf = (paths: Record<string, string>, nameOf: (door: string, source: string) => string) =>
    Object.fromEntries(
      Object.entries(paths).map(([door, source]) => {
        if (!source.endsWith('.ts')) return [door, source];
        doors.set(source, nameOf(door, source));
        return [door, `./${doors.get(source)}.js`];
      }),
    );
  const { exports: open = own.exports ?? {}, ...publishConfig } = own.publishConfig ?? {};
  const exports = modulesOf(open, (door) => (door === '.' ? basename(name) : basename(door)));
  const { '.': main } = exports;
  const manifest = {
    ...{ name, version, description, keywords, license },
    repository: { ...repository, directory: room },
    type: 'module',
    // Since this version, Node lets CommonJS require ES modules.
    engines: { node: '>=20.19' },
    publishConfig: { access: 'public', provenance: true, ...publishConfig },
    sideEffects,
    // For tools that know no `exports`.
    ...(main && { main, types: main.replace(/\.js$/, '.d.ts') }),
    exports,
    bin: own.bin && modulesOf(own.bin, (_door, source) => basename(source, '.ts')),
    peerDependencies: own.peerDependencies,
    peerDependenciesMeta: own.peerDependenciesMeta,
  };
  return { manifest, doors };
}

/** A package has no other documents. So its links lead to the repository, as it was at this version. */
function withWholeLinks(text: string, room: string): string {
  const base = repository.url.replace(/^git\+|\.git$/g, '');
  return text.replaceAll(
    /\]\((?!https?:|#)([^)]+)\)/g,
    (_, path: string) => `](${base}/blob/v${version}/${join(room, path)})`,
  );
}

/**
 * Copies the sources of the edge functions, with what they import of `core/`. The functions are built on the user's
 * machine, since origins and lifetime are part of the functions.
 */
function copyEdgeFunctions(folder: string): void {
  const copy = (source: string) => {
    const text = readFileSync(source, 'utf8').replaceAll(/(from ')([^']+)'/g, (whole, before, specifier) => {
      const imported = sourceOf(specifier, source, rooms);
      if (!imported || dirname(imported) === dirname(source)) return whole;
      copy(imported);
      return `${before}./${basename(imported)}'`;
    });
    writeFileSync(join(folder, basename(source)), text);
  };
  for (const source of globSync('edge/function/*.ts', {
    exclude: ['**/*.d.ts', '**/{build,entry-format}.ts'],
  }))
    copy(source);
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
      .filter(({ external, path }) => external && !/^(?:node:|\.)/.test(path))
      .map(({ path }) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path),
  );
}

/** Writes all declarations that a module needs. A file beside the script leads to them. */
function writeTypes(folder: string, module: string, source: string): void {
  const declarationOf = (file: string) => file.replace(/\.ts$/, '.d.ts');
  const seen = new Set<string>();
  const copy = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const to = join(folder, 'types', declarationOf(file));
    mkdirSync(dirname(to), { recursive: true });
    const text = readFileSync(join(types, declarationOf(file)), 'utf8');
    writeFileSync(
      to,
      text.replaceAll(/(from '|import\(")([^'"]+)(?=['"])/g, (whole, before: string, specifier: string) => {
        const imported = sourceOf(specifier, file, rooms);
        if (!imported) return whole;
        copy(imported);
        const path = relative(dirname(file), imported).replace(/\.ts$/, '.js');
        return before + (path.startsWith('.') ? path : `./${path}`);
      }),
    );
  };
  copy(source);
  const path = source.replace(/\.ts$/, '.js');
  writeFileSync(join(folder, `${module}.d.ts`), `export * from './types/${path}';\n`);
}
