import { askAll, exitStatus, type LeftOut, type Line, type Question } from './question.ts';
import { report } from './report.ts';

export interface Output {
  out(text: string): void;
  err(text: string): void;
  isJson: boolean;
  /** Ends the probe. */
  signal: AbortSignal;
}

/**
 * Asks, and prints: line by line with `--json`, else a report at the end.
 * @param target the name of the target, for the report's title
 * @param leftOut the questions for which the target has no means
 * @returns the exit status
 */
export async function run<World>(
  { out, err, isJson, signal }: Output,
  target: string,
  leftOut: readonly LeftOut[],
  questions: readonly Question<World>[],
  within: (use: (world: World) => ReturnType<typeof askAll>) => ReturnType<typeof askAll>,
  figures: readonly string[] = [],
): Promise<number> {
  for (const { name, why } of leftOut) err(`probe: not asked here: ${name} (${why})`);
  const lines: Line[] = [];
  const tell = (line: Line) => {
    lines.push(line);
    if (isJson) out(JSON.stringify(line));
    else err(`probe: ${line.question}: ${line.seen}`);
  };
  const verdict = await within((world) => askAll(questions, world, tell, signal));
  if (isJson) for (const figure of figures) err(`probe: ${figure}`);
  out(isJson ? JSON.stringify(verdict) : report(target, questions, { lines, verdict, figures, leftOut }));
  return exitStatus(verdict);
}
