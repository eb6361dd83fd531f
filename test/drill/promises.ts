import { setTimeout as pause } from 'node:timers/promises';
import type { Damage, Part } from './damage.ts';
import type { Pace } from './pace.ts';
import { askApp, open, type Person } from './people.ts';
import type { Answer, Prepared, Question } from './questions.ts';
import type { System } from './system.ts';

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

/** @returns every promise that an answer breaks, and whether it came too late */
export function broken(
  { name, done }: Pick<Question, 'name' | 'done'>,
  answer: Answer,
  { damage, pace, bound }: { damage: Damage | undefined; pace: Pace; bound(ms: number): number },
): { faults: string[]; late: string[] } {
  const { part, fault } = damage ?? {};
  const { status, code = '', milliseconds, cookies, body } = answer;
  const faults: string[] = [];
  const late: string[] = [];
  const isDone = status === done;
  // A record of somebody else is nobody's need.
  const isOthers = fault === 'unreadable';
  const isNeeded = part !== undefined && (isOthers ? name === '/readyz' : WITHOUT[part](name));
  const within = (limitMs: number) => {
    const atMostMs = bound(limitMs);
    if (milliseconds > atMostMs)
      late.push(`it took ${Math.round(milliseconds)} ms, more than ${Math.round(atMostMs)}`);
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
  return { faults, late };
}

export function edgeOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'edge' in body ? body.edge : undefined;
}

function isOfSession(cookie: string): boolean {
  return cookie === '__Host-session' || cookie.startsWith('CloudFront-');
}

/** The time that a run of the schedule may take: it takes over the lease of a process that has gone, and writes. */
const DRAIN_MS = 3_000;

/** @returns the promises that are broken once everything works again */
export async function untrueAfterwards(
  { stack, pace }: System,
  { ends = [], keeps = [], closes = [] }: Prepared,
  isDone: boolean,
  /** The time since which all parts work again, and the question has its last answer. */
  sinceMs: number,
): Promise<string[]> {
  const untilMs = sinceMs + pace.limits.scheduleMs + DRAIN_MS;

  async function isRefused(url: string, cookie?: string): Promise<boolean> {
    while ((await open(url, cookie)) !== 403) {
      if (performance.now() > untilMs) return false;
      await pause(50);
    }
    return true;
  }

  async function ended(person: Person): Promise<string[]> {
    const status = await askApp(stack, person);
    // If the answer was not success, the session may go on, but then everywhere.
    if (!isDone && status === 200) return kept(person);
    if (status !== 401) return [`the session that ended gets ${status}`];
    const isOut = await isRefused(person.url, person.copied.files);
    return isOut ? [] : ['the copied cookies of an ended session open the file'];
  }

  async function kept(person: Person): Promise<string[]> {
    const [app, files] = [await askApp(stack, person), await open(person.url, person.copied.files)];
    return app === 200 && files === 200 ? [] : [`a session that goes on gets ${app} and ${files}`];
  }

  async function closed(url: string): Promise<string[]> {
    return !isDone || (await isRefused(url)) ? [] : ['the link opens the file'];
  }

  const looks = await Promise.all([...ends.map(ended), ...keeps.map(kept), ...closes.map(closed)]);
  return looks.flat();
}

/** If the answer was `told`, the edge must refuse at once. */
export async function untrueNow({ ends = [], closes = [] }: Prepared): Promise<string[]> {
  const statuses = await Promise.all([
    ...ends.map(({ url, copied }) => open(url, copied.files)),
    ...closes.map((url) => open(url)),
  ]);
  return statuses.every((status) => status === 403) ? [] : [`told, and the edge says ${statuses}`];
}
