import { defined } from '../../../core/defined.ts';
import type { Decision } from '../../../edge/local/decision.ts';
import type { Attempt } from './attempts.ts';
import { askEdge, type EdgeAddress, type EdgeAnswer } from './edge-request.ts';

/** The result of an attempt: the edge's answer, and the record of its decision. It holds no secret. */
export interface Outcome
  extends EdgeAnswer,
    Partial<Pick<Decision, 'step' | 'clause' | 'required' | 'given'>> {
  kind: string;
  /** The path without the query, because the query may hold a signature. */
  path: string;
  isOwn: boolean;
}

/** Sends the attempts one after the other, and puts the edge's own record beside each answer. */
export async function tryAttempts(
  attempts: readonly Attempt[],
  edge: EdgeAddress,
  decisionsSince: (atMs: number) => Promise<Decision[]>,
): Promise<Outcome[]> {
  const startedAtMs = Date.now();
  const answers: EdgeAnswer[] = [];
  for (const { target, headers } of attempts) answers.push(await askEdge(edge, target, headers));
  const decisions = await decisionsSince(startedAtMs);
  return answers.map((answer, index) => {
    const { kind = '', target = '', isOwn = false } = attempts[index] ?? {};
    const [path = ''] = target.split('?');
    const found = decisions.findIndex(
      (decision) => decision.path === path && decision.status === answer.status,
    );
    const [decision] = found < 0 ? [] : decisions.splice(0, found + 1).slice(-1);
    const { step, clause, required, given } = decision ?? {};
    return { kind, path, isOwn, ...answer, ...defined({ step, clause, required, given }) };
  });
}
