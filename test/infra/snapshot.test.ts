import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { EVERYTHING, templatesOf } from './support/production.ts';

/**
 * Both templates, with all of their resources, in a form for review, so that no change of a stack goes unseen. `UPDATE_TEMPLATES=1` writes them. The
 * functions' code and the hashes of assets are left out, since they change with every other commit.
 */
function reviewed(template: unknown): string {
  const words = JSON.stringify(
    template,
    (key, value: unknown) => (key === 'FunctionCode' ? '(dist/edge)' : value),
    1,
  );
  return `${words.replace(/[0-9a-f]{64}\.(zip|json)/g, '(asset).$1')}\n`;
}

for (const [name, template] of Object.entries(templatesOf(EVERYTHING))) {
  t.test(`${name}: the template equals the reviewed one`, async (t) => {
    const file = new URL(`./templates/${name}.json`, import.meta.url);
    if (process.env['UPDATE_TEMPLATES'] === '1') writeFileSync(file, reviewed(template));
    const written = readFileSync(file, 'utf8').split('\n');
    t.strictSame(reviewed(template).split('\n'), written, 'UPDATE_TEMPLATES=1 writes it');
  });
}
