import { readFileSync } from 'node:fs';
import { createLabWorld } from '../../../services/operator/probe/lab-world.ts';
import { askAll, type Line } from '../../../services/operator/probe/run.ts';
import type { Fixture } from './fixture.ts';
import { QUESTIONS } from './questions.ts';

/** The table of facts. It is written by hand, except for the questions in its last column. */
export const TABLE = new URL('../../../edge/local/CONFORMANCE.md', import.meta.url);

/** The cells of a row: id, fact, grade, source, and how it is asked. */
export const ROW = /^\| (\d+\.\d+) \| (.+) \| \*\*(.+?)\*\* (.+?) \| (.+) \|$/gm;

/** Asks an emulator that has the fixture. One question comes after the other, because a cache may remember. */
export async function askEmulator(origin: string, keys: Fixture['keys']): Promise<Line[]> {
  const { signal } = new AbortController();
  const keyPairIds = { ec: 'lab-ec', rsa: 'lab-rsa' };
  const world = createLabWorld({ origin, keyPairIds }, keys, { figure: () => {}, signal });
  const lines: Line[] = [];
  await askAll(QUESTIONS, world, (line) => lines.push(line)).finally(() => world.close());
  return lines;
}

/** `A 20 of 22 · B 9 of 9`: the facts whose every question has the assumed answer, by grade. */
export function scoreOf(lines: readonly Line[]): string {
  const grades = new Map<string, boolean[]>();
  for (const [, id = '', , grade = ''] of readFileSync(TABLE, 'utf8').matchAll(ROW)) {
    const names = QUESTIONS.filter(({ fact }) => fact.split(' ').includes(id)).map(({ name }) => name);
    const asked = lines.filter(({ question, same }) => names.includes(question) && same !== null);
    const [letter = ''] = grade;
    if (asked.length > 0)
      grades.set(letter, [...(grades.get(letter) ?? []), asked.every(({ same }) => same)]);
  }
  const score = ([letter, all]: [string, boolean[]]) =>
    `${letter} ${all.filter(Boolean).length} of ${all.length}`;
  return [...grades].toSorted().map(score).join(' · ');
}
