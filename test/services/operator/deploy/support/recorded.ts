/**
 * Services that moto does not know, in the shapes of AWS's API reference: CloudFormation (DescribeStacks,
 * DescribeStackResources, DescribeStackEvents), CloudFront's lists, API Gateway V2 (GetDomainName), Lambda (GetAccountSettings), Service
 * Quotas (ListServiceQuotas). These shapes were not compared with AWS.
 */
export interface Recorded {
  /** Keyed by `<region> <name>`. */
  stacks: Map<string, RecordedStack>;
  /** Keyed by the last part of the list's path, such as `key-group`. */
  cloudFront: Record<string, string[]>;
  /** The alternate names of each distribution, by its id. */
  aliases: Record<string, string[]>;
  /** The web ACL of every distribution, or an empty text. */
  webAcl: string;
  domainNames: string[];
  /** The answer of S3 for every bucket; undefined if moto answers. */
  bucketStatus: number | undefined;
  lambda: { all: number; free: number };
  quotas: Record<string, number>;
}

export interface RecordedStack {
  status: string;
  outputs?: Record<string, string>;
  records?: string[];
  domainNames?: string[];
  /** The newest first, such as `Distribution CREATE_FAILED the reason`. `Stack` stands for the stack itself. */
  events?: string[];
}

export function nothingYet(): Recorded {
  return {
    stacks: new Map(),
    cloudFront: {},
    aliases: {},
    webAcl: '',
    domainNames: [],
    bucketStatus: undefined,
    lambda: { all: 1_000, free: 1_000 },
    quotas: {},
  };
}

export interface Asked {
  service: string;
  region: string;
  path: string;
  target: string;
  body: string;
}

export interface Answer {
  status: number;
  type: string;
  body: string;
  errorType?: string;
}

/** The answer; undefined if moto knows the call. */
export function recordedAnswer(recorded: Recorded, asked: Asked): Answer | undefined {
  switch (asked.service) {
    case 'cloudformation':
      return cloudFormation(recorded, asked);
    case 'cloudfront':
      return cloudFront(recorded, asked.path);
    case 'apigateway':
      return domainName(recorded, asked.path);
    case 'lambda': {
      const { all, free } = recorded.lambda;
      return json({
        AccountLimit: {
          CodeSizeUnzipped: 262_144_000,
          CodeSizeZipped: 52_428_800,
          ConcurrentExecutions: all,
          TotalCodeSize: 80_530_636_800,
          UnreservedConcurrentExecutions: free,
        },
        AccountUsage: { FunctionCount: 0, TotalCodeSize: 0 },
      });
    }
    case 'servicequotas':
      return quotas(recorded, asked.body);
    case 's3':
      return recorded.bucketStatus === undefined ? undefined : xml('', recorded.bucketStatus);
    default:
      return undefined;
  }
}

/** One quota on each page. */
function quotas(recorded: Recorded, body: string): Answer {
  const at = Number(JSON.parse(body || '{}').NextToken ?? 0);
  const all = Object.entries(recorded.quotas);
  return json({
    Quotas: all
      .slice(at, at + 1)
      .map(([QuotaName, Value]) => ({ ServiceCode: 'cloudfront', QuotaName, Value })),
    ...(at + 1 < all.length ? { NextToken: String(at + 1) } : {}),
  });
}

function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

function xml(body: string, status = 200): Answer {
  return { status, type: 'text/xml', body: `<?xml version="1.0"?>${body}` };
}

const CLOUDFORMATION = 'xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"';

function cloudFormation({ stacks }: Recorded, { body, region }: Asked): Answer {
  const form = new URLSearchParams(body);
  const action = form.get('Action') ?? '';
  const name = form.get('StackName') ?? '';
  const stack = stacks.get(`${region} ${name}`);
  if (!stack) {
    const error = `<Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message>`;
    return xml(`<ErrorResponse ${CLOUDFORMATION}><Error>${error}</Error></ErrorResponse>`, 400);
  }
  const member = (entries: Record<string, string>) =>
    `<member>${Object.entries(entries)
      .map(([key, value]) => `<${key}>${value}</${key}>`)
      .join('')}</member>`;
  const results: Record<string, () => string> = {
    DescribeStacks: () =>
      `<Stacks>${member({
        StackName: name,
        CreationTime: '2026-11-01T00:00:00Z',
        StackStatus: stack.status,
        Outputs: Object.entries(stack.outputs ?? {})
          .map(([OutputKey, OutputValue]) => member({ OutputKey, OutputValue }))
          .join(''),
      })}</Stacks>`,
    DescribeStackResources: () =>
      `<StackResources>${[
        ...(stack.records ?? []).map((id) => ['AWS::Route53::RecordSet', id]),
        ...(stack.domainNames ?? []).map((id) => ['AWS::ApiGatewayV2::DomainName', id]),
      ]
        .map(([ResourceType = '', PhysicalResourceId = '']) => member({ ResourceType, PhysicalResourceId }))
        .join('')}</StackResources>`,
    DescribeStackEvents: () => {
      const all = stack.events ?? [];
      const from = Number(form.get('NextToken') ?? 0);
      const next = from + 2 < all.length ? `<NextToken>${from + 2}</NextToken>` : '';
      const events = all.slice(from, from + 2).map((event) => {
        const [resource = '', status = '', ...reason] = event.split(' ');
        const id = `arn:aws:cloudformation:${region}:123456789012:stack/${name}/1`;
        return member({
          StackId: id,
          PhysicalResourceId: resource === 'Stack' ? id : resource,
          ResourceStatus: status,
          ResourceStatusReason: reason.join(' '),
        });
      });
      return `<StackEvents>${events.join('')}</StackEvents>${next}`;
    },
  };
  const result = results[action]?.();
  if (result === undefined) throw new Error(`no recorded shape of CloudFormation's ${action}`);
  return xml(
    `<${action}Response ${CLOUDFORMATION}><${action}Result>${result}</${action}Result></${action}Response>`,
  );
}

