import t from 'tap';
import { exchange, idTokenByDevice, postToken, withBearer } from '../support/bearer.ts';
import {
  type FileList,
  type PromisedUpload,
  parseJson,
  png,
  sendPut,
  sha256,
  signIn,
} from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

const stack = await startTestStack(t);
const { appOrigin } = stack;
const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
const begin = async (login: string) => exchange(appOrigin, await idTokenByDevice(issuer, login));

async function upload(token: string, name: string, bytes = png(name)): Promise<string> {
  const asked = { name, type: 'image/png', size: bytes.length, sha256: sha256(bytes) };
  const promised = await withBearer(token, `${appOrigin}/api/uploads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  });
  const answer = await parseJson<PromisedUpload>(promised);
  t.equal((await sendPut(stack, answer.upload, bytes)).status, 200);
  return answer.url;
}

const post = (token: string, path: string, body?: object) =>
  withBearer(token, appOrigin + path, {
    method: 'POST',
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });

t.test('a client that is no browser has the files of its user, by cookie and by query', async (t) => {
  const { access_token: token, files } = await begin('alice');
  const url = await upload(token, 'hls/index.png');
  const { files: listed } = await parseJson<FileList>(await withBearer(token, `${appOrigin}/api/files`));
  t.strictSame(
    listed.map(({ name }) => name),
    ['hls/index.png'],
  );
  t.equal((await fetch(url, { headers: { cookie: files.cookie } })).status, 200);
  const byQuery = await fetch(`${url}?${files.query}`);
  t.equal(byQuery.status, 200);
  t.strictSame(new Uint8Array(await byQuery.arrayBuffer()), png('hls/index.png'));
  // A player puts the query behind each address of the folder.
  const segment = await upload(token, 'hls/1.png');
  t.equal((await fetch(`${segment}?${files.query}`)).status, 200);
  t.equal((await fetch(`${url}?v=1&${files.query}`)).status, 200);

  const browser = await signIn(stack, 'alice');
  t.equal((await browser.request(url)).status, 200, 'it is the same user');
  const copied = await post(token, '/api/files/copy', { from: 'hls/1.png', to: 'hls/2.png' });
  t.equal(copied.status, 200, 'the mover takes the token');
});

t.test('the query of a folder opens no file of anybody else', async (t) => {
  const alice = await begin('alice');
  const bob = await begin('bob');
  const url = await upload(bob.access_token, 'secret.png');
  for (const [index, credential] of [
    alice.files.query,
    `${alice.files.query}&${bob.files.query}`,
  ].entries()) {
    const answer = await fetch(`${url}?${credential}`, { headers: { cookie: bob.files.cookie } });
    t.equal(answer.status, 403, `row ${index}`);
    t.notMatch(Buffer.from(await answer.arrayBuffer()).toString('latin1'), 'secret', `row ${index}`);
  }
});

t.test('after the sign-out: 401 at once, and 403 at the edge within two seconds', async (t) => {
  for (const [path, person] of [
    ['/auth/logout', 'carol'],
    ['by the list of sessions', 'dora'],
  ] as const) {
    const { access_token: token, files } = await begin(person);
    const url = await upload(token, `${path.length}.png`);
    const fresh = await parseJson<{ files: typeof files }>(await post(token, '/auth/refresh'));
    const open = () =>
      Promise.all(
        [files, fresh.files].flatMap(({ cookie, query }) => [
          fetch(url, { headers: { cookie } }),
          fetch(`${url}?${query}`),
        ]),
      ).then((answers) => answers.map(({ status }) => status));
    t.strictSame(await open(), [200, 200, 200, 200], path);
    if (path === '/auth/logout') {
      const ended = await post(token, path);
      t.strictSame(await parseJson(ended), { redirect_to: '/', edge: 'told' }, path);
    } else {
      const browser = await signIn(stack, person);
      const { sessions } = await parseJson<{ sessions: { id: string; current: boolean }[] }>(
        await browser.request(`${appOrigin}/api/sessions`),
      );
      const other = sessions.find(({ current }) => !current);
      t.equal((await browser.delete(`/api/sessions/${other?.id}`)).status, 204, path);
    }
    t.equal((await withBearer(token, `${appOrigin}/auth/session`)).status, 401, path);
    t.strictSame(await open(), [403, 403, 403, 403], path);
  }
});

t.test('the page signs nobody in by a token, and nobody else spends one', async (t) => {
  const idToken = await idTokenByDevice(issuer, 'dave');
  t.equal((await postToken(appOrigin, idToken, {}, { origin: appOrigin })).status, 403);
  t.equal((await postToken(appOrigin, idToken)).status, 200);
  t.equal((await postToken(appOrigin, idToken)).status, 400);
});
