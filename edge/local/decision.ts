import type { Assumptions } from './assumptions.ts';
import { readCredential } from './signature/credential.ts';
import { shownKeyPairId } from './signature/shown.ts';
import { type Answer, header, type Reason, Refusal } from './viewer/answer.ts';
import type { RawRequest, ViewerRequest } from './viewer/viewer-request.ts';

/** The rooms, in the order in which a request walks. */
export type Step =
  | 'request'
  | 'behavior'
  | 'signature'
  | 'viewer-request function'
  | 'cache'
  | 'origin'
  | 'viewer-response function';

/**
 * What became of one request, and why. It holds no secret: no signature, cookie value, text of a policy or value of
 * the query.
 */
export interface Decision extends Reason {
  /** Milliseconds, on the clock that dates are compared with. */
  atMs: number;
  method: string;
  /** As the viewer sent it, without the query. */
  path: string;
  ipAddress: string;
  /** Where the request ended, or was answered. */
  step: Step;
  /** Absent where the request was admitted, and followed no further. */
  status?: number;
  /** What the viewer showed, good or not; absent where it showed nothing. */
  credential?: { kind: 'url' | 'cookies'; keyPairId?: string };
  /** As `X-Cache` names it. */
  cache?: string;
  originStatus?: number;
}

/** How far a request has come. */
export interface Walk {
  step: Step;
  viewer?: ViewerRequest;
  /** What the cache or the origin gave. */
  object?: Pick<Answer, 'originStatus'> & { cache?: string };
  /** The answer that a function gave of its own. */
  functionAnswer?: Answer;
}

/** @param outcome the answer, an error, or neither for a request that was followed up to the cache */
export function decisionOf(
  walk: Walk,
  request: RawRequest,
  outcome: { answer?: Answer | undefined; error?: unknown; atMs: number; assumptions: Assumptions },
): Decision {
  const { step, viewer, object } = walk;
  const { answer, error, atMs } = outcome;
  const shown = viewer && credentialOf(viewer, outcome.assumptions);
  return {
    atMs,
    method: request.method ?? '',
    path: viewer?.rawPath ?? request.url?.split('?', 1)[0] ?? '',
    ipAddress: viewer?.ipAddress ?? request.socket.remoteAddress ?? '',
    step,
    ...reasonOf(walk, answer, error),
    ...(answer ? { status: answer.status } : {}),
    ...(shown ? { credential: shown } : {}),
    ...(object?.cache === undefined ? {} : { cache: object.cache }),
    ...(object?.originStatus === undefined ? {} : { originStatus: object.originStatus }),
  };
}

/** The state that `X-Cache` names: Hit, Miss, RefreshHit or Error. */
export function objectOf({ headers, originStatus }: Answer): NonNullable<Walk['object']> {
  const cache = header(headers, 'x-cache')?.split(' ', 1)[0];
  return {
    ...(cache === undefined ? {} : { cache }),
    ...(originStatus === undefined ? {} : { originStatus }),
  };
}

/** Failures of what is not the viewer's, which their status tells apart. */
const FAILURES = new Map([
  ['viewer-request function 503', 'function_error'],
  ['viewer-request function 502', 'invalid_result'],
  ['viewer-response function 503', 'function_error'],
  ['viewer-response function 502', 'invalid_result'],
  ['origin 502', 'origin_unreachable'],
  ['origin 504', 'origin_timeout'],
]);

function reasonOf({ step, functionAnswer }: Walk, answer: Answer | undefined, error: unknown): Reason {
  if (error instanceof Refusal) {
    const reason = error.reason();
    return { ...reason, clause: FAILURES.get(`${step} ${reason.clause}`) ?? reason.clause };
  }
  if (error !== undefined) return { clause: 'internal_error' };
  if (functionAnswer) return { clause: codeIn(functionAnswer) ?? 'function_answer' };
  return { clause: answer ? 'answered' : 'admitted' };
}

/** The `code` of a small JSON body, as our functions give one. */
function codeIn({ body }: Answer): string | undefined {
  if (!Buffer.isBuffer(body) || body.length > 1_024) return undefined;
  return /"code":\s*"([a-z][a-z0-9_]{0,63})"/.exec(body.toString())?.[1];
}

function credentialOf(viewer: ViewerRequest, assumptions: Assumptions): Decision['credential'] {
  const { kind, keyPairId, rawPolicy, rawExpires, rawSignature } = readCredential(viewer, assumptions);
  const isNone = [keyPairId, rawPolicy, rawExpires, rawSignature].every((value) => value === undefined);
  if (kind === 'cookies' && isNone) return undefined;
  return { kind, ...(keyPairId === undefined ? {} : { keyPairId: shownKeyPairId(keyPairId) }) };
}
