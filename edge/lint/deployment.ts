import { createEdgeFunctions } from '@cloudfront-cookie-gateway/local-cloudfront/functions/edge-functions';
import type { EdgeFunctionSource } from '@cloudfront-cookie-gateway/local-cloudfront/template/functions';
import { isTrue, listOf, recordAt, textOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import type { Resource } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import type { Finding } from './finding.ts';
import { refusedFeatures } from './language.ts';
import type { Distribution, Stack } from './stack.ts';

/** Finds what CloudFront refuses, or what has no effect there. A function may run well here and fail there. */
export function deploymentFindings({ template, distributions }: Stack): Finding[] {
  return [
    ...template.ofType('AWS::CloudFront::Function').flatMap(codeFindings),
    ...distributions.flatMap((distribution) => [
      ...danglingOrigins(distribution),
      ...repeatedPatterns(distribution),
      ...foreignCertificate(distribution),
    ]),
  ];
}

function codeFindings({ logicalId: resource, properties }: Resource): Finding[] {
  const code = textOf(properties['FunctionCode']);
  const found: Finding[] = [];
  if (!isTrue(properties['AutoPublish']))
    found.push({
      rule: 'function-not-published',
      level: 'warning',
      resource,
      property: 'AutoPublish',
      problem:
        'CloudFormation does not publish the function, and CloudFront associates none that is not published.',
      do: 'Set AutoPublish to true.',
    });
  const config = recordAt(properties, 'FunctionConfig');
  const hasStore = listOf(config['KeyValueStoreAssociations']).length > 0;
  const fault = code === '' ? undefined : faultOf({ name: resource, code, ...(hasStore ? STORE : {}) });
  if (fault !== undefined)
    found.push({
      ...{ rule: 'function-syntax', level: 'error', resource, property: 'FunctionCode' },
      problem: `The code cannot be loaded: ${fault}.`,
      do: 'Correct the code.',
    });
  if (fault !== undefined) return found;
  const runtime = config['Runtime'] === 'cloudfront-js-1.0' ? 'cloudfront-js-1.0' : 'cloudfront-js-2.0';
  for (const { words, known, line, do: instead } of refusedFeatures(code, runtime)) {
    const since =
      known === 'said'
        ? 'AWS says so (grade A)'
        : 'AWS does not list it among the features, and njs, which the runtime resembles, refuses it (grade B)';
    found.push({
      rule: 'function-language',
      level: known === 'said' ? 'error' : 'warning',
      resource,
      property: 'FunctionCode',
      problem: `Line ${line} of the code has ${words}, which ${runtime} does not take: ${since}.`,
      do: instead,
    });
  }
  return found;
}

/** The top level of a function may open its store. Here the store is empty. */
const STORE = { keyValueStore: { logicalId: 'Store' } };

/** Why a function cannot be loaded. */
function faultOf(viewerRequest: EdgeFunctionSource): string | undefined {
  try {
    createEdgeFunctions({
      id: 'EDFDVBD6EXAMPLE',
      functions: { viewerRequest },
      keyValueStores: {},
      now: Date.now,
    });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(' cannot be loaded', '');
  }
}

function danglingOrigins({ logicalId, config, behaviors }: Distribution): Finding[] {
  const [origins, groups] = [listOf(config['Origins']), listOf(config['OriginGroups'])];
  const ids = [...origins, ...groups].map((one) => recordAt(one)['Id']);
  const named = [
    ...behaviors.map(({ property, raw }) => [`${property}.TargetOriginId`, raw['TargetOriginId']] as const),
    ...groups.flatMap((group, at) =>
      listOf(recordAt(group)['Members']).map(
        (member, index) =>
          [
            `DistributionConfig.OriginGroups.Items[${at}].Members.Items[${index}].OriginId`,
            recordAt(member)['OriginId'],
          ] as const,
      ),
    ),
  ];
  // An id that cannot be resolved may be that of any origin.
  if (ids.some((id) => typeof id !== 'string')) return [];
  return named.flatMap(([property, id]): Finding[] =>
    typeof id !== 'string' || ids.includes(id)
      ? []
      : [
          {
            ...{ rule: 'dangling-origin', level: 'error', resource: logicalId, property },
            problem: `There is no origin ${id}; the distribution has ${ids.join(', ')}.`,
            do: 'Name the Id of an origin or of a group of origins.',
          },
        ],
  );
}

function repeatedPatterns({ logicalId, behaviors }: Distribution): Finding[] {
  // The default behavior is the last one, and its pattern is in no template.
  const patterns = behaviors.slice(0, -1).map(({ pathPattern }) => pathPattern.replace(/^\//, ''));
  return patterns.flatMap((pattern, index): Finding[] =>
    pattern === '' || patterns.indexOf(pattern) === index
      ? []
      : [
          {
            rule: 'duplicate-path-pattern',
            level: 'error',
            resource: logicalId,
            property: `${behaviors[index]?.property}.PathPattern`,
            problem: `An earlier behavior has the pattern ${pattern} too, so this one never gets a request.`,
            do: 'Remove one of the two behaviors, or change its pattern.',
          },
        ],
  );
}

function foreignCertificate({ logicalId, config }: Distribution): Finding[] {
  const certificate = textOf(recordAt(config, 'ViewerCertificate')['AcmCertificateArn']);
  const [, region = 'us-east-1'] = /arn:aws:acm:([^:]*):/.exec(certificate) ?? [];
  if (region === 'us-east-1') return [];
  return [
    {
      rule: 'certificate-region',
      level: 'error',
      resource: logicalId,
      property: 'DistributionConfig.ViewerCertificate.AcmCertificateArn',
      problem: `The certificate is in ${region}, and CloudFront takes certificates of us-east-1 only.`,
      do: 'Make the certificate in us-east-1, and name that one.',
    },
  ];
}
