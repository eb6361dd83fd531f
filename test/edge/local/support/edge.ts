import { sign } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Assumptions } from '../../../../edge/local/assumptions.ts';
import {
  createLocalCloudFront,
  type LocalBindings,
  type LocalCloudFront,
} from '../../../../edge/local/create-local-cloudfront.ts';
import type { Decision } from '../../../../edge/local/decision.ts';
import { isRecord } from '../../../../edge/local/template/shape.ts';
import { synthesizeForTest } from '../../../support/cached-build.ts';
import { ecKey, localValues, rsaKey, type TestKey } from '../../../support/local-values.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

export const ALICE = 'aliceaaaaaaaaaaaaaaaaaaaaa';
export const BOB = 'bobbbbbbbbbbbbbbbbbbbbbbbb';
export const SECRET = 'the bytes of bob';

/** The time, in seconds, around which all policies of the tests are written. */
export const NOW_EPOCH = 1_790_000_000;

/** An address without a port. The edge compares names, and does not resolve them. */
export const ORIGIN = 'http://localhost:8080';

export const EC = ecKey('KEC');
export const RSA = rsaKey('KRSA');

/** The real stack, synthesized once for each test file. */
export const TEMPLATE = await synthesizeForTest(localValues([EC, RSA]));

/** Functions that let every request through unchanged. So only CloudFront itself is tested. */
export const PASS = 'function handler(event) { return event.request; }';
export const KEEP = 'function handler(event) { return event.response; }';

/** The real template with other code in its functions. */
export function withCode(code: { request?: string; response?: string }): unknown {
  const copy = structuredClone(TEMPLATE);
  const resources = isRecord(copy['Resources']) ? copy['Resources'] : {};
  for (const [id, resource] of Object.entries(resources)) {
    const properties = isRecord(resource) ? resource['Properties'] : undefined;
    if (!isRecord(properties) || properties['FunctionCode'] === undefined) continue;
    const replacement = id.startsWith('ViewerRequest') ? code.request : code.response;
    if (replacement !== undefined) properties['FunctionCode'] = replacement;
  }
  return copy;
}

export interface TestEdge {
  port: number;
  origin: StandIn;
  clock: { nowMs: number };
  local: LocalCloudFront;
  /** One record for each request so far, in the order of their answers. */
  decisions: Decision[];
  /** Sends bytes unchanged, on a connection of their own. */
  send(text: string): Promise<RawAnswer>;
  /** GET with headers, on an unchanged path. */
  get(target: string, headers?: Record<string, string>, method?: string, host?: string): Promise<RawAnswer>;
  /** GET of many targets, one after the other, on one connection. */
  getAll(targets: string[], headers: Record<string, string>): Promise<RawAnswer[]>;
  close(): Promise<void>;
}

export interface RawAnswer {
  status: number;
  headers: Map<string, string>;
  body: string;
}

export function bindingsFor(origin: StandIn, changes: Partial<LocalBindings> = {}): LocalBindings {
  return {
    origin: ORIGIN,
    origins: {
      'gateway-files.s3.us-east-1.amazonaws.com': {
        endpoint: origin.endpoint,
        bucket: 'gateway-files',
        accessKeyId: 'AKIATEST',
        secretAccessKey: 'secret',
      },
    },
    keyPairIds: { KEC: 'KEC', KRSA: 'KRSA' },
    region: 'us-east-1',
    accountId: '000000000000',
    httpCountsAsHttps: true,
    ...changes,
  };
}

