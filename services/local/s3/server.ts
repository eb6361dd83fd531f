import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  CORS_VARY,
  corsHeaders,
  readCorsRules,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/cors';
import { type Resource, readTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import type { KnownCredential } from '../store/credentials.ts';
import { createLocalServer, type LocalServer } from '../store/http.ts';
import type { Reserve } from '../store/reserve.ts';
import { verifySignature } from '../store/signature-v4.ts';
import { parseQuery } from '../store/uri.ts';
import { isObject, openBucket, type Version } from './bucket.ts';
import { createAuthorizer, EXISTING_TAG } from './bucket-policy.ts';
import { s3Error } from './errors.ts';
import { createEvents, type S3Event } from './events.ts';
import { createHandlers } from './handlers.ts';
import { parseLifecycle } from './lifecycle.ts';
import { type Operation, parseOperation, queryValue, versionIdOf } from './operation.ts';
import { payloadHashOf, payloadOf } from './payload.ts';
import { sendError } from './xml.ts';

const SILENCE_MS = 60_000;

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
  /** Room on the disk that it shares with other stores. Without it, it has one of its own. */
  reserve?: Reserve;
  now?: () => number;
  /** Gets the event that S3 sends to EventBridge, once a change is on the disk and before it is answered. */
  onEvent?: (event: S3Event) => void;
}

/**
 * S3 on this machine: the template's one bucket, path-style, behind S3's own gate. Every request needs a valid
 * signature. Nobody may do more than the template's policies allow.
 */
export function createLocalS3(options: LocalS3Options): LocalServer {
  const { answer, close } = createAnswer(options);
  const server = createLocalServer(
    (request, response) => {
      response.on('error', () => {});
      request.setTimeout(SILENCE_MS, () => request.socket.destroy());
      answer(request, response)
        .catch((error: unknown) => {
          const hasGone = request.destroyed && !request.complete;
          if (hasGone) response.destroy();
          else sendError(response, error, request.method !== 'HEAD');
        })
        .finally(() => {
          // The rest of a refused body is read and dropped. Otherwise the client would not see the error.
          request.resume();
        });
    },
    // An upload of 5 GB takes time, so there is no limit on the whole request. Node then sets none on the headers
    // either.
    { requestTimeout: 0, headersTimeout: SILENCE_MS, connectionsCheckingInterval: SILENCE_MS },
  );
  return {
    listen: server.listen,
    async close() {
      await server.close();
      close();
    },
  };
}

function createAnswer({ directory, region, accountId, credentials, ...options }: LocalS3Options) {
  const { now = Date.now, onEvent = () => {} } = options;
  const template = readTemplate(options.template, { region, accountId });
  const resource = template.only('AWS::S3::Bucket');
  const bucketName = resource.ref;
  const roles = credentials.flatMap(({ principal }) =>
    'logicalIds' in principal ? principal.logicalIds : [],
  );
  const isAllowed = createAuthorizer(template, { bucket: bucketName, accountId }, roles);
  const corsRules = readCorsRules(resource.properties);
  const isVersioned = parseVersioning(resource);
  const toEvent = createEvents({ bucketName, region, accountId, now });
  const bucket = openBucket(directory, {
    ...{ now, isVersioned, lifecycle: parseLifecycle(resource), reserve: options.reserve },
    onChange: (change) => onEvent(toEvent(change)),
  });
  const handlers = createHandlers(bucket, bucketName);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const allowed = corsHeaders(corsRules, { method, headers });
    response.setHeader('vary', CORS_VARY);
    for (const [name, value] of Object.entries(allowed ?? {})) response.setHeader(name, value);
    if (method === 'OPTIONS') {
      if (!allowed) throw s3Error('AccessForbidden');
      response.writeHead(200).end();
      return;
    }
    const target = request.url ?? '';
    const query = parseQuery(target);
    const payloadHash = payloadHashOf(request, query);
    const signed = { service: 's3', region, payload: payloadHash };
    const verified = verifySignature(request, { ...signed, credentials, nowMs: now() });
    const operation = parseOperation(method, target, headers);
    bucket.expire();
    const { principal } = verified.credential;
    const may = (action: string, key: string, versionId?: string) => {
      const prefix = operation.key === '' ? queryValue(operation, 'prefix') : undefined;
      const context = {
        ...(prefix === undefined ? {} : { 's3:prefix': prefix }),
        ...tagConditions(action, bucket.find(key, versionId)),
      };
      return isAllowed({ principal, action, resource: arnOf(bucketName, key), context });
    };
    checkPermission(operation);
    await handlers[operation.name]({
      request,
      response,
      operation,
      payload: () => payloadOf(request, payloadHash, verified),
      may,
      missing: (code) => s3Error(may('s3:ListBucket', '') ? code : 'AccessDenied'),
    });

    function checkPermission({ name, action, bucket, key }: Operation): void {
      if (name === 'ListBuckets') {
        if (!isAllowed({ principal, action, resource: '*' })) throw s3Error('AccessDenied');
        return;
      }
      if (bucket !== bucketName) throw s3Error('NoSuchBucket');
      // DeleteObjects checks the permission for each object in its turn.
      if (name === 'DeleteObjects') return;
      if (!may(action, key, versionIdOf(operation))) throw s3Error('AccessDenied');
    }
  }

  return { answer, close: bucket.close };
}

/** Whether the bucket keeps versions. */
function parseVersioning({ properties }: Resource): boolean {
  const configuration = properties['VersioningConfiguration'] as { Status?: string } | undefined;
  if (configuration === undefined || configuration.Status === 'Enabled') return configuration !== undefined;
  throw new Error(`local S3: the versioning status ${configuration.Status} is not modelled`);
}

/**
 * The condition keys of an object's tags. Writes and deletes have none (Amazon S3 User Guide, "Tagging and access
 * control policies").
 */
function tagConditions(action: string, version: Version | undefined): Record<string, string> {
  if (!/^s3:Get|Tagging$/.test(action) || !isObject(version)) return {};
  return Object.fromEntries(
    Object.entries(version.tags).map(([key, value]) => [`${EXISTING_TAG}${key.toLowerCase()}`, value]),
  );
}

function arnOf(bucket: string, key: string): string {
  return `arn:aws:s3:::${bucket}${key === '' ? '' : `/${key}`}`;
}
