import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { build } from '../../../../infra/build.ts';
import type { Outcome } from '../../../../services/local/demo/outcome.ts';
import { localStackValues } from '../../../../services/local/stack-template.ts';
import { CookieJar, parseJson, png, send, signIn } from '../../../support/client.ts';
import { operatorsBucket } from '../../../support/operators-bucket.ts';
import { startTestStack, temporaryDirectory } from '../../../support/test-stack.ts';

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

  t.test('attempts are refused by the step that the record of the edge names', async (t) => {
    const answer = await (await alice.post('/demo/attempts')).text();
    const { attempts } = JSON.parse(answer) as { attempts: Outcome[] };
    t.strictSame(
      attempts.filter(({ isAsItShould }) => !isAsItShould),
      [],
      'none is red',
    );
    const shown = (text: string) => text.replaceAll(alice.id, 'ALICE').replaceAll(bob.id, 'BOB');
    t.strictSame(
      attempts.map(({ kind, path, status, code = '-', explained }) =>
        shown([kind, path, status, code, explained].join(' ')),
      ),
      [
        'own /users/ALICE/a.png 200 - origin: answered',
        'noCookie /users/BOB/b.png 403 MissingKey signature: missing_key',
        'otherCookies /users/BOB/b.png 403 AccessDenied signature: resource_path',
        'upEscaped /users/ALICE/..%2fBOB/b.png 400 bad_path viewer-request function: bad_path',
        'up /users/ALICE/../BOB/b.png 400 bad_path viewer-request function: bad_path',
        'forged /users/BOB/b.png 403 AccessDenied signature: signature',
        'expired /users/ALICE/a.png 403 AccessDenied signature: expired',
        'sharePath /users/BOB/b.png 403 AccessDenied signature: resource_path',
        'movedDate /users/ALICE/a.png 403 AccessDenied signature: signature',
        'script /users/ALICE/a.png 403 destination_refused viewer-request function: destination_refused',
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
  });

  t.test('no answer for another origin, another name, or a visitor who is not signed in', async (t) => {
    for (const path of ['/demo/attempts', '/demo/login']) {
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
      path: '/demo/attempts',
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
