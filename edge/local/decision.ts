import type { Assumptions } from './assumptions.ts';
import { readCredential, shownKeyPairId } from './signature/signing-parameters.ts';
import { type Answer, header, type Reason, Refusal } from './viewer/answer.ts';
import type { RawRequest, ViewerRequest } from './viewer/viewer-request.ts';

/** The steps, in the order in which a request passes them. */
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
  /** The path pattern of the behavior. Missing if the request did not get there. */
  behavior?: string;
  /** The path that the viewer-request function handed on, if it is another than the viewer's. */
  uri?: string;
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
  behavior?: { pathPattern: string };
  /** The path that the viewer-request function handed on. */
  uri?: string;
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
  const { step, viewer, object, behavior, uri } = walk;
  const { answer, error, atMs } = outcome;
  const shown = viewer && credentialOf(viewer, outcome.assumptions);
  return {
    atMs,
    method: request.method ?? '',
    path: viewer?.rawPath ?? request.url?.split('?')[0] ?? '',
    ipAddress: viewer?.ipAddress ?? request.socket.remoteAddress ?? '',
    step,
    ...(behavior ? { behavior: behavior.pathPattern } : {}),
    ...(uri === undefined || uri === viewer?.rawPath ? {} : { uri }),
    ...reasonOf(walk, answer, error),
    ...(answer ? { status: answer.status } : {}),
    ...(shown ? { credential: shown } : {}),
    ...(object?.cache === undefined ? {} : { cache: object.cache }),
    ...(object?.originStatus === undefined ? {} : { originStatus: object.originStatus }),
  };
}

/** The state that `X-Cache` names: Hit, Miss, RefreshHit or Error. */
export function objectOf({ headers, originStatus }: Answer): NonNullable<Walk['object']> {
  return { cache: header(headers, 'x-cache')?.split(' ')[0], originStatus };
}

/** Failures that are not the viewer's fault. The status tells them apart. */
const FAILURES = new Map([
  ['origin 502', 'origin_unreachable'],
  ['origin 504', 'origin_timeout'],
]);

function reasonOf({ step, functionAnswer }: Walk, answer: Answer | undefined, error: unknown): Reason {
  if (error instanceof Refusal) {
    const { reason } = error;
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

/** The meaning of each clause of a decision, for the person who set the system up. */
const WORDS: Record<string, string> = {
  admitted:
    'Host, behavior, signature and function let the request pass. This does not check whether the file exists.',
  host: 'The address names another host than the files host.',
  one_host: 'The request has no Host header, or several.',
  target: 'The path holds a character that no URL has; browsers would percent-encode it.',
  url_too_long: 'The URL is too long.',
  request_too_large: 'URL and headers together are too large: too many cookies, most likely.',
  method: 'The behavior does not allow this method.',
  body: 'A GET with a body is refused.',
  https: 'The behavior takes HTTPS only.',
  missing_key:
    'The request has no CloudFront-Key-Pair-Id: nobody has signed in, somebody has signed out, or the cookies are for another path.',
  missing_key_url:
    'The query holds a signing parameter (Expires, Policy, Signature, Key-Pair-Id or Hash-Algorithm), so CloudFront expects a signed URL and ignores the cookies. The query has no Key-Pair-Id.',
  unknown_key:
    'The key is in no trusted key group: it was removed, or the signature is for another distribution.',
  missing_signature: 'There is a key pair id, but no signature.',
  missing_policy: 'There is a key pair id, but neither Policy nor Expires.',
  undecodable_signature:
    'The signature is not base64 as CloudFront spells it: - for +, _ for =, ~ for /, and nothing else.',
  hash_algorithm:
    'The policy was signed with another hash. Hash-Algorithm names the hash; without it, CloudFront assumes SHA1.',
  signature: 'This key did not sign this policy: the policy was changed, or another key signed it.',
  expired: 'The credential has expired (DateLessThan).',
  not_yet_valid: 'The credential is not valid yet (DateGreaterThan): is a clock wrong?',
  ip_address: 'The policy does not name the address of the viewer (IpAddress).',
  resource_protocol: 'Resource has another protocol than the URL.',
  resource_domain: 'Resource names another host than the URL.',
  resource_path:
    'Resource does not cover the path as it was sent, or the query. A Resource without * at its end covers no query.',
  answered: 'It was answered from the cache or the origin.',
  origin_unreachable: 'The origin cannot be reached. Check that it runs at the address of the binding.',
  origin_timeout: 'The origin did not answer in time.',
  function_answer: 'The function answered by itself.',
  function_error: 'The function failed. The log has what it threw.',
  invalid_result: 'The function returned something that CloudFront does not take.',
};

const POLICY_FAULTS: Record<string, string> = {
  base64: 'it is not base64 as CloudFront spells it: - for +, _ for =, ~ for /',
  JSON: 'it is not JSON in UTF-8',
  Statement: 'it must have exactly one Statement, with only Resource and Condition',
  Resource: 'Resource is not one string',
  Condition:
    'Condition is missing, or holds something other than DateLessThan, DateGreaterThan and IpAddress',
  DateLessThan: 'DateLessThan must be whole seconds before 2038; milliseconds are the usual mistake',
  DateGreaterThan: 'DateGreaterThan must be whole seconds before 2038; milliseconds are the usual mistake',
  IpAddress: 'IpAddress must be one IPv4 address or range; there is no IPv6',
};

/** The decision in words, for the person who set the system up. Undefined if a function gave a code of its own. */
export function wordsFor({ clause, given, credential }: Decision): string | undefined {
  if (clause === 'malformed_policy')
    return `CloudFront cannot read the policy: ${POLICY_FAULTS[given ?? '']}.`;
  return (credential?.kind === 'url' ? WORDS[`${clause}_url`] : undefined) ?? WORDS[clause];
}
