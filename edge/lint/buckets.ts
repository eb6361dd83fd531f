import { named } from '@cloudfront-cookie-gateway/local-cloudfront/template/request-policies';
import {
  isRecord,
  isTrue,
  listOf,
  recordAt,
  textOf,
  textsOf,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { type Found, GUIDE, type Rule } from './finding.ts';
import { type Bucket, bucketsOf, type Origin, type Stack } from './stack.ts';

interface Use {
  origin: Origin;
  /** The distribution. */
  resource: string;
  isPrivate: boolean;
}

/** Each origin that a behavior uses, and whether a signed one does. */
function usesIn({ distributions }: Stack): Use[] {
  return distributions.flatMap(({ logicalId: resource, behaviors }) => {
    const signed = new Set(behaviors.filter(({ isSigned }) => isSigned).flatMap(({ origins }) => origins));
    const used = new Set(behaviors.flatMap(({ origins }) => origins));
    return [...used].map((origin) => ({ origin, resource, isPrivate: signed.has(origin) }));
  });
}

export const noOriginAccessControl: Rule = {
  name: 'no-origin-access-control',
  page: `${GUIDE}/private-content-restricting-access-to-s3.html`,
  check(stack) {
    const { template, unseen } = stack;
    const buckets = bucketsOf(template);
    const uses = usesIn(stack);
    for (const { origin, resource, isPrivate } of uses) {
      if (origin.kind === 'server' && isPrivate)
        unseen.add(
          `${resource}.${origin.property}: whether this server also answers requests that do not come through CloudFront`,
        );
      if (origin.bucket !== undefined && !buckets.has(origin.bucket))
        unseen.add(`bucket ${origin.bucket}: its policy is not in this template`);
    }
    return uses.flatMap(accessFindings);
  },
};

/** Settings of S3 that let people past CloudFront. */
export const publicBucket: Rule = {
  name: 'public-bucket',
  page: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
  check(stack) {
    const uses = usesIn(stack);
    return [...bucketsOf(stack.template)].flatMap(([name, bucket]) => {
      const before = uses.filter(({ origin }) => origin.bucket === name);
      const isPrivate = before.some((one) => one.isPrivate);
      // An unsigned website is public, and S3 serves websites in no other way.
      const isMeant = before.every(({ origin }) => origin.kind === 'website') && !isPrivate;
      return isMeant ? [] : publicFindings(bucket, isPrivate);
    });
  },
};

/**
 * CloudFront asks S3 for every customer of AWS. So a statement that lets CloudFront in must also name whose
 * distributions it lets in.
 */
export const noSourceArn: Rule = {
  name: 'no-source-arn',
  page: `${GUIDE}/private-content-restricting-access-to-s3.html#oac-permission-to-access-s3`,
  check: ({ template }) => [...bucketsOf(template).values()].flatMap(sourceFindings),
};

function accessFindings({ origin, resource, isPrivate }: Use): Found[] {
  const { kind, isSigned, property } = origin;
  if (kind === 'server' || isSigned || (kind === 'website' && !isPrivate)) return [];
  const level = isPrivate ? 'error' : 'warning';
  const found = { level, resource } as const;
  if (kind === 'website') {
    return [
      {
        ...found,
        property: `${property}.DomainName`,
        problem:
          'A website endpoint of S3 serves public files only, so the signed files must be public, too.',
        do: 'Use the bucket itself as the origin (its RegionalDomainName), with an origin access control.',
      },
    ];
  }
  return [
    {
      ...found,
      property: `${property}.OriginAccessControlId`,
      problem:
        'CloudFront sends unsigned requests to this bucket, so it gets only files that everybody may read.',
      do: 'Add an origin access control, and let the bucket policy allow this distribution alone.',
    },
  ];
}

/** The access control lists by which people without a permission of their own may read. */
const OPEN_LISTS = ['PublicRead', 'PublicReadWrite', 'AuthenticatedRead'];

function publicFindings({ logicalId, properties, statements }: Bucket, isPrivate: boolean): Found[] {
  const block = recordAt(properties, 'PublicAccessBlockConfiguration');
  const found = { level: isPrivate ? 'error' : 'warning' } as const;
  const words = {
    problem: 'Everybody may read the objects of the bucket directly, without CloudFront and its signatures.',
    do: 'Allow the distribution alone (cloudfront.amazonaws.com with AWS:SourceArn), and turn on Block Public Access.',
  };
  const isAclOpen = OPEN_LISTS.includes(textOf(properties['AccessControl']));
  // BlockPublicAcls and BlockPublicPolicy refuse what comes later. What is already there stays open.
  const byAcl =
    isAclOpen && !isTrue(block['IgnorePublicAcls'])
      ? [{ ...found, resource: logicalId, property: 'AccessControl', ...words }]
      : [];
  if (isTrue(block['RestrictPublicBuckets'])) return byAcl;
  const byPolicy = statements
    .filter(
      ({ statement }) =>
        isAllowed(statement, ['s3:GetObject', 's3:GetObjectVersion']) &&
        isAnybody(statement) &&
        !isNarrowed(statement),
    )
    .map(({ policy, property }) => ({ ...found, resource: policy, property, ...words }));
  return [...byAcl, ...byPolicy];
}

/** Whether a statement allows one of these actions. */
function isAllowed(statement: Record<string, unknown>, wanted: string[]): boolean {
  if (statement['Effect'] !== 'Allow') return false;
  const isNegated = statement['NotAction'] !== undefined;
  const names = textsOf(isNegated ? statement['NotAction'] : statement['Action']);
  const isNamed = named(names.map((action) => action.toLowerCase()));
  return wanted.some((action) => isNamed(action.toLowerCase()) !== isNegated);
}

function isAnybody({ Principal: principal, NotPrincipal: others }: Record<string, unknown>): boolean {
  if (others !== undefined || principal === '*') return true;
  return textsOf(recordAt(principal)['AWS']).includes('*');
}

/** Conditions that S3 itself counts as a limit (S3: the meaning of "public"). A Referer does not count. */
const LIMITS =
  /^(?:aws:(?:source(?:arn|account|ip|vpc|vpce|orgid)|principal(?:orgid|arn|account|orgpaths)|userid|vpcsourceip)|s3:dataaccesspoint\w+|s3:x-amz-server-side-encryption-aws-kms-key-id)$/i;

function isNarrowed(statement: Record<string, unknown>): boolean {
  return limitsOf(statement, (key) => LIMITS.test(key)).some(
    (values) => !values.some((value) => value === '*' || value.endsWith('/0')),
  );
}

/**
 * The values of each condition on one of these keys. A value that cannot be resolved counts, too. ForAllValues is no
 * limit: a request without the key passes.
 */
function limitsOf(statement: Record<string, unknown>, isMeant: (key: string) => boolean): string[][] {
  return Object.entries(recordAt(statement['Condition']))
    .filter(([operator]) => !/Not|^Null|IfExists$|^ForAllValues:/.test(operator))
    .flatMap(([, condition]) => (isRecord(condition) ? Object.entries(condition) : []))
    .filter(([key]) => isMeant(key))
    .map(([, value]) => listOf(value).map(String));
}

const SOURCES = ['aws:sourcearn', 'aws:sourceaccount'];
const CLOUDFRONT = ['cloudfront.amazonaws.com', 'cloudfront.amazonaws.com.cn'];

function sourceFindings({ statements }: Bucket): Found[] {
  return statements.flatMap(({ policy, property, statement }): Found[] => {
    const isCloudFront = textsOf(recordAt(statement['Principal'])['Service']).some((one) =>
      CLOUDFRONT.includes(one),
    );
    if (!isCloudFront || !isAllowed(statement, ['s3:GetObject', 's3:ListBucket', 's3:PutObject'])) return [];
    const sources = limitsOf(statement, (key) => SOURCES.includes(key.toLowerCase()));
    // Every value names an account in full, so the distributions of other accounts are kept out.
    if (sources.some((values) => values.every((value) => !isAnySource(value)))) return [];
    return [
      {
        level: 'error',
        resource: policy,
        property,
        problem: "The statement allows every distribution of CloudFront, other customers' included.",
        do: 'Add Condition: StringEquals: AWS:SourceArn: the ARN of this distribution.',
      },
    ];
  });
}

/** With the account, without it, or with a wildcard. */
function isAnySource(value: string): boolean {
  return /^\*|^arn:(?:[^:]*:){0,2}[^:]*\*?$|^arn:(?:[^:]*:){3}[^:]*[*?]/.test(value);
}
