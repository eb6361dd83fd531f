// Weekly, because it is the device flow (RFC 8628) with another provider: `.ci/run` has it with the local one, and
// glewlwyd with a browser. Last result, 2026-11-29: glewlwyd 2.7.6 signs the command in, which puts and gets a file. 10 s.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CookieJar, send } from '../../support/client.ts';
import { missing } from '../../support/missing.ts';
import { freePortVariables, startTestStack, temporaryDirectory } from '../../support/test-stack.ts';
import { GLEWLWYD, GLEWLWYD_SCHEMA, startGlewlwyd } from '../auth/support/glewlwyd.ts';
import { run, type Shell, start } from './support/command.ts';

const skip = missing(GLEWLWYD, GLEWLWYD_SCHEMA);
t.test('a person signs the command in by glewlwyd', { skip }, async (t) => {
  const ports = await freePortVariables();
  const origin = `http://localhost:${ports['APP_PORT']}`;
  const clientSecret = 'a-secret-of-the-app-host-0123456789';
  const clientId = 'command';
  const provider = await startGlewlwyd(t, {
    clientId: 'gateway',
    clientSecret,
    redirectUri: `${origin}/auth/callback`,
    postLogoutRedirectUri: `${origin}/auth/signed-out`,
    native: { clientId, scope: ['openid', 'profile', 'email'] },
  });
  const { issuer } = provider;
  await startTestStack(t, {
    env: {
      ...ports,
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: 'gateway',
      OIDC_CLIENT_SECRET: clientSecret,
      NATIVE_CLIENT_IDS: clientId,
    },
  });
  const cwd = temporaryDirectory(t);
  const shell: Shell = { cwd, env: { XDG_STATE_HOME: join(cwd, 'state') } };
  writeFileSync(join(cwd, 'a.txt'), 'of alice');

  const command = start(shell, 'login', '--app', origin, '--issuer', issuer, '--client-id', clientId);
  const [, uri = '', code = ''] = await command.said(/Open (\S+) in any browser.*\n(\S+)\n/);
  const there = new CookieJar();
  const alice = { username: 'alice', password: 'alice-password' };
  t.equal((await provider.call(there, 'POST', '/auth/', alice)).status, 200);
  const scope = 'openid profile email';
  t.equal((await provider.call(there, 'PUT', `/auth/grant/${clientId}`, { scope })).status, 200);
  const approved = await send(there, `${uri}?code=${code}&g_continue`);
  t.match(approved.headers.get('location'), 'deviceComplete');
  t.match(await command.ended, { code: 0, out: 'signed in as alice@example.test\n' });

  t.match(await run(shell, 'put', 'a.txt'), { code: 0, out: 'a.txt\n' });
  t.match(await run(shell, 'get', 'a.txt', 'b.txt'), { code: 0, out: 'b.txt\n' });
  t.equal(readFileSync(join(cwd, 'b.txt'), 'utf8'), 'of alice');
  t.match(await run(shell, 'logout'), { code: 0 });
  t.match(await run(shell, 'ls'), { code: 3 });
});
