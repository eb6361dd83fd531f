import { generateKeyPairSync, type JsonWebKey, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openKeys, randomText, type SigningKey } from '@cloudfront-cookie-gateway/keys/key-files';
import { readPrivate, writePrivate } from '@cloudfront-cookie-gateway/keys/state-file';
import * as Type from 'typebox';
import { Check } from 'typebox/schema';
import { Credentials } from './store/credentials.ts';

export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';
export const BUCKET = 'gateway-files';
export const MOVER_FUNCTION = 'gateway-mover';
export const OIDC_CLIENT_ID = 'gateway';
export const NATIVE_CLIENT_ID = 'gateway-native';

const Text = Type.String();
const Secrets = Type.Object({
  ...{ operator: Credentials, service: Credentials, cloudfront: Credentials },
  ...{ oidcClientSecret: Text, loginSecret: Text, identityProviderCookieKey: Text },
  /** The key of the signatures of `EVENTS_URL`. */
  events: Text,
  identityProviderKeys: Type.Object({ keys: Type.Array(Type.Unsafe<JsonWebKey>(Type.Object({}))) }),
});
type Secrets = Type.Static<typeof Secrets>;

export interface LocalState {
  directory: string;
  /** The key that signs now comes first. */
  keys: SigningKey[];
  /** New at each start, since only the mover and the stores of this process need to know them. */
  mover: Credentials;
  secrets: Secrets;
}

/** Reads what `npm start` keeps between runs, and makes what is missing. Only this user can read the files. */
export function openLocalState(directory: string): LocalState {
  mkdirSync(join(directory, 'keys'), { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const keys = openKeys(join(directory, 'keys'));
  return {
    directory,
    keys,
    mover: newCredentials(),
    secrets: openSecrets(directory),
  };
}

/**
 * The data with which the AWS command line and SDKs look into a store as its operator.
 * @param file such as `s3.json`
 * @param place the store's endpoint, and other data that its clients need
 */
export function writeOperatorCredentials(
  { directory, secrets }: LocalState,
  file: string,
  place: { endpoint: string; keyValueStoreArn?: string },
): void {
  writePrivate(join(directory, file), JSON.stringify({ ...place, ...secrets.operator }));
}

function openSecrets(directory: string): Secrets {
  const file = join(directory, 'secrets.json');
  const kept = readPrivate(file, parseSecrets);
  if (kept) return kept;
  const secrets: Secrets = {
    operator: newCredentials(),
    service: newCredentials(),
    cloudfront: newCredentials(),
    oidcClientSecret: randomBytes(32).toString('base64url'),
    loginSecret: randomBytes(32).toString('base64url'),
    events: randomBytes(32).toString('base64url'),
    identityProviderCookieKey: randomBytes(32).toString('base64url'),
    identityProviderKeys: generateIdentityProviderKeys(),
  };
  writePrivate(file, JSON.stringify(secrets));
  return secrets;
}

/** @throws SyntaxError if a secret is missing */
function parseSecrets(json: string): Secrets {
  const kept: unknown = JSON.parse(json);
  if (Check(Secrets, kept)) return kept;
  throw new SyntaxError('a secret is missing');
}

function newCredentials(): Credentials {
  return {
    accessKeyId: `LOCAL${randomText('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 15)}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}

/** A new signing key (RS256) for `jwks`. Keep it: ID tokens are valid only as long as the key exists. */
export function generateIdentityProviderKeys(): { keys: JsonWebKey[] } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }] };
}
