import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createEdgeFunction } from '../../../../../edge/local/functions/function-runtime.ts';
import type { KeyValueReader } from '../../../../../edge/local/functions/key-value-store.ts';
import type { EdgeFunctionSource } from '../../../../../edge/local/template/functions.ts';
import type { EventType } from '../../../../../services/operator/probe/world.ts';

type Values = Record<string, { value: string }>;

/** The event in the shape of `TestFunction`. */
interface TestEvent {
  request: { method: string; uri: string; querystring: Values; headers: Values; cookies: Values };
  response?: { statusCode: number; statusDescription: string; headers: Values };
}

export interface CloudFrontApi {
  endpoint: string;
  /** The utilization that each test reports, in turn. The last value repeats. */
  utilizations: number[];
  /** The events that arrived. */
  events: { type: EventType; event: TestEvent }[];
  /** Every call fails with this error, if it is set. */
  error: string | undefined;
}

/**
 * ListStackResources, DescribeFunction and TestFunction in the shapes of AWS's API reference (moto knows no functions).
 * These shapes were not compared with AWS. The local runtime runs the tested function.
 */
export async function startCloudFrontApi(
  t: { teardown(fn: () => Promise<void>): void },
  functions: Record<EventType, EdgeFunctionSource>,
  store: KeyValueReader,
): Promise<CloudFrontApi> {
  const api: CloudFrontApi = { endpoint: '', utilizations: [40], events: [], error: undefined };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const body = await text(request);
    const [, , kind, name = '', action] = pathname.split('/');
    const type = name.endsWith('viewer-response') ? 'viewer-response' : 'viewer-request';
    response.setHeader('content-type', 'text/xml');
    if (api.error) {
      return response
        .writeHead(403)
        .end(`<ErrorResponse><Error><Code>${api.error}</Code></Error></ErrorResponse>`);
    }
    if (kind === undefined) return response.end(resources());
    // Without a stage, AWS means the one that no viewer sees.
    const stage = searchParams.get('Stage') ?? /<Stage>(\w+)</.exec(body)?.[1];
    if (stage !== 'LIVE') return response.writeHead(404).end();
    if (action === 'describe') {
      response.setHeader('etag', `E-${name}`);
      return response.end(`<FunctionSummary><Name>${name}</Name></FunctionSummary>`);
    }
    if (action !== 'test' || request.headers['if-match'] !== `E-${name}`)
      return response.writeHead(412).end();
    const base64 = /<EventObject>(.*?)<\/EventObject>/s.exec(body)?.[1] ?? '';
    const event = parseEvent(Buffer.from(base64, 'base64').toString());
    api.events.push({ type, event });
    const used = (api.utilizations.length > 1 ? api.utilizations.shift() : api.utilizations[0]) ?? 0;
    return response.end(`<TestResult>${tested(functions[type], store, type, event, used)}</TestResult>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  api.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return api;
}

function parseEvent(json: string): TestEvent {
  return JSON.parse(json) as TestEvent;
}

/** The functions in a stack, as CloudFormation lists them: the physical id of a function is its ARN. */
function resources(): string {
  const member = (logicalId: string, type: EventType) =>
    `<member><ResourceType>AWS::CloudFront::Function</ResourceType><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>arn:aws:cloudfront::123456789012:function/Gateway-${type}</PhysicalResourceId></member>`;
  const members =
    member('ViewerResponse4AA', 'viewer-response') + member('ViewerRequest2C5', 'viewer-request');
  return `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${members}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`;
}

/** The answer of TestFunction: the local runtime runs the function. */
export function tested(
  source: EdgeFunctionSource,
  store: KeyValueReader,
  type: EventType,
  { request, response }: TestEvent,
  utilization: number,
): string {
  const words = (error: string, output: string) =>
    `<ComputeUtilization>${utilization}</ComputeUtilization><FunctionErrorMessage>${error}</FunctionErrorMessage><FunctionOutput>${escaped(output)}</FunctionOutput>`;
  const query = Object.entries(request.querystring);
  const rawQuery = query.map(([name, { value }]) => `${name}=${value}`).join('&');
  const edgeFunction = createEdgeFunction(source, type === 'viewer-request' ? store : undefined);
  try {
    const { value: result } = edgeFunction.call((world) => {
      world.begin(Date.now(), 'E1', type, 'request', '192.0.2.1', request.method, request.uri, rawQuery);
      for (const kind of ['querystring', 'headers', 'cookies'] as const)
        for (const [name, { value }] of Object.entries(request[kind]))
          world.put('request', kind, name, value);
      if (!response) return;
      world.response(response.statusCode, response.statusDescription);
      for (const [name, { value }] of Object.entries(response.headers))
        world.put('response', 'headers', name, value);
    });
    return words('', JSON.stringify(type === 'viewer-request' ? { request: result } : { response: result }));
  } catch (error) {
    return words(escaped(String(error)), '');
  }
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
