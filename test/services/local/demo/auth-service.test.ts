import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { addDemonstration } from '../../../../services/local/demo/build.ts';
import { buildWeb } from '../../../../services/web/build.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { serviceSettings } from '../../auth/support/service.ts';

const ENTRY = fileURLToPath(new URL('../../../../services/local/demo/auth-service.ts', import.meta.url));

t.test('does not start under a public name, which strangers could reach', async (t) => {
  const web = temporaryDirectory(t);
  buildWeb(web);
  addDemonstration(web);
  const settings = await serviceSettings('https://login.example.com', {
    APP_ORIGIN: 'https://app.example.com',
    FILES_ORIGIN: 'https://files.app.example.com',
    DEMO_DIRECTORY: web,
    EDGE_PORT: '8080',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  });
  const child = spawn(process.execPath, [ENTRY], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const first = await Promise.race([once(child, 'message'), once(child, 'close')]);
  t.strictSame(first, [1, null]);
  t.match(said, 'the demonstration is for this machine');
});
