import type { Assumptions } from './assumptions.ts';
import { shownKeyPairId } from './signature/shown.ts';
import { readCredential } from './signature/signing-parameters.ts';
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
 * The fate of one request, and the reason. It holds no secret: no signature, no cookie value, no text of a policy, no
 * value of the query.
 */
export interface Decision extends Reason {
  /** Milliseconds, on the clock that policies are compared with. */
  atMs: number;
  method: string;
  /** The path as the viewer sent it, without the query. */
  path: string;
  ipAddress: string;
  /** The step at which the request ended, or was answered. */
  step: Step;
  /** Missing if the request was admitted, and not followed any further. */
  status?: number;
  /** The credential of the viewer, good or not. Missing if there was none. */
  credential?: { kind: 'url' | 'cookies'; keyPairId?: string };
  /** The state that `X-Cache` names. */
  cache?: string;
  originStatus?: number;
}

/** The place that a request has reached. */
export interface Walk {
  step: Step;
  viewer?: ViewerRequest;
  /** The answer of the cache or the origin. */
  object?: Pick<Answer, 'originStatus'> & { cache: string | undefined };
  /** An answer of the function's own. */
  functionAnswer?: Answer;
}

/** @param outcome the answer, or an error, or neither if the request was only followed up to the cache */
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
  return { cache: header(headers, 'x-cache')?.split(' ', 1)[0], originStatus };
}

/** Failures that are not the viewer's fault. The status tells them apart. */
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

/** The `code` in a small JSON body. This project's functions give such a body. */
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
