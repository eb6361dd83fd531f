import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { page } from '../../scripts/cost/page.ts';

const PAGE = 'docs/cost.md';

t.test(
  'docs/cost.md is what the script prints (UPDATE_COST=1 npm test -- docs/cost writes it)',
  async (t) => {
    const printed = page();
    if (process.env['UPDATE_COST'] === '1') writeFileSync(PAGE, printed);
    t.strictSame(readFileSync(PAGE, 'utf8').split('\n'), printed.split('\n'));
  },
);
