import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { blocks } from '../../docs/support/documented-files.ts';
import { png } from '../../support/client.ts';
import { rawRequest } from '../../support/raw-request.ts';
import { startTestStack, temporaryDirectory } from '../../support/test-stack.ts';
import { browser } from '../local/support/identity-provider.ts';
import { logIn, run, type Shell, start } from './support/command.ts';

t.setTimeout(300_000);

const stack = await startTestStack(t);
const { appOrigin } = stack;
const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
const newShell = (): Shell => {
  const cwd = temporaryDirectory(t);
  return { cwd, env: { XDG_STATE_HOME: join(cwd, 'state') } };
};

t.test('what README shows', async (t) => {
  const shell = newShell();
  writeFileSync(join(shell.cwd, 'film.mp4'), png('film'));
  const [minute = ''] = blocks('services/cli/README.md', 'sh');
  const [login = '', ...lines] = minute
    .trim()
    .split('\n')
    .map((line) => line.replace('cookie-gateway ', ''));
  t.equal(
    login,
    'login --app http://localhost:3000 --issuer http://localhost:9000 --client-id gateway-native',
  );
  t.match(await logIn(shell, { appOrigin, issuer }, 'reader'), { code: 0 });
  const said: string[] = [];
  for (const line of lines) {
    const { code, err, out } = await run(shell, ...line.split(' '));
    t.strictSame([code, err], [0, ''], line);
    said.push(out);
  }
  t.match(said, [
    'films/film.mp4\n',
    new RegExp(`^ +${png('film').length} {2}\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d {2}films/film\\.mp4\\n$`),
    'copy.mp4\n',
    'films/film.mp4 is films/2026.mp4\n',
    new RegExp(`^${appOrigin}/#share=`),
    'deleted films/2026.mp4\n',
    '',
  ]);
  t.strictSame(new Uint8Array(readFileSync(join(shell.cwd, 'copy.mp4'))), png('film'));
  t.notOk(existsSync(keptIn(shell, '.')), 'nothing is kept');
  t.match(await run(shell, 'ls'), { code: 3 });
});

