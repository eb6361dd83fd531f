import type { Assumptions } from './assumptions.ts';
import { checkBehavior, chooseBehavior } from './behavior.ts';
import type { createObjects } from './cache/objects.ts';
import { type Decision, decisionOf, objectOf, type Walk } from './decision.ts';
import { withErrorPage } from './error-page.ts';
import type { EdgeFunctions, Passed } from './functions/edge-functions.ts';
import { seenByFunctions, seenByViewerResponse, withGenerated } from './functions/function-event.ts';
import type { PassedRequest } from './functions/function-result.ts';
import type { SignatureCheck } from './signature/signature.ts';
import type { CacheBehavior, ErrorPages } from './template/distribution.ts';
import { applyResponseHeaders } from './template/response-headers-policy.ts';
import { type Answer, dropBody, htmlRefusal, Refusal, randomRequestId } from './viewer/answer.ts';
import { openViewerRequest, type RawRequest, type ViewerRequest } from './viewer/viewer-request.ts';

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

export interface RequestWalkOptions {
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

/** All behaviors, in their order, and what holds for all of them. */
interface Edge extends RequestWalkOptions {
  behaviors: readonly ServedBehavior[];
}

/** Leads requests through the steps, in CloudFront's order. */
export function createRequestWalk(
  behaviors: readonly ServedBehavior[],
  options: RequestWalkOptions,
): RequestWalk {
  const edge = { ...options, behaviors };
  return {
    answer: (request) => answer(edge, request),
    decide: (request) => decide(edge, request),
  };
}

async function answer(edge: Edge, request: RawRequest): Promise<Answer> {
  const { errorPages, behaviors, onDecision, explain, now, assumptions } = edge;
  const walk: WalkIn = { id: randomRequestId(), step: 'request' };
  let given: Answer;
  let failure: unknown;
  try {
    given = await pass(edge, request, walk);
  } catch (error) {
    failure = error;
    given = refusedAnswer(error);
  }
  if (errorPages.has(given.status) && walk.viewer && !walk.functionAnswer) {
    given = await withErrorPage(given, walk.viewer, errorPages, behaviors);
  }
  const isApplied = walk.isPolicyApplied && failure === undefined && given.status < 400;
  if (!isApplied) applyPolicy(edge, given, walk);
  given.headers.set('x-amz-cf-id', [walk.id]);
  if (onDecision || explain) {
    const outcome = { answer: given, error: failure, atMs: now(), assumptions };
    const decision = decisionOf(walk, request, outcome);
    if (explain) given.headers.set('x-edge-explain', [explain(decision)]);
    onDecision?.(decision, request);
  }
  return given;
}

async function decide(edge: Edge, request: RawRequest): Promise<Decision> {
  const walk: WalkIn = { id: randomRequestId(), step: 'request' };
  let error: unknown;
  try {
    const entered = enter(edge, request, walk);
    continueToCache(edge, entered, await entered.behavior.edgeFunctions.onRequest(entered.seen), walk);
  } catch (failure) {
    error = failure;
  }
  const given = error === undefined ? walk.functionAnswer : refusedAnswer(error);
  return decisionOf(walk, request, {
    answer: given,
    error,
    atMs: edge.now(),
    assumptions: edge.assumptions,
  });
}

/** The steps before the function. */
function enter(edge: Edge, request: RawRequest, walk: WalkIn): Entered {
  const { assumptions, behaviors, viewerHeaders } = edge;
  const viewer = openViewerRequest(request, walk.id, edge.viewerOrigins, edge.isTlsHere);
  walk.viewer = viewer;
  walk.step = 'behavior';
  const behavior = chooseBehavior(behaviors, viewer.rawPath);
  walk.behavior = behavior;
  checkBehavior(viewer, behavior, edge.httpCountsAsHttps || viewer.origin.startsWith('https:'));
  walk.step = 'signature';
  if (!assumptions.functionBeforeSignature) behavior.signature?.(viewer);
  walk.step = 'viewer-request function';
  const shown = seenByFunctions(viewer, assumptions);
  const seen =
    behavior.generated.length === 0
      ? shown
      : { ...shown, headers: withGenerated(shown, behavior.generated, viewerHeaders) };
  return { viewer, seen, behavior };
}

/** The way from the function to the cache, unless the function gave an answer of its own. */
function continueToCache(
  { assumptions, defaultRootObject }: Edge,
  { viewer, behavior }: Entered,
  passed: Passed,
  walk: WalkIn,
): passed is PassedRequest {
  if ('answer' in passed) {
    walk.functionAnswer = passed.answer;
    return false;
  }
  walk.uri = passed.uri;
  walk.step = 'signature';
  if (assumptions.functionBeforeSignature) behavior.signature?.(viewer);
  walk.step = 'cache';
  if (passed.uri === '/' && defaultRootObject !== '') passed.uri = defaultRootObject;
  return true;
}

async function pass(edge: Edge, request: RawRequest, walk: WalkIn): Promise<Answer> {
  const { assumptions } = edge;
  const entered = enter(edge, request, walk);
  const { seen, behavior } = entered;
  const passed = await behavior.edgeFunctions.onRequest(seen);
  if (!continueToCache(edge, entered, passed, walk)) return passed.answer;
  walk.step = 'origin';
  const given = behavior.objects(seen, passed);
  const object = given instanceof Promise ? await given : given;
  walk.object = objectOf(object);
  if (object.originStatus === undefined) walk.step = 'cache';
  if (assumptions.responseHeadersPolicyFirst && object.status < 400) {
    applyPolicy(edge, object, walk);
    walk.isPolicyApplied = true;
  }
  try {
    const viewer = seenByViewerResponse(seen, passed, assumptions);
    const changed = await behavior.edgeFunctions.onResponse(viewer, object);
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

interface Entered {
  viewer: ViewerRequest;
  /** The request as the functions see it. */
  seen: ViewerRequest;
  behavior: ServedBehavior;
}

function refusedAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return error.answer;
  return htmlRefusal(500, 'Internal Error.', error).answer;
}
