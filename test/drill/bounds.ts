import type { Damage, Part } from './damage.ts';
import type { Pace } from './pace.ts';
import type { Answer, Question } from './question.ts';

/** Milliseconds, for any answer at all. */
const ANSWER_MS = 12_000;
/** Milliseconds, for an answer that does not need the broken part. */
const UNTOUCHED_MS = 2_500;
/** Milliseconds, with a DynamoDB that takes 1.5 s for each call. */
const SLOW_DYNAMODB_MS: Record<string, number> = {
  'who is signed in': 2_000,
  'list of files': 2_000,
  'list of sessions': 2_000,
  renewal: 2_000,
  'sign-out': 6_000,
};

/** The questions that need a part, and may fail while it is broken. */
const WITHOUT: Record<Part, (name: string) => boolean> = {
  dynamodb: (name) => name !== 'beginning of a sign-in',
  s3: (name) => ['list of files', 'delete of a shared file', 'share', '/readyz'].includes(name),
  cloudFrontApi: (name) => name === '/readyz',
  identityProvider: (name) => ['sign-in', 'sign-in over a session', '/readyz'].includes(name),
};

/** The codes that may be answered if something cannot be done. */
const CODES = ['timed_out', 'store_unavailable', 'files_unavailable', 'provider_unavailable', 'login_failed'];

/** @returns every promise that an answer breaks */
export function broken(
  { name, done }: Pick<Question, 'name' | 'done'>,
  answer: Answer,
  { damage, pace, lagMs }: { damage: Damage | undefined; pace: Pace; lagMs: number },
): string[] {
  const { part, fault } = damage ?? {};
  const { status, code = '', milliseconds, cookies, body } = answer;
  const faults: string[] = [];
  const isDone = status === done;
  // A record of somebody else is nobody's need.
  const isOthers = fault === 'unreadable';
  const isNeeded = part !== undefined && (isOthers ? name === '/readyz' : WITHOUT[part](name));
  const within = (bound: number) => {
    const atMostMs = pace.bound(bound, lagMs);
    if (milliseconds > atMostMs)
      faults.push(`it took ${Math.round(milliseconds)} ms, more than ${Math.round(atMostMs)}`);
  };

  if (!isDone && !isNeeded) faults.push(`${status} ${code}: it does not need the broken part`);
  if (!isDone && isNeeded && name !== '/readyz' && !CODES.includes(code)) faults.push(`${status} ${code}`);
  if (!isDone && cookies.some(isOfSession)) faults.push(`it is a failure, and sets or clears ${cookies}`);
  within(isNeeded ? ANSWER_MS : UNTOUCHED_MS);
  const slowMs = part === 'dynamodb' && fault === 'slow' ? SLOW_DYNAMODB_MS[name] : undefined;
  if (slowMs !== undefined) {
    within(slowMs);
    if (!isDone) faults.push(`${status} ${code} with a slow DynamoDB`);
  }
  const edge = edgeOf(body);
  if (edge !== undefined && (part !== 'dynamodb' || isOthers)) {
    const isTold = edge === 'told';
    // On a busy machine the edge may really take that long.
    const isLate = milliseconds >= pace.limits.edgeMs;
    // With a slow store, a write that is already under way may be in time. A full store has room again at some time. So
    // both answers are right. The copied cookies are tried as well.
    const isEither = fault === 'slow' || fault === 'full';
    const isTrue = part === 'cloudFrontApi' ? !isTold || isEither : isTold || isLate;
    if (!isTrue) faults.push(`the answer says that the edge is ${edge}`);
  }
  return faults;
}

export function edgeOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'edge' in body ? body.edge : undefined;
}

function isOfSession(cookie: string): boolean {
  return cookie === '__Host-session' || cookie.startsWith('CloudFront-');
}
