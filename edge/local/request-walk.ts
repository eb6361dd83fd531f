import type { Assumptions } from './assumptions.ts';
import { checkBehavior, chooseBehavior } from './behavior.ts';
import type { createObjects } from './cache/objects.ts';
import { type Decision, decisionOf, objectOf, type Walk } from './decision.ts';
import { withErrorPage } from './error-page.ts';
import type { EdgeFunctions } from './functions/edge-functions.ts';
import { seenByFunctions, seenByViewerResponse } from './functions/function-event.ts';
import type { SignatureCheck } from './signature/signature.ts';
import type { CacheBehavior, ErrorPages } from './template/distribution.ts';
import { applyResponseHeaders } from './template/response-headers-policy.ts';
import { type Answer, dropBody, htmlRefusal, Refusal, randomRequestId } from './viewer/answer.ts';
import { openViewerRequest, type RawRequest } from './viewer/viewer-request.ts';

/** A behavior of the distribution with everything that serves it. Without `signature` it is open to everybody. */
export interface ServedBehavior extends CacheBehavior {
  /** The names of the headers that CloudFront writes itself because a policy names them. */
  generated: readonly string[];
  signature: SignatureCheck | undefined;
  edgeFunctions: EdgeFunctions;
  objects: ReturnType<typeof createObjects>;
}

export interface RequestWalk {
  /** Walks the whole way, and gives the viewer's answer. */
  answer(request: RawRequest): Promise<Answer>;
  /** Walks up to the cache only. The origin gets no request. */
  decide(request: RawRequest): Promise<Decision>;
}

/** All behaviors, in their order, and what holds for all of them. */
export interface Edge {
  behaviors: readonly ServedBehavior[];
  viewerOrigins: ReadonlyMap<string, string>;
  defaultRootObject: string;
  errorPages: ErrorPages['pages'];
  /** The values of headers that CloudFront writes itself, by lower-case name. */
  viewerHeaders: Readonly<Record<string, string>>;
  httpCountsAsHttps: boolean;
  /** Whether TLS ends in this process. */
  isTlsHere: boolean;
  assumptions: Assumptions;
  now: () => number;
  onDecision: ((decision: Decision, request: RawRequest) => void) | undefined;
  explain: ((decision: Decision) => string) | undefined;
}

/** Leads requests through the steps, in CloudFront's order. */
export function createRequestWalk(edge: Edge): RequestWalk {
  const { now, assumptions } = edge;
  return {
    answer: (request) => answer(edge, request),
    async decide(request) {
      const { walk, given, error } = await follow(edge, request, true);
      return decisionOf(walk, request, { answer: given, error, atMs: now(), assumptions });
    },
  };
}

async function answer(edge: Edge, request: RawRequest): Promise<Answer> {
  const { errorPages, behaviors, onDecision, explain, now, assumptions } = edge;
  const { walk, given: passed, error } = await follow(edge, request, false);
  let given = passed ?? refusedAnswer(error);
  if (errorPages.has(given.status) && walk.viewer && !walk.functionAnswer) {
    given = await withErrorPage(given, walk.viewer, errorPages, behaviors);
  }
  const isApplied = walk.isPolicyApplied && error === undefined && given.status < 400;
  if (!isApplied) applyPolicy(edge, given, walk);
  given.headers.set('x-amz-cf-id', [walk.id]);
  if (onDecision || explain) {
    const decision = decisionOf(walk, request, { answer: given, error, atMs: now(), assumptions });
    if (explain) given.headers.set('x-edge-explain', [explain(decision)]);
    onDecision?.(decision, request);
  }
  return given;
}

async function follow(
  edge: Edge,
  request: RawRequest,
  isToCacheOnly: boolean,
): Promise<{ walk: WalkIn; given: Answer | undefined; error?: unknown }> {
  const walk: WalkIn = { id: randomRequestId(), step: 'request' };
  try {
    return { walk, given: await pass(edge, request, walk, isToCacheOnly) };
  } catch (error) {
    return { walk, given: refusedAnswer(error), error };
  }
}

/** @returns the answer, unless the request was to be followed up to the cache only and gets there */
async function pass(
  edge: Edge,
  request: RawRequest,
  walk: WalkIn,
  isToCacheOnly: boolean,
): Promise<Answer | undefined> {
  const { assumptions, behaviors, defaultRootObject } = edge;
  const viewer = openViewerRequest(request, walk.id, edge.viewerOrigins, edge.isTlsHere);
  walk.viewer = viewer;
  walk.step = 'behavior';
  const behavior = chooseBehavior(behaviors, viewer.rawPath);
  walk.behavior = behavior;
  checkBehavior(viewer, behavior, edge.httpCountsAsHttps || viewer.origin.startsWith('https:'));
  walk.step = 'signature';
  if (!assumptions.functionBeforeSignature) behavior.signature?.(viewer);
  walk.step = 'viewer-request function';
  const seen = seenByFunctions(viewer, behavior.generated, edge);
  const passed = await behavior.edgeFunctions.onRequest(seen);
  if ('answer' in passed) {
    walk.functionAnswer = passed.answer;
    return passed.answer;
  }
  walk.uri = passed.uri;
  walk.step = 'signature';
  if (assumptions.functionBeforeSignature) behavior.signature?.(viewer);
  if (passed.uri === '/' && defaultRootObject !== '') passed.uri = defaultRootObject;
  walk.step = 'cache';
  if (isToCacheOnly) return undefined;
  walk.step = 'origin';
  const found = behavior.objects(seen, passed);
  const object = found instanceof Promise ? await found : found;
  walk.object = objectOf(object);
  if (object.originStatus === undefined) walk.step = 'cache';
  if (assumptions.responseHeadersPolicyFirst && object.status < 400) {
    applyPolicy(edge, object, walk);
    walk.isPolicyApplied = true;
  }
  try {
    const changed = await behavior.edgeFunctions.onResponse(
      seenByViewerResponse(seen, passed, assumptions),
      object,
    );
    if (changed.status === object.status) return changed;
    walk.step = 'viewer-response function';
    walk.functionAnswer = changed;
    return changed;
  } catch (error) {
    walk.step = 'viewer-response function';
    dropBody(object);
    throw error;
  }
}

function applyPolicy({ assumptions }: Edge, { headers }: Answer, { viewer, step, behavior }: WalkIn): void {
  const isRefused = step === 'signature' && !assumptions.responseHeadersPolicyOnRefusals;
  if (!behavior?.responseHeadersPolicy || !viewer || step === 'behavior' || isRefused) return;
  const isPreflight = viewer.method === 'OPTIONS' && viewer.headers.has('access-control-request-method');
  const origin = viewer.headers.get('origin')?.[0];
  applyResponseHeaders(behavior.responseHeadersPolicy, headers, origin, isPreflight);
}

type WalkIn = Walk & { id: string; behavior?: ServedBehavior; isPolicyApplied?: boolean };

function refusedAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return error.answer;
  return htmlRefusal(500, 'Internal Error.', error).answer;
}
