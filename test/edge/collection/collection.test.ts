import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseCollection, REASONS, reasonOf, scoreOf } from './collection.ts';

const collection = parseCollection(readFileSync('test/edge/collection/templates.json', 'utf8'));

t.test('each template has its place, and each one that does not start a reason that is listed', async (t) => {
  const places = collection.flatMap(({ repository, commit, templates }) => {
    t.match(commit, /^[0-9a-f]{40}$/, repository);
    return templates.map(({ path, refused }) => {
      if (refused !== undefined) t.ok(refused in REASONS, `${repository} ${path}`);
      return `${repository} ${path}`;
    });
  });
  t.equal(new Set(places).size, places.length);
  t.ok(places.length >= 80 && collection.length >= 18);
});

t.test('the documents have the score of the last run', async (t) => {
  t.match(readFileSync('test/edge/collection/README.md', 'utf8'), scoreOf(collection));
});

t.test('an unknown reason ends a run', async (t) => {
  t.throws(() => reasonOf('Web: Distribution.TenantConfig: it is not modelled'), /this reason is not listed/);
});
