import { isTrue, listOf, recordAt, textOf, textsOf } from '../local/template/lenient.ts';
import type { Finding } from './finding.ts';
import type { Stack } from './stack.ts';

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
        ...{ rule: 'logs-hold-signatures', level: 'warning', resource: logicalId },
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
        ...{ rule: 'logs-hold-signatures', level: 'warning', resource: logicalId },
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
      .map(({ raw }) => textOf(raw['RealtimeLogConfigArn']).replace(/^.*\//, '')),
  );
  return template.ofType('AWS::CloudFront::RealtimeLogConfig').flatMap((config): Finding[] => {
    const fields = listOf(config.properties['Fields']);
    const secret = SECRET.filter((field) => fields.includes(field));
    const isUsed = used.includes(config.ref) || used.includes(textOf(config.properties['Name']));
    if (!isUsed || secret.length === 0) return [];
    return [
      {
        ...{ rule: 'logs-hold-signatures', level: 'warning', resource: config.logicalId },
        property: 'Fields',
        problem: `The real-time log has ${secret.join(' and ')}, which open signed files until their policy ends.`,
        do: 'Take cs-uri-query and cs-cookie out of Fields.',
      },
    ];
  });
}
