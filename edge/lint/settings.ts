import { createPublicKey } from 'node:crypto';
import {
  isTrue,
  listOf,
  recordAt,
  textOf,
  textsOf,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
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
      rule: 'unused-key',
      level: 'note',
      resource: logicalId,
      property: 'PublicKeyConfig',
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
        rule: 'unused-key',
        level: 'warning',
        resource: logicalId,
        property: 'KeyGroupConfig',
        problem: 'No behavior trusts this key group, so its keys open nothing.',
        do: 'Name the group in TrustedKeyGroups of the behavior that is meant to be private, or remove the group.',
      });
    }
  }
  return found;
}

function rsaFinding(logicalId: string): Finding {
  return {
    rule: 'rsa-sha1',
    level: 'note',
    resource: logicalId,
    property: 'KeyGroupConfig.Items',
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

/**
 * A listener on the network reads everything that is sent in the clear: the file, and the cookies or the URL that open
 * it.
 */
export function httpFindings({ distributions }: Stack): Finding[] {
  return distributions.flatMap(({ logicalId, behaviors, isSigned }) =>
    behaviors.flatMap((behavior): Finding[] => {
      const found: Finding[] = [];
      if (behavior.raw['ViewerProtocolPolicy'] === 'allow-all') {
        found.push({
          rule: 'http-allowed',
          level: isSigned ? 'error' : 'warning',
          resource: logicalId,
          property: `${behavior.property}.ViewerProtocolPolicy`,
          problem: isSigned
            ? 'Viewers may use plain HTTP, and a signed URL, or a cookie without Secure, is then sent in the clear.'
            : 'Viewers may use plain HTTP, so anybody on the network path can read and change the answers.',
          do: 'Set ViewerProtocolPolicy to https-only or redirect-to-https.',
        });
      }
      for (const { kind, raw, property } of behavior.isSigned ? behavior.origins : []) {
        if (kind !== 'server') continue;
        const policy = recordAt(raw, 'CustomOriginConfig')['OriginProtocolPolicy'];
        if (policy !== 'http-only') continue;
        found.push({
          rule: 'http-allowed',
          level: 'warning',
          resource: logicalId,
          property: `${property}.CustomOriginConfig.OriginProtocolPolicy`,
          problem: 'CloudFront fetches signed content from this origin over plain HTTP.',
          do: 'Set OriginProtocolPolicy to https-only, and give the origin a certificate.',
        });
      }
      return found;
    }),
  );
}

/** The fields with the parameters of a signed URL, or with signed cookies (DG: standard and real-time logs). */
const SECRET = ['cs-uri-query', 'cs(Cookie)', 'cs-cookie'];

/** A reader of the log can open the files for as long as the policies live. */
export function logFindings(stack: Stack): Finding[] {
  return [...standardLogs(stack), ...deliveries(stack), ...realTimeLogs(stack)];
}

function standardLogs({ distributions }: Stack): Finding[] {
  return distributions.flatMap(({ logicalId, config, isSigned }): Finding[] => {
    const logging = recordAt(config, 'Logging');
    if (!isSigned || logging['Bucket'] === undefined || logging['Bucket'] === '') return [];
    const hasCookies = isTrue(logging['IncludeCookies']);
    return [
      {
        rule: 'logs-hold-signatures',
        level: 'warning',
        resource: logicalId,
        property: `DistributionConfig.Logging${hasCookies ? '.IncludeCookies' : ''}`,
        problem: hasCookies
          ? 'The log holds the query of each signed URL and the signed cookies of each request.'
          : 'The log has cs-uri-query, which contains the policy and the signature of each signed URL.',
        do: 'Use standard logging v2 with RecordFields that name neither cs-uri-query nor cs(Cookie).',
      },
    ];
  });
}

/**
 * Standard logging v2: a source for the distribution, and a delivery. The delivery names its fields, or has all of
 * them.
 */
function deliveries({ template, distributions }: Stack): Finding[] {
  const signed = distributions.filter(({ isSigned }) => isSigned);
  const sources = template.ofType('AWS::Logs::DeliverySource').filter(({ properties }) => {
    const arn = textOf(properties['ResourceArn']);
    return signed.some(({ logicalId }) => arn.endsWith(`/${logicalId}`));
  });
  const names = sources.flatMap(({ ref, properties }) => [ref, textOf(properties['Name'])]);
  return template.ofType('AWS::Logs::Delivery').flatMap(({ logicalId, properties }): Finding[] => {
    const fields = properties['RecordFields'];
    const secret = SECRET.filter((field) => fields === undefined || textsOf(fields).includes(field));
    if (!names.includes(textOf(properties['DeliverySourceName'])) || secret.length === 0) return [];
    return [
      {
        rule: 'logs-hold-signatures',
        level: 'warning',
        resource: logicalId,
        property: 'RecordFields',
        problem: `The log has ${secret.slice(0, 2).join(' and ')}, which open signed files until their policy ends.`,
        do: 'List RecordFields, without cs-uri-query and cs(Cookie).',
      },
    ];
  });
}

function realTimeLogs({ template, distributions }: Stack): Finding[] {
  const used = distributions.flatMap(({ behaviors }) =>
    behaviors
      .filter(({ isSigned }) => isSigned)
      .map(({ raw }) => textOf(raw['RealtimeLogConfigArn']).replace(/.*\//, '')),
  );
  return template.ofType('AWS::CloudFront::RealtimeLogConfig').flatMap((config): Finding[] => {
    const fields = listOf(config.properties['Fields']);
    const secret = SECRET.filter((field) => fields.includes(field));
    const isUsed = used.includes(config.ref) || used.includes(textOf(config.properties['Name']));
    if (!isUsed || secret.length === 0) return [];
    return [
      {
        rule: 'logs-hold-signatures',
        level: 'warning',
        resource: config.logicalId,
        property: 'Fields',
        problem: `The real-time log has ${secret.join(' and ')}, which open signed files until their policy ends.`,
        do: 'Take cs-uri-query and cs-cookie out of Fields.',
      },
    ];
  });
}
