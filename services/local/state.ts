import { createPublicKey, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseSigningKey } from '../auth/domain/signing-key.ts';
import type { Credentials } from './credentials.ts';
import { generateIdentityProviderKeys } from './identity-provider.ts';
import { LocalSettingsError } from './settings.ts';

export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';
export const BUCKET = 'gateway-files';
export const OIDC_CLIENT_ID = 'gateway';

export interface SigningKey {
  keyPairId: string;
  /** PKCS#8 as PEM. */
  privatePem: string;
  /** SubjectPublicKeyInfo as PEM. */
  publicPem: string;
}

interface Secrets {
  operator: Credentials;
  service: Credentials;
  cloudfront: Credentials;
  oidcClientSecret: string;
  loginSecret: string;
  identityProviderCookieKey: string;
  identityProviderKeys: ReturnType<typeof generateIdentityProviderKeys>;
}

export interface LocalState {
  directory: string;
  /** The key that signs now comes first. */
  keys: SigningKey[];
  secrets: Secrets;
}

/** Reads what `npm start` keeps between runs, and makes what is missing. Readable by this user alone. */
export function openLocalState(directory: string): LocalState {
  mkdirSync(join(directory, 'keys'), { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  return { directory, keys: openKeys(join(directory, 'keys')), secrets: openSecrets(directory) };
}

/** What the AWS command line needs to look into the bucket as its operator. */
export function writeOperatorCredentials({ directory, secrets }: LocalState, endpoint: string): void {
  writePrivate(join(directory, 's3.json'), JSON.stringify({ endpoint, ...secrets.operator }, null, 2));
}

/** The signing keys in a directory: `<key-pair-id>.pem`, and `current`, which names the one that signs. */
export function readKeys(directory: string): SigningKey[] {
  const currentFile = join(directory, 'current');
  if (!existsSync(currentFile)) return [];
  const current = readFileSync(currentFile, 'utf8').trim();
  return readdirSync(directory)
    .filter((file) => file.endsWith('.pem'))
    .map((file) => {
      const privatePem = readFileSync(join(directory, file), 'utf8');
      let publicPem: string;
      try {
        publicPem = createPublicKey(parseSigningKey(privatePem))
          .export({ type: 'spki', format: 'pem' })
          .toString();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        throw new LocalSettingsError([`${join(directory, file)} ${error.message}`]);
      }
      return { keyPairId: file.replace(/\.pem$/, ''), privatePem, publicPem };
    })
    .toSorted((a, b) => Number(b.keyPairId === current) - Number(a.keyPairId === current));
}

function openKeys(directory: string): SigningKey[] {
  const existing = readKeys(directory);
  if (existing.length > 0) return existing;
  const signing = writeKey(directory, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  writeKey(directory, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  writePrivate(join(directory, 'current'), `${signing}\n`);
  return readKeys(directory);
}

function writeKey(
  directory: string,
  privateKey: ReturnType<typeof generateKeyPairSync>['privateKey'],
): string {
  const keyPairId = `K${randomText('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 13)}`;
  writePrivate(
    join(directory, `${keyPairId}.pem`),
    privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  return keyPairId;
}

function openSecrets(directory: string): Secrets {
  const file = join(directory, 'secrets.json');
  if (!existsSync(file)) {
    const secrets: Secrets = {
      operator: newCredentials(),
      service: newCredentials(),
      cloudfront: newCredentials(),
      oidcClientSecret: randomBytes(32).toString('base64url'),
      loginSecret: randomBytes(32).toString('base64url'),
      identityProviderCookieKey: randomBytes(32).toString('base64url'),
      identityProviderKeys: generateIdentityProviderKeys(),
    };
    writePrivate(file, JSON.stringify(secrets));
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

function newCredentials(): Credentials {
  return {
    accessKeyId: `LOCAL${randomText('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 15)}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

/** All or nothing: a run that is stopped while it writes leaves no half of a key. */
function writePrivate(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
