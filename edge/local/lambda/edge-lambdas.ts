import { Readable } from 'node:stream';
import type { EdgeFunctions } from '../functions/edge-functions.ts';
import { cookieValues } from '../functions/function-event.ts';
import { functionRefusal, type Print } from '../functions/function-refusal.ts';
import type { FunctionResponse, OriginUpdate, SentBody } from '../functions/function-result.ts';
import type { Origin, OriginAnswer, OriginRequest } from '../origin/origin.ts';
import { bodyHeaders, serverHeaders } from '../origin/server.ts';
import { withoutSigning } from '../signature/signing-parameters.ts';
import type { AssociatedLambdas, LambdaEvent } from '../template/lambdas.ts';
import { LAMBDA_EVENTS } from '../template/lambdas.ts';
import type { OriginSettings } from '../template/origins.ts';
import { type Answer, dropBody, type HeaderFields, header } from '../viewer/answer.ts';
import type { ViewerRequest } from '../viewer/viewer-request.ts';
import {
  BODY_BYTES,
  eventOf,
  headersOf,
  type LambdaRequest,
  type LambdaResponse,
  originOf,
  readBody,
} from './lambda-event.ts';
import {
  parseChosenOrigin,
  parseLambdaRequest,
  parseLambdaResponse,
  parseReplacedBody,
} from './lambda-result.ts';
import { createLambdaRuntime } from './lambda-runtime.ts';

export interface EdgeLambdas extends Partial<EdgeFunctions> {
  /**
   * An origin with its triggers around it. They run for each request to the origin, so for both origins of a group (DG:
   * use origin failover with Lambda@Edge functions).
   */
  around(origin: Origin, settings: OriginSettings): Origin;
  close(): Promise<void>;
}

export interface EdgeLambdasOptions {
  /** The id of the distribution. */
  id: string;
  lambdas: AssociatedLambdas;
  /** The headers that CloudFront itself writes after the viewer-request function, by lower-case name. */
  generated: readonly string[];
  takesCookies: boolean;
  /** CloudFront's name in `Via`. */
  via: string;
  print: Print | undefined;
  /** The origin that a function names in place of another. */
  changedOrigin: (from: OriginSettings, changes: OriginUpdate) => Origin;
}

/** One call of a function. */
interface Call<T> {
  event: LambdaEvent;
  requestId: string;
  request: LambdaRequest;
  response?: LambdaResponse;
  parse: (result: unknown) => T;
}

/** Runs the Lambda@Edge functions of a behavior. */
export function createEdgeLambdas(options: EdgeLambdasOptions): EdgeLambdas {
  const { id, lambdas, generated, takesCookies, print } = options;
  const runtimes = new Map(
    LAMBDA_EVENTS.flatMap((event) => {
      const source = lambdas[event];
      return source ? [[event, createLambdaRuntime(source, print)] as const] : [];
    }),
  );
  const isHidden = (name: string) => generated.includes(name);

  async function call<T>({ event, requestId, request, response, parse }: Call<T>): Promise<T> {
    const told = eventOf(event, { distributionId: id, requestId }, request, response);
    try {
      return parse(await runtimes.get(event)?.invoke(told, requestId));
    } catch (error) {
      throw functionRefusal('Lambda', lambdas[event]?.name ?? '', error, print);
    }
  }

  async function onRequest(viewer: ViewerRequest): ReturnType<EdgeFunctions['onRequest']> {
    const event = 'viewer-request';
    const { method, headers } = viewer;
    const read = lambdas[event]?.includesBody ? await readBody(viewer.body, BODY_BYTES.viewer) : undefined;
    return call({
      event,
      requestId: viewer.id,
      request: { ...viewerRequestOf(viewer, isHidden), ...(read ? { body: read.shown } : {}) },
      parse(result) {
        const parsed = parseLambdaRequest(result, { event, method, headers, isHidden });
        if ('response' in parsed) return { answer: generatedBy(parsed.response) };
        const { uri, querystring, headers: changed, raw } = parsed;
        const body = read && (parseReplacedBody(raw, event) ?? asItWas(read.whole));
        const cookies = takesCookies ? { cookies: cookieValues({ ...viewer, headers: changed }) } : {};
        return { uri, querystring, headers: changed, ...cookies, ...(body ? { body } : {}) };
      },
    });
  }

  async function onResponse(viewer: ViewerRequest, answer: Answer): Promise<Answer> {
    const event = 'viewer-response';
    if (answer.status >= 400) return answer;
    const { status, statusText, headers } = answer;
    return call({
      event,
      requestId: viewer.id,
      request: viewerRequestOf(viewer, isHidden),
      response: responseOf(status, statusText, headers),
      parse(result) {
        const changed = parseLambdaResponse(result, { event, headers, isHidden: () => false, status });
        return { ...answer, ...changed };
      },
    });
  }

  return {
    ...(runtimes.has('viewer-request') ? { onRequest } : {}),
    ...(runtimes.has('viewer-response') ? { onResponse } : {}),
    around(origin, settings) {
      const triggers = { ...options, call, origin, settings };
      if (!runtimes.has('origin-request') && !runtimes.has('origin-response')) return origin;
      return { isS3: origin.isS3, ask: (request) => askAround(triggers, request), close: origin.close };
    },
    async close() {
      await Promise.all([...runtimes.values()].map((runtime) => runtime.close()));
    },
  };
}

function viewerRequestOf(viewer: ViewerRequest, isHidden: (name: string) => boolean): LambdaRequest {
  const { ipAddress: clientIp, headers, method, rawPath: uri, rawQuery } = viewer;
  const querystring = withoutSigning(rawQuery) ?? '';
  return { clientIp, headers: headersOf(headers, isHidden), method, querystring, uri };
}

