import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { templatesOf } from './support/production.ts';

/**
 * Both templates as they stand in review, so that nothing of a stack changes unseen. `UPDATE_TEMPLATES=1` writes them. What
 * changes with every other commit is left out: the functions' code and the hashes of assets.
 */
function reviewed(template: unknown): string {
  const words = JSON.stringify(
    template,
    (key, value: unknown) => (key === 'FunctionCode' ? '(dist/edge)' : value),
    1,
  );
  return `${words.replace(/[0-9a-f]{64}\.(zip|json)/g, '(asset).$1')}\n`;
}

for (const [name, template] of Object.entries(templatesOf())) {
  t.test(`${name}: the template is the one that was reviewed`, async (t) => {
    const file = new URL(`./templates/${name}.json`, import.meta.url);
    if (process.env['UPDATE_TEMPLATES'] === '1') writeFileSync(file, reviewed(template));
    t.strictSame(reviewed(template).split('\n'), readFileSync(file, 'utf8').split('\n'));
  });
}
