import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { TestStack } from './test-stack.ts';

const EVENT = { 'http://schemas.openid.net/event/backchannel-logout': {} };

/** A logout token as the local provider makes it. `claims` replace its own; undefined takes one out. */
export async function logoutToken(stack: TestStack, claims: Record<string, unknown>): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const all = {
    iss: `http://localhost:${stack.settings.ports.identityProvider}`,
    ...{ aud: 'gateway', iat: now, exp: now + 120, jti: randomUUID(), events: EVENT },
    ...claims,
  };
  const [key] = stack.state.secrets.identityProviderKeys.keys;
  return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))
    .setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt' })
    .sign(await importJWK({ ...key }, 'RS256'));
}