function responseOf(status: number, statusText: string | undefined, headers: HeaderFields): LambdaResponse {
  const shown = headersOf(headers, () => false);
  return { headers: shown, status: String(status), statusDescription: statusText ?? '' };
}

function generatedBy({ body, ...response }: FunctionResponse): Answer {
  const { headers } = response;
  headers.set('server', ['CloudFront']).set('x-cache', ['LambdaGeneratedResponse from cloudfront']);
  return { ...response, body: body ?? Buffer.alloc(0) };
}

function asItWas(whole: AsyncGenerator<Buffer> | undefined): SentBody | undefined {
  return whole && { bytes: Readable.from(whole, { objectMode: false }), length: undefined };
}

/** A viewer's request with another body, and with the headers that fit it. */
export function withBody(viewer: ViewerRequest, { bytes, length }: SentBody): ViewerRequest {
  if (length === undefined) return { ...viewer, body: bytes };
  const headers = new Map(viewer.headers).set('content-length', [String(length)]);
  headers.delete('transfer-encoding');
  return { ...viewer, headers, body: bytes };
}

interface Triggers extends EdgeLambdasOptions {
  call: <T>(call: Call<T>) => Promise<T>;
  origin: Origin;
  settings: OriginSettings;
}

async function askAround(triggers: Triggers, asked: OriginRequest): Promise<OriginAnswer> {
  const { lambdas, origin } = triggers;
  const sent = lambdas['origin-request'] ? await changedRequest(triggers, asked) : { request: asked, origin };
  if ('answer' in sent) return sent.answer;
  const given = await sent.origin.ask(sent.request);
  if (!lambdas['origin-response']) return given;
  try {
    return await changedAnswer(triggers, sent.request, given);
  } catch (error) {
    given.body.destroy();
    throw error;
  }
}

/** The request as CloudFront would send it. */
function toldFields({ settings, via }: Triggers, asked: OriginRequest): HeaderFields {
  const { viewer, headers } = asked;
  const whole = {
    'user-agent': 'Amazon CloudFront',
    ...(viewer.body ? bodyHeaders(viewer) : {}),
    ...headers,
    ...serverHeaders(asked, settings.domainName, via),
  };
  return new Map(Object.entries(whole).map(([name, value]) => [name, [value]]));
}

function originRequestOf(triggers: Triggers, asked: OriginRequest): LambdaRequest {
  const { method, uri, query: querystring, viewer } = asked;
  const headers = headersOf(toldFields(triggers, asked), () => false);
  const origin = originOf(triggers.settings, viewer.origin.startsWith('https:'));
  return { clientIp: viewer.ipAddress, headers, method, querystring, uri, origin };
}

async function changedRequest(
  triggers: Triggers,
  asked: OriginRequest,
): Promise<{ request: OriginRequest; origin: Origin } | { answer: OriginAnswer }> {
  const event = 'origin-request';
  const { lambdas, settings, call, changedOrigin } = triggers;
  const { method, viewer } = asked;
  const read = lambdas[event]?.includesBody ? await readBody(viewer.body, BODY_BYTES.origin) : undefined;
  const request = originRequestOf(triggers, asked);
  const headers = toldFields(triggers, asked);
  const parsed = await call({
    event,
    requestId: viewer.id,
    request: { ...request, ...(read ? { body: read.shown } : {}) },
    parse(result) {
      const changed = parseLambdaRequest(result, { event, method, headers, isHidden: () => false });
      if ('response' in changed) return changed;
      const body = read && (parseReplacedBody(changed.raw, event) ?? asItWas(read.whole));
      return { ...changed, body, chosen: parseChosenOrigin(changed.raw['origin'], request.origin) };
    },
  });
  if ('response' in parsed) return { answer: answerOf(parsed.response) };
  const { uri, text: query, chosen, body } = parsed;
  const origin = chosen ? changedOrigin(settings, chosen) : triggers.origin;
  return {
    origin,
    request: {
      ...{ method, uri, query, headers: sentHeaders(parsed.headers, asked, headers, origin) },
      viewer: body ? withBody(viewer, body) : viewer,
    },
  };
}

/** What CloudFront itself writes for each origin is left to the origin, unless the function has changed it. */
function sentHeaders(
  changed: HeaderFields,
  { headers: asked }: OriginRequest,
  told: HeaderFields,
  { isS3 }: Origin,
): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const name of changed.keys()) {
    const value = header(changed, name) ?? '';
    const isOwn = !Object.hasOwn(asked, name) && value === header(told, name);
    const isOfS3 = isS3 && name === 'host';
    if (!isOwn && !isOfS3 && name !== 'via' && name !== 'content-length') sent[name] = value;
  }
  return sent;
}

async function changedAnswer(
  triggers: Triggers,
  asked: OriginRequest,
  given: OriginAnswer,
): Promise<OriginAnswer> {
  const event = 'origin-response';
  const { status, statusText, headers } = given;
  const response = await triggers.call({
    event,
    requestId: asked.viewer.id,
    request: originRequestOf(triggers, asked),
    response: responseOf(status, statusText, headers),
    parse: (result) => parseLambdaResponse(result, { event, headers, isHidden: () => false }),
  });
  if (response.body !== undefined) {
    dropBody(given);
    return answerOf(response);
  }
  return { ...given, ...response, statusText: response.statusText ?? '', body: given.body };
}

/** An answer that a function made. Its length is that of its body. */
function answerOf({
  status,
  statusText = '',
  headers,
  body = Buffer.alloc(0),
}: FunctionResponse): OriginAnswer {
  headers.set('content-length', [String(body.length)]);
  return { status, statusText, headers, body: Readable.from([body]) };
}
