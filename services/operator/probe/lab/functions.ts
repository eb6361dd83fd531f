/**
 * The request header `x-lab` tells this function what to do. Without the header it answers with the event that it saw.
 * `object` and `missing` go on to the bucket under another path.
 */
export const VIEWER_REQUEST = `import cf from 'cloudfront';
var store = cf.kvs();
async function handler(event) {
  var request = event.request;
  var wanted = request.headers['x-lab'] ? request.headers['x-lab'].value : '';
  while (wanted === 'endless') {}
  if (wanted === 'throw') throw new Error('as the lab wants it');
  if (wanted === 'object' || wanted === 'missing') {
    request.uri = '/' + wanted + '.txt';
    request.querystring = { rewritten: { value: '1' } };
    request.headers['x-lab-rewritten'] = { value: '1' };
    return request;
  }
  var seen = { request: request, raw: request.rawQueryString() };
  if (wanted.indexOf('key ') === 0) {
    seen = { value: await store.exists(wanted.slice(4)) ? await store.get(wanted.slice(4)) : '' };
  }
  return {
    statusCode: 200,
    headers: { 'content-type': { value: 'application/json' } },
    body: JSON.stringify(seen)
  };
}
`;

/** Writes what it saw into a response header. */
export const VIEWER_RESPONSE = `function handler(event) {
  var request = event.request;
  var response = event.response;
  var saw = {
    uri: request.uri,
    query: Object.keys(request.querystring).sort().join(' '),
    header: request.headers['x-lab-rewritten'] ? 'rewritten' : 'viewer',
    raw: typeof request.rawQueryString,
    policy: response.headers['x-lab-policy'] ? true : false
  };
  response.headers['x-lab-saw'] = { value: JSON.stringify(saw) };
  return response;
}
`;
