import { createPublicKey, type KeyObject } from 'node:crypto';
import * as Type from './schema.ts';
import type { Resource } from './template.ts';

/** Quotas of CloudFront (DG: cloudfront-limits, key groups). */
const MAX_GROUPS = 4;
const MAX_KEYS = 5;
const NO_KEY = 'no signature of its keys opens anything';

/** The name and the key of a public key, as PEM. */
export const publicKeyConfig = Type.configOf(
  Type.object({
    Name: Type.text(),
    EncodedKey: Type.text(),
    Comment: Type.FOR_PEOPLE.Comment,
    CallerReference: Type.withoutEffect('it only tells create requests apart'),
  }),
);

type Entry = [keyPairId: string, key: KeyObject];

/** RSA 2048 or ECDSA P-256 (DG: key pairs for signers). */
function readKey(resource: Resource, context: Type.Context): Entry | undefined {
  try {
    const key = createPublicKey(publicKeyConfig(resource, context).EncodedKey);
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    const isRsa = key.asymmetricKeyType === 'rsa' && modulusLength === 2_048;
    if (isRsa || namedCurve === 'prime256v1') return [resource.ref, key];
  } catch {
    // The text is not a key at all, which is the same fault.
  }
  const field = Type.member(Type.propertiesOf(resource, context), 'EncodedKey');
  Type.fault(field, 'it is neither RSA 2048 nor ECDSA P-256 as PEM');
  return undefined;
}

const KEY_GROUP = Type.object({
  ...Type.FOR_PEOPLE,
  Items: Type.checked(
    Type.list(Type.reference('AWS::CloudFront::PublicKey', NO_KEY, readKey)),
    ({ length }) => (length > MAX_KEYS ? `CloudFront takes at most ${MAX_KEYS} keys a group` : undefined),
  ),
});

const KEY_GROUPS = Type.checked(
  Type.list(Type.reference('AWS::CloudFront::KeyGroup', NO_KEY, Type.configOf(KEY_GROUP)), []),
  ({ length }) => (length > MAX_GROUPS ? `CloudFront takes at most ${MAX_GROUPS} key groups` : undefined),
);

/** The keys of all trusted key groups of a behavior, by key pair id. Undefined if there is no group. */
export const trustedKeys: Type.Schema<Map<string, KeyObject> | undefined> = (field) => {
  const groups = KEY_GROUPS(field);
  if (groups.length === 0) return undefined;
  return new Map(groups.flatMap((group) => group?.Items ?? []).filter((entry) => entry !== undefined));
};
