import t from 'tap';
import { checkIssuer } from '../../../../../services/operator/deploy/check/issuer.ts';
import { DISCOVERY } from '../support/world.ts';

const ISSUER = 'https://login.example.com';
const ADDRESS = `${ISSUER}/.well-known/openid-configuration`;

/** The findings about a discovery document, without `do`. */
async function found(answer: () => Response | Promise<Response>, issuer = ISSUER): Promise<string[]> {
  const asked: unknown[] = [];
  const findings = await checkIssuer(issuer, async (address) => {
    asked.push(address);
    return answer();
  });
  t.strictSame(asked, [ADDRESS]);
  return findings.map(({ problem, isNote }) => `${isNote ? 'note' : 'stop'}: ${problem}`);
}

const END =
  'note: the provider has no end-session endpoint: a sign-out here leaves the provider’s session alone';
const BACK =
  'note: the provider announces no back-channel logout: a sign-out or a block there does not end sessions here at once';
const CODE = 'stop: the provider has no code flow (response_types_supported)';
const BASIC = 'the provider takes no client_secret_basic at its token endpoint';
const methods = (...list: string[]) => ({ token_endpoint_auth_methods_supported: list });

t.test('each fault of a discovery document', async (t) => {
  for (const [changes, lines] of [
    [{}, []],
    [{ end_session_endpoint: undefined }, [END]],
    [{ backchannel_logout_supported: undefined }, [BACK]],
    [{ backchannel_logout_supported: false }, [BACK]],
    [{ response_types_supported: ['id_token'] }, [CODE]],
    [{ response_types_supported: undefined }, []],
    [{ jwks_uri: undefined }, ['stop: its discovery document has no jwks_uri']],
    [methods('client_secret_basic', 'none'), []],
    [methods('client_secret_post'), [`note: ${BASIC}`]],
    [methods('private_key_jwt'), [`stop: ${BASIC}`]],
    [
      { issuer: `${ISSUER}/` },
      ['stop: the provider calls itself "https://login.example.com/": ID tokens would be refused'],
    ],
    [{ issuer: undefined }, ['stop: the provider calls itself null: ID tokens would be refused']],
  ] as [object, string[]][]) {
    t.strictSame(
      await found(() => Response.json({ ...DISCOVERY, ...changes })),
      lines,
      JSON.stringify(changes),
    );
  }
});

t.test('a document that cannot be read, with the reason', async (t) => {
  const refused = Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
  });
  for (const [answer, why] of [
    [() => new Response('', { status: 404 }), 'status 404'],
    [() => new Response('<html>'), 'no JSON'],
    [() => Promise.reject(refused), 'ECONNREFUSED'],
    [() => Promise.reject(new DOMException('', 'TimeoutError')), 'TimeoutError'],
  ] as [() => Response | Promise<Response>, string][]) {
    t.strictSame(
      await found(answer),
      [`stop: its discovery document cannot be read (${why}): ${ADDRESS}`],
      why,
    );
  }
});
