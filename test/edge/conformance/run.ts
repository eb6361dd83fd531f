import { SECTIONS } from '../local/conformance.ts';
import { OTHER_QUESTIONS } from './other-questions.ts';
import { POLICY_QUESTIONS } from './policy-questions.ts';
import type { Feature, Question, Viewer } from './question.ts';
import { SIGNED_QUESTIONS } from './signed-questions.ts';

export const QUESTIONS: readonly Question[] = [...SIGNED_QUESTIONS, ...POLICY_QUESTIONS, ...OTHER_QUESTIONS];

export interface Result {
  /** The number in CONFORMANCE.md. */
  id: string;
  known: string;
  fact: string;
  outcome: 'passed' | 'failed' | 'not claimed';
  why?: string;
}

/** @throws Error if a question belongs to no fact, or to several */
export function factOf({ fact: beginning }: Question): { id: string; known: string; fact: string } {
  const found = SECTIONS.flatMap(({ facts }, section) =>
    facts.map(({ known, fact }, place) => ({ id: `${section + 1}.${place + 1}`, known, fact })),
  ).filter(({ fact }) => fact.startsWith(beginning));
  const [only] = found;
  if (!only || found.length > 1) throw new Error(`${found.length} facts begin with: ${beginning}`);
  return only;
}

/** Asks one question after the other: the content of a cache must not depend on speed. */
export async function askAll(viewer: Viewer, claims: ReadonlySet<Feature>): Promise<Result[]> {
  const results: Result[] = [];
  for (const question of QUESTIONS) {
    const fact = factOf(question);
    if (!question.needs.every((feature) => claims.has(feature))) {
      results.push({ ...fact, outcome: 'not claimed' });
      continue;
    }
    try {
      await question.ask(viewer);
      results.push({ ...fact, outcome: 'passed' });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      results.push({ ...fact, outcome: 'failed', why: why.split('\n').slice(0, 6).join(' ') });
    }
  }
  return results;
}

/** `A 20 of 22 · B 9 of 9`: the answers to claimed questions, by grade. */
export function scoreOf(results: readonly Result[]): string {
  const grades = ['A', 'B', 'C', 'D'].flatMap((grade) => {
    const asked = results.filter(
      ({ known, outcome }) => known.startsWith(grade) && outcome !== 'not claimed',
    );
    const passed = asked.filter(({ outcome }) => outcome === 'passed');
    return asked.length === 0 ? [] : [`${grade} ${passed.length} of ${asked.length}`];
  });
  const unclaimed = results.filter(({ outcome }) => outcome === 'not claimed').length;
  return [...grades, `not claimed ${unclaimed}`].join(' · ');
}
