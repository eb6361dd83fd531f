import { readFileSync } from 'node:fs';
import t from 'tap';
import { readRooms } from '../../scripts/rooms.ts';

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
}

/** `[package, licence]` of each row; a row may name several packages. */
function rows(page: string): [name: string, licence: string][] {
  return [...page.matchAll(/^\| (`[^|]+`) +\| ([^|]+?) +\| [^|]*\w[^|]*\|$/gm)].flatMap(
    ([, names = '', licence = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']): [string, string] => [name, licence]),
  );
}

t.test('dependencies.md has one row for each dependency, with its licence and a reason', async (t) => {
  const { packages } = JSON.parse(read('package-lock.json'));
  const rooms = [...readRooms('.').values()];
  const own = rooms.map(({ name }) => name);
  const names = [JSON.parse(read('package.json')), ...rooms]
    .flatMap((room) =>
      Object.keys({ ...room.dependencies, ...room.devDependencies, ...room.optionalDependencies }),
    )
    .filter((name, index, all) => !own.includes(name) && all.indexOf(name) === index);
  t.ok(names.length > 30);
  t.strictSame(
    rows(read('docs/decisions/dependencies.md')).toSorted(),
    // The lockfile repeats each package's own statement.
    names.map((name) => [name, packages[`node_modules/${name}`].license]).toSorted(),
  );
});
