import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startLocalLab } from '../../../../../services/operator/probe/lab-local.ts';
import type { LabKeys } from '../../../../../services/operator/probe/lab-template.ts';
import type { LabStand } from '../../../../../services/operator/probe/lab-world.ts';

/**
 * CloudFormation and S3, only the calls of the lab, in the shapes of AWS's API reference (moto knows no distribution).
 * A stack that is made here runs on the local CloudFront.
 */
export interface LabAwsStandIn {
  endpoint: string;
  /** The calls so far, in order. Polling of a stack is left out. */
  asked: string[];
  stacks: Map<string, StandInStack>;
  /** The stack that was made last. */
  stand: LabStand | undefined;
  template: unknown;
  /** The state that a new stack reaches. */
  ends: 'CREATE_COMPLETE' | 'CREATE_FAILED' | 'CREATE_IN_PROGRESS';
  /** Called with each call, before its answer goes out. If it returns false, the connection breaks. */
  onAsked(asked: string): boolean;
}

interface StandInStack {
  status: string;
  tags: Record<string, string>;
  /** Whether the stack's bucket holds an object. */
  isFull: boolean;
}

export async function startLabAws(t: { teardown(fn: () => Promise<void>): void }): Promise<LabAwsStandIn> {
  const labs: { close(): Promise<void> }[] = [];
  const aws: LabAwsStandIn = {
    ...{ endpoint: '', asked: [], stacks: new Map(), stand: undefined, template: undefined },
    ends: 'CREATE_COMPLETE',
    onAsked: () => true,
  };
  const startLab = async (template: unknown) => {
    aws.template = template;
    const lab = await startLocalLab(pemsOf(template), {});
    labs.push(lab);
    aws.stand = lab.stand;
  };
  const server = createServer((request, response) => {
    serve(aws, startLab, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  aws.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all(labs.map((lab) => lab.close()));
  });
  return aws;
}

/** The environment of a person who is signed in to this AWS. */
export function labEnvironment({ endpoint }: LabAwsStandIn): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'LAB',
    AWS_SECRET_ACCESS_KEY: 'lab',
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_MAX_ATTEMPTS: '1',
  };
}

function pemsOf(template: unknown): LabKeys {
  const keys = [...JSON.stringify(template).matchAll(/"EncodedKey":("(?:[^"\\]|\\.)*")/g)];
  const [ec = '', rsa = ''] = keys.map(([, json = '""']) => String(JSON.parse(json)));
  return { ec, rsa };
}

async function serve(
  aws: LabAwsStandIn,
  startLab: (template: unknown) => Promise<void>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await text(request);
  const form = new URLSearchParams(body);
  const action = form.get('Action');
  const name = form.get('StackName') ?? '';
  const [, bucket = ''] = (request.url ?? '').split(/[/?]/);
  const asked = action ?? `${request.method} object`;
  if (action !== 'DescribeStacks') aws.asked.push(asked);
  if (action === null) {
    const stack = aws.stacks.get(bucket.replace(/^bucket-of-/, ''));
    if (stack) stack.isFull = request.method === 'PUT';
  } else if (action === 'CreateStack') {
    const tags = { [form.get('Tags.member.1.Key') ?? '']: form.get('Tags.member.1.Value') ?? '' };
    aws.stacks.set(name, { status: aws.ends, tags, isFull: false });
    await startLab(JSON.parse(form.get('TemplateBody') ?? ''));
  } else if (action === 'DeleteStack') {
    const stack = aws.stacks.get(name);
    if (stack?.isFull) stack.status = 'DELETE_FAILED';
    else if (stack) stack.status = 'DELETE_IN_PROGRESS';
  } else if (action === 'DescribeStacks' && aws.stacks.get(name)?.status === 'DELETE_IN_PROGRESS') {
    // The deletion has ended when somebody looks for it.
    aws.stacks.delete(name);
  }
  if (!aws.onAsked(asked)) throw new Error('down');
  if (action === null) return void response.writeHead(request.method === 'PUT' ? 200 : 204).end();
  const isMissing = name !== '' && !aws.stacks.has(name) && action.startsWith('Describe');
  response.writeHead(isMissing ? 400 : 200, { 'content-type': 'text/xml' });
  const result = isMissing
    ? `<Error><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message></Error>`
    : `<${action}Result>${resultOf(aws, action, name)}</${action}Result>`;
  const root = isMissing ? 'ErrorResponse' : `${action}Response`;
  response.end(`<${root} xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">${result}</${root}>`);
}

function resultOf({ stacks, stand }: LabAwsStandIn, action: string, name: string): string {
  if (action === 'DescribeStackResources') {
    const bucket = { LogicalResourceId: 'Bucket', PhysicalResourceId: `bucket-of-${name}` };
    return `<StackResources>${member(bucket)}</StackResources>`;
  }
  if (action !== 'DescribeStacks') return '';
  const shown = [...stacks].filter(([one]) => name === '' || one === name);
  const stackMembers = shown.map(([StackName, { status, tags }]) => {
    const outputs = {
      Domain: 'd111111abcdef8.cloudfront.net',
      BucketName: `bucket-of-${StackName}`,
      EcKeyPairId: 'KEC',
      RsaKeyPairId: 'KRSA',
      KeyValueStoreArn: stand?.keyValues?.arn ?? '',
    };
    return member({
      StackName,
      StackStatus: status,
      CreationTime: '2026-11-01T00:00:00Z',
      Tags: Object.entries(tags)
        .map(([Key, Value]) => member({ Key, Value }))
        .join(''),
      Outputs: Object.entries(outputs)
        .map(([OutputKey, OutputValue]) => member({ OutputKey, OutputValue }))
        .join(''),
    });
  });
  return `<Stacks>${stackMembers.join('')}</Stacks>`;
}

function member(entries: Record<string, string>): string {
  const elements = Object.entries(entries).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<member>${elements.join('')}</member>`;
}
