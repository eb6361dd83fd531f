import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readingOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/reading';
import { recordAt } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import {
  readTemplate,
  type TemplateNames,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { publicKeyConfig } from '@cloudfront-cookie-gateway/local-cloudfront/template/trusted-keys';
import { UsageError } from './options.ts';

/** For new keys in place of those that the template does not have, such as the values of parameters. */
const FOLDER = '.edge-local';

/**
 * The names of a template's public keys. Here these names are also the key pair ids. If there is a folder, the template
 * gets new keys, each of the kind of the key that it replaces. The folder keeps the private halves. A key that cannot be
 * read is replaced in any case, and a line says so.
 */
export function withOwnKeys(
  template: unknown,
  folder: string | undefined,
  names: TemplateNames,
): { template: unknown; keyPairIds: string[]; lines: string[] } {
  const copy = structuredClone(template);
  const keyPairIds: string[] = [];
  const lines: string[] = [];
  // Intrinsic functions may make the name of a key, so this reads the resolved template.
  const reading = readingOf(readTemplate(copy, { ...names, isLenient: true }));
  for (const key of reading.template.ofType('AWS::CloudFront::PublicKey')) {
    const { name, pem } = publicKeyConfig(reading, key);
    keyPairIds.push(name);
    const config = recordAt(copy, 'Resources', key.logicalId, 'Properties', 'PublicKeyConfig');
    if (folder === undefined && isKey(pem)) continue;
    if (folder === undefined) lines.push(`guessed --keys ${FOLDER}: the template has no key ${name}`);
    const own = createPublicKey(ownKey(name, pem, folder ?? FOLDER));
    config['EncodedKey'] = own.export({ type: 'spki', format: 'pem' }).toString();
  }
  return { template: copy, keyPairIds, lines };
}

function ownKey(name: string, encodedKey: string, folder: string): KeyObject {
  const file = join(folder, `${name.replace(/[^\w-]/g, '_')}.pem`);
  if (existsSync(file)) return createPrivateKey(readFileSync(file, 'utf8'));
  const { privateKey } = isRsa(encodedKey)
    ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return privateKey;
}

function isKey(encodedKey: string): boolean {
  try {
    createPublicKey(encodedKey);
    return true;
  } catch {
    return false;
  }
}

function isRsa(encodedKey: string): boolean {
  try {
    return createPublicKey(encodedKey).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/**
 * A signed URL, or the Cookie header for everything that a pattern covers, by the first key of the folder.
 * @throws UsageError if there is no key
 */
export function signed(
  url: string,
  { folder, asCookies, lifetimeSeconds }: { folder: string; asCookies: boolean; lifetimeSeconds: number },
): string {
  const [file] = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pem')) : [];
  if (!file) throw new UsageError(`there is no key in ${folder}; serve a template first, which makes keys`);
  const key = createPrivateKey(readFileSync(join(folder, file), 'utf8'));
  const endsAt = Math.floor(Date.now() / 1_000) + lifetimeSeconds;
  const condition = { DateLessThan: { 'AWS:EpochTime': endsAt } };
  const policy = Buffer.from(JSON.stringify({ Statement: [{ Resource: url, Condition: condition }] }));
  const fields = {
    Policy: spelled(policy),
    Signature: spelled(sign('sha256', policy, key)),
    'Key-Pair-Id': file.replace(/\.pem$/, ''),
    'Hash-Algorithm': 'SHA256',
  };
  const pairs = Object.entries(fields);
  if (asCookies) return pairs.map(([name, value]) => `CloudFront-${name}=${value}`).join('; ');
  return `${url}${url.includes('?') ? '&' : '?'}${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`;
}

function spelled(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
