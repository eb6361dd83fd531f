import { type Fact, factOf, parseFacts } from './facts.ts';
import { type Feature, QUESTIONS } from './questions.ts';
import type { Viewer } from './viewer.ts';

export interface Result extends Pick<Fact, 'id' | 'known' | 'fact'> {
  outcome: 'passed' | 'failed' | 'not claimed';
  why?: string;
}

/** Asks one question after the other: the content of a cache must not depend on speed. */
export async function askAll(viewer: Viewer, claims: ReadonlySet<Feature>): Promise<Result[]> {
  const facts = parseFacts();
  const results: Result[] = [];
  for (const question of QUESTIONS) {
    const { id, known, fact: text } = factOf(facts, question.fact);
    const fact = { id, known, fact: text };
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
