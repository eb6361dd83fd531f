/** The code of the fixture's functions, by their logical ids. `Event` answers with its event. */
export const FUNCTIONS: Record<string, string> = {
  Event: `function handler(event) {
    const told = { event: event, raw: typeof event.request.rawQueryString === 'function' ? event.request.rawQueryString() : 'none' };
    return { statusCode: 200, headers: { 'content-type': { value: 'application/json' } }, body: JSON.stringify(told) };
  }`,
  Move: `function handler(event) {
    event.request.uri = '/plain.txt';
    return event.request;
  }`,
  MoveElsewhere: `function handler(event) {
    event.request.uri = '/echo/elsewhere';
    return event.request;
  }`,
  Throw: `function handler(event) {
    throw new Error('on purpose');
  }`,
  Invalid: `function handler(event) {
    return 'no request, and no response';
  }`,
  Forbidden: `function handler(event) {
    return { statusCode: 200, headers: { 'x-cache': { value: 'of my own' } } };
  }`,
  Runtime: `const crypto = require('crypto');
  const querystring = require('querystring');
  function handler(event) {
    const told = {
      sha256: crypto.createHash('sha256').update('a').digest('hex'),
      hmac: crypto.createHmac('sha256', 'k').update('a').digest('hex'),
      verifies: typeof crypto.createVerify,
      base64: btoa('a') + atob('YQ=='),
      buffer: Buffer.from('616263', 'hex').toString(),
      text: new TextDecoder().decode(new TextEncoder().encode('a')),
      query: querystring.stringify({ a: 'b c' }),
      lacking: [typeof fetch, typeof setTimeout, typeof process, typeof XMLHttpRequest],
    };
    try { told.evaluated = eval('1'); } catch (error) { told.evaluated = 'refused'; }
    try { told.constructed = new Function('return 1')(); } catch (error) { told.constructed = 'refused'; }
    return { statusCode: 200, body: JSON.stringify(told) };
  }`,
  Store: `import cf from 'cloudfront';
  async function handler(event) {
    const store = cf.kvs();
    const told = { text: await store.get('text'), json: await store.get('json', { format: 'json' }) };
    told.has = [await store.exists('text'), await store.exists('none')];
    try { told.missing = await store.get('none'); } catch (error) { told.missing = 'rejected'; }
    return { statusCode: 200, body: JSON.stringify(told) };
  }`,
  Response: `function handler(event) {
    const response = event.response;
    const seen = response.headers['x-content-type-options'];
    response.headers['x-seen'] = { value: seen ? seen.value : 'nothing' };
    if (event.request.querystring.replace) {
      response.statusCode = 201;
      response.headers['content-length'] = { value: '8' };
      response.body = { encoding: 'text', data: 'replaced' };
    }
    return response;
  }`,
};
