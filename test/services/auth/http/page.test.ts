import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { rawRequest } from '../../../support/raw-request.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { type Service, startService, startStore } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);

const SCRIPT = `export const answer = ${JSON.stringify('forty-two '.repeat(500))};\n`;
const FILES = {
  'index.html': '<!doctype html><title>own page</title>',
  'about.html': '<!doctype html><title>about</title>',
  'about/team.html': '<!doctype html><title>team</title>',
  'favicon.ico': 'icon',
  'assets/index-BfjK2c1.js': SCRIPT,
  '_next/static/chunks/main.js': SCRIPT,
  'assets/photo.png': SCRIPT,
  'docs/index.html': '<!doctype html><title>docs</title>',
  'data.bin7': 'bytes',
  'just.txt': 'x'.repeat(1_024),
  'below.txt': 'x'.repeat(1_023),
  '.env': 'SECRET=1',
  'assets/.map': 'SECRET=1',
  '.git/config': 'SECRET=1',
  'api/files': 'SECRET=1',
  'auth/login.html': 'SECRET=1',
};

function ownPage(t: Test): string {
  const directory = temporaryDirectory(t);
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

async function get({ origin }: Service, path: string, headers: Record<string, string> = {}) {
  const { status, head, body } = await rawRequest(origin, path, headers);
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim();
  return { status, header, body };
}

/** Status, type, caching, and the title or else the start of the body. */
async function look(service: Service, path: string, accept = '*/*') {
  const { status, header, body } = await get(service, path, { Accept: accept });
  const [type] = header('content-type')?.split(';') ?? [];
  const text = body.toString().replace(/^[0-9a-f]+\r\n/, '');
  return [status, type, header('cache-control'), /<title>(.*)<\/title>/.exec(text)?.[1] ?? text.slice(0, 6)];
}

const NAVIGATION = 'text/html,application/xhtml+xml,*/*;q=0.8';
const IMMUTABLE = 'public, max-age=31536000, immutable';
const HTML = 'text/html';
const PROBLEM = 'application/problem+json';

t.test('WEB_DIRECTORY: files kept for ever, for a while, and not at all', async (t) => {
  const directory = ownPage(t);
  const service = await startService(t, provider.issuer, { WEB_DIRECTORY: directory });
  t.strictSame(await look(service, '/', NAVIGATION), [200, HTML, 'no-store', 'own page']);
  t.strictSame(await look(service, '/'), [200, HTML, 'no-store', 'own page']);
  t.strictSame(await look(service, '/index.html'), [200, HTML, 'no-store', 'own page']);
  t.strictSame(await look(service, '/about', NAVIGATION), [200, HTML, 'no-cache', 'about']);
  t.strictSame(await look(service, '/about/team', NAVIGATION), [200, HTML, 'no-cache', 'team']);
  for (const path of ['/docs/', '/docs']) {
    t.strictSame(await look(service, path, NAVIGATION), [200, HTML, 'no-cache', 'docs'], path);
  }
  t.strictSame(await look(service, '/data.bin7'), [200, 'application/octet-stream', 'no-cache', 'bytes']);
  t.strictSame((await look(service, '/favicon.ico')).toSpliced(1, 1), [200, 'no-cache', 'icon']);
  for (const path of ['/assets/index-BfjK2c1.js', '/_next/static/chunks/main.js']) {
    t.strictSame(
      await look(service, path),
      [200, 'application/javascript', IMMUTABLE, SCRIPT.slice(0, 6)],
      path,
    );
  }
  for (const path of ['/assets', '/assets/', '//index.html', '/assets/./index-BfjK2c1.js']) {
    t.strictSame(await look(service, path), [404, PROBLEM, 'no-store', '{"type'], path);
  }
  t.strictSame(await look(service, '/assets/gone.js'), [404, PROBLEM, 'no-store', '{"type']);
  t.strictSame(readdirSync(directory, { recursive: true }).length, Object.keys(FILES).length + 9);
});

t.test('a navigation to an unknown address gets the page, whose scripts decide', async (t) => {
  const service = await startService(t, provider.issuer, {
    WEB_DIRECTORY: ownPage(t),
    RATE_LIMIT_PER_MINUTE: '3',
  });
  const index = [200, HTML, 'no-store', 'own page'];
  for (const path of [
    '/albums/7',
    '/apis',
    '/authors',
    '/photos/api/auth/',
    '/a.b/c',
    `/${'x'.repeat(500)}`,
    '/albums/?a=/.env',
  ]) {
    t.strictSame(await look(service, path, NAVIGATION), index, path);
  }
  t.strictSame(await look(service, '/albums/7'), [404, PROBLEM, 'no-store', '{"type'], 'not for a script');
  const headers = { accept: NAVIGATION };
  t.equal((await fetch(`${service.origin}/albums/7`, { method: 'POST', headers })).status, 404);
  await look(service, '/gone.js');
  t.equal((await look(service, '/gone.js'))[0], 429, 'unknown addresses stay limited');
  t.strictSame(await look(service, '/albums/7', NAVIGATION), index);
});

t.test('never below /api and /auth, no dot files, nothing beside the folder', async (t) => {
  const directory = ownPage(t);
  const outside = temporaryDirectory(t);
  writeFileSync(join(outside, 'secret.txt'), 'SECRET=1');
  const service = await startService(t, provider.issuer, { WEB_DIRECTORY: join(directory, '.') });
  for (const path of [
    ...['/api', '/api/', '/api/nowhere', '/api/index.html', '/auth', '/auth/nowhere', '/auth/login.html'],
    ...['/%61pi/files', '/api%2ffiles', '/auth%2Flogin.html'],
    ...[
      '/.env',
      '/%2eenv',
      '/.git/config',
      '/assets/.map',
      '/assets/%2emap',
      '/.well-known/x',
      '/assets%2f.map',
    ],
    ...[
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/../.env',
      '/assets/..%5c..%5c.env',
    ],
    ...['/a/../../etc/passwd', '/./index.html', '/\\..\\secret.txt', '/index.html/.', '/assets/.../x'],
  ]) {
    for (const accept of ['*/*', NAVIGATION]) {
      const [status, type, kept, start] = await look(service, path, accept);
      t.equal(status, path === '/%61pi/files' ? 401 : 404, path);
      t.strictSame([type, kept], [accept === NAVIGATION ? HTML : PROBLEM, 'no-store'], path);
      t.not(start, 'SECRET', accept);
      t.not(start, 'own page', accept);
    }
  }
  for (const path of ['/assets//index-BfjK2c1.js', '/index.html%00', '/%', '/INDEX.HTML']) {
    t.match((await look(service, path))[0], /^40[04]$/, path);
  }
});

t.test('CONTENT_SECURITY_POLICY sets another policy; without it the strict one stays', async (t) => {
  const policy = "default-src 'self'; script-src 'self' 'unsafe-inline'";
  const WEB_DIRECTORY = ownPage(t);
  const own = await startService(t, provider.issuer, { WEB_DIRECTORY, CONTENT_SECURITY_POLICY: policy });
  const strict = await startService(t, provider.issuer, { WEB_DIRECTORY });
  for (const path of ['/', '/assets/index-BfjK2c1.js', '/auth/session', '/nowhere']) {
    const headers = async ({ origin }: Service) => (await fetch(origin + path)).headers;
    t.equal((await headers(own)).get('content-security-policy'), policy, path);
    t.match(
      (await headers(strict)).get('content-security-policy'),
      /^default-src 'none';script-src 'self';.*;font-src 'self';/,
      path,
    );
    t.equal((await headers(own)).get('x-content-type-options'), 'nosniff', path);
  }
});

t.test('the page of this project knows its own addresses: others are not found', async (t) => {
  const service = await startService(t, provider.issuer);
  t.strictSame(await look(service, '/nowhere', NAVIGATION), [404, HTML, 'no-store', 'not_found']);
  t.strictSame((await look(service, '/app.js')).slice(0, 3), [200, 'application/javascript', 'no-cache']);
});

t.test(
  'compressed as the client asks: no encoding that it refuses, no small body, no picture, no HEAD',
  async (t) => {
    const service = await startService(t, provider.issuer, { WEB_DIRECTORY: ownPage(t) });
    const path = '/assets/index-BfjK2c1.js';
    for (const [accepted = '', encoding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip;q=1.0, br;q=0, zstd;q=0.000', 'gzip'],
      ['ZSTD;q=0.5', 'zstd'],
      ['identity', undefined],
      ['gzip;q=0', undefined],
      ['*', undefined],
      ['brotli', undefined],
    ]) {
      const { header, body } = await get(service, path, { 'Accept-Encoding': accepted });
      t.strictSame([header('content-encoding'), header('vary')], [encoding, 'accept-encoding'], accepted);
      t.equal(body.length < SCRIPT.length / 10, encoding !== undefined, accepted);
    }
    const small = await get(service, '/docs/', { 'Accept-Encoding': 'gzip' });
    t.strictSame([small.header('content-encoding'), small.header('content-length')], [undefined, '34']);
    for (const [name, encoding] of Object.entries({ just: 'gzip', below: undefined })) {
      const { header } = await get(service, `/${name}.txt`, { 'Accept-Encoding': 'gzip' });
      t.equal(header('content-encoding'), encoding, name);
    }
    const picture = await get(service, '/assets/photo.png', { 'Accept-Encoding': 'gzip' });
    t.equal(picture.header('content-encoding'), undefined);
    t.equal(picture.header('content-length'), String(SCRIPT.length));
    const head = await fetch(service.origin + path, { method: 'HEAD' });
    t.strictSame(
      [head.status, head.headers.get('content-encoding'), head.headers.get('content-length')],
      [200, null, String(SCRIPT.length)],
    );
  },
);

t.test('ranges and 304, so that a person can seek in a film of the page', async (t) => {
  const service = await startService(t, provider.issuer, { WEB_DIRECTORY: ownPage(t) });
  const path = '/assets/index-BfjK2c1.js';
  const etag = (await get(service, path)).header('etag') ?? '';
  const again = await get(service, path, { 'If-None-Match': etag, 'Accept-Encoding': 'gzip' });
  t.strictSame([again.status, again.header('cache-control')], [304, IMMUTABLE]);
  const part = await get(service, path, { Range: 'bytes=0-5', 'Accept-Encoding': 'gzip' });
  t.strictSame(
    [part.status, part.header('content-encoding'), part.body.toString()],
    [206, undefined, SCRIPT.slice(0, 6)],
  );
});
