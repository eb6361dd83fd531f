import t from 'tap';
import { send } from '../../../support/client.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer);
const { jar } = await attemptLogin(service, provider, { subject: 'alice' });
const { origin } = service;

/** Many clients name JSON in each request, also in one without a body. */
async function ask(method: string, path: string, body?: string): Promise<string> {
  const headers = { origin, 'content-type': 'application/json' };
  const answer = await send(jar, `${origin}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const { code = '', detail = '' } = text.startsWith('{') ? Object(JSON.parse(text)) : {};
  return `${answer.status} ${code} ${code === 'bad_request' ? detail : ''}`.trim();
}

t.test('a request without a body may name JSON all the same', async (t) => {
  await attemptLogin(service, provider, { subject: 'alice' });
  const { sessions } = Object(await (await send(jar, `${origin}/api/sessions`)).json());
  const { id: other } = sessions.find(({ current }: { current: boolean }) => !current);
  t.equal(await ask('DELETE', '/api/sessions/nobody'), '404 no_such_session');
  t.equal(await ask('DELETE', `/api/sessions/${other}`), '204');
  t.equal(await ask('POST', '/auth/refresh'), '200', 'all members of its body are optional');
  t.equal(await ask('POST', '/api/teams/none/rooms'), '404 not_found');
});

t.test('a body that is needed, or is no JSON, is still refused', async (t) => {
  const missing = '400 bad_request The request cannot be read: body must be object.';
  t.equal(await ask('POST', '/api/teams'), missing);
  t.equal(await ask('POST', '/api/teams', 'null'), missing);
  t.equal(await ask('POST', '/api/uploads', ''), missing);
  for (const broken of ['{', ' ', '{"name":"a"', '{"__proto__":{"name":"a"}}']) {
    t.match(await ask('POST', '/api/teams', broken), /^400 bad_request /, broken);
  }
});

t.test('signing out', async (t) => {
  t.equal(await ask('POST', '/auth/logout'), '303');
});
