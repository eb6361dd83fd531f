import t from 'tap';
import { CookieJar, parseJson, png, type SignedInUser, send, signIn } from '../../../support/client.ts';
import { logoutToken } from '../../../support/logout-token.ts';
import { startTestStack } from '../../../support/test-stack.ts';

const stack = await startTestStack(t);
const { appOrigin } = stack;

/** A signed-in user with a file. The cookies have opened the file once. */
async function withFile(name: string): Promise<SignedInUser & { url: string }> {
  const user = await signIn(stack, name);
  const { url } = await user.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  const opened = await user.request(url);
  if (opened.status !== 200) throw new Error(`own file: ${opened.status}`);
  return { ...user, url };
}

/** Sends the cookies by hand, as a person who copied them would. */
function copyOf(user: SignedInUser & { url: string }): () => Promise<{ status: number; code: string }> {
  const cookie = user.jar.header(new URL(user.url).pathname);
  return async () => {
    const answer = await fetch(user.url, { headers: { cookie } });
    const text = await answer.text();
    return { status: answer.status, code: answer.status === 403 ? JSON.parse(text).code : '' };
  };
}

const revoked = { status: 403, code: 'revoked' };
const open = { status: 200, code: '' };

t.test('logout: copied cookies of this session are refused at the edge, other sessions go on', async (t) => {
  const user = await withFile('alice');
  const other = await signIn(stack, 'alice');
  const copied = copyOf(user);
  t.strictSame(await copied(), open);
  t.equal((await user.post('/auth/logout')).status, 200);
  t.strictSame(await copied(), revoked, 'at once on this machine');
  t.equal((await user.request(`${appOrigin}/auth/session`)).status, 401);
  t.equal((await other.request(user.url)).status, 200);
  t.equal((await other.post('/auth/refresh')).status, 200);
});

t.test('logout-all ends every session; a later login works', async (t) => {
  const first = await withFile('bob');
  const second = await withFile('bob');
  const copies = [copyOf(first), copyOf(second)];
  t.equal((await second.post('/auth/logout-all')).status, 200);
  for (const [index, copied] of copies.entries()) t.strictSame(await copied(), revoked, `row ${index}`);
  for (const user of [first, second])
    t.equal((await user.request(`${appOrigin}/auth/session`)).status, 401, 'refused by the record');
  t.equal((await first.post('/auth/refresh')).status, 401);
  const again = await withFile('bob');
  t.strictSame(await copyOf(again)(), open);
});

t.test('a login ends the session that this browser still had, at the edge too', async (t) => {
  const first = await withFile('carol');
  const copied = copyOf(first);
  await signIn(stack, 'dave', first.jar);
  t.strictSame(await copied(), revoked);
});

t.test('a refresh answered before a logout, and its cookies after the logout', async (t) => {
  const user = await withFile('erin');
  t.equal((await user.post('/auth/refresh')).status, 200);
  const copied = copyOf(user);
  await Promise.all([user.post('/auth/refresh'), user.post('/auth/logout'), user.post('/auth/refresh')]);
  t.strictSame(await copied(), revoked);
  // Whatever cookies the late answers set.
  t.equal((await user.request(user.url)).status, 403);
});

t.test('signing out at the provider ends the other sessions from there (back-channel)', async (t) => {
  const user = await withFile('grace');
  const copied = copyOf(user);
  // The same browser with its session at the provider, without the app's cookie: this makes a second session here.
  const jar = user.jar.without('__Host-session');
  const second = await signIn(stack, 'grace', jar);
  t.strictSame(await copied(), open);
  await signOutAtProvider(second, jar);
  t.strictSame(await copied(), revoked);
  t.equal((await user.request(`${appOrigin}/auth/session`)).status, 401);
});

async function signOutAtProvider(user: SignedInUser, jar: CookieJar): Promise<void> {
  const { redirect_to } = await parseJson<{ redirect_to: string }>(await user.post('/auth/logout'));
  const atProvider = await send(jar, appOrigin + redirect_to);
  const page = await send(jar, atProvider.headers.get('location') ?? '');
  const html = await page.text();
  const fields = [...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)];
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
  const body = new URLSearchParams(
    Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value])),
  );
  const back = await send(jar, new URL(action, page.url).href, { method: 'POST', body });
  t.match(back.headers.get('location'), /\/auth\/signed-out\?state=[\w-]{43}$/);
}

function backchannel(token: string): Promise<Response> {
  return send(new CookieJar(), `${appOrigin}/auth/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  });
}

t.test('back-channel logout by subject ends every session, even one whose login it overtakes', async (t) => {
  const first = await withFile('heidi');
  const second = await withFile('heidi');
  const copies = [copyOf(first), copyOf(second)];
  const answer = await backchannel(await logoutToken(stack, { sub: 'heidi' }));
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('cache-control'), 'no-store');
  for (const [index, copied] of copies.entries()) t.strictSame(await copied(), revoked, `row ${index}`);
  t.equal((await first.request(`${appOrigin}/auth/session`)).status, 401);
  await backchannel(await logoutToken(stack, { sub: 'heidi', iat: Math.floor(Date.now() / 1_000) + 50 }));
  await t.rejects(signIn(stack, 'heidi'), /login_expired/, 'its ID token is not younger than the logout');
});

t.test('back-channel logout by session ends that session only', async (t) => {
  const user = await withFile('ivan');
  const other = await withFile('ivan');
  const sid = (token: string | undefined) =>
    JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()).sid;
  const { redirect_to } = await parseJson<{ redirect_to: string }>(await other.post('/auth/logout'));
  const endSession = await send(other.jar, appOrigin + redirect_to);
  const hint =
    new URL(endSession.headers.get('location') ?? '').searchParams.get('id_token_hint') ?? undefined;
  t.type(sid(hint), 'string', 'the provider names its sessions');
  t.equal((await backchannel(await logoutToken(stack, { sid: sid(hint) }))).status, 200);
  t.strictSame(await copyOf(user)(), open, 'another session of the provider');
  t.equal((await backchannel(await logoutToken(stack, { sid: 'unknown' }))).status, 200, 'no byte leaks');
});
