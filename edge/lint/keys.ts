import { createPublicKey } from 'node:crypto';
import { recordAt, textOf, textsOf } from '../local/template/lenient.ts';
import type { Finding } from './finding.ts';
import type { Stack } from './stack.ts';

/**
 * Finds keys that nobody uses, and groups with RSA keys only. A key counts as used if another stack may import it.
 * @param isExported whether an output of the template names a resource
 */
export function keyFindings(
  { template, distributions }: Stack,
  isExported: (logicalId: string) => boolean,
): Finding[] {
  const found: Finding[] = [];
  const groups = template.ofType('AWS::CloudFront::KeyGroup');
  const keys = template.ofType('AWS::CloudFront::PublicKey');
  const itemsOf = (properties: Record<string, unknown>) =>
    textsOf(recordAt(properties, 'KeyGroupConfig')['Items']);
  const grouped = new Set(groups.flatMap(({ properties }) => itemsOf(properties)));
  const trusted = new Set(
    distributions.flatMap(({ behaviors }) =>
      behaviors.flatMap(({ raw }) => textsOf(raw['TrustedKeyGroups'])),
    ),
  );
  for (const { ref, logicalId } of keys) {
    if (grouped.has(ref) || isExported(logicalId)) continue;
    found.push({
      ...{ rule: 'unused-key', level: 'note', resource: logicalId, property: 'PublicKeyConfig' },
      problem: 'The key is in no key group, so it opens nothing.',
      do: 'Put it into the key group that it is meant for, or remove it.',
    });
  }
  for (const { ref, logicalId, properties } of groups) {
    if (trusted.has(ref)) {
      const items = itemsOf(properties);
      const kinds = items.map((item) => kindOf(keys.find((key) => key.ref === item)?.properties));
      if (kinds.length > 0 && kinds.every((kind) => kind === 'rsa')) found.push(rsaFinding(logicalId));
    } else if (distributions.length > 0 && !isExported(logicalId)) {
      found.push({
        ...{ rule: 'unused-key', level: 'warning', resource: logicalId, property: 'KeyGroupConfig' },
        problem: 'No behavior trusts this key group, so its keys open nothing.',
        do: 'Name the group in TrustedKeyGroups of the behavior that is meant to be private, or remove the group.',
      });
    }
  }
  return found;
}

function rsaFinding(logicalId: string): Finding {
  return {
    ...{ rule: 'rsa-sha1', level: 'note', resource: logicalId, property: 'KeyGroupConfig.Items' },
    problem:
      'All keys of the group are RSA, and signers use SHA-1 with RSA by default; lint assumes that default, because it cannot see your signer.',
    do: 'Add a P-256 key and sign with it, or sign with SHA-256 and say so by Hash-Algorithm=SHA256.',
  };
}

function kindOf(properties: Record<string, unknown> | undefined): string | undefined {
  try {
    const { asymmetricKeyType } = createPublicKey(
      textOf(recordAt(properties, 'PublicKeyConfig')['EncodedKey']),
    );
    return asymmetricKeyType;
  } catch {
    return undefined;
  }
}
