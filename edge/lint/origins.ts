import { Unresolved } from '../local/template/intrinsics.ts';
import { listOf, recordAt, textOf, textsOf } from '../local/template/lenient.ts';
import { bucketIn } from '../local/template/origins.ts';
import { isRecord } from '../local/template/shape.ts';
import type { ResolvedTemplate } from '../local/template/template.ts';

export interface Origin {
  id: string;
  property: string;
  domainName: string | Unresolved;
  /** Equal for two origins that lead to the same files, whatever their names. */
  place: string;
  /** A bucket that is asked as S3, a bucket that is asked as a website, or a server. */
  kind: 's3' | 'website' | 'server';
  bucket: string | undefined;
  /** The text before the path of each request. */
  path: string;
  /** Whether requests are signed, by an access control or by the older identity. */
  isSigned: boolean;
  raw: Record<string, unknown>;
}

const S3_HOST = /\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com$/;
/** In this form, the bucket is the first segment of the path. */
const PATH_STYLE_HOST = /^s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com$/;
const WEBSITE_HOST = /\.s3-website[.-][a-z0-9-]+\.amazonaws\.com$/;

/** @param unread the same configuration before its intrinsic functions were resolved */
export function originsOf(
  config: Record<string, unknown>,
  unread: Record<string, unknown>,
  template: ResolvedTemplate,
): Origin[] {
  const unreadOrigins = listOf(unread['Origins']);
  return listOf(config['Origins']).map((item, index) => {
    const raw = recordAt(item);
    const property = `DistributionConfig.Origins[${index}]`;
    const domainName =
      raw['DomainName'] instanceof Unresolved ? raw['DomainName'] : textOf(raw['DomainName']);
    const host = typeof domainName === 'string' ? domainName.toLowerCase() : '';
    const isWebsite = WEBSITE_HOST.test(host);
    const rawPath = textOf(raw['OriginPath']).replace(/\/+$/, '');
    const [, first, rest = ''] = (PATH_STYLE_HOST.test(host) && /^\/([^/]+)(.*)$/.exec(rawPath)) || [];
    const name = first ?? (S3_HOST.test(host) ? bucketIn(host) : undefined);
    const isBucket = name !== undefined || isRecord(raw['S3OriginConfig']);
    const bucket = name === undefined ? undefined : nameOf(name, template);
    return {
      ...{ id: textOf(raw['Id']), property, domainName, raw },
      // If the name cannot be resolved, its expression is compared.
      place: bucket ?? (host || JSON.stringify(recordAt(unreadOrigins[index])['DomainName'] ?? property)),
      kind: isWebsite ? 'website' : isBucket ? 's3' : 'server',
      bucket,
      path: first === undefined ? rawPath : rest,
      isSigned: signs(raw, template),
    };
  });
}

/** A bucket of the template has two names: its own, and its made-up name. */
function nameOf(bucket: string, template: ResolvedTemplate): string {
  const own = template
    .ofType('AWS::S3::Bucket')
    .find(({ ref, properties }) => ref === bucket || properties['BucketName'] === bucket);
  return own?.ref ?? bucket;
}

function signs(raw: Record<string, unknown>, template: ResolvedTemplate): boolean {
  const id = raw['OriginAccessControlId'];
  const identity = recordAt(raw, 'S3OriginConfig')['OriginAccessIdentity'];
  const control = template.ofType('AWS::CloudFront::OriginAccessControl').find(({ ref }) => ref === id);
  const behavior = recordAt(control?.properties, 'OriginAccessControlConfig')['SigningBehavior'];
  const hasControl = id !== undefined && id !== '' && behavior !== 'never';
  return hasControl || (identity !== undefined && identity !== '');
}

/** The buckets of the template, by the name that origins have for them, with the statements of their policies. */
export interface Bucket {
  logicalId: string;
  properties: Record<string, unknown>;
  statements: { policy: string; property: string; statement: Record<string, unknown> }[];
}

export function bucketsOf(template: ResolvedTemplate): Map<string, Bucket> {
  const buckets = new Map<string, Bucket>();
  for (const { ref, logicalId, properties } of template.ofType('AWS::S3::Bucket'))
    buckets.set(ref, { logicalId, properties, statements: [] });
  for (const { logicalId, properties } of template.ofType('AWS::S3::BucketPolicy')) {
    const name = nameOf(textsOf(properties['Bucket'])[0] ?? logicalId, template);
    const bucket = buckets.get(name) ?? { logicalId: '', properties: {}, statements: [] };
    buckets.set(name, bucket);
    const rawStatements = recordAt(properties, 'PolicyDocument')['Statement'];
    for (const [index, statement] of listOf(rawStatements).entries()) {
      const property = Array.isArray(rawStatements) ? `Statement[${index}]` : 'Statement';
      bucket.statements.push({
        ...{ policy: logicalId, property: `PolicyDocument.${property}` },
        statement: recordAt(statement),
      });
    }
  }
  return buckets;
}
