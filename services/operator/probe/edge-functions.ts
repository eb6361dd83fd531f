import type { CloudFront, FunctionStage } from '@aws-sdk/client-cloudfront';
import { formatEntry } from '@cloudfront-cookie-gateway/core/entry-format';
import { EDGE_REGION } from '@cloudfront-cookie-gateway/infra/values';
import { type Pair, secondsFromNow } from './credentials.ts';
import { putKey } from './key-values.ts';
import type { EventType, Operator, ProbeUser, RunFunction, World } from './world.ts';

/** Runs a function in CloudFront's own runtime, without a viewer. */
export function functionRunner(
  cloudFront: CloudFront,
  version: { Name: string; IfMatch: string | undefined; Stage: FunctionStage },
): RunFunction {
  return async (event) => {
    const EventObject = Buffer.from(JSON.stringify(event));
    const { TestResult: result } = await cloudFront.testFunction({ ...version, EventObject });
    const status = /"statusCode": ?(\d+)/.exec(result?.FunctionOutput ?? '')?.[1];
    return {
      utilization: Number(result?.ComputeUtilization),
      error: result?.FunctionErrorMessage ?? '',
      outcome: status === undefined || status === '200' ? 'it passes' : `it answers ${status}`,
    };
  };
}

/** The function that a stack has deployed for an event type. */
export async function deployedFunction(stack: string, region: string, type: EventType): Promise<RunFunction> {
  // Loaded late, because only the probe of a deployment needs it.
  const [{ CloudFront }, { resourcesOf }] = await Promise.all([
    import('@aws-sdk/client-cloudfront'),
    import('../deploy/aws/stacks.ts'),
  ]);
  const cloudFront = new CloudFront({ region: EDGE_REGION });
  const arns = await resourcesOf(stack, region, 'AWS::CloudFront::Function');
  const prefix = type === 'viewer-request' ? 'ViewerRequest' : 'ViewerResponse';
  const [, arn = ''] = [...arns].find(([logicalId]) => logicalId.startsWith(prefix)) ?? [];
  const version = { Name: arn.slice(arn.lastIndexOf('/') + 1), Stage: 'LIVE' } as const;
  const { ETag: IfMatch } = await cloudFront.describeFunction(version);
  return functionRunner(cloudFront, { ...version, IfMatch });
}

/** CloudFront may throttle a function above this number (DG: functions tutorial, "compute utilization"). */
export const MOST_UTILIZATION = 70;
export const AT_MOST = `at most ${MOST_UTILIZATION} of 100`;

/** The largest value of a KeyValueStore, and the longest key of S3, in bytes. */
const MAX_ENTRY = 1_024;
const MAX_KEY = 1_024;

/** Each call is measured anew, so the figures differ. */
const TIMES = 5;

const ENTRY_WAIT_MS = 10_000;

/** The parts of the world that this question needs. */
type Longest = Pick<World, 'figure' | 'sign' | 'wait'> & {
  bob: Pick<ProbeUser, 'id' | 'credential'>;
  operator: Pick<Operator, 'filesOrigin' | 'keyValues'>;
};

/** The deployed functions with the most work: the longest policy, path and entry. */
export async function highestUtilization(
  { bob, figure, operator, sign, wait }: Longest,
  open: NonNullable<Operator['deployedFunction']>,
): Promise<string> {
  await putKey(operator.keyValues, bob.id, longestEntry());
  // The functions read the store as at the edge, where a new entry arrives within seconds.
  await wait(ENTRY_WAIT_MS);
  let most = 0;
  for (const [type, words, event] of await longestEvents(bob, operator.filesOrigin, sign)) {
    const run = await open(type);
    const calls = [];
    for (let time = 0; time < TIMES; time++) calls.push(await run(event));
    const used = calls.map(({ utilization }) => utilization);
    const failure = calls.find(({ error }) => error !== '');
    figure(
      `compute utilization of ${type}, ${words}`,
      `${used.join(', ')} of 100 (${calls[0]?.outcome})${failure ? ', with an error' : ''}`,
    );
    if (failure) return `${type} fails`;
    most = Math.max(most, ...used);
  }
  return most <= MOST_UTILIZATION ? AT_MOST : `${most} of 100`;
}

/** An entry with as many revoked sessions and shares as fit. They belong to somebody else. */
function longestEntry(): string {
  const floor = secondsFromNow(-7_200);
  const sessions: number[] = [];
  const shares: number[] = [];
  const text = () => formatEntry({ sessionFloor: floor, sessions, shareFloor: 1_000, shares });
  while (text().length <= MAX_ENTRY) {
    sessions.push(floor + 1 + sessions.length);
    if (sessions.length % 4 === 0) shares.push(1_000 + sessions.length);
  }
  sessions.pop();
  return text();
}

/** Each event with its type and a description. */
export async function longestEvents(
  bob: Pick<ProbeUser, 'id' | 'credential'>,
  filesOrigin: string,
  sign: World['sign'],
) {
  const key = `users/${bob.id}/`;
  const room = MAX_KEY - key.length;
  // `%C3%A9` in the path stands for two bytes of the key.
  const path = `/${key}${'%C3%A9'.repeat(room / 2)}${'x'.repeat(room % 2)}`;
  const version = 'v=00000000000000000000000000000000';
  const own = `${version}&share=9999&download=${'a'.repeat(100)}`;
  const file = await sign(`${filesOrigin}${path}?${own}`);
  const cookies = entries(bob.credential.map(([name, value]) => [`CloudFront-${name}`, value]));
  const parameters = entries([...own.split('&').map(pairOf), ...file]);
  const headers = { host: { value: new URL(filesOrigin).host }, accept: { value: 'image/*' } };
  const request = { method: 'GET', uri: path, headers, cookies: {}, querystring: {} };
  const withCookies = { ...request, cookies, querystring: entries([pairOf(version)]) };
  const response = {
    statusCode: 200,
    statusDescription: 'OK',
    headers: {
      'content-type': { value: 'image/png' },
      'content-length': { value: '1000' },
      etag: { value: '"00000000000000000000000000000000"' },
    },
    cookies: {},
  };
  const event = <T extends { request: typeof request }>(eventType: EventType, rest: T) => ({
    version: '1.0',
    context: { eventType },
    viewer: { ip: '192.0.2.1' },
    ...rest,
  });
  return [
    ['viewer-request', 'a folder by cookies', event('viewer-request', { request: withCookies })],
    [
      'viewer-request',
      'a share by parameters',
      event('viewer-request', { request: { ...request, querystring: parameters } }),
    ],
    [
      'viewer-response',
      'a share by parameters',
      event('viewer-response', { request: { ...request, querystring: parameters }, response }),
    ],
  ] satisfies [EventType, string, object][];
}

function pairOf(text: string): Pair {
  const [name = '', value = ''] = text.split('=');
  return [name, value];
}

function entries(pairs: readonly Pair[]): Record<string, { value: string }> {
  return Object.fromEntries(pairs.map(([name, value]) => [name, { value }]));
}
