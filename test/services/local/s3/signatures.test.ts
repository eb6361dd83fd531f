import { createHash, createHmac } from 'node:crypto';
import t from 'tap';
import { OPERATOR, REGION, raw } from '../support/local-s3.ts';
import { NOW, PATH, presigned, signed, start, UNSIGNED } from '../support/signed-requests.ts';

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
  t.match(await withAuthorization(authorization.replace(/host;/, '')), denied('were not signed: host<'));
  t.match(await withAuthorization(authorization.slice(0, -1)), mismatch);
  t.match(await withAuthorization(authorization.replace('us-east-1', 'eu-west-1')), {
    status: 400,
    body: 'AuthorizationHeaderMalformed',
  });
  t.match(await withAuthorization(authorization.replace('/s3/', '/dynamodb/')), { status: 400 });
  const malformed = { status: 400, body: 'AuthorizationHeaderMalformed' };
  for (const value of [
    'AWS LOCALOPERATOR:c2lnbmF0dXJl',
    'Bearer x',
    `x ${authorization}`,
    `${authorization} x`,
  ])
    t.match(await withAuthorization(value), malformed, value);
  const { 'x-amz-date': date = '', ...undated } = headers;
  const noDate = denied('requires a valid x-amz-date header');
  t.match(await raw(port, 'GET', PATH, undated), noDate);
  for (const wrong of [`x${date}`, `${date}x`])
    t.match(await raw(port, 'GET', PATH, { ...headers, 'x-amz-date': wrong }), noDate, wrong);
  const withToken = await signed(port, 'GET', { ...UNSIGNED, 'x-amz-security-token': 'x' });
  t.match(await raw(port, 'GET', PATH, withToken), { status: 400, body: 'InvalidToken' });
  const spaced = await signed(port, 'PUT', { ...UNSIGNED, 'x-amz-meta-a': 'b   c' });
  t.match(await raw(port, 'PUT', PATH, spaced, 'hello'), { status: 200 });
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
  const wrong = { status: 400, body: 'AuthorizationQueryParametersError' };
  for (const [from, to] of [
    ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1'],
    ['20261125T120000Z', '20261125'],
    ...['0', '060', '60x', 'x60', '-1', ''].map((text) => ['Expires=60', `Expires=${text}`] as const),
    ['X-Amz-Signature', 'X-Amz-Other'],
  ] as const)
    t.match(await raw(port, 'GET', url.replace(from, to)), wrong, to);
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

t.test('checks the body against the signed hash, and every checksum', async (t) => {
  const { store, port } = await start();
  t.teardown(() => store.close());
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const put = async (headers: Record<string, string>, body: string) =>
    raw(port, 'PUT', PATH, await signed(port, 'PUT', headers), body);
  t.match(await put({ 'x-amz-content-sha256': hash('x') }, 'x'), { status: 200 });
  t.match(await put({ 'x-amz-content-sha256': hash('x') }, 'y'), {
    status: 400,
    body: 'XAmzContentSHA256Mismatch',
  });
  const url = await presigned(port, 'PUT', { headers: { 'x-amz-content-sha256': hash('part') } });
  t.match(await raw(port, 'PUT', url, { 'x-amz-content-sha256': hash('part') }, 'part'), { status: 200 });
  t.match(await raw(port, 'PUT', url, { 'x-amz-content-sha256': hash('part') }, 'trap'), { status: 400 });
  t.match(await raw(port, 'PUT', url, { 'x-amz-content-sha256': hash('trap') }, 'trap'), { status: 403 });
  const inQuery = await presigned(port, 'PUT', {
    ...{ headers: { 'X-Amz-Content-Sha256': hash('part') }, isHoisted: true },
  });
  t.match(await raw(port, 'PUT', inQuery, {}, 'part'), { status: 200 });
  t.match(await raw(port, 'PUT', inQuery, {}, 'trap'), { status: 400, body: 'XAmzContentSHA256Mismatch' });
  const checksums = {
    'x-amz-checksum-crc32': 'NhCmhg==',
    'x-amz-checksum-sha1': 'qvTGHdzF6KLavt4PO0gs2a6pQ00=',
    'x-amz-checksum-sha256': 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
    'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==',
  };
  for (const [name, value] of Object.entries(checksums)) {
    t.match(await put({ ...UNSIGNED, [name]: value }, 'hello'), { status: 200 }, name);
    t.match(await put({ ...UNSIGNED, [name]: value }, 'hallo'), { status: 400, body: 'BadDigest' }, name);
    const both = { 'x-amz-content-sha256': hash('hello'), [name]: value };
    t.match(await put(both, 'hallo'), { status: 400, body: 'BadDigest' }, `${name} comes first`);
  }
  t.match(await raw(port, 'GET', PATH, await signed(port, 'GET')), { body: 'hello' });
  for (const wrong of ['whatever', `0${hash('x')}`, `${hash('x')}0`])
    t.match(
      await put({ 'x-amz-content-sha256': wrong }, 'x'),
      { status: 400, body: 'InvalidArgument' },
      wrong,
    );
});

