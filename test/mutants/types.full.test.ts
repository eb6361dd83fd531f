// Not in the fast ring: the compiler reads three projects, which takes ten seconds.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { isRefused } from './types.ts';

t.test('a change that makes a type wrong is told apart from one that does not', (t) => {
  for (const [file, before, wrong, right] of [
    ['services/auth/domain/secret-token.ts', 'name && secret ?', 'name ?', 'secret && name ?'],
    ['services/auth/http/routes/callback.ts', 'if (!isFirst)', 'if (!isLast)', 'if (isFirst)'],
    ['edge/function/query.ts', "parts[i] || ''", 'parts[i]', "parts[i] || 'x'"],
    ['services/web/client/known-session.ts', 'let offsetMs = 0;', "let offsetMs = '';", 'let offsetMs = 1;'],
  ] as const) {
    const source = readFileSync(file, 'utf8');
    t.notOk(isRefused(file, source), file);
    t.ok(isRefused(file, source.replace(before, wrong)), wrong);
    t.notOk(isRefused(file, source.replace(before, right)), right);
  }
  const leftOver = "import { hash } from 'node:crypto';\nif (performance.now() > 0);\n";
  t.notOk(isRefused('services/auth/domain/secret-token.ts', leftOver), 'what a dropped call leaves');
  t.end();
});