export async function startEdge(
  options: {
    template?: unknown;
    bindings?: Partial<LocalBindings>;
    /** Origins besides the bucket of the real template. */
    otherOrigins?: LocalBindings['origins'];
    assumptions?: Partial<Assumptions>;
  } = {},
): Promise<TestEdge> {
  const origin = await startStandIn();
  const clock = { nowMs: NOW_EPOCH * 1_000 };
  origin.objects.set(`users/${ALICE}/a.txt`, { body: Buffer.from('the bytes of alice'), type: 'text/plain' });
  origin.objects.set(`users/${BOB}/b.txt`, { body: Buffer.from(SECRET), type: 'text/plain' });
  const decisions: Decision[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const bindings = bindingsFor(origin, { now: () => clock.nowMs, ...options.bindings });
  Object.assign(bindings.origins, options.otherOrigins);
  const edge = await createOrClose(origin, () =>
    createLocalCloudFront({
      template: options.template ?? TEMPLATE,
      bindings,
      assumptions: options.assumptions ?? {},
      onDecision: (decision) => decisions.push(decision),
    }),
  );
  const { port } = await edge.listen(0);
  const send = (text: string, host?: string) => sendRaw(port, text, host);
  return {
    port,
    origin,
    clock,
    local: edge,
    decisions,
    send,
    getAll: async (targets, headers) => {
      const answers: RawAnswer[] = [];
      for (const path of targets) answers.push(await ask({ port, agent, path, headers }));
      return answers;
    },
    get: (target, headers = {}, method = 'GET', host = '127.0.0.1') => {
      const lines = Object.entries({ Host: 'localhost:8080', ...headers }).map(
        ([name, value]) => `${name}: ${value}`,
      );
      return send(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`, host);
    },
    close: async () => {
      agent.destroy();
      await edge.close();
      await origin.close();
    },
  };
}

async function createOrClose<T>(origin: StandIn, create: () => T): Promise<T> {
  try {
    return create();
  } catch (error) {
    await origin.close();
    throw error;
  }
}

function ask(options: {
  port: number;
  agent: Agent;
  path: string;
  headers: Record<string, string>;
}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { Host: 'localhost:8080', ...options.headers };
    const asked = request({ ...options, host: '127.0.0.1', headers }, (response) => {
      const fields = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
      buffer(response)
        .then((body) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: new Map(fields),
            body: body.toString('latin1'),
          }),
        )
        .catch(reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Sends bytes, one for each character, and reads until the server closes the connection. */
function sendRaw(port: number, text: string, host = '127.0.0.1'): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(chunks).toString('latin1'))));
    socket.write(Buffer.from(text, 'latin1'));
  });
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) };
}

export function cloudFrontBase64(bytes: Buffer | string): string {
  const text = Buffer.from(bytes).toString('base64');
  return text.replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

export function folderPolicy(id: string, changes: object = {}): string {
  return policyText(`${ORIGIN}/users/${id}/*`, changes);
}

export function policyText(resource: string, changes: object = {}): string {
  const condition = { DateLessThan: { 'AWS:EpochTime': NOW_EPOCH + 900 }, ...dateGreaterThan(), ...changes };
  return JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] });
}

function dateGreaterThan() {
  return { DateGreaterThan: { 'AWS:EpochTime': NOW_EPOCH - 3_600 } };
}

/** Signs by hand, without the SDK. The result has the parameters by the names that signed URLs use. */
export function signPolicy(
  policy: string,
  { key = EC, hash = 'SHA256' }: { key?: TestKey; hash?: 'SHA1' | 'SHA256' } = {},
): Record<string, string> {
  const signature = sign(hash.toLowerCase(), Buffer.from(policy), key.privateKey);
  return {
    Policy: cloudFrontBase64(policy),
    Signature: cloudFrontBase64(signature),
    'Key-Pair-Id': key.keyPairId,
    ...(hash === 'SHA256' ? { 'Hash-Algorithm': 'SHA256' } : {}),
  };
}

export function asCookies(parameters: Record<string, string>): { Cookie: string } {
  const pairs = Object.entries(parameters).map(([name, value]) => `CloudFront-${name}=${value}`);
  return { Cookie: pairs.join('; ') };
}

export function asQuery(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

export function cookiesOf(id: string): { Cookie: string } {
  return asCookies(signPolicy(folderPolicy(id)));
}
