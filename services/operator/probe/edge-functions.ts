import type { CloudFront, DistributionSummary } from '@aws-sdk/client-cloudfront';
import { formatEntry } from '@cloudfront-cookie-gateway/core/entry-format';
import { type Pair, secondsFromNow } from './credentials.ts';
import type { EdgeFunctions, EventType, Operator, ProbeUser, World } from './world.ts';

const Stage = 'LIVE';

const EVENT_TYPES = ['viewer-request', 'viewer-response'] as const satisfies readonly EventType[];

/**
 * The functions of the distribution that has this host as an alias or as its own name.
 * @param host such as `files.app.example.com`
 */
export function createEdgeFunctions(host: string): EdgeFunctions {
  let found: ReturnType<typeof find> | undefined;
  const versionOf = async (type: EventType) => {
    found ??= find(host);
    const { cloudFront, names } = await found;
    const Name = names[type];
    const { ETag: IfMatch } = await cloudFront.describeFunction({ Name, Stage });
    return { cloudFront, version: { Name, Stage, IfMatch } as const };
  };
  return {
    async hindrance() {
      try {
        for (const type of EVENT_TYPES) await versionOf(type);
        return undefined;
      } catch (error) {
        const why = error instanceof Error ? error.name : 'an error';
        return `test-function: ${why}; it needs cloudfront:ListDistributions, DescribeFunction and TestFunction`;
      }
    },
    async test(type, event) {
      const { cloudFront, version } = await versionOf(type);
      const { TestResult: result } = await cloudFront.testFunction({
        ...version,
        EventObject: Buffer.from(JSON.stringify(event)),
      });
      return {
        utilization: Number(result?.ComputeUtilization),
        hasFailed: Boolean(result?.FunctionErrorMessage),
        output: result?.FunctionOutput ?? '',
      };
    },
  };
}

async function find(host: string) {
  // Loaded late, because only the probe of a deployment needs it.
  const { CloudFront } = await import('@aws-sdk/client-cloudfront');
  const cloudFront = new CloudFront({ region: 'us-east-1' });
  return { cloudFront, names: await functionNames(cloudFront, host) };
}

async function functionNames(cloudFront: CloudFront, host: string): Promise<Record<EventType, string>> {
  const distribution = await findDistribution(cloudFront, host);
  const associations = distribution.DefaultCacheBehavior?.FunctionAssociations?.Items ?? [];
  const nameOf = (type: EventType) => {
    const arn = associations.find(({ EventType }) => EventType === type)?.FunctionARN;
    const name = arn?.split('function/')[1];
    if (!name) throw new Error(`no function at ${type}`);
    return name;
  };
  return { 'viewer-request': nameOf('viewer-request'), 'viewer-response': nameOf('viewer-response') };
}

async function findDistribution(cloudFront: CloudFront, host: string): Promise<DistributionSummary> {
  let Marker: string | undefined;
  do {
    const { DistributionList: page } = await cloudFront.listDistributions({ Marker });
    const found = page?.Items?.find(
      ({ Aliases, DomainName }) => DomainName === host || Aliases?.Items?.includes(host),
    );
    if (found) return found;
    Marker = page?.NextMarker;
  } while (Marker !== undefined);
  throw new Error(`no distribution of this account is ${host}`);
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
export type Longest = Pick<World, 'sign' | 'figure' | 'wait'> &
  Pick<Operator, 'filesOrigin' | 'putEntry'> & { bob: Pick<ProbeUser, 'id' | 'credential'> };

/** The functions with the most work: the longest policy, path and entry. */
export async function highestUtilization(functions: EdgeFunctions, world: Longest): Promise<string> {
  await world.putEntry(world.bob.id, longestEntry());
  // The functions read the store as at the edge, where a new entry arrives within seconds.
  await world.wait(ENTRY_WAIT_MS);
  let most = 0;
  for (const [type, words, event] of await longestEvents(world)) {
    const { told, highest } = await measure(functions, type, event);
    world.figure(`compute utilization of ${type}, ${words}`, told);
    if (highest === undefined) return `${type} fails`;
    most = Math.max(most, highest);
  }
  return most <= MOST_UTILIZATION ? AT_MOST : `${most} of 100`;
}

/** @returns the highest figure; undefined if the function failed */
async function measure(
  functions: EdgeFunctions,
  type: EventType,
  event: object,
): Promise<{ told: string; highest?: number }> {
  const calls = [];
  for (let time = 0; time < TIMES; time++) calls.push(await functions.test(type, event));
  const utilizations = calls.map(({ utilization }) => utilization);
  const told = `${utilizations.join(', ')} of 100 (${outcome(calls[0]?.output ?? '')})`;
  if (calls.some(({ hasFailed }) => hasFailed)) return { told: `${told}, with an error` };
  return { told, highest: Math.max(...utilizations) };
}

/** Whether the function let the request through, or refused it. */
export function outcome(output: string): string {
  const status = /"statusCode": ?(\d+)/.exec(output)?.[1];
  return status === undefined || status === '200' ? 'it passes' : `it answers ${status}`;
}

/** An entry with as many revoked sessions and shares as fit. They belong to somebody else. */
export function longestEntry(): string {
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
export async function longestEvents({
  bob,
  filesOrigin,
  sign,
}: Pick<Longest, 'bob' | 'filesOrigin' | 'sign'>) {
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