t.test('a sign-in by a redirect to this machine, where others get nothing', async (t) => {
  const shell = newShell();
  // The same provider, as one without a device flow.
  const { href } = new URL(`${issuer}/`);
  const where = ['--app', `${appOrigin}/`, '--issuer', issuer, '--client-id', 'gateway-native'];
  const command = start(
    { ...shell, env: { ...shell.env, NODE_OPTIONS: `--import ${withoutDevices(shell.cwd)}` } },
    'login',
    ...where,
  );
  const [, address = ''] = await command.said(/Open this address in a browser of this machine:\n(\S+)\n/);
  const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
  t.match(redirect, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  for (const wrong of ['?code=a&state=b', '?error=access_denied', '']) {
    t.equal((await fetch(redirect + wrong)).status, 404, wrong);
  }
  t.equal((await rawRequest(new URL(redirect).origin, '//[')).status, 404, 'a target that is no URL');
  const state = new URL(address).searchParams.get('state');
  t.equal((await fetch(new URL(`/?code=a&state=${state}`, redirect))).status, 404, 'another path');
  const person = browser(href.slice(0, -1));
  const form = await person.go(address);
  const back = await person.go(form.url, { login: 'walker', password: '' });
  t.match(await (await fetch(back.url)).text(), 'Go back to the terminal.');
  t.match(await command.ended, { code: 0, out: 'signed in as walker@example.test\n' });
  t.match(await run(shell, 'ls', '--json'), { code: 0, out: '', err: '' });
  rmSync(keptIn(shell, 'session'));
  t.match(await run(shell, 'ls'), { code: 0 }, 'the provider gave a refresh token');
});

/** A file of what is kept between two commands. */
function keptIn({ cwd }: Shell, key: string): string {
  return join(cwd, 'state', 'cloudfront-cookie-gateway', key);
}

/** A module that hides the device flow of the provider from a command. */
function withoutDevices(directory: string): string {
  const path = join(directory, 'without-devices.mjs');
  writeFileSync(
    path,
    `const { fetch } = globalThis;
globalThis.fetch = async (...asked) => {
  const answer = await fetch(...asked);
  if (!String(asked[0]).endsWith('/openid-configuration')) return answer;
  const { device_authorization_endpoint, ...metadata } = await answer.json();
  return Response.json(metadata);
};`,
  );
  return path;
}

t.test('folders, what is there already, and exit codes', async (t) => {
  const shell = newShell();
  const { cwd } = shell;
  await logIn(shell, { appOrigin, issuer }, 'alice');
  mkdirSync(join(cwd, 'in'));
  for (const name of ['a.txt', 'b.exe']) writeFileSync(join(cwd, 'in', name), name);
  t.match(await run(shell, 'put', 'in/a.txt', 'in/b.exe', '--to', 'pets/'), { code: 0, err: '' });
  const { out: listed } = await run(shell, 'ls', 'pets/a');
  t.match(listed, /^ {13}5 {2}\d{4}-\d\d-\d\dT\d\d:\d\d {2}pets\/a\.txt\n$/);
  const lines = (await run(shell, 'ls', '--json')).out.trimEnd().split('\n');
  t.match(
    lines.map((line) => JSON.parse(line)),
    [{ name: 'pets/a.txt', size: 5, type: 'text/plain' }, { name: 'pets/b.exe' }],
  );

  t.match(await run(shell, 'put', 'in/a.txt', '--to', 'pets/'), { code: 2, err: /file_exists/ });
  t.match(await run(shell, 'put', 'in/a.txt', '--to', 'pets/', '--force'), { code: 0 });
  t.match(await run(shell, 'get', 'pets/', 'out'), { code: 0, err: '' });
  t.strictSame(readdirSync(join(cwd, 'out')).toSorted(), ['a.txt', 'b.exe']);
  t.match(await run(shell, 'get', 'pets/a.txt', 'out'), { code: 2, err: /--force replaces it/ });
  t.match(await run(shell, 'get', 'pets/'), { code: 0, out: 'pets/a.txt\npets/b.exe\n' });
  symlinkSync(join(cwd, 'in', 'a.txt'), join(cwd, 'a.txt'));
  writeFileSync(join(cwd, 'in', 'a.txt'), 'mine');
  t.match(await run(shell, 'get', 'pets/a.txt'), { code: 2, err: /is there already/ });
  t.match(await run(shell, 'get', 'pets/a.txt', '--force'), { code: 0 });
  t.equal(readFileSync(join(cwd, 'in', 'a.txt'), 'utf8'), 'mine', 'no link is followed');
  t.match(await run(shell, 'get', '../x'), { code: 2 });
  t.match(await run(shell, 'get', 'none', '--json'), { code: 2, err: /^\{"code":"no_such_file"/ });
  t.match(await run(shell, 'mv', 'none', 'some'), { code: 2 });
  t.match(await run(shell, 'mv', 'pets/a.txt', 'pets/b.exe'), { code: 2, err: /file_exists/ });
  t.match(await run(shell, 'mv', 'pets/a.txt', 'pets/b.exe', '--force'), { code: 0, err: '' });
  const share = async (...more: string[]) =>
    Date.parse(JSON.parse((await run(shell, 'share', 'pets/b.exe', '--json', ...more)).out).expiresAt);
  const [minute, usual] = [await share('--expires-in', '60'), await share()];
  t.ok(minute < Date.now() + 60_000 && usual > Date.now() + 60_000, 'a link lives as long as was asked');
  t.match(await run(shell, 'ls', '--team', 'a'.repeat(26)), { code: 2, err: /no_such_team/ });
  t.match(await run(shell, 'rm', 'x/../y', 'pets/b.exe'), {
    ...{ code: 2, out: 'deleted pets/b.exe\n' },
    err: 'cookie-gateway: x/../y: invalid_name\ncookie-gateway: 1 of 2 files are left\n',
  });
  t.match(await run(shell, 'play', 'none'), { code: 2, out: '', err: /no_such_file/ });
  t.match(await run(shell), { code: 1, err: /^cookie-gateway: \n {2}cookie-gateway login / });
  t.match(await run(shell, 'nosuch'), { code: 1, err: /^cookie-gateway: there is no command nosuch\n/ });
  const wrongs = [
    ['toString'],
    ['ls', 'a', 'b'],
    ['ls', '--nosuch'],
    ['get'],
    ['login'],
    ['share', 'a', '--expires-in', 'soon'],
    ['login', '--app', 'http://app.example.com', '--issuer', issuer, '--client-id', 'gateway-native'],
  ];
  const ended = await Promise.all(wrongs.map((wrong) => run(shell, ...wrong)));
  for (const [index, { code, err, out }] of ended.entries()) {
    const wrong = wrongs[index];
    t.strictSame([code, out], [1, ''], `${wrong}`);
    t.notMatch(err, /^\s+at /m, `${wrong}`);
  }
  t.match(await run(shell, '--help'), { code: 0, out: /^ {2}cookie-gateway login --app .* says more\.\n$/s });
  t.match(await run(shell, 'rm', '--help'), { code: 0, out: /^cookie-gateway rm <name….*\nDeletes files\./ });
  const away = { ...shell.env, HTTP_PROXY: 'http://127.0.0.1:1', NODE_USE_ENV_PROXY: '1' };
  t.match(await run({ cwd, env: away }, 'ls'), { code: 4, err: /network/ });
  t.match(await run({ cwd, env: away }, 'logout'), { code: 4 });
  t.match(await run(shell, 'ls'), { code: 3 }, 'a sign-out forgets everything, even without a network');
});

t.test('a sign-in that is stopped, or that the app host refuses, leaves nothing', async (t) => {
  const shell = newShell();
  const where = ['--issuer', issuer, '--client-id', 'gateway-native'];
  const waiting = [
    { ...shell.env },
    { ...shell.env, NODE_OPTIONS: `--import ${withoutDevices(shell.cwd)}` },
  ].map(async (env) => {
    const command = start({ ...shell, env }, 'login', '--app', appOrigin, ...where);
    await command.said(/Open .*\n\S+\n/);
    command.child.kill('SIGINT');
    t.match(await command.ended, { code: 130, out: '', err: /\ncookie-gateway: stopped\n$/ });
  });
  await Promise.all(waiting);
  const refusing = createServer((_, response) => response.writeHead(403).end('{"code":"not_allowed"}'));
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  t.teardown(() => refusing.close());
  const { port } = refusing.address() as AddressInfo;
  const other = { appOrigin: `http://127.0.0.1:${port}`, issuer };
  t.match(await logIn(shell, other, 'dave'), { code: 2, out: '' });
  t.match(await run(shell, 'ls'), { code: 3 });
  t.match(await logIn(shell, { appOrigin, issuer }, 'dave'), { code: 0 });
  const login = JSON.parse(readFileSync(keptIn(shell, 'login'), 'utf8'));
  writeFileSync(keptIn(shell, 'login'), JSON.stringify({ ...login, app: 'http://127.0.0.1:1' }));
  writeFileSync(keptIn(shell, 'upload'), 'of dave');
  t.match(
    await logIn(shell, { appOrigin, issuer }, 'erin'),
    { code: 0, out: 'signed in as erin@example.test\n' },
    'an app host that is gone keeps nobody signed in',
  );
  t.notOk(existsSync(keptIn(shell, 'upload')), 'nothing of dave is left');
});

t.test('where no session can begin without the person, the person is asked to sign in', async (t) => {
  const shell = newShell();
  await logIn(shell, { appOrigin, issuer }, 'frank');
  const known = JSON.parse(readFileSync(keptIn(shell, 'login'), 'utf8'));
  let answer: [status: number, body: object] = [400, {}];
  const provider = createServer((request, response) => {
    const json = { 'content-type': 'application/json' };
    if (request.method === 'GET') {
      const metadata = { issuer: other, token_endpoint: `${other}/token` };
      return void response.writeHead(200, json).end(JSON.stringify(metadata));
    }
    return void response.writeHead(answer[0], json).end(JSON.stringify(answer[1]));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  t.teardown(() => provider.close());
  const other = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  for (const [what, changes, given, code] of [
    ['no refresh token', { refreshToken: undefined }, [200, {}], 3],
    ['one that the provider refuses', {}, [400, { error: 'invalid_grant' }], 3],
    ['no ID token', {}, [200, { access_token: 'a', token_type: 'bearer' }], 3],
    ['a provider that fails', {}, [500, { error: 'server_error' }], 2],
  ] as [string, object, typeof answer, number][]) {
    answer = given;
    rmSync(keptIn(shell, 'session'), { force: true });
    writeFileSync(keptIn(shell, 'login'), JSON.stringify({ ...known, issuer: other, ...changes }));
    t.match(await run(shell, 'ls'), { code, out: '' }, what);
  }
});

t.test('commands at the same time whose session has ended, with a refresh token for one use', async (t) => {
  const shell = newShell();
  await logIn(shell, { appOrigin, issuer }, 'carol');
  rmSync(keptIn(shell, 'session'));
  const ended = await Promise.all([1, 2, 3].map(() => run(shell, 'ls')));
  t.strictSame(
    ended.map(({ code, err }) => [code, err]),
    Array(3).fill([0, '']),
  );
  t.match(await run(shell, 'ls'), { code: 0 });
});
