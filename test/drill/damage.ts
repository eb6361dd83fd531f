import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { type LoopbackServer, listenOnLoopback } from '../../edge/local/loopback.ts';
import { askBehind } from '../support/store-proxy.ts';

/** The parts that can break, by the name of their port: their name in `/readyz`, and their name for people. */
export const PARTS = {
  dynamodb: { check: 'sessions', title: 'DynamoDB' },
  s3: { check: 'files', title: 'S3' },
  cloudFrontApi: { check: 'revocations', title: 'KeyValueStore' },
  identityProvider: { check: 'identityProvider', title: 'identity provider' },
} as const;

export type Part = keyof typeof PARTS;

export const PART_NAMES: readonly Part[] = ['dynamodb', 's3', 'cloudFrontApi', 'identityProvider'];

/** The ways in which each part can be broken. */
const OF_EACH_PART = {
  refused: 'nobody listens',
  hanging: 'requests are read, and never answered',
  slow: '1.5 s pass before each request gets there',
  cut: 'the connection ends as soon as a request has come; nothing is done',
  lost: 'the request is done, and the connection ends before the answer',
  error: 'each request is answered by 500',
  nonsense: 'each request is answered by 200 and a web page',
} as const;

const OF_ONE_PART = {
  empty: 'each update is answered by 200 and `{}`; nothing is done',
  full: 'the store is full to its last byte; 50 sign-outs wait, and 60 entries have expired',
  unreadable:
    'two records that are due cannot be read: one has the format of a newer deployment, one is broken JSON',
} as const;

/** All faults, in words. */
export const FAULTS = { ...OF_EACH_PART, ...OF_ONE_PART };

export type Fault = keyof typeof FAULTS;

/** The broken part, and the fault. */
export interface Damage {
  part: Part;
  fault: Fault;
}

/** Records are tried again after a pause that grows, so those that cannot be read come last. */
const ONLY: readonly Damage[] = [
  { part: 'cloudFrontApi', fault: 'empty' },
  { part: 'cloudFrontApi', fault: 'full' },
  { part: 'dynamodb', fault: 'unreadable' },
];

function ofEachPart(): Fault[] {
  const isOfEach = (name: string): name is keyof typeof OF_EACH_PART => name in OF_EACH_PART;
  return Object.keys(OF_EACH_PART).filter(isOfEach);
}

/** The faults of one part. */
export function faultsOf(part: Part): Fault[] {
  return [...ofEachPart(), ...ONLY.filter((only) => only.part === part).map(({ fault }) => fault)];
}

/** Every fault of every part. Before them, nothing is broken. */
export const DAMAGES: readonly (Damage | undefined)[] = [
  undefined,
  ...PART_NAMES.flatMap((part) => ofEachPart().map((fault) => ({ part, fault }))),
  ...ONLY,
];

export function titleOf(damage: Damage | undefined): string {
  return damage ? `${PARTS[damage.part].title} ${damage.fault}` : 'nothing broken';
}

/** Milliseconds, for the fault `slow`. */
export const SLOW_MS = 1_500;

/**
 * A proxy in front of a part of the system. Unless it is broken, it passes requests on under the name that the client
 * used.
 */
export interface BreakableProxy {
  break(fault: Fault): Promise<void>;
  heal(): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(port: number, behindPort: number, slowMs: number): Promise<BreakableProxy> {
  const held = new Set<ServerResponse>();
  let fault: Fault | undefined;
  let server: LoopbackServer | undefined = await listenOnLoopback(listener, port);

  async function pass(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const isLost = fault === 'lost';
    const answer = await askBehind(request, body, behindPort);
    if (isLost) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers);
    response.end(answer.content);
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (fault === 'cut') response.destroy();
    else if (fault === 'hanging') held.add(response);
    else if (fault === 'error') answerWith(response, 500, 'Internal Server Error');
    else if (fault === 'nonsense')
      answerWith(response, 200, '<!doctype html><title>Welcome</title><p>It works!');
    else if (fault === 'empty' && request.method === 'POST') {
      // Its form is that of the KeyValueStore.
      response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() });
      response.end('{}');
    } else {
      if (fault === 'slow') await pause(slowMs);
      await pass(request, body, response);
    }
  }

  function listener(request: IncomingMessage, response: ServerResponse): void {
    take(request, response).catch(() => response.destroy());
  }

  return {
    async break(by) {
      fault = by;
      if (by === 'refused') {
        await server?.close(0);
        server = undefined;
      }
    },
    async heal() {
      fault = undefined;
      for (const response of held) response.destroy();
      held.clear();
      server ??= await listenOnLoopback(listener, port);
    },
    close: async () => {
      await server?.close(0);
    },
  };
}

function answerWith(response: ServerResponse, status: number, content: string): void {
  response.writeHead(status, { 'content-type': 'text/html' });
  response.end(content);
}
