import { globSync, readFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { AUDIT_EVENTS } from '../../services/auth/http/audit.ts';
import { writeBetweenMarkers } from '../support/generated-page.ts';

const PAGE = 'docs/operate.md';

t.test('the runbook has every audit event', async (t) => {
  const list = Object.entries(AUDIT_EVENTS)
    .map(([event, words]) => `- \`${event}\`: ${words}`)
    .join('\n');
  if (process.env['UPDATE_API'] === '1') writeBetweenMarkers('audit', list, PAGE);
  const written = `<!-- audit -->\n\n${list}\n\n<!-- /audit -->`;
  t.ok(readFileSync(PAGE, 'utf8').includes(written), 'UPDATE_API=1 writes it');
});

t.test('every event of the table is written somewhere', async (t) => {
  const sources = globSync('services/{auth,operator}/**/*.ts', { exclude: ['**/http/audit.ts'] });
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  t.strictSame(
    Object.keys(AUDIT_EVENTS).filter((event) => !text.includes(`'${event}'`)),
    [],
  );
});
