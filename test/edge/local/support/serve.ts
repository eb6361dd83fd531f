import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { App, Stack } from 'aws-cdk-lib';
import type { IVersion } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Test } from 'tap';
import {
  createLocalCloudFront,
  type LocalBindings,
  type LocalCloudFrontOptions,
} from '../../../../edge/local/create-local-cloudfront.ts';
import { isRecord } from '../../../../edge/local/template/shape.ts';

/** The template of a stack as `cdk.out` has it. */
export function synthesized(build: (stack: Stack) => void): unknown {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Shape');
  build(stack);
  return app.synth().getStackByName('Shape').template;
}

/** The CDK's own types do not fit each other under `exactOptionalPropertyTypes`. */
export function parseBucket(bucket: unknown): IBucket {
  return bucket as IBucket;
}

export function parseVersion(version: unknown): IVersion {
  return version as IVersion;
}

export function resourcesOf(template: unknown): Record<string, unknown> {
  const resources = isRecord(template) ? template['Resources'] : undefined;
  return isRecord(resources) ? resources : {};
}

/** A folder with files. It is deleted with the test. */
export function folderOf(t: Test, files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(tmpdir(), 'edge-local-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A server as an origin. It answers with the request that it got, unless the test answers. */
export async function serverOf(
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void = echo,
): Promise<string> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

export async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await buffer(request)).toString();
  const { method, url, headers } = request;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers, body }));
}

export interface Given {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Serving {
  ask(
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<Given>;
  /** An answer whose body has yet to come. */
  open(
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<IncomingMessage>;
  invalidate(paths: readonly string[]): number;
}

/** Serves a template to viewers that type http://localhost:8080. */
export async function serve(
  t: Test,
  template: unknown,
  bindings: Partial<LocalBindings>,
  options: Partial<LocalCloudFrontOptions> = {},
): Promise<Serving> {
  const edge = createLocalCloudFront({
    template,
    ...options,
    bindings: {
      ...{ origin: 'http://localhost:8080', origins: {}, keyPairIds: {} },
      ...{ region: 'us-east-1', accountId: '123456789012', httpCountsAsHttps: true },
      ...bindings,
    },
  });
  const { port } = await edge.listen(0);
  t.teardown(() => edge.close());
  const open: Serving['open'] = async (path, { method = 'GET', headers = {}, body } = {}) => {
    const asked = request({
      ...{ host: '127.0.0.1', port, path, method },
      headers: { host: 'localhost:8080', ...headers },
    });
    asked.end(body);
    const [response] = await once(asked, 'response');
    return response;
  };
  return {
    invalidate: edge.invalidate,
    open,
    async ask(path, options) {
      const response = await open(path, options);
      return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
    },
  };
}
