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
}

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
}

/** A byte of another user arrived. */
export class ForeignByteError extends Error {
  override readonly name = 'ForeignByteError';
}

/**
 * Asks one question after the other. A byte of another user ends the probe.
 * @param tell called with each answer at once
 */
export async function askAll<World>(
  questions: readonly Question<World>[],
  world: World,
  tell: (line: Line) => void,
): Promise<Verdict> {
  const different: string[] = [];
  for (const { name, assumed, ask } of questions) {
    try {
      const seen = await ask(world).catch(withoutAnswer);
      const same = seen === undefined ? null : seen === assumed;
      if (same === false) different.push(name);
      tell({ question: name, assumed, seen: seen ?? 'hidden', same });
    } catch (error) {
      if (!(error instanceof ForeignByteError)) throw error;
      return { verdict: 'stop', different };
    }
  }
  return { verdict: 'holds', different };
}

/** Splits the questions into those that can be asked here, and the others. */
export async function sortOut<World>(
  questions: readonly Question<World>[],
): Promise<{ asked: Question<World>[]; leftOut: LeftOut[] }> {
  const hindrances = await Promise.all(questions.map((question) => question.hindrance?.()));
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

/** 0 if nothing differs, else 1. */
export function exitStatus({ verdict, different }: Verdict): number {
  return verdict === 'holds' && different.length === 0 ? 0 : 1;
}
