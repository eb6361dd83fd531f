import { readFileSync } from 'node:fs';
import t from 'tap';
import { STATUSES } from '../../../../services/auth/http/statuses.ts';

t.test('each code has the status that docs/api.md promises', async (t) => {
  const page = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
  const promised = [...page.matchAll(/^- `(\w+)` (\d{3}): /gm)].map(([, code = '', status]) => [
    code,
    Number(status),
  ]);
  t.strictSame({ ...STATUSES }, Object.fromEntries(promised));
});
