import t, { type Test } from 'tap';
import { parseTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { BUCKET } from '../../../../services/local/state.ts';
import { type FileList, parseJson, png, send, signIn } from '../../../support/client.ts';
import { multipartSuite } from '../../../support/multipart-suite.ts';
import { operatorsBucket } from '../../../support/operators-bucket.ts';
import { raceSuite, signedPutSuite } from '../../../support/signed-put-suite.ts';
import { takenNamesSuite } from '../../../support/taken-names-suite.ts';
import { startTestStack } from '../../../support/test-stack.ts';
import { lostAnswersSuite } from '../support/lost-answers-suite.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from '../support/service.ts';

const stack = await startTestStack(t);
const bucket = operatorsBucket(t, stack);

t.test('a list is compressed as the client asks, and says the same', async (t) => {
  const alice = await signIn(stack, 'alice');
  const list = async (accepted: string) => {
    const headers = { 'accept-encoding': accepted };
    const answer = await alice.request(`${stack.appOrigin}/api/files`, { headers });
    const { files } = await parseJson<FileList>(answer);
    const [encoding, vary] = [answer.headers.get('content-encoding'), answer.headers.get('vary')];
    return { names: files.map(({ name }) => name), encoding, vary };
  };
  const vary = 'accept-encoding';
  t.strictSame(await list('br'), { names: [], encoding: null, vary }, 'not what is small');
  const names = ['a.png', 'b.png', 'c.png', 'd.png', '写真.png'];
  for (const name of names) await alice.upload({ name, type: 'image/png', bytes: png(name) });
  for (const [accepted, encoding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, br;q=0', 'gzip'],
    ['identity', null],
  ] as const) {
    t.strictSame(await list(accepted), { names, encoding, vary }, accepted);
  }
  for (const name of names) await alice.delete(`/api/files?name=${encodeURIComponent(name)}`);
});

t.test('one content of a signed PUT', async (t) => signedPutSuite(t, stack, bucket));
t.test('one of two signed PUTs at once', (t) => raceSuite(t, stack, bucket, 10));
multipartSuite(t, stack, bucket);
takenNamesSuite(t, stack, bucket);

t.test('the page of the app may send files and parts, and no other page', async (t) => {
  const preflight = (origin: string, headers: string) =>
    fetch(`${stack.s3Origin}/${BUCKET}/users/x/film.mp4?partNumber=1&uploadId=x`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': headers,
      },
    });
  const sent = 'content-type,if-none-match,x-amz-checksum-sha256,x-amz-content-sha256';
  const answer = await preflight(stack.appOrigin, sent);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('access-control-allow-origin'), stack.appOrigin);
  t.equal((await preflight('http://localhost:1', 'x-amz-checksum-sha256')).status, 403);
  t.equal((await preflight(stack.appOrigin, 'x-amz-copy-source')).status, 403);
});

await startStore(t);
const provider = await startMisbehavingProvider(t);

/** A service of its own, and the browser of somebody who is signed in. */
async function signedIn(t: Test, variables: Record<string, string> = {}) {
  const service = await startService(t, provider.issuer, variables);
  const { jar } = await attemptLogin(service, provider);
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await send(jar, service.origin + path, {
      method,
      headers: { origin: service.origin, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const said = await parseJson<{ code?: string; id?: string; state?: string; files?: object }>(answer);
    return { status: answer.status, ...said };
  };
  return { service, jar, ask };
}

t.test('size and type are limited by configuration, and a page is told the limits', async (t) => {
  const limited = async (variables: Record<string, string>) => {
    const { service, jar, ask } = await signedIn(t, variables);
    const { files } = await parseJson<{ files: { types?: string[]; maxBytes?: number } }>(
      await send(jar, `${service.origin}/auth/session`),
    );
    return { service, ask, told: [files.types, files.maxBytes] };
  };
  t.strictSame((await limited({})).told, [undefined, undefined]);
  const { service, ask, told } = await limited({
    MAX_FILE_BYTES: '100',
    MAX_USER_BYTES: '1000',
    ALLOWED_TYPES: 'application/zip,image/png',
  });
  t.strictSame(told, [['application/zip', 'image/png'], 1_000]);
  service.deps.objects.list = async () => ({ files: [] });
  const create = async (wanted: { size: number; type: string }) => {
    const file = { name: 'a.zip', sha256: '0'.repeat(64), ...wanted };
    const { status, code } = await ask('POST', '/api/uploads', file);
    return [status, code];
  };
  t.strictSame(await create({ size: 100, type: 'application/zip' }), [201, undefined]);
  t.strictSame(await create({ size: 101, type: 'application/zip' }), [413, 'file_too_large']);
  t.strictSame(await create({ size: 100, type: 'image/jpeg' }), [415, 'type_not_allowed']);
  t.strictSame(await create({ size: 100, type: 'image/PNG' }), [415, 'type_not_allowed']);
});

t.test('where nothing is kept, there is no trash', async (t) => {
  const { ask } = await signedIn(t, { KEEP_DELETED_DAYS: '0' });
  const file = { name: 'a.png', version: 'v' };
  for (const [method, path, body] of [
    ['GET', '/api/trash'],
    ['POST', '/api/trash/restore', file],
    ['POST', '/api/trash/restore', { files: [file] }],
    ['DELETE', '/api/trash'],
    ['DELETE', '/api/trash?name=a.png&version=v'],
    ['GET', '/api/files/versions?name=a.png'],
    ['POST', '/api/files/versions/restore', file],
  ] as const)
    t.match(await ask(method, path, body), { status: 409, code: 'no_trash' }, `${method} ${path}`);
});

t.test('without the table of details, a list has its files', async (t) => {
  const { service, ask } = await signedIn(t, { DETAILS_TABLE_NAME: 'none' });
  const file = { size: 1, etag: 'e', lastModified: new Date(0) };
  service.deps.objects.list = async ({ prefix }) => ({ files: [{ ...file, key: `${prefix}a.png` }] });
  t.match(await ask('GET', '/api/files'), { status: 200, files: [{ name: 'a.png', etag: 'e' }] });
});

t.test('only who began a large move learns how it stands, and from its folder alone', async (t) => {
  const { service, jar, ask } = await signedIn(t);
  const own = parseUserId(jar.get('__Host-session')?.split('.')[0] ?? '');
  const other = parseUserId('somebody-else');
  const { id: team = '' } = await ask('POST', '/api/teams', { name: 'Photos' });
  const ofTeam = teamOwner(parseTeamId(team));
  const startedAtEpoch = Math.floor(Date.now() / 1_000);
  const moving = { status: 200, state: 'moving' };
  for (const [id, userId, from, path, answer, ago = 0] of [
    ['own', own, userOwner(own), '/api', moving],
    ['never-ended', own, userOwner(own), '/api', { state: 'failed', code: 'timed_out' }, 3_601],
    ['of-another', other, userOwner(other), '/api', { status: 404 }],
    ['own-in-the-team', own, ofTeam, `/api/teams/${team}`, moving],
    ['of-another-in-the-team', other, ofTeam, `/api/teams/${team}`, { status: 404 }],
    ['from-the-team', own, ofTeam, '/api', { status: 404 }],
  ] as const) {
    await service.stores.moves.create(id, { userId, from, startedAtEpoch: startedAtEpoch - ago });
    t.match(await ask('GET', `${path}/files/moves/${id}`), answer, id);
  }
});

// It has stores of its own, so it comes last.
t.test('answers that are lost', (t) => lostAnswersSuite(t, bucket));
