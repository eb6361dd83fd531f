import { isAssumptionName } from '@cloudfront-cookie-gateway/local-cloudfront/assumptions';
import { NoAnswerError } from './asker.ts';

export type Seen = boolean | string;

/** A question to CloudFront, and how to see the answer. `World` gives the means to ask. `facts.ts` lists them all. */
export interface Question<World> {
  /** The name of the switch in `edge/local/assumptions.ts`, if there is one. */
  name: string;
  /** What CloudFront is believed to answer. The local CloudFront answers this. */
  assumed: Seen;
  /** What to do if AWS answers otherwise, if that is more than to set the switch and to report it. */
  otherwise?: string | undefined;
  /** @returns undefined if the answer cannot be seen, because the design or another difference hides it */
  ask(world: World): Promise<Seen | undefined>;
  /** The longest time that it may take, in seconds, if that is more than two minutes. */
  maxSeconds?: number | undefined;
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
    let isFailed = false;
    const { seen, same } = await within(maxSeconds, asked.catch(withoutAnswer)).then(
      (answer) => ({
        seen: answer ?? 'hidden',
        same: answer === undefined ? null : answer === assumed,
      }),
      (error: unknown) => {
        // If even the first question reaches nothing, no other one will.
        if (isOutOfReach(error) && name === questions[0]?.name) throw error;
        isFailed = true;
        return { seen: `could not be asked: ${failureOf(error)}`, same: null };
      },
    );
    if (isForeign) return { ...verdict, verdict: 'stop' };
    signal.throwIfAborted();
    if (isFailed) verdict.failed.push(name);
    if (same === false) verdict.different.push(name);
    tell({ question: name, assumed, seen, same });
  }
  return verdict;
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
  return (
    error instanceof Error && 'code' in error && ['ECONNREFUSED', 'ENOTFOUND'].includes(String(error.code))
  );
}

/** The reason without a credential. The message of an error may hold a signed address. */
function failureOf(error: unknown): string {
  if (error instanceof TooLongError) return error.message;
  if (!(error instanceof Error)) return 'an error';
  return 'code' in error ? String(error.code) : error.name;
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

export interface Output {
  out(text: string): void;
  err(text: string): void;
  isJson: boolean;
  /** Ends the probe. */
  signal: AbortSignal;
}

export interface Plan<World> {
  /** The name of the target, for the report's title. */
  target: string;
  questions: readonly Question<World>[];
  /** The questions for which the target has no means. */
  leftOut: readonly LeftOut[];
  /** The measured figures, in words. The questions add to them. */
  figures: readonly string[];
}

/**
 * Asks, and prints: line by line with `--json`, else a report at the end.
 * @param within makes the world, and removes it afterwards
 * @returns the exit status
 */
export async function run<World>(
  { out, err, isJson, signal }: Output,
  plan: Plan<World>,
  within: (use: (world: World) => Promise<Verdict>) => Promise<Verdict>,
): Promise<number> {
  for (const { name, why } of plan.leftOut) err(`probe: not asked here: ${name} (${why})`);
  const lines: Line[] = [];
  const tell = (line: Line) => {
    lines.push(line);
    if (isJson) out(JSON.stringify(line));
    else err(`probe: ${line.question}: ${line.seen}`);
  };
  const verdict = await within((world) => askAll(plan.questions, world, tell, signal));
  if (isJson) for (const figure of plan.figures) err(`probe: ${figure}`);
  out(isJson ? JSON.stringify(verdict) : report(plan, lines, verdict));
  return exitStatus(verdict);
}

/** The report for a person, as Markdown that can go into a document as it is. */
function report<World>(plan: Plan<World>, lines: readonly Line[], verdict: Verdict): string {
  const otherwise = new Map(plan.questions.map((question) => [question.name, remedyOf(question)]));
  const rows = lines.map(({ question, assumed, seen, same }) => [
    question,
    String(seen),
    String(assumed),
    same === null ? 'cannot be seen' : same ? 'yes' : '**no**',
    same === false ? (otherwise.get(question) ?? '') : '',
  ]);
  const table = [
    ['question', 'seen', 'the local CloudFront', 'same', 'what to do'],
    Array(5).fill('---'),
    ...rows,
  ];
  const notes = [...plan.figures, ...plan.leftOut.map(({ name, why }) => `not asked: ${name} (${why})`)];
  return [
    `# ${plan.target}, ${new Date().toISOString().slice(0, 10)}`,
    '',
    ...table.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
    '',
    ...notes.map((note) => `- ${note}`),
    ...(notes.length > 0 ? [''] : []),
    conclusion(verdict),
  ].join('\n');
}

/** What to do if AWS differs from the local CloudFront. */
function remedyOf({ name, otherwise }: { name: string; otherwise?: string | undefined }): string {
  if (otherwise !== undefined) return otherwise;
  return isAssumptionName(name) ? `set \`EDGE_ASSUMPTIONS=${name}=…\`, and report it` : 'report it';
}

function conclusion({ verdict, different, failed }: Verdict): string {
  if (verdict === 'stop')
    return '**Stop: a byte of another user came. Take the distribution out of service (`Enabled: false`), and report it.**';
  const words = [
    ...(different.length > 0 ? [`Different: ${different.join(', ')}.`] : []),
    ...(failed.length > 0 ? [`Could not be asked: ${failed.join(', ')}.`] : []),
  ];
  return words.length === 0 ? 'It holds: nothing differs.' : `It holds. ${words.join(' ')}`;
}
