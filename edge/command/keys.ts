import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { contextOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/schema';
import { recordAt } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import {
  readTemplate,
  type TemplateNames,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { publicKeyConfig } from '@cloudfront-cookie-gateway/local-cloudfront/template/trusted-keys';
import { UsageError } from './options.ts';

/** Where the command keeps keys if nobody has named a folder. */
export const KEY_FOLDER = '.edge-local';

/** Makes the keys that replace those of a template, whose private halves are elsewhere. */
export interface KeyMaker {
  /** Whether every key is replaced, or only a key that cannot be read, such as the value of a parameter. */
  replacesAll: boolean;
  /** The private half of a key, by its name. The same name gives the same key. */
  keyFor(name: string, encodedKey: string): KeyObject;
}

/**
 * The names of a template's public keys. Here these names are also the key pair ids. New keys are of the kind of those
 * that they replace. If not every key is replaced, a line tells each that is.
 */
export function withOwnKeys(
  template: unknown,
  { replacesAll, keyFor }: KeyMaker,
  names: TemplateNames,
): { template: unknown; keyPairIds: string[]; lines: string[] } {
  const copy = structuredClone(template);
  const keyPairIds: string[] = [];
  const lines: string[] = [];
  // Intrinsic functions may make the name of a key, so this reads the resolved template.
  const context = contextOf(readTemplate(copy, { ...names, isLenient: true }));
  for (const key of context.template.ofType('AWS::CloudFront::PublicKey')) {
    const { Name: name, EncodedKey: pem } = publicKeyConfig(key, context);
    keyPairIds.push(name);
    const config = recordAt(copy, 'Resources', key.logicalId, 'Properties', 'PublicKeyConfig');
    if (!replacesAll && kindOf(pem) !== undefined) continue;
    if (!replacesAll) lines.push(`guessed --keys ${KEY_FOLDER}: the template has no key ${name}`);
    const own = createPublicKey(keyFor(name, pem));
    config['EncodedKey'] = own.export({ type: 'spki', format: 'pem' }).toString();
  }
  return { template: copy, keyPairIds, lines };
}

/** Keeps the private halves in a folder. */
export function keysIn(folder: string | undefined): KeyMaker {
  return {
    replacesAll: folder !== undefined,
    keyFor(name, encodedKey) {
      const file = join(folder ?? KEY_FOLDER, `${name.replace(/[^\w-]/g, '_')}.pem`);
      if (existsSync(file)) return createPrivateKey(readFileSync(file, 'utf8'));
      const key = newKey(encodedKey);
      mkdirSync(folder ?? KEY_FOLDER, { recursive: true, mode: 0o700 });
      writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      return key;
    },
  };
}

/** A new key of the kind of another. */
export function newKey(encodedKey: string): KeyObject {
  const { privateKey } =
    kindOf(encodedKey) === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey;
}

/** Undefined for what is no key. */
function kindOf(encodedKey: string): string | undefined {
  try {
    return createPublicKey(encodedKey).asymmetricKeyType;
  } catch {
    return undefined;
  }
}

/** Who signs, and until when the signature is good. */
export interface Signing {
  key: KeyObject;
  keyPairId: string;
  /** Seconds since 1970. */
  endsAtEpoch: number;
}

/**
 * The first key of a folder.
 * @throws UsageError if there is no key
 */
export function firstKeyIn(folder: string): Omit<Signing, 'endsAtEpoch'> {
  const [file] = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pem')) : [];
  if (!file) throw new UsageError(`there is no key in ${folder}; serve a template first, which makes keys`);
  const key = createPrivateKey(readFileSync(join(folder, file), 'utf8'));
  return { key, keyPairId: basename(file, '.pem') };
}

/** A signed URL. */
export function signedUrl(url: string, signing: Signing): string {
  const query = Object.entries(fieldsFor(url, signing)).map(([name, value]) => `${name}=${value}`);
  return `${url}${url.includes('?') ? '&' : '?'}${query.join('&')}`;
}

/** The Cookie header for everything that a pattern such as `https://files.example/a/*` covers. */
export function signedCookies(pattern: string, signing: Signing): string {
  const pairs = Object.entries(fieldsFor(pattern, signing));
  return pairs.map(([name, value]) => `CloudFront-${name}=${value}`).join('; ');
}

function fieldsFor(resource: string, { key, keyPairId, endsAtEpoch }: Signing): Record<string, string> {
  const condition = { DateLessThan: { 'AWS:EpochTime': endsAtEpoch } };
  const policy = Buffer.from(JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] }));
  return {
    Policy: spelled(policy),
    Signature: spelled(sign('sha256', policy, key)),
    'Key-Pair-Id': keyPairId,
    'Hash-Algorithm': 'SHA256',
  };
}

function spelled(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