const CLOUDFRONT = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"';

/** The element of the list, and an item with a name. */
const LISTS: Record<string, [list: string, item: (name: string) => string]> = {
  'key-group': [
    'KeyGroupList',
    (name) =>
      `<KeyGroupSummary><KeyGroup><KeyGroupConfig><Name>${name}</Name></KeyGroupConfig></KeyGroup></KeyGroupSummary>`,
  ],
  'cache-policy': [
    'CachePolicyList',
    (name) =>
      `<CachePolicySummary><Type>custom</Type><CachePolicy><CachePolicyConfig><Name>${name}</Name></CachePolicyConfig></CachePolicy></CachePolicySummary>`,
  ],
  'response-headers-policy': [
    'ResponseHeadersPolicyList',
    (name) =>
      `<ResponseHeadersPolicySummary><Type>custom</Type><ResponseHeadersPolicy><ResponseHeadersPolicyConfig><Name>${name}</Name></ResponseHeadersPolicyConfig></ResponseHeadersPolicy></ResponseHeadersPolicySummary>`,
  ],
  'origin-access-control': [
    'OriginAccessControlList',
    (name) => `<OriginAccessControlSummary><Name>${name}</Name></OriginAccessControlSummary>`,
  ],
  'key-value-store': ['KeyValueStoreList', (name) => `<KeyValueStore><Name>${name}</Name></KeyValueStore>`],
  function: ['FunctionList', (name) => `<FunctionSummary><Name>${name}</Name></FunctionSummary>`],
  'public-key': ['PublicKeyList', (name) => `<PublicKeySummary><Name>${name}</Name></PublicKeySummary>`],
  distribution: [
    'DistributionList',
    (name) => {
      const [id = '', ...aliases] = name.split(' ');
      const items = aliases.map((alias) => `<CNAME>${alias}</CNAME>`).join('');
      const list = `<Aliases><Quantity>${aliases.length}</Quantity><Items>${items}</Items></Aliases>`;
      return `<DistributionSummary><Id>${id}</Id>${list}</DistributionSummary>`;
    },
  ],
};

/** Two items on each page, so that markers must be followed. */
function cloudFront({ cloudFront: named, aliases, webAcl }: Recorded, path: string): Answer {
  const { pathname, searchParams } = new URL(path, 'http://localhost');
  if (/^\/[^/]+\/distribution\/E[A-Z0-9]+\/config$/.test(pathname)) {
    return xml(`<DistributionConfig ${CLOUDFRONT}><WebACLId>${webAcl}</WebACLId></DistributionConfig>`);
  }
  const kind = pathname.replace(/^\/[^/]+\//, '');
  const [list, item] = LISTS[kind] ?? [];
  if (!list || !item) throw new Error(`no recorded shape of CloudFront's ${pathname}`);
  const all =
    kind === 'distribution'
      ? Object.entries(aliases).map(([id, names]) => [id, ...names].join(' '))
      : [...(named[kind] ?? []), ...managedOf(kind, searchParams)];
  const from = Number(searchParams.get('Marker') ?? 0);
  const next = from + 2 < all.length ? `<NextMarker>${from + 2}</NextMarker>` : '';
  const items = all
    .slice(from, from + 2)
    .map(item)
    .join('');
  const quantity = `<Quantity>${Math.min(2, all.length - from)}</Quantity>`;
  return xml(
    `<${list} ${CLOUDFRONT}>${next}<MaxItems>100</MaxItems>${quantity}${items && `<Items>${items}</Items>`}</${list}>`,
  );
}

/** AWS's own policies, which are no part of the quotas. */
function managedOf(kind: string, asked: URLSearchParams): string[] {
  if (!kind.endsWith('-policy') || asked.get('Type') === 'custom') return [];
  return Array.from({ length: 20 }, (_, index) => `Managed-${index}`);
}

function domainName({ domainNames }: Recorded, path: string): Answer {
  const name = decodeURIComponent(path.replace(/^\/v2\/domainnames\//, ''));
  if (domainNames.includes(name)) return json({ domainName: name, domainNameConfigurations: [] });
  return {
    ...json({ message: 'Invalid domain name identifier specified' }, 404),
    errorType: 'NotFoundException',
  };
}
