import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { seedSession } from '../support/seed-session.ts';
import { startService, startStore, tokenMacOf } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer, { NATIVE_CLIENT_IDS: 'native' });
const { app, origin, stores, deps } = service;
const { token } = await seedSession(stores.users, parseUserId('ann'), {}, tokenMacOf(service));
deps.objects.find = async () => undefined;
deps.objects.list = async () => ({ files: [] });

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Whether the form of a request is refused, whatever becomes of the request. */
async function isRefused(method: 'GET' | 'POST' | 'DELETE', url: string, body?: object | string) {
  const type = typeof body === 'string' ? FORM_TYPE : JSON_TYPE;
  const isOfBrowser = !url.startsWith('/auth/token');
  const answer = await app.inject({
    ...{ method, url },
    headers: {
      host: new URL(origin).host,
      ...(isOfBrowser ? { origin, cookie: `__Host-session=${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { payload: body }),
  });
  return answer.body.includes('The request cannot be read');
}

const text = (length: number) => 'x'.repeat(length);
const many = <T>(length: number, item: T): T[] => Array.from({ length }, () => item);
const post = (url: string, bodyOf: (length: number) => object | string) => (length: number) =>
  isRefused('POST', url, bodyOf(length));
const get = (urlOf: (length: number) => string) => (length: number) => isRefused('GET', urlOf(length));
const grant = 'grant_type=urn:ietf:params:oauth:grant-type:token-exchange';
const idToken = `${grant}&subject_token_type=urn:ietf:params:oauth:token-type:id_token`;

t.test('the longest text and list that a request may have, and none that is longer', async (t) => {
  const sha256 = '0'.repeat(64);
  const rows: [what: string, longest: number, ask: (length: number) => Promise<boolean>][] = [
    ['a name', 2_048, post('/api/folders', (length) => ({ name: text(length) }))],
    ['the name of a team', 2_048, post('/api/teams', (length) => ({ name: text(length) }))],
    ['a prefix', 1_024, get((length) => `/api/files?prefix=${text(length)}`)],
    ['a cursor', 2_048, get((length) => `/api/files?cursor=${text(length)}`)],
    ['a cursor of the trash', 2_048, get((length) => `/api/trash?cursor=${text(length)}`)],
    ['an ETag', 64, post('/api/files/details', (length) => ({ name: 'a', etag: text(length) }))],
    [
      'the name of a download',
      1_024,
      post('/api/shares', (length) => ({ name: 'a', download: text(length) })),
    ],
    [
      'a team to move to',
      64,
      post('/api/files/move', (length) => ({ from: 'a', to: 'b', toTeam: text(length) })),
    ],
    ['a version', 1_024, post('/api/trash/restore', (length) => ({ name: 'a', version: text(length) }))],
    ['the id of a move', 64, get((length) => `/api/files/moves/${text(length)}`)],
    ['the id of a share', 15, (length) => isRefused('DELETE', `/api/shares/${text(length)}`)],
    [
      'the type of a file',
      255,
      post('/api/uploads', (length) => ({ name: 'a', size: 1, type: text(length) })),
    ],
    ['the id of a session', 64, (length) => isRefused('DELETE', `/api/sessions/${text(length)}`)],
    ['the secret of a share', 256, post('/auth/shares/open', (length) => ({ secret: text(length) }))],
    ['the secret of a link', 256, post('/auth/links/open', (length) => ({ secret: text(length) }))],
    ['a password', 256, post('/auth/links/open', (length) => ({ secret: 'x', password: text(length) }))],
    [
      'the secret of an invitation',
      256,
      post('/api/invitations/accept', (length) => ({ secret: text(length) })),
    ],
    ['a logout token', 16_384, post('/auth/backchannel-logout', (length) => `logout_token=${text(length)}`)],
    ['an ID token', 16_384, post('/auth/token', (length) => `${idToken}&subject_token=${text(length)}`)],
    ['a nonce', 1_024, post('/auth/token', (length) => `${idToken}&subject_token=x&nonce=${text(length)}`)],
    ['names to delete', 1_000, post('/api/files/delete', (length) => ({ names: many(length, 'a') }))],
    [
      'files to restore',
      1_000,
      post('/api/trash/restore', (length) => ({ files: many(length, { name: 'a', version: 'v' }) })),
    ],
    [
      'parts to sign',
      100,
      post('/api/uploads/i/parts', (length) => ({ parts: many(length, { number: 1, sha256 }) })),
    ],
  ];
  for (const [what, longest, ask] of rows) {
    t.strictSame([await ask(longest), await ask(longest + 1)], [false, true], what);
  }
  for (const [what, body, path] of [
    ['no name', { names: [] }, '/api/files/delete'],
    ['no file', { files: [] }, '/api/trash/restore'],
    ['no part', { parts: [] }, '/api/uploads/i/parts'],
    ['an empty version', { name: 'a', version: '' }, '/api/trash/restore'],
  ] as const) {
    t.equal(await isRefused('POST', path, body), true, what);
  }
});

t.test('a file of up to 16 MiB goes in one PUT, which needs its sha256', async (t) => {
  for (const [size, isInOne] of [
    [16_777_216, true],
    [16_777_217, false],
  ] as const) {
    const answer = await app.inject({
      ...{ method: 'POST', url: '/api/uploads' },
      headers: { host: new URL(origin).host, origin, cookie: `__Host-session=${token}` },
      payload: { name: 'a', size, type: 'image/png' },
    });
    t.equal(answer.body.includes('needs its sha256'), isInOne, `${size}`);
  }
});
