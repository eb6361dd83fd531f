import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '../../../edge/local/loopback.ts';
import { readTemplate } from '../../../edge/local/template/template.ts';
import type { KnownCredential, Principal } from '../store/credentials.ts';
import { refuseForeignHost, storeHosts } from '../store/http.ts';
import { verifySignature } from '../store/signature-v4.ts';
import type { StoreServer } from '../store/store-server.ts';
import { parseQuery } from '../store/uri.ts';
import { openBucket } from './bucket.ts';
import { createAuthorizer } from './bucket-policy.ts';
import { createCors } from './cors.ts';
import { accessDenied, S3Error, sendError } from './error.ts';
import { createHandlers } from './handlers.ts';
import { createLifecycle } from './lifecycle.ts';
import { ACTIONS, parseOperation, queryValue } from './operation.ts';
import { payloadHashOf, payloadOf } from './payload.ts';
import type { S3Request } from './request.ts';

export interface LocalS3Options {
  /** The objects live here; no other process may write to it. */
  directory: string;
  /**
   * The synthesized CloudFormation template. It has the bucket with its policy, CORS and lifecycle, and the roles'
   * policies.
   */
  template: unknown;
  region: string;
  accountId: string;
  credentials: KnownCredential[];
  now?: () => number;
  /** Closes a connection after this time without a byte in any direction. */
  silenceMs?: number;
}

/**
 * S3 on this machine: the template's one bucket, path-style, behind S3's own gate. Every request needs a valid
 * signature. Nobody may do more than the template's policies allow.
 */
export function createLocalS3(options: LocalS3Options): StoreServer {
  const { credentials, now = Date.now, silenceMs = 60_000 } = options;
  const scope = { region: options.region, service: 's3' };
  const template = readTemplate(options.template, { region: options.region, accountId: options.accountId });
  const bucketResource = template.only('AWS::S3::Bucket');
  const bucketName = bucketResource.ref;
  const roles = credentials.flatMap(({ principal }) =>
    principal.kind === 'role' ? principal.logicalId : [],
  );
  const isAllowed = createAuthorizer(template, bucketName, roles);
  const cors = createCors(bucketResource);
  const bucket = openBucket(options.directory, now, createLifecycle(bucketResource, now));
  const handlers = createHandlers(bucket, bucketName);
  let server: LoopbackServer | undefined;

  function may(principal: Principal, action: string, key: string, prefix?: string): boolean {
    const resource = `arn:aws:s3:::${bucketName}${key === '' ? '' : `/${key}`}`;
    const context = prefix === undefined ? {} : { 's3:prefix': prefix };
    return isAllowed({ principal, action, resource, context });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    cors.addHeaders(request, response);
    if (request.method === 'OPTIONS') {
      cors.answerPreflight(request, response);
      return;
    }
    const target = request.url ?? '';
    const query = parseQuery(target);
    const payloadHash = payloadHashOf(request, query);
    const verified = verifySignature(request, query, payloadHash, credentials, scope, now());
    const operation = parseOperation(request.method ?? '', target, request.headers);
    const { principal } = verified.credential;
    const action = ACTIONS[operation.name];
    if (operation.name === 'ListBuckets') {
      if (!isAllowed({ principal, action, resource: '*' })) throw accessDenied();
    } else {
      checkBucket(operation.bucket);
      // DeleteObjects checks the permission for each object in its turn.
      const isEach = operation.name === 'DeleteObjects';
      if (!isEach && !may(principal, action, operation.key, queryValue(operation, 'prefix')))
        throw accessDenied();
    }
    const handled: S3Request = {
      request,
      response,
      operation,
      payload: () => payloadOf(request, payloadHash, verified),
      mayDelete: (key, isVersion) =>
        may(principal, isVersion ? 's3:DeleteObjectVersion' : 's3:DeleteObject', key),
      mayRead: (key) => may(principal, 's3:GetObject', key),
      // A caller without the right to list does not learn which keys exist.
      missingKey: () =>
        may(principal, 's3:ListBucket', '')
          ? new S3Error('NoSuchKey', 'The specified key does not exist.')
          : accessDenied(),
    };
    await handlers[operation.name](handled);
  }

  function checkBucket(name: string): void {
    if (name !== bucketName) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  }

  return {
    listen: async (port, seenPort = port) => {
      let hosts: string[] = [];
      server = await listenOnLoopback(
        (request, response) => {
          if (refuseForeignHost(request, response, hosts)) return;
          response.on('error', () => {});
          request.setTimeout(silenceMs, () => request.socket.destroy());
          answer(request, response)
            .catch((error: unknown) => {
              const hasGone = request.destroyed && !request.complete;
              if (hasGone) response.destroy();
              else sendError(response, error, request.method !== 'HEAD');
            })
            .finally(() => {
              // The rest of a refused body is read and dropped. Otherwise the client would not see the error.
              request.unpipe();
              request.resume();
            });
        },
        port,
        // An upload of 5 GB takes time, so there is no limit on the whole request. Node then sets none on the headers
        // either.
        { requestTimeout: 0, headersTimeout: silenceMs, connectionsCheckingInterval: silenceMs / 2 },
      );
      hosts = [server.port, seenPort || server.port].flatMap(storeHosts);
      return { port: server.port };
    },
    close: async () => {
      await server?.close();
    },
  };
}
