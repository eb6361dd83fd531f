import { errorName, type Finding } from '../aws/finding.ts';

const value = 'oidcIssuer';
const ANSWER_MS = 10_000;

/**
 * Checks the provider's discovery document (OpenID Connect Discovery 1.0): it exists, is that of this issuer, and has
 * what the service needs.
 */
export async function checkIssuer(issuer: string, ask: typeof fetch): Promise<Finding[]> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  let document: Record<string, unknown>;
  try {
    const answer = await ask(address, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (!answer.ok) return [unreadable(address, `status ${answer.status}`)];
    document = Object(await answer.json());
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return [unreadable(address, cause instanceof SyntaxError ? 'no JSON' : errorName(cause))];
  }
  return [...documentFaults(document, issuer), ...signOutNotes(document)];
}

function unreadable(address: string, why: string): Finding {
  return {
    value,
    problem: `its discovery document cannot be read (${why}): ${address}`,
    do: 'correct the issuer: the provider’s own page of settings names it',
  };
}

function documentFaults(document: Record<string, unknown>, issuer: string): Finding[] {
  if (document['issuer'] !== issuer) {
    const told = JSON.stringify(document['issuer'] ?? null);
    const problem = `the provider calls itself ${told}: ID tokens would be refused`;
    return [{ value, problem, do: 'write the issuer exactly as the provider does' }];
  }
  const faults: Finding[] = ['authorization_endpoint', 'token_endpoint', 'jwks_uri']
    .filter((name) => typeof document[name] !== 'string')
    .map((name) => ({
      value,
      problem: `its discovery document has no ${name}`,
      do: 'use a provider with OpenID Connect’s code flow',
    }));
  if (!listOf(document, 'response_types_supported', ['code']).includes('code')) {
    const problem = 'the provider has no code flow (response_types_supported)';
    faults.push({ value, problem, do: 'use a provider with OpenID Connect’s code flow' });
  }
  const methods = listOf(document, 'token_endpoint_auth_methods_supported', ['client_secret_basic']);
  if (methods.includes('client_secret_basic')) return faults;
  const isByPost = methods.includes('client_secret_post');
  faults.push({
    value,
    problem: 'the provider takes no client_secret_basic at its token endpoint',
    do: isByPost
      ? 'add the member "OIDC_TOKEN_ENDPOINT_AUTH_METHOD": "client_secret_post" to the secret'
      : 'use a provider with client_secret_basic or client_secret_post',
    ...(isByPost ? { isNote: true } : {}),
  });
  return faults;
}

function signOutNotes(document: Record<string, unknown>): Finding[] {
  const notes: Finding[] = [];
  if (typeof document['end_session_endpoint'] !== 'string') {
    notes.push({
      value,
      problem:
        'the provider has no end-session endpoint: a sign-out here leaves the provider’s session alone',
      do: 'nothing, or tell users to sign out there too on shared computers',
      isNote: true,
    });
  }
  if (document['backchannel_logout_supported'] !== true) {
    notes.push({
      value,
      problem:
        'the provider announces no back-channel logout: a sign-out or a block there does not end sessions here at once',
      do: 'nothing, or end them by gateway revoke; docs/operate.md',
      isNote: true,
    });
  }
  return notes;
}

function listOf(document: Record<string, unknown>, name: string, otherwise: string[]): unknown[] {
  const list = document[name];
  return Array.isArray(list) ? list : otherwise;
}
