import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseLocalSettings } from '../../../services/local/settings.ts';
import { signIn } from '../../support/client.ts';
import { startTestStack, temporaryDirectory } from '../../support/test-stack.ts';

t.test('npm start with WEB_DIRECTORY serves that page alone, and writes nothing into it', async (t) => {
  const directory = temporaryDirectory(t);
  const page = '<!doctype html><head>\n  </head>own page';
  writeFileSync(join(directory, 'index.html'), page);
  const policy = "default-src 'self'";
  const stack = await startTestStack(t, {
    env: { WEB_DIRECTORY: directory, CONTENT_SECURITY_POLICY: policy },
  });
  const answer = await fetch(`${stack.appOrigin}/albums/7`, { headers: { accept: 'text/html' } });
  t.strictSame([answer.status, await answer.text()], [200, page]);
  t.equal(answer.headers.get('content-security-policy'), policy);
  const alice = await signIn(stack, 'alice');
  t.equal((await alice.post('/demo/state')).status, 404, 'nothing of the demonstration');
  t.equal((await fetch(`${stack.appOrigin}/demo.js`)).status, 404);
  t.strictSame(readdirSync(directory), ['index.html']);
  t.equal(readFileSync(join(directory, 'index.html'), 'utf8'), page);
});

t.test('a folder without a page is refused by name', async (t) => {
  const WEB_DIRECTORY = temporaryDirectory(t);
  t.throws(() => parseLocalSettings({ WEB_DIRECTORY }), {
    message: 'WEB_DIRECTORY must be a directory with an index.html',
  });
});
