import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  FOR_PEOPLE,
  fault,
  type Part,
  type Reading,
  readText,
  readTexts,
  referred,
  settingsOf,
} from './reading.ts';
import type { Resource } from './template.ts';

/** Quotas of CloudFront (DG: cloudfront-limits, key groups). */
const MAX_GROUPS = 4;
const MAX_KEYS = 5;
const NO_KEY = 'no signature of its keys opens anything';

/** The keys of all trusted key groups of a behavior, by key pair id. */
export function readTrustedKeys(behavior: Part): Map<string, KeyObject> {
  const { reading } = behavior;
  const keys = new Map<string, KeyObject>();
  const groups = readTexts(behavior, 'TrustedKeyGroups');
  if (groups.length > MAX_GROUPS)
    fault(behavior, 'TrustedKeyGroups', `CloudFront takes at most ${MAX_GROUPS} key groups`);
  for (const groupRef of groups) {
    const path = `${behavior.path}.TrustedKeyGroups`;
    const type = 'AWS::CloudFront::KeyGroup';
    const group = referred(reading, { path, type, ref: groupRef, instead: NO_KEY });
    if (!group) continue;
    const config = settingsOf(reading, group, ['Items']);
    const items = readTexts(config, 'Items');
    if (items.length > MAX_KEYS) fault(config, 'Items', `CloudFront takes at most ${MAX_KEYS} keys a group`);
    for (const keyRef of items) {
      const found = { path: `${config.path}.Items`, type: 'AWS::CloudFront::PublicKey', ref: keyRef };
      const resource = referred(reading, { ...found, instead: NO_KEY });
      const key = resource && parsePublicKey(reading, resource);
      if (key) keys.set(keyRef, key);
    }
  }
  return keys;
}

/** The name and the key of a public key, as PEM. */
export function publicKeyConfig(reading: Reading, key: Resource): { name: string; pem: string } {
  const config = publicKeyPart(reading, key);
  return { name: readText(config, 'Name'), pem: readText(config, 'EncodedKey') };
}

function publicKeyPart(reading: Reading, key: Resource): Part {
  const words = { ...FOR_PEOPLE, CallerReference: 'it only tells create requests apart' };
  return settingsOf(reading, key, ['EncodedKey'], words);
}

/** RSA 2048 or ECDSA P-256 (DG: key pairs for signers). */
function parsePublicKey(reading: Reading, resource: Resource): KeyObject | undefined {
  try {
    const key = createPublicKey(publicKeyConfig(reading, resource).pem);
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'rsa' && modulusLength === 2_048) return key;
    if (namedCurve === 'prime256v1') return key;
  } catch {
    // The text is not a key at all, which is the same fault.
  }
  fault(publicKeyPart(reading, resource), 'EncodedKey', 'it is neither RSA 2048 nor ECDSA P-256 as PEM');
  return undefined;
}
