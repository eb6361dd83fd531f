import t from 'tap';
import { ALICE } from '../support/edge.ts';
import { alice, edgeFor, own, TEXT } from '../support/kept.ts';

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
