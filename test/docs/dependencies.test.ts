import { readFileSync } from 'node:fs';
import t from 'tap';

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
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const { packages } = JSON.parse(read('package-lock.json'));
  const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  t.ok(names.length > 30);
  t.strictSame(
    rows(read('docs/decisions/dependencies.md')).toSorted(),
    // The lockfile repeats each package's own statement.
    names.map((name) => [name, packages[`node_modules/${name}`].license]).toSorted(),
  );
});
