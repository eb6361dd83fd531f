import { NoAnswerError } from './asker.ts';

export type Seen = boolean | string;

/** Something that AWS does not document, and how to see it. `World` gives the means to ask. */
export interface Question<World> {
  /** The name of the switch in `edge/local/assumptions.ts`, if there is one. */
  name: string;
  /** The answer of the local CloudFront. */
  assumed: Seen;
  /** What to do if AWS answers otherwise. */
  otherwise: string;
  /** The reason why it cannot be asked here, in words; undefined if it can. */
  hindrance?(): Promise<string | undefined>;
  /** @returns undefined if the answer cannot be seen, because the design or another difference hides it */
  ask(world: World): Promise<Seen | undefined>;
  /** The longest time that it may take, in seconds, if that is more than two minutes. */
  maxSeconds?: number;
}

const MAX_SECONDS = 120;

/** One answer, as `--json` prints it. */
export interface Line {
  question: string;
  assumed: Seen;
  seen: Seen;
  same: boolean | null;
}

/** A question that is not asked, and the reason. */
export interface LeftOut {
  name: string;
  why: string;
}

/** The last line of `--json`. */
export interface Verdict {
  verdict: 'holds' | 'stop';
  /** The questions that AWS answers in another way. */
  different: string[];
  /** The questions that could not be asked to their end. */
  failed: string[];
}

/** A byte of another user arrived. */
export class ForeignByteError extends Error {
  override readonly name = 'ForeignByteError';
}

/**
 * Asks one question after the other. A question that fails, or takes too long, does not keep the others from being
 * asked. A byte of another user ends the probe.
 * @param tell called with each answer at once
 * @param signal ends the probe
 * @throws Error if the target is not there, or the signal's reason
 */
export async function askAll<World>(
  questions: readonly Question<World>[],
  world: World,
  tell: (line: Line) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<Verdict> {
  const verdict: Verdict = { verdict: 'holds', different: [], failed: [] };
  let isForeign = false;
  for (const { name, assumed, ask, maxSeconds = MAX_SECONDS } of questions) {
    signal.throwIfAborted();
    const asked = ask(world);
    // A question that took too long may see a byte of another user while a later one is asked.
    asked.catch((error: unknown) => {
      isForeign ||= error instanceof ForeignByteError;
    });
    const answer = await within(maxSeconds, asked.catch(withoutAnswer)).catch((error: unknown) => {
      if (error instanceof ForeignByteError || signal.aborted) return undefined;
      // If even the first question reaches nothing, no other one will.
      if (isOutOfReach(error) && name === questions[0]?.name) throw error;
      return new FailedQuestion(failureOf(error));
    });
    if (isForeign) return { ...verdict, verdict: 'stop' };
    signal.throwIfAborted();
    if (answer instanceof FailedQuestion) {
      verdict.failed.push(name);
      tell({ question: name, assumed, seen: `could not be asked: ${answer.why}`, same: null });
      continue;
    }
    const same = answer === undefined ? null : answer === assumed;
    if (same === false) verdict.different.push(name);
    tell({ question: name, assumed, seen: answer ?? 'hidden', same });
  }
  return isForeign ? { ...verdict, verdict: 'stop' } : verdict;
}

class FailedQuestion {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

class TooLongError extends Error {
  override readonly name = 'TooLongError';
}

async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TooLongError(`no end after ${seconds} s`)), seconds * 1_000);
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** Nothing was sent to the target. */
export function isOutOfReach(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E(?:CONNREFUSED|NOTFOUND)$/.test(String(error.code));
}

/** The reason without a credential. The message of an error may hold a signed address. */
function failureOf(error: unknown): string {
  if (error instanceof TooLongError) return error.message;
  if (!(error instanceof Error)) return 'an error';
  return 'code' in error ? String(error.code) : error.name;
}

/** Splits the questions into those that can be asked here, and the others. */
export async function sortOut<World>(
  questions: readonly Question<World>[],
): Promise<{ asked: Question<World>[]; leftOut: LeftOut[] }> {
  const hindrances = await Promise.all(
    questions.map((question) => question.hindrance?.().catch((error: unknown) => failureOf(error))),
  );
  return {
    asked: questions.filter((_question, index) => hindrances[index] === undefined),
    leftOut: questions.flatMap(({ name }, index) => {
      const why = hindrances[index];
      return why === undefined ? [] : [{ name, why }];
    }),
  };
}

/** An answer that breaks off is an answer, too. */
function withoutAnswer(error: unknown): Seen {
  if (error instanceof NoAnswerError) return 'no answer';
  throw error;
}

/** 0 if nothing differs and nothing failed, else 1. */
export function exitStatus({ verdict, different, failed }: Verdict): number {
  return verdict === 'holds' && different.length === 0 && failed.length === 0 ? 0 : 1;
}
