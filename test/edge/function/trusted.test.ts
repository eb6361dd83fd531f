import t from 'tap';
import type { EdgeResponse } from '../../../edge/function/event.ts';
import { isRecord } from '../../../edge/local/template/shape.ts';
import { createBuilt } from './support/built.ts';
import { ALICE, plainRequest, TEAM, VALUES } from './support/events.ts';
import { GOLDEN_REQUESTS } from './support/golden-requests.ts';
import { GOLDEN_RESPONSES } from './support/golden-responses.ts';

const TRUSTED = { ...VALUES, edgeCredential: 'trusted' as const };
const ask = createBuilt('viewer-request', TRUSTED);

/** The code of the answer, or the URI that was passed on. */
function codeOf(result: unknown): string {
  if (!isRecord(result)) return 'no object';
  if (typeof result['uri'] === 'string') return 'passed';
  const { body } = result as unknown as EdgeResponse;
  return typeof body === 'object' ? String(JSON.parse(body.data).code) : 'clear';
}

t.test('every golden request is answered as with `read`, but one without a credential passes', async (t) => {
  let passed = 0;
  for (const { title, expected, ...call } of GOLDEN_REQUESTS) {
    const code = codeOf(await ask(call));
    if (expected !== 'no_credential') {
      t.equal(code, typeof expected === 'string' ? expected : 'passed', title);
    } else if (code === 'passed') passed++;
    else t.match(code, /^(?:ambiguous|destination_refused|clear)$/, title);
  }
  t.ok(passed >= 5, `${passed} passed`);
});

const FILE = `/users/${ALICE}/a.png`;
/** A request as the function sees it if its credential is hidden. */
const hidden = (uri: string, rawQuery?: string, headers = {}) => ({
  request: plainRequest(uri, { cookies: {}, headers, ...(rawQuery === undefined ? {} : { rawQuery }) }),
});

t.test(
  'with a hidden credential: path, destination and query are checked, and shares are revoked',
  async (t) => {
    const entries = { [ALICE]: '9999999999,|3,7,' };
    const script = { 'sec-fetch-dest': { value: 'script' } };
    const forged = { 'x-gateway-credential': { value: 'file' } };
    for (const [call, code] of [
      [hidden(FILE), 'passed'],
      [hidden(FILE, 'v=e1'), 'passed'],
      [hidden(`/users/${ALICE}/../b/a.png`), 'bad_path'],
      [hidden(`/users/${ALICE}/`), 'not_a_file'],
      [hidden(`/users/${ALICE}/`, 'clear'), 'clear'],
      [hidden(FILE, undefined, script), 'destination_refused'],
      [hidden(FILE, undefined, forged), 'ambiguous'],
      // Without its start, nobody could say whose set of a team this is.
      [hidden(`/teams/${TEAM}/a.png`), 'no_credential'],
      [hidden(FILE, 'v=e1&share=7'), 'revoked'],
      [hidden(FILE, 'v=e1&share=3'), 'revoked'],
      [hidden(FILE, 'v=e1&share=8'), 'passed'],
      [hidden(FILE, 'v=e1&share=x'), 'policy_not_ours'],
      [hidden(FILE, 'v=e1&share=7&share=8'), 'ambiguous'],
      [hidden(FILE, 'v=e1&%73hare=8'), 'ambiguous'],
    ] as const) {
      t.equal(codeOf(await ask({ ...call, entries })), code, JSON.stringify(call.request));
    }
    t.equal(codeOf(await ask({ ...hidden(FILE, 'share=8'), entries: null })), 'revocation_unknown');
    t.equal(codeOf(await ask({ ...hidden(FILE), entries: null })), 'passed', 'nothing is asked');
    const reading = createBuilt('viewer-request');
    t.equal(codeOf(await reading(hidden(FILE))), 'no_credential', '`read` refuses it');
  },
);

t.test(
  'a hostile file is confined as with `read`, whatever the function sees of its credential',
  async (t) => {
    const respond = createBuilt('viewer-response', TRUSTED);
    const confining = ['content-type', 'content-security-policy', 'content-disposition'];
    for (const { title, request, response, expected } of GOLDEN_RESPONSES) {
      const call = { request: { ...request, cookies: {} }, response };
      const { statusCode, headers } = (await respond(call)) as EdgeResponse;
      t.equal(statusCode, expected.statusCode, title);
      for (const name of confining)
        t.equal(headers[name]?.value, expected.headers[name], `${title}: ${name}`);
    }
  },
);
