import { tested } from '../../probe/support/cloudfront-api.ts';

/**
 * Services that moto does not know, in the shapes of AWS's API reference: CloudFormation (DescribeStacks,
 * ListStackResources), CloudFront (GetDistributionConfig), Lambda (GetAccountSettings). These
 * shapes were not compared with AWS.
 */
export interface Recorded {
  /** Keyed by `<region> <name>`. */
  stacks: Map<string, RecordedStack>;
  /** The web ACL of every distribution, or an empty text. */
  webAcl: string;
  lambda: { all: number; free: number };
  /** The code of each function that was made and not removed. */
  functions: Map<string, string>;
  /** What TestFunction reports. */
  utilization: number;
}

export interface RecordedStack {
  status: string;
  outputs?: Record<string, string>;
  /** The bucket that the stack has made. */
  bucket?: string | undefined;
}

export function nothingYet(): Recorded {
  return {
    stacks: new Map(),
    webAcl: '',
    lambda: { all: 1_000, free: 1_000 },
    functions: new Map(),
    utilization: 40,
  };
}

export interface Asked {
  method: string;
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
  etag?: string;
}

/** The answer; undefined if moto knows the call. */
export function recordedAnswer(recorded: Recorded, asked: Asked): Answer | undefined {
  switch (asked.service) {
    case 'cloudformation':
      return cloudFormation(recorded, asked);
    case 'cloudfront':
      return cloudFront(recorded, asked);
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
    default:
      return undefined;
  }
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
    ListStackResources: () => {
      const bucket = { ResourceType: 'AWS::S3::Bucket', PhysicalResourceId: stack.bucket ?? '' };
      return `<StackResourceSummaries>${stack.bucket ? member(bucket) : ''}</StackResourceSummaries>`;
    },
  };
  const result = results[action]?.();
  if (result === undefined) throw new Error(`no recorded shape of CloudFormation's ${action}`);
  return xml(
    `<${action}Response ${CLOUDFORMATION}><${action}Result>${result}</${action}Result></${action}Response>`,
  );
}

const CLOUDFRONT = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"';

function cloudFront({ webAcl, functions, utilization }: Recorded, { method, path, body }: Asked): Answer {
  if (/^\/[^/]+\/distribution\/E[A-Z0-9]+\/config$/.test(path)) {
    return xml(`<DistributionConfig ${CLOUDFRONT}><WebACLId>${webAcl}</WebACLId></DistributionConfig>`);
  }
  const [, , kind, given = '', action = ''] = new URL(path, 'http://localhost').pathname.split('/');
  const field = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(body)?.[1] ?? '';
  const decoded = (name: string) => Buffer.from(field(name), 'base64').toString();
  if (kind !== 'function') throw new Error(`no recorded shape of CloudFront's ${path}`);
  if (method === 'POST' && given === '') {
    functions.set(field('Name'), decoded('FunctionCode'));
    return { ...xml(`<FunctionSummary><Name>${field('Name')}</Name></FunctionSummary>`, 201), etag: 'E1' };
  }
  const code = functions.get(given);
  if (code === undefined) {
    const error =
      '<Error><Type>Sender</Type><Code>NoSuchFunctionExists</Code><Message>none</Message></Error>';
    return xml(`<ErrorResponse>${error}</ErrorResponse>`, 404);
  }
  if (action === 'describe')
    return { ...xml(`<FunctionSummary><Name>${given}</Name></FunctionSummary>`), etag: 'E1' };
  if (action === 'test') {
    const type = given.endsWith('viewer-response') ? 'viewer-response' : 'viewer-request';
    const source = { name: given, code };
    const store = new Map<string, string>();
    return xml(
      `<TestResult>${tested(source, store, type, JSON.parse(decoded('EventObject')), utilization)}</TestResult>`,
    );
  }
  functions.delete(given);
  return xml('', 204);
}
