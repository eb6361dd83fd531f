import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { deriveUserId } from '../../core/user-id.ts';
import { EC, SECRET, startEdge } from '../edge/local/support/edge.ts';
import { installPacked } from '../support/packed.ts';
import { startAdopted } from './support/adopted-app.ts';
import { blocks } from './support/documented-files.ts';

// npm, and a compiler that reads the types of the frameworks.
t.setTimeout(240_000);

/** The packages that an adopter's project has as well. */
const INSTALLED = [
  ...['tldts', '@aws-sdk/client-kms', '@aws-sdk/cloudfront-signer', 'express', 'fastify', '@fastify/cookie'],
  ...['@types/node', '@types/express', '@types/react', 'csstype'],
];
const APP_ORIGIN = 'http://localhost:3000';
const ALICE = deriveUserId(APP_ORIGIN, 'alice');
const BOB = deriveUserId(APP_ORIGIN, 'bob');

const CLIENT = 'services/web/client/README.md';
const adopt = readFileSync('docs/adopt.md', 'utf8');
const directory = await installPacked(t, ['client', 'cookies'], INSTALLED);
writeFileSync(join(directory, 'key.pem'), EC.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const edge = await startEdge({ bindings: { now: Date.now } });
t.teardown(() => edge.close());
edge.origin.objects.set(`users/${ALICE}/cat.txt`, {
  body: Buffer.from('the cat of alice'),
  type: 'text/plain',
});
edge.origin.objects.set(`users/${BOB}/cat.txt`, { body: Buffer.from(SECRET), type: 'text/plain' });

/** The lines to add to an app, and those around them, unchanged. */
const BLOCKS = {
  Express: blocks('docs/adopt.md', 'diff').join(''),
  Fastify: readFileSync('docs/examples/fastify.diff', 'utf8'),
};
const blockOf = (framework: keyof typeof BLOCKS) => BLOCKS[framework].trimEnd().split('\n');

const FRAMEWORKS = ['Express', 'Fastify'] as const;
const fileOf = (framework: string) => `${framework.toLowerCase()}.ts`;
for (const framework of FRAMEWORKS) {
  const lines = blockOf(framework).map((line) => line.slice(1));
  writeFileSync(join(directory, fileOf(framework)), lines.join('\n'));
}

/**
 * Compiles as another project would, and checks the types of the libraries as well. The libraries take seconds, so
 * programs with the same options share a run.
 */
function compile(t: Test, files: string[], options: string[]) {
  const { status, stdout } = spawnSync(
    resolve('node_modules/.bin/tsc'),
    ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', ...options, ...files],
    { cwd: directory, encoding: 'utf8' },
  );
  t.equal(status, 0, stdout);
}

for (const framework of FRAMEWORKS) {
  t.test(`${framework}: at most 20 added lines give each user their own folder`, async (t) => {
    const added = blockOf(framework).filter((line) => line.startsWith('+'));
    t.ok(added.length > 10 && added.length <= 20, `${added.length} lines`);
    const origin = await startAdopted(t, directory, fileOf(framework), APP_ORIGIN);
    const post = async (path: string, cookie = '') => {
      const response = await fetch(origin + path, { method: 'POST', headers: { Cookie: cookie } });
      const set = response.headers.getSetCookie();
      return { status: response.status, set, cookies: set.map((line) => line.split(';')[0]).join('; ') };
    };
    t.equal((await post('/files-cookies')).status, 401);
    const { cookies: session } = await post('/login/alice');
    const issued = await post('/files-cookies', session);
    t.equal(issued.status, 200);
    t.equal(issued.set.length, 4);
    for (const line of issued.set) {
      t.match(
        line,
        new RegExp(`^CloudFront-[\\w-]+=.+; Path=/users/${ALICE}/; HttpOnly; Secure; SameSite=Lax$`, 'i'),
      );
    }
    const own = await edge.get(`/users/${ALICE}/cat.txt`, { Cookie: issued.cookies });
    t.match(own, { status: 200, body: 'the cat of alice' });
    const foreign = await edge.get(`/users/${BOB}/cat.txt`, { Cookie: issued.cookies });
    t.equal(foreign.status, 403);
    t.notMatch(foreign.body, SECRET);
    const cleared = (await post('/logout', session)).set.filter((line) => line.startsWith('CloudFront-'));
    t.strictSame(
      cleared.map((line) => line.split('=')[0]).toSorted(),
      issued.set.map((line) => line.split('=')[0]).toSorted(),
    );
    for (const line of cleared)
      t.match(line, new RegExp(`=; .*Path=/users/${ALICE}/;.*Expires=Thu, 01 Jan 1970`));
    t.equal((await post('/files-cookies', session)).status, 401, 'signed out');
  });
}

t.test('in the browser: the examples of the pages compile, and wrong code does not', async (t) => {
  const [plain = '', teams = '', files = '', react = '', store = '', , errors = ''] = blocks(
    CLIENT,
    'ts',
    'tsx',
  );
  const [renewal = '', cat = ''] = blocks('docs/adopt.md', 'ts', 'tsx').filter((block) =>
    block.includes('@cloudfront-cookie-gateway/client'),
  );
  const sources = {
    'readme.ts': plain,
    'teams.ts': teams,
    'files.ts': files,
    'react.tsx': react,
    'store.ts': store,
    'errors.ts': errors,
    'gateway.ts': renewal,
    'cat.tsx': cat,
    'client-types.ts': `import { ApiError, createGateway, type Folder, type Gateway, type Session } from '@cloudfront-cookie-gateway/client';
import { useSession, useUploads } from '@cloudfront-cookie-gateway/client/react';
export const gateway: Gateway = createGateway();
export const name = async (): Promise<string> => {
  const session: Session | null = await gateway.session();
  return session?.user.name ?? 'nobody';
};
gateway.on('signedout', ({ reason }) => console.log(reason === 'elsewhere'));
gateway.on('session', (session) => console.log(session.cookies.expiresAt));
export const isLost = (error: unknown) => error instanceof ApiError && error.code === 'network';
export const folder: Folder = gateway.team('a');
gateway.on('team', ({ team, cookies }) => console.log(team.role === 'viewer', cookies.expiresAt));
// @ts-expect-error
gateway.team('a').members.changeRole('b', 'owner');
// @ts-expect-error
gateway.teams.files;
// @ts-expect-error
gateway.on('logout', () => undefined);
// @ts-expect-error
gateway.files.share('a.png', { expiresIn: '30 min' });
// @ts-expect-error
export const unknown = (): Session => useSession().session;
// @ts-expect-error
export const sent = () => useUploads().add('a.png');
// @ts-expect-error
export const isGone = (error: ApiError) => error.code === 'no_file';`,
  };
  for (const [file, source] of Object.entries(sources)) {
    t.match(source, '@cloudfront-cookie-gateway/client', file);
    writeFileSync(join(directory, file), source);
  }
  compile(t, Object.keys(sources), [
    ...['--lib', 'es2022,dom,dom.iterable', '--jsx', 'react-jsx', '--types', 'react'],
    // The settings that bundlers use.
    ...['--module', 'esnext', '--moduleResolution', 'bundler'],
  ]);
});

t.test('in the server: the examples compile, and milliseconds and unchecked ids do not', async (t) => {
  const [readme = ''] = blocks('services/cookies/README.md', 'ts');
  t.match(readme, 'issuer.issue(');
  const [, , , , native = ''] = blocks(CLIENT, 'ts');
  t.match(native, '/client/native');
  const [, line = ''] = /`(const signer = await createKmsSigner\(.*?\);?)`/.exec(adopt) ?? [];
  t.ok(line);
  const sources = {
    'cookies-readme.ts': readme,
    'native.ts': native,
    'types.ts': `import { type CookieIssuer, parseUserId, toEpochSeconds } from '@cloudfront-cookie-gateway/cookies';
export const good = (issuer: CookieIssuer, id: string) =>
  issuer.issue({ id: parseUserId(id), start: toEpochSeconds(Date.now()) });
export const milliseconds = (issuer: CookieIssuer, id: string) =>
  // @ts-expect-error
  issuer.issue({ id: parseUserId(id), start: Date.now() });
export const unchecked = (issuer: CookieIssuer, id: string) =>
  // @ts-expect-error
  issuer.issue({ id, start: toEpochSeconds(Date.now()) });`,
    'kms.ts': `import { KMS } from '@aws-sdk/client-kms';
import { createKmsSigner, type Signer } from '@cloudfront-cookie-gateway/cookies';
const { KEY_ID: keyId = '', KEY_PAIR_ID: keyPairId = '' } = process.env;
${line};
export const signed: Signer = signer;`,
  };
  for (const [file, source] of Object.entries(sources)) writeFileSync(join(directory, file), source);
  compile(t, [...FRAMEWORKS.map(fileOf), ...Object.keys(sources)], ['--types', 'node']);
});
