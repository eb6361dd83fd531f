import { ApiGatewayV2 } from '@aws-sdk/client-apigatewayv2';
import { S3 } from '@aws-sdk/client-s3';
import { publicKeyId } from '@cloudfront-cookie-gateway/infra/public-keys';
import { errorName, type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import { type CloudFrontNames, listCloudFront } from './cloudfront-names.ts';
import { checkQuotas } from './quotas.ts';
import { hostValue, type Subject } from './subject.ts';

/** Checks that the first deployment gets what it needs: free names, and room in the account's quotas. */
export async function checkNames(subject: Subject): Promise<Finding[]> {
  const { values, hosts, place } = subject;
  const [edge, app, bucket] = await Promise.all([
    checkEdge(subject),
    look({ resource: 'API Gateway' }, 'apigateway:GET', () => takenAppHost(subject)),
    values.bucketName === undefined ? [] : takenBucket(values.bucketName, place.region),
  ]);
  return [...(hosts.app === undefined ? [] : app), ...edge, ...bucket];
}

async function checkEdge(subject: Subject): Promise<Finding[]> {
  const { names, failures } = await listCloudFront();
  const quotas = await checkQuotas(names, subject.values.publicKeys?.length ?? 1);
  return [...failures, ...takenAtTheEdge(names, subject), ...quotas];
}

function takenAtTheEdge(names: Partial<CloudFrontNames>, subject: Subject): Finding[] {
  const { values, hosts, stackName } = subject;
  const value = hostValue(hosts, 'files');
  const aliases = (names.distributions ?? []).filter(({ aliases }) =>
    aliases.some((alias) => alias === hosts.files),
  );
  const { publicKeys = [] } = values;
  const wanted: [kind: string, there: string[] | undefined, ours: string[]][] = [
    ['key group', names.keyGroups, ['keys']],
    ['cache policy', names.cachePolicies, ['cache']],
    ['response headers policy', names.headersPolicies, ['headers']],
    ['origin access control', names.originAccessControls, ['origin']],
    ['KeyValueStore', names.keyValueStores, ['revocations']],
    ['function', names.functions, ['viewer-request', 'viewer-response']],
    ['public key', names.publicKeys, publicKeys.map(publicKeyId)],
  ];
  return [
    ...aliases.map(({ id }) => ({
      value,
      problem: `${hosts.files} is already an alternate name of distribution ${id}`,
      do: 'remove it there, or choose another name',
    })),
    ...wanted.flatMap(([kind, there, ours]) =>
      ours
        .map((suffix) => `${stackName}-${suffix}`)
        .filter((name) => there?.includes(name))
        .map((name) => ({
          value: 'stackName',
          problem: `CloudFront already has a ${kind} ${name}, but there is no stack ${stackName}`,
          do: 'delete it, or choose another stackName',
        })),
    ),
  ];
}

async function takenAppHost(subject: Subject): Promise<Finding[]> {
  const client = new ApiGatewayV2({ ...CALLS, region: subject.place.region });
  try {
    await client.getDomainName({ DomainName: subject.hosts.app });
  } catch (error) {
    if (errorName(error) === 'NotFoundException') return [];
    throw error;
  }
  const what = 'delete the custom domain name there, or choose another name';
  const problem = `${subject.hosts.app} is already a custom domain name in API Gateway`;
  return [{ value: hostValue(subject.hosts, 'app'), problem, do: what }];
}

async function takenBucket(name: string, region: string): Promise<Finding[]> {
  const value = 'bucketName';
  try {
    await new S3({ ...CALLS, region }).headBucket({ Bucket: name });
  } catch (error) {
    const status = Object(error)['$metadata']?.httpStatusCode;
    if (status === 404) return [];
    if (status !== 403 && status !== 301)
      return look({ value }, 's3:ListBucket', () => Promise.reject(error));
    const what = 'choose another name: names of buckets are unique in all of AWS';
    return [{ value, problem: 'the bucket is somebody else’s, or in another region', do: what }];
  }
  const what = 'choose another name, or adopt it: docs/deploy.md, "Adopting a retained bucket"';
  return [{ value, problem: 'you already have this bucket', do: what }];
}
