import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { buildEdgeFunction } from '@cloudfront-cookie-gateway/edge-function';
import { type PublicKeyValue, publicKeyId } from '@cloudfront-cookie-gateway/infra/public-keys';
import type { Template } from '@cloudfront-cookie-gateway/infra/synth';
import { parseStackValues, type StackValues } from '@cloudfront-cookie-gateway/infra/values';
import type { SigningKey } from '@cloudfront-cookie-gateway/keys/key-files';
import { buildWeb } from '@cloudfront-cookie-gateway/web/build';
import { type LocalSettings, parseLocalSettings } from './settings.ts';
import { ACCOUNT_ID, BUCKET, OIDC_CLIENT_ID, REGION } from './state.ts';

/** What the stack gave for `KEPT_VALUES`. A test compares it with the stack, and writes it. */
export const KEPT_TEMPLATE = new URL('stack-template.json', import.meta.url);

/** The values of the kept template. Each differs from every other text in it, so that it can be replaced. */
export const KEPT_VALUES = localStackValues(
  parseLocalSettings({
    APP_ORIGIN: 'https://kept.test',
    FILES_ORIGIN: 'https://files.kept.test',
    OIDC_ISSUER: 'https://provider.kept.test',
    OIDC_CLIENT_ID: 'kept-client-id',
    COOKIE_LIFETIME_SECONDS: '86399',
  }),
  // Nobody has the private half.
  [
    {
      keyPairId: 'KKEPTPUBLICKEY',
      publicPem:
        '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAu3cZzJb7FXKRrvvgsmibDzdwxCS\n5QMXja+xhCv6LxaoB8JOlm3SYuYQ1xFtU8TI+sbwR2k2uODxapph3/xKbQ==\n-----END PUBLIC KEY-----\n',
    },
  ],
);

const KEPT_TEXTS = textsOf(KEPT_VALUES, KEPT_VALUES.publicKeys);

/**
 * The stack's template for these values, made of the kept one. Loading the CDK would take longer than the rest of a
 * start. It differs from what `synthesize` gives in the hashes of keys' names, and in the hash of the service's code.
 * @throws Error if the kept template has no place for a value
 */
export function fillTemplate(values: StackValues): Template {
  if (!isDeepStrictEqual(fixedValues(values), fixedValues(KEPT_VALUES))) {
    throw new Error('the local stack has a new value: services/local/stack-template.ts must fill it in');
  }
  const fill = (part: unknown, keys: PublicKeyValue[]) =>
    replaceTexts(JSON.stringify(part), KEPT_TEXTS, textsOf(values, keys));
  const ofEachKey = (part: unknown) => values.publicKeys.map((key) => JSON.parse(fill(part, [key])));
  const withKeys = JSON.parse(readFileSync(KEPT_TEMPLATE, 'utf8'), (name, value) => {
    if (name === 'Items' && isOfKey(value[0]?.Ref)) return ofEachKey(value[0]);
    if (name !== 'Resources') return value;
    const entries = Object.entries(value).flatMap((entry) =>
      isOfKey(entry[0]) ? ofEachKey(entry) : [entry],
    );
    return Object.fromEntries(entries);
  });
  return JSON.parse(fill(withKeys, values.publicKeys), (name, value) =>
    name === 'FunctionCode'
      ? buildEdgeFunction(value, values)
      : withDays(name, value, values.keepDeletedDays),
  );
}

/** How long the bucket keeps what was deleted. A bucket that keeps nothing has no versions, and no rule for them. */
function withDays(name: string, value: unknown, days: number): unknown {
  if (name === 'NoncurrentDays') return days;
  if (name === 'KEEP_DELETED_DAYS') return String(days);
  if (days > 0) return value;
  if (name === 'Rules' && Array.isArray(value))
    return value.filter((rule) => !rule.NoncurrentVersionExpiration);
  return name === 'VersioningConfiguration' ? undefined : value;
}

/** The texts that `fillTemplate` replaces. Of the keys, the first stands wherever the template names a key alone. */
function textsOf(values: StackValues, [key]: PublicKeyValue[]): string[] {
  const { appOrigin, filesOrigin, oidcIssuer, oidcClientId, cookieLifetimeSeconds } = values;
  return [
    ...[filesOrigin, appOrigin, oidcIssuer, oidcClientId, String(cookieLifetimeSeconds)],
    ...[filesOrigin, appOrigin].map((origin) => new URL(origin).hostname),
    ...(key ? [publicKeyId(key).replace(/[^A-Za-z0-9]/g, ''), key.name, key.pem] : []),
  ];
}

/** The values that `fillTemplate` does not fill in, since they are the same at each start. */
function fixedValues(values: StackValues) {
  const { appOrigin, filesOrigin, oidcIssuer, oidcClientId, publicKeys, ...others } = values;
  // browserCache is in the functions alone, which are built anew.
  const { cookieLifetimeSeconds, browserCache, keepDeletedDays, ...fixed } = others;
  return fixed;
}

/** Says of a logical id whether it is that of the kept template's key. */
function isOfKey(logicalId: unknown): boolean {
  return KEPT_VALUES.publicKeys.some(({ name }) => String(logicalId).includes(name));
}

/** Replaces all texts in a JSON text at once, so that a text that was put in is not replaced again. */
function replaceTexts(json: string, from: string[], to: string[]): string {
  const written = (text: string) => JSON.stringify(text).slice(1, -1);
  const pattern = from.map((text) => written(text).replace(/[^\w\s]/g, '\\$&')).join('|');
  return json.replace(new RegExp(pattern, 'g'), (found) =>
    written(to[from.map(written).indexOf(found)] ?? found),
  );
}

/** The values that make the stack's template describe this machine. */
export function localStackValues(
  settings: LocalSettings,
  keys: Pick<SigningKey, 'keyPairId' | 'publicPem'>[],
): StackValues {
  const certificate = `arn:aws:acm:${REGION}:${ACCOUNT_ID}:certificate/00000000-0000-0000-0000-000000000000`;
  return parseStackValues({
    appOrigin: settings.appOrigin,
    filesOrigin: settings.filesOrigin,
    appCertificateArn: certificate,
    filesCertificateArn: certificate,
    oidcIssuer: settings.provider?.issuer ?? `http://localhost:${settings.ports.identityProvider}`,
    oidcClientId: settings.provider?.clientId ?? OIDC_CLIENT_ID,
    allow: 'everybody',
    secretArn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:local-000000`,
    // The key pair id is the key's name. On AWS, CloudFront makes the id.
    publicKeys: keys.map(({ keyPairId, publicPem }) => ({ name: keyPairId, pem: publicPem })),
    cookieLifetimeSeconds: settings.cookieLifetimeSeconds,
    browserCache: settings.browserCache,
    bucketName: BUCKET,
    keepDeletedDays: settings.keepDeletedDays,
  });
}

/**
 * Builds what this machine needs into a directory: the page in `web/`, and the stack's template in `infra/`. No Lambda
 * bundle is built, since the service runs from its sources here.
 */
export function buildLocalStack(values: StackValues, directory: string): Template {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'infra'), { recursive: true });
  buildWeb(join(directory, 'web'));
  const template = fillTemplate(values);
  const file = `${values.stackName}.template.json`;
  writeFileSync(join(directory, 'infra', file), JSON.stringify(template, null, 1));
  return template;
}