t.test('verifies the signatures of chunks and of trailing headers', async (t) => {
  const { store, port } = await start();
  t.teardown(() => store.close());
  const date = '20261125T120000Z';
  const scope = `20261125/${REGION}/s3/aws4_request`;
  const key = scope
    .split('/')
    .reduce(
      (from, part) => createHmac('sha256', from).update(part).digest(),
      Buffer.from(`AWS4${OPERATOR.secretAccessKey}`),
    );
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

  async function send(change: (body: string) => string, headers: Record<string, string> = {}) {
    const request = await signed(port, 'PUT', {
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '7',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      ...headers,
    });
    let previous = request['authorization']?.split('Signature=')[1] ?? '';
    const sign = (kind: string, ...hashes: string[]) => {
      const lines = [`AWS4-HMAC-SHA256-${kind}`, date, scope, previous, ...hashes];
      previous = createHmac('sha256', key).update(lines.join('\n')).digest('hex');
      return previous;
    };
    const chunks = ['chu', 'nked', ''].map((data) => {
      const end = data === '' ? '' : '\r\n';
      return `${data.length.toString(16)};chunk-signature=${sign('PAYLOAD', sha256(''), sha256(data))}\r\n${data}${end}`;
    });
    const trailer = 'x-amz-checksum-crc32:P4n13A==';
    const last = `${trailer}\r\nx-amz-trailer-signature:${sign('TRAILER', sha256(`${trailer}\n`))}\r\n\r\n`;
    return raw(port, 'PUT', PATH, request, change([...chunks, last].join('')));
  }

  const good = await send((body) => body);
  t.match(good, { status: 200, headers: { etag: `"${createHash('md5').update('chunked').digest('hex')}"` } });
  t.match(await raw(port, 'GET', PATH, await signed(port, 'GET')), { body: 'chunked' });
  const head = await raw(port, 'HEAD', PATH, await signed(port, 'HEAD'));
  t.equal(head.headers['content-encoding'], undefined, 'aws-chunked is not stored');
  const mismatch = { status: 403, body: 'SignatureDoesNotMatch' };
  t.match(await send((body) => body.replace('nked', 'nkED')), mismatch, 'other data');
  t.match(await send((body) => body.replace('P4n13A==', 'AAAAAA==')), mismatch, 'other trailer');
  t.match(
    await send((body) => body.replace(/\r\nx-amz-trailer-signature:\w+/, '')),
    mismatch,
    'no trailer signature',
  );
  t.match(
    await send((body) => body.replaceAll(/;chunk-signature=\w+/g, '')),
    mismatch,
    'no chunk signatures',
  );
  t.match(await send((body) => body.slice(0, -30)), { status: 400, body: 'IncompleteBody' });
  t.match(await send((body) => body, { 'x-amz-decoded-content-length': '8' }), {
    status: 400,
    body: 'IncompleteBody',
  });
  t.match(await raw(port, 'GET', PATH, await signed(port, 'GET')), { body: 'chunked' });
});
