import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readRooms, roomOf } from '../../scripts/rooms.ts';

const rooms = readRooms('.');

t.test('each folder with a package.json is a room, and is linked in node_modules by its name', async (t) => {
  const folders = globSync('{core,edge,infra,services}/**/package.json').map((file) => join(file, '..'));
  t.strictSame([...rooms.keys()].toSorted(), folders.toSorted());
  for (const [folder, { name }] of rooms) {
    t.equal(realpathSync(join('node_modules', name)), realpathSync(folder), name);
  }
});

t.test('each door is a source, and leads by name to the same file as by its path', async (t) => {
  for (const [folder, { name, exports = {} }] of rooms) {
    for (const [door, source] of Object.entries(exports)) {
      if (door.includes('*')) continue;
      t.ok(existsSync(join(folder, source)), `${name}: ${source}`);
      t.equal(fileURLToPath(import.meta.resolve(name + door.slice(1))), resolve(folder, source), door);
    }
  }
});

t.test("Node refuses an import of another package's inside", async (t) => {
  let tried = 0;
  for (const [folder, { name, exports = {} }] of rooms) {
    if ('./*' in exports) continue;
    const doors = Object.values(exports).map((source) => join(folder, source));
    const inside = globSync(`${folder}/**/*.ts`, { exclude: ['**/*.d.ts'] }).find(
      (file) => !doors.includes(file) && roomOf(file, rooms) === folder,
    );
    // A small room may have doors alone.
    if (inside === undefined) continue;
    tried++;
    const [path = ''] = inside.slice(folder.length).split('.ts');
    for (const specifier of [`${name}${path}`, `${name}${path}.ts`]) {
      await t.rejects(import(specifier), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }, specifier);
    }
  }
  t.ok(tried > 7, `${tried} rooms`);
});

t.test('all rooms have the same version of a package, and it is an exact one', async (t) => {
  const root = JSON.parse(readFileSync('package.json', 'utf8'));
  const versions = new Map<string, Set<string>>();
  for (const { dependencies, devDependencies } of [root, ...rooms.values()]) {
    for (const [name, version] of Object.entries<string>({ ...devDependencies, ...dependencies })) {
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
  }
  const names = [...rooms.values()].map(({ name }) => name);
  for (const [name, found] of versions) {
    const [version = '', ...others] = found;
    t.strictSame(others, [], name);
    t.match(version, names.includes(name) ? /^\*$/ : /^\d+\.\d+\.\d+$/, name);
  }
});

t.test('the kernel depends on nothing', async (t) => {
  const { dependencies, devDependencies, peerDependencies } = rooms.get('core') ?? { name: '' };
  t.strictSame([dependencies, devDependencies, peerDependencies], [undefined, undefined, undefined]);
});

t.test('the lockfile names no address of a registry', async (t) => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  for (const [path, { resolved, link }] of Object.entries<{ resolved?: string; link?: boolean }>(packages)) {
    if (resolved !== undefined) t.ok(link === true && rooms.has(resolved), path);
  }
});
