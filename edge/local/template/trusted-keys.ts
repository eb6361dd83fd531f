import { createPublicKey, type KeyObject } from 'node:crypto';
import type { ShapeReader } from './shape.ts';
import { type ResolvedTemplate, type Resource, referred } from './template.ts';

/** Quotas of CloudFront (DG: cloudfront-limits, key groups). */
const MAX_GROUPS = 4;
const MAX_KEYS = 5;

/** The keys of all trusted key groups, by key pair id. */
export function readTrustedKeys(shape: ShapeReader, template: ResolvedTemplate, raw: unknown, path: string) {
  const keys = new Map<string, KeyObject>();
  const groups = shape.texts(raw, path);
  if (groups.length > MAX_GROUPS) shape.fault(`${path}: CloudFront takes at most ${MAX_GROUPS} key groups`);
  for (const groupRef of groups) {
    const group = referred(shape, template, 'AWS::CloudFront::KeyGroup', groupRef, path);
    if (!group) continue;
    const outer = shape.object(group.properties, 'KeyGroup', ['KeyGroupConfig']);
    const words = { Name: 'a name for people', Comment: 'words for people' };
    const config = shape.object(outer['KeyGroupConfig'], 'KeyGroup', ['Items'], words);
    const items = shape.texts(config['Items'], 'KeyGroup.Items');
    if (items.length > MAX_KEYS)
      shape.fault(`KeyGroup.Items: CloudFront takes at most ${MAX_KEYS} keys a group`);
    for (const keyRef of items) {
      const resource = referred(shape, template, 'AWS::CloudFront::PublicKey', keyRef, 'KeyGroup.Items');
      const key = resource && parsePublicKey(shape, publicKeyConfig(shape, resource));
      if (key) keys.set(keyRef, key);
    }
  }
  return keys;
}

export function publicKeyConfig(shape: ShapeReader, key: Resource): { name: string; pem: string } {
  const outer = shape.object(key.properties, 'PublicKey', ['PublicKeyConfig']);
  const words = { CallerReference: 'it only tells create requests apart', Comment: 'words for people' };
  const config = shape.object(outer['PublicKeyConfig'], 'PublicKey', ['Name', 'EncodedKey'], words);
  return {
    name: shape.text(config['Name'], 'PublicKey.Name'),
    pem: shape.text(config['EncodedKey'], 'PublicKey.EncodedKey'),
  };
}

/** RSA 2048 or ECDSA P-256 (DG: key pairs for signers). */
function parsePublicKey(
  shape: ShapeReader,
  { name, pem }: { name: string; pem: string },
): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'rsa' && modulusLength === 2_048) return key;
    if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return key;
  } catch {
    // The text is not a key at all, which is the same fault.
  }
  shape.fault(`PublicKey ${name}: EncodedKey is neither RSA 2048 nor ECDSA P-256 as PEM`);
  return undefined;
}
