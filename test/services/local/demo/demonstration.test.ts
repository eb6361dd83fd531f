import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { build } from '../../../../infra/build.ts';
import type { Outcome } from '../../../../services/local/demo/attempts.ts';
import { localStackValues } from '../../../../services/local/stack-template.ts';
import { CookieJar, parseJson, png, type SignedInUser, send, signIn } from '../../../support/client.ts';
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
    t.strictSame(
      attempts.map(({ status, step, clause }) => `${status} ${step}: ${clause}`),
      [
        '200 origin: answered',
        '403 signature: missing_key',
        '403 signature: resource_path',
        '400 viewer-request function: bad_path',
        '400 viewer-request function: bad_path',
        '403 signature: signature',
        '403 signature: expired',
        '403 signature: resource_path',
        '403 signature: signature',
        '403 viewer-request function: destination_refused',
        '200 origin: answered',
        '403 signature: resource_path',
        '403 signature: missing_key',
        '403 signature: resource_path',
        '403 signature: resource_path',
        '403 signature: signature',
        '403 signature: resource_path',
        '410 service: link_over',
        '403 service: role_too_low',
        '410 service: link_over',
        '403 viewer-request function: revoked',
        '403 service: wrong_password',
        '410 service: link_over',
        '403 service: role_too_low',
        '412 service: PreconditionFailed',
        '403 viewer-request function: revoked',
        '403 viewer-request function: revoked',
        '403 viewer-request function: revoked',
        '404 service: no_such_team',
        '403 viewer-request function: revoked',
        '403 viewer-request function: revoked',
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

  t.test('Alice and Bob have one team, however often it is asked for', async (t) => {
    const teams = async (person: SignedInUser) =>
      parseJson<{ teams: { id: string; role: string }[] }>(
        await person.request(`${stack.appOrigin}/api/teams`),
      );
    for (let time = 0; time < 2; time++) t.equal((await alice.post('/demo/team')).status, 200);
    const [ofAlice, ofBob] = [await teams(alice), await teams(bob)];
    t.match(ofAlice, { teams: [{ name: 'Alice & Bob', role: 'manager' }] });
    t.match(ofBob, { teams: [{ id: ofAlice.teams[0]?.id, role: 'editor' }] });
    t.strictSame([ofAlice.teams.length, ofBob.teams.length], [1, 1]);
    const id = ofAlice.teams[0]?.id;
    t.equal((await bob.delete(`/api/teams/${id}/members/${bob.id}`)).status, 204);
    t.equal((await alice.post('/demo/team')).status, 200);
    t.match(await teams(bob), { teams: [{ id }] }, 'who has left is back');
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
    t.strictSame(await state(), { fileBytes: 0, signOut: null, hasTeams: true, isTeamMade: true });
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
