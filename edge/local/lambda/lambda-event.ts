import type { Readable } from 'node:stream';
import { isDisallowed, isHopByHop } from '../functions/function-event.ts';
import type { LambdaEvent } from '../template/lambdas.ts';
import type { OriginSettings } from '../template/origins.ts';
import type { HeaderFields } from '../viewer/answer.ts';

/** The request in an event (DG: Lambda@Edge event structure). */
export interface LambdaRequest {
  clientIp: string;
  headers: LambdaHeaders;
  method: string;
  querystring: string;
  uri: string;
  body?: LambdaBody;
  origin?: unknown;
}

export type LambdaHeaders = Record<string, { key: string; value: string }[]>;

export interface LambdaBody {
  inputTruncated: boolean;
  action: 'read-only' | 'replace';
  encoding: 'base64' | 'text';
  data: string;
}

export interface LambdaResponse {
  headers: LambdaHeaders;
  status: string;
  statusDescription: string;
}

export function eventOf(
  eventType: LambdaEvent,
  { distributionId, requestId }: { distributionId: string; requestId: string },
  request: LambdaRequest,
  response?: LambdaResponse,
): unknown {
  const distributionDomainName = `${distributionId.toLowerCase()}.cloudfront.net`;
  const config = { distributionDomainName, distributionId, eventType, requestId };
  return { Records: [{ cf: { config, request, ...(response ? { response } : {}) } }] };
}

/** @param isHidden tells headers that the function does not see */
export function headersOf(fields: HeaderFields, isHidden: (name: string) => boolean): LambdaHeaders {
  const shown = [...fields].filter(([name]) => !isHidden(name) && !isHopByHop(name) && !isDisallowed(name));
  return Object.fromEntries(
    shown.map(([name, values]) => [name, values.map((value) => ({ key: keyOf(name), value }))]),
  );
}

/** `User-Agent` of `user-agent`. */
function keyOf(name: string): string {
  return name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** An origin as events of origin triggers have it. */
export function originOf(settings: OriginSettings, isHttps: boolean): unknown {
  const { domainName, path, custom, authMethod, responseTimeoutSeconds: readTimeout } = settings;
  const customHeaders = headersOf(
    new Map(Object.entries(settings.customHeaders).map(([name, value]) => [name, [value]])),
    () => false,
  );
  const shared = { customHeaders, domainName, path };
  if (!custom) {
    const region = /\.s3[.-]([a-z0-9-]+)\.amazonaws\.com$/.exec(domainName)?.[1] ?? '';
    return { s3: { ...shared, authMethod, region } };
  }
  const { httpPort, httpsPort, protocolPolicy, keepaliveTimeout, sslProtocols } = custom;
  const isSecure = protocolPolicy === 'https-only' || (protocolPolicy === 'match-viewer' && isHttps);
  const [protocol, port] = isSecure ? ['https', httpsPort] : ['http', httpPort];
  return { custom: { ...shared, keepaliveTimeout, port, protocol, readTimeout, sslProtocols } };
}

/** The most bytes of a body that a function sees, or puts in its place (DG: restrictions, include body option). */
export const BODY_BYTES = { viewer: 40 * 1_024, origin: 1_024 * 1_024 };

/**
 * The body for an event, cut to the limit, and the whole body, which can still be sent.
 * @param maxBytes of the part that the function sees
 */
export async function readBody(
  body: Readable | undefined,
  maxBytes: number,
): Promise<{ shown: LambdaBody; whole: AsyncGenerator<Buffer> | undefined }> {
  const chunks: Buffer[] = [];
  let length = 0;
  const rest: AsyncIterator<Buffer> | undefined = body?.[Symbol.asyncIterator]();
  let isAtEnd = rest === undefined;
  while (rest && !isAtEnd && length <= maxBytes) {
    const next = await rest.next();
    isAtEnd = next.done === true;
    if (!isAtEnd) chunks.push(next.value);
    if (!isAtEnd) length += next.value.length;
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield* chunks;
    if (rest && !isAtEnd) yield* { [Symbol.asyncIterator]: () => rest };
  }
  const data = Buffer.concat(chunks).subarray(0, maxBytes).toString('base64');
  const shown = { inputTruncated: length > maxBytes, action: 'read-only', encoding: 'base64', data } as const;
  return { shown, whole: body && whole() };
}
