import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { build } from '../../../../infra/build.ts';
import type { Outcome } from '../../../../services/local/demo/attempts.ts';
import { localStackValues } from '../../../../services/local/stack-template.ts';
import { CookieJar, parseJson, png, send, signIn } from '../../../support/client.ts';
import { operatorsBucket } from '../../../support/operators-bucket.ts';
import { startTestStack, temporaryDirectory } from '../../../support/test-stack.ts';

interface State {
  hasTeams: boolean;
  isTeamMade: boolean;
  fileBytes: number;
  signOut: { elapsedMs: number; requests: number; code: string } | null;
}

t.test('the demonstration of the local stack', async (t) => {
  const stack = await startTestStack(t);
  const alice = await signIn(stack, 'alice');
  const bob = await signIn(stack, 'bob');
  await alice.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  await bob.upload({ name: 'b.png', type: 'image/png', bytes: png() });
  const { s3, bucketName } = operatorsBucket(t, stack);
  for (const key of [`users/${alice.id}/.thumbnails/a.png`, `users/${bob.id}/.thumbnails/b.png`]) {
    await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: png() }));
  }
  const state = async () => parseJson<State>(await alice.post('/demo/state'));

  t.test('attempts are refused by the step that the record of the edge names', async (t) => {
    const answer = await (await alice.post('/demo/attempts')).text();
    const { attempts } = JSON.parse(answer) as { attempts: Outcome[] };
    t.strictSame(
      attempts.filter(({ isOwn, isRefused }) => isOwn === isRefused),
      [],
      'none is red',
    );
    /** Ids have numbers, in the order in which they come. */
    const ids = new Map<string, number>();
    const shown = (text: string) =>
      text
        .replaceAll(stack.filesOrigin, '')
        .replaceAll(alice.id, 'ALICE')
        .replaceAll(bob.id, 'BOB')
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
        .replace(/[a-z2-7]{26}|(?<=\/links\/)[\w-]{43}|(?<=received-)[\w-]{8}/g, (id) => {
          // The folder of a link has the first characters of its id.
          const key = id.slice(0, 8);
          ids.set(key, ids.get(key) ?? ids.size + 1);
          return `ID${ids.get(key)}`;
        });
    t.strictSame(
      attempts.map(({ kind, method, path, status, code = '-', step, clause, required, given }) =>
        shown(
          [
            ...[kind, method, path, status, code, `${step}:`, clause],
            ...(required === undefined ? [] : [required, 'not', given]),
          ].join(' '),
        ),
      ),
      [
        'own GET /users/ALICE/a.png 200 - origin: answered',
        'noCookie GET /users/BOB/b.png 403 MissingKey signature: missing_key',
        'otherCookies GET /users/BOB/b.png 403 AccessDenied signature: resource_path /users/ALICE/* not /users/BOB/b.png',
        'upEscaped GET /users/ALICE/..%2fBOB/b.png 400 bad_path viewer-request function: bad_path',
        'up GET /users/ALICE/../BOB/b.png 400 bad_path viewer-request function: bad_path',
        'forged GET /users/BOB/b.png 403 AccessDenied signature: signature',
        'expired GET /users/ALICE/a.png 403 AccessDenied signature: expired before TIME not TIME',
        'sharePath GET /users/BOB/b.png 403 AccessDenied signature: resource_path /users/ALICE/a.png?share=… not /users/BOB/b.png?share=…',
        'movedDate GET /users/ALICE/a.png 403 AccessDenied signature: signature',
        'script GET /users/ALICE/a.png 403 destination_refused viewer-request function: destination_refused',
        'teamOwn GET /teams/ID1/note.txt 200 - origin: answered',
        'teamElsewhere GET /teams/ID1/note.txt 403 AccessDenied signature: resource_path /teams/ID2/* not /teams/ID1/note.txt',
        'seventhSet GET /teams/ID1/note.txt 403 MissingKey signature: missing_key',
        'teamOnUser GET /users/BOB/b.png 403 AccessDenied signature: resource_path /teams/ID1/* not /users/BOB/b.png',
        'userOnTeam GET /teams/ID1/note.txt 403 AccessDenied signature: resource_path /users/ID3/* not /teams/ID1/note.txt',
        'otherStart GET /teams/ID1/note.txt 403 AccessDenied signature: signature',
        'linkOnUser GET /users/BOB/b.png 403 AccessDenied signature: resource_path /teams/ID1/* not /users/BOB/b.png',
        'guessedLink POST /auth/links/open 410 link_over service: link_over',
        'viewerSends POST /api/links/ID4/uploads 403 role_too_low service: role_too_low',
        'otherPass POST /auth/links/ID4/refresh 410 link_over service: link_over',
        'endedLink GET /teams/ID1/note.txt 403 revoked viewer-request function: revoked',
        'wrongPassword POST /auth/links/open 403 wrong_password service: wrong_password',
        'oldPass POST /auth/links/ID5/refresh 410 link_over service: link_over',
        'uploaderLists GET /api/links/ID6/files 403 role_too_low service: role_too_low',
        'uploaderOverwrites PUT /gateway-files/teams/ID1/received-ID6/note.txt 412 PreconditionFailed service: PreconditionFailed',
        'removedSet GET /teams/ID1/note.txt 403 revoked viewer-request function: revoked',
        'removedShare GET /teams/ID1/note.txt 403 revoked viewer-request function: revoked',
        'removedLink GET /teams/ID1/note.txt 403 revoked viewer-request function: revoked',
        'removedRenewal POST /auth/refresh 404 no_such_team service: no_such_team',
        'addedAgain GET /teams/ID1/note.txt 403 revoked viewer-request function: revoked',
        'signedOutSet GET /teams/ID1/note.txt 403 revoked viewer-request function: revoked',
      ],
    );
    t.equal(attempts[1]?.path, `/users/${bob.id}/b.png`, 'a file that exists');
    const [policy = '', signature = ''] = ['CloudFront-Policy', 'CloudFront-Signature'].map(
      (name) => alice.jar.get(name) ?? '',
    );
    t.ok(policy.length > 100 && signature.length > 50);
    for (const secret of [policy, signature, 'Policy=', 'Signature=']) t.notMatch(answer, secret, secret);

    const { attempts: fromBob } = await parseJson<{ attempts: Outcome[] }>(await bob.post('/demo/attempts'));
    t.equal(fromBob[2]?.path, `/users/${alice.id}/a.png`);
    for (const [index, person] of [alice, bob].entries()) {
      const teams = await parseJson(await person.request(`${stack.appOrigin}/api/teams`));
      t.strictSame(teams, { teams: [], mayMake: true }, `row ${index}`);
      const { sessions } = await parseJson<{ sessions: unknown[] }>(
        await person.request(`${stack.appOrigin}/api/sessions`),
      );
      t.equal(sessions.length, 1, 'the attempts leave neither a team nor a session');
    }
  });

  t.test('no answer for another origin, another name, or a visitor who is not signed in', async (t) => {
    for (const path of ['/demo/state', '/demo/attempts', '/demo/login', '/demo/team']) {
      for (const origin of ['http://evil.test', 'null', stack.filesOrigin, undefined]) {
        const headers = { 'content-type': 'application/json', ...(origin ? { origin } : {}) };
        const answer = await alice.request(stack.appOrigin + path, {
          method: 'POST',
          headers,
          body: '{"login":"bob"}',
        });
        t.equal(answer.status, 403, `${path} from ${origin}`);
        t.match(await answer.json(), { code: 'cross_origin' }, `${origin}`);
        t.strictSame(answer.headers.getSetCookie(), [], `${origin}`);
      }
    }
    const { port } = new URL(stack.appOrigin);
    const rebound = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/demo/state',
      headers: { host: `evil.test:${port}`, origin: stack.appOrigin },
    }).end();
    const [answer] = await once(rebound, 'response');
    answer.resume();
    t.equal(answer.statusCode, 421);
    const nobody = await send(new CookieJar(), `${stack.appOrigin}/demo/attempts`, {
      method: 'POST',
      headers: { origin: stack.appOrigin },
    });
    t.equal(nobody.status, 401);
    t.equal((await alice.post('/demo/login', { login: 'mallory' })).status, 400);
  });

  t.test('one click signs in by the provider; a hint that the app did not make shows its form', async (t) => {
    const jar = new CookieJar();
    const asked = await send(jar, `${stack.appOrigin}/demo/login`, {
      method: 'POST',
      headers: { origin: stack.appOrigin, 'content-type': 'application/json' },
      body: JSON.stringify({ login: 'bob' }),
    });
    const { url } = await parseJson<{ url: string }>(asked);
    const forged = new URL(url);
    forged.searchParams.set('login_hint', url.replace(/.*login_hint=/, '').replace(/\.bob$/, '.alice'));
    const form = await follow(new CookieJar(), forged.href);
    t.match(await form.text(), /<input id="login"/);
    await follow(jar, url);
    const session = await send(jar, `${stack.appOrigin}/auth/session`);
    t.match(await session.json(), { user: { id: bob.id, name: 'bob' } });
  });

  t.test('counts no bytes of files, and measures a sign-out with a copy of its cookies', async (t) => {
    t.strictSame(await state(), { fileBytes: 0, signOut: null, hasTeams: true, isTeamMade: false });
    const refused = await alice.request(`${stack.appOrigin}/auth/logout`, { method: 'POST' });
    t.equal(refused.status, 403);
    t.equal((await alice.post('/auth/logout')).status, 200);
    // The answer comes once the edge has been told. The stopwatch's own request may still be on its way then.
    let { signOut } = await state();
    for (let i = 0; i < 100 && signOut === null; i++) ({ signOut } = await state());
    t.equal(signOut?.code, 'revoked');
    t.ok((signOut?.requests ?? 0) >= 1);
    t.ok(Number(signOut?.elapsedMs) > 0 && Number(signOut?.elapsedMs) < 2_000, `${signOut?.elapsedMs} ms`);
  });

  t.test('where people make no teams, the demonstration makes none', async (t) => {
    const without = await startTestStack(t, { env: { TEAMS: 'off' } });
    const person = await signIn(without, 'alice');
    t.match(await parseJson<State>(await person.post('/demo/state')), { hasTeams: false });
    t.equal((await person.post('/demo/team')).status, 404);
    const { attempts } = await parseJson<{ attempts: Outcome[] }>(await person.post('/demo/attempts'));
    t.equal(attempts.length, 10);
  });

  t.test('is in nothing that is deployed', async (t) => {
    const local = (path: string) => readFileSync(join(stack.directory, 'build/web', path), 'utf8');
    const deployment = temporaryDirectory(t);
    build(localStackValues(stack.settings, stack.state.keys), deployment);
    const deployed = (path: string) => readFileSync(join(deployment, 'service', path), 'utf8');
    t.match(local('index.html'), 'demo.js');
    t.notMatch(deployed('web/index.html'), 'demo');
    t.notOk(existsSync(join(deployment, 'service/web/demo.js')));
    t.notMatch(deployed('lambda.mjs'), '/demo/');
    const scripts = readdirSync(join(stack.directory, 'build/web/assets')).map((name) => `assets/${name}`);
    for (const file of ['app.js', 'style.css', ...scripts]) {
      t.equal(local(file), deployed(`web/${file}`), `${file} is the deployed one`);
      t.notMatch(local(file), '/demo/', file);
    }
  });
});

async function follow(jar: CookieJar, start: string): Promise<Response> {
  let url = start;
  for (let step = 0; step < 10; step++) {
    const answer = await send(jar, url);
    const location = answer.headers.get('location');
    if (location === null) return answer;
    url = new URL(location, url).href;
  }
  throw new Error('redirects without an end');
}
