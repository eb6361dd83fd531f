import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { type LoopbackServer, listenOnLoopback, PortTakenError } from '../../edge/local/loopback.ts';
import { askBehind } from '../support/store-proxy.ts';
import type { Fault } from './damage.ts';

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

/**
 * A free port outside the range that the system gives to any program. It stays free while its proxy refuses
 * connections.
 */
export async function quietPort(): Promise<number> {
  while (true) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      await (await listenOnLoopback(() => {}, port)).close(0);
      return port;
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
    }
  }
}
