import t from 'tap';
import { ALICE, PASS, withCode } from '../support/edge.ts';
import { alice, edgeFor, own, TEXT } from '../support/kept.ts';
import { serve, serverOf } from '../support/serve.ts';
import { distributionTemplate } from '../support/template.ts';

t.test('the spelling of the path is in the key', async (t) => {
  const edge = await edgeFor(t, withCode({ request: PASS }));
  await edge.get(own, alice);
  const other = await edge.get(`/users/${ALICE}/%61.txt`, alice);
  t.equal(other.headers.get('x-cache'), 'Miss from cloudfront');
  t.equal(edge.origin.requests[1]?.rawUrl, `/gateway-files/users/${ALICE}/%61.txt`);
});

t.test('HEAD is answered from the object that GET has kept, and else passed on', async (t) => {
  const edge = await edgeFor(t);
  const passed = await edge.get(own, alice, 'HEAD');
  t.strictSame([passed.status, passed.body, passed.headers.get('content-length')], [200, '', '18']);
  t.equal(edge.origin.requests[0]?.method, 'HEAD');
  await edge.get(own, alice);
  const kept = await edge.get(own, alice, 'HEAD');
  t.strictSame([kept.body, kept.headers.get('content-length')], ['', '18']);
  t.equal(kept.headers.get('x-cache'), 'Hit from cloudfront');
  t.equal(edge.origin.requests.length, 2);
});

t.test('answers to OPTIONS are kept if the behavior says so, apart from those to GET', async (t) => {
  const url = await serverOf(t, (request, response) =>
    response
      .writeHead(200, { 'cache-control': 'max-age=60', 'content-length': 3 })
      .end(request.method?.slice(0, 3)),
  );
  const AllowedMethods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];
  for (const [CachedMethods, options] of [
    [['GET', 'HEAD'], 'Miss'],
    [['GET', 'HEAD', 'OPTIONS'], 'Hit'],
  ] as const) {
    const origin = { Id: 'a', DomainName: 'a.example', CustomOriginConfig: {} };
    const template = distributionTemplate([origin], { AllowedMethods, CachedMethods });
    const web = await serve(t, template, { origins: { a: { url } } });
    const told: string[] = [];
    for (const method of ['OPTIONS', 'OPTIONS', 'GET', 'GET', 'PUT', 'PUT']) {
      const { headers, body } = await web.ask('/', { method });
      told.push(`${body} ${headers['x-cache']}`.replace(' from cloudfront', ''));
    }
    t.strictSame(
      told,
      ['OPT Miss', `OPT ${options}`, 'GET Miss', 'GET Hit', 'PUT Miss', 'PUT Miss'],
      options,
    );
  }
});

t.test('an object above 8 MB is streamed, and not kept', async (t) => {
  const edge = await edgeFor(t);
  const size = 8 * 1_024 * 1_024;
  for (const [name, bytes, requests] of [
    ['largest', size, 1],
    ['larger', size + 1, 2],
  ] as const) {
    edge.origin.requests.splice(0);
    edge.origin.objects.set(`users/${ALICE}/${name}`, { body: Buffer.alloc(bytes, 'x'), type: 'video/mp4' });
    for (let i = 0; i < 2; i++) {
      const { body, headers } = await edge.get(`/users/${ALICE}/${name}`, alice);
      t.strictSame([body.length, headers.get('content-length')], [bytes, String(bytes)], name);
    }
    t.equal(edge.origin.requests.length, requests, name);
  }
});

t.test('an origin that is down gives 502, unless the object is kept', async (t) => {
  const edge = await edgeFor(t);
  await edge.get(own, alice);
  edge.origin.answer = (_request, response) => response.destroy();
  edge.clock.nowMs += 60_000;
  const stale = await edge.get(own, alice);
  t.strictSame([stale.status, stale.body], [200, TEXT], 'an expired object is better than none');
  const answer = await edge.get(`/users/${ALICE}/other.txt`, alice);
  t.equal(answer.status, 502);
  t.match(answer.body, 'The request could not be satisfied');
  t.notMatch(answer.body, /127\.0\.0\.1|ECONN|hang up/);
});

t.test('an object that breaks off is neither given as whole nor kept', async (t) => {
  const edge = await edgeFor(t);
  edge.origin.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 18 });
    response.write('the bytes');
    setImmediate(() => response.destroy());
  };
  t.equal((await edge.get(own, alice)).status, 502);
  edge.origin.answer = undefined;
  t.equal((await edge.get(own, alice)).body, TEXT);
});

t.test('cookies of the origin do not reach the viewer', async (t) => {
  const edge = await edgeFor(t);
  edge.origin.answer = (request, response) => {
    const status = request.url?.endsWith('a.txt') ? 200 : 404;
    response.writeHead(status, { 'set-cookie': 'a=b', 'content-length': 1 }).end('x');
  };
  for (const target of [own, `/users/${ALICE}/none`]) {
    t.notOk((await edge.get(target, alice)).headers.has('set-cookie'), target);
  }
});
