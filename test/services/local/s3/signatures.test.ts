import t from 'tap';
import { raw } from '../support/local-s3.ts';
import { NOW, PATH, presigned, signed, start } from '../support/signed-requests.ts';

t.test('takes a signature up to 15 minutes old, or up to 15 minutes early', async (t) => {
  const { store, port, at } = await start();
  t.teardown(() => store.close());
  const headers = await signed(port, 'GET');
  for (const [minutes, status] of [
    [15, 200],
    [-15, 200],
    [15.1, 403],
    [-15.1, 403],
  ] as const) {
    at(NOW + minutes * 60_000);
    const answer = await raw(port, 'GET', PATH, headers);
    t.equal(answer.status, status, `${minutes} minutes`);
    if (status === 403) t.match(answer.body, 'RequestTimeTooSkewed');
  }
});

t.test('accepts a signed request, and no changed one', async (t) => {
  const { store, port } = await start();
  t.teardown(() => store.close());
  const headers = await signed(port, 'GET');
  const denied = (body: string) => ({ status: 403, body });
  const mismatch = denied('SignatureDoesNotMatch');
  t.match(await raw(port, 'GET', PATH, headers), { status: 200, body: 'hello' });
  t.match(await raw(port, 'GET', `${PATH}2`, headers), mismatch);
  t.match(await raw(port, 'HEAD', PATH, headers), { status: 403 });
  t.match(await raw(port, 'DELETE', PATH, headers), mismatch);
  t.match(await raw(port, 'GET', `${PATH}?response-content-type=text/html`, headers), mismatch);
  t.match(await raw(port, 'GET', `${PATH}?v=1`, headers), mismatch);
  t.match(await raw(port, 'GET', PATH, { ...headers, 'x-amz-meta-a': 'b' }), denied('not signed'));
  t.match(await raw(port, 'GET', PATH, { ...headers, 'x-amz-date': '20261125T120001Z' }), mismatch);
  const { authorization = '' } = headers;
  const withAuthorization = (value: string) => raw(port, 'GET', PATH, { ...headers, authorization: value });
  t.match(await withAuthorization(authorization.replace(/host;/, '')), { status: 403 });
  t.match(await withAuthorization(authorization.slice(0, -1)), mismatch);
  t.match(await withAuthorization(authorization.replace('us-east-1', 'eu-west-1')), {
    status: 400,
    body: 'AuthorizationHeaderMalformed',
  });
  t.match(await withAuthorization(authorization.replace('/s3/', '/dynamodb/')), { status: 400 });
  t.match(await withAuthorization('AWS LOCALOPERATOR:c2lnbmF0dXJl'), { status: 400 });
  t.match(await withAuthorization('Bearer x'), { status: 400 });
});

t.test('takes a presigned URL until it expires', async (t) => {
  const { store, port, at } = await start();
  t.teardown(() => store.close());
  const url = await presigned(port, 'GET');
  t.match(await raw(port, 'GET', url), { status: 200, body: 'hello' });
  at(NOW + 60_000);
  t.match(await raw(port, 'GET', url), { status: 200 });
  at(NOW + 60_001);
  t.match(await raw(port, 'GET', url), { status: 403, body: 'Request has expired' });
  at(NOW);
  t.match(await raw(port, 'GET', url.replace('Expires=60', 'Expires=600')), { status: 403 });
  t.match(await raw(port, 'GET', `${url}&X-Amz-Expires=600`), { status: 400 });
  t.match(await raw(port, 'GET', `${url}&acl`), { status: 403 });
  t.match(await raw(port, 'PUT', url, {}, 'x'), { status: 403 });
  t.match(await raw(port, 'GET', url, await signed(port, 'GET')), {
    status: 400,
    body: 'Only one auth mechanism',
  });
  const week = await presigned(port, 'GET', { expiresIn: 604_800 });
  t.match(await raw(port, 'GET', week), { status: 200 });
  t.match(await raw(port, 'GET', week.replace('604800', '604801')), { status: 400, body: 'a week' });
  const future = await presigned(port, 'GET', { date: NOW + 16 * 60_000 });
  t.match(await raw(port, 'GET', future), { status: 403 });
  const typed = await presigned(port, 'GET', { query: { 'response-content-type': 'text/csv' } });
  t.match(await raw(port, 'GET', typed), { status: 200, headers: { 'content-type': 'text/csv' } });
  const acl = await presigned(port, 'GET', { query: { acl: '' } });
  t.match(await raw(port, 'GET', acl), { status: 501, body: 'NotImplemented' });
});
