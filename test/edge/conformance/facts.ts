import { readFileSync } from 'node:fs';

/** The table of facts. It is written by hand, but for the questions in its last column. */
export const TABLE = new URL('../../../edge/local/CONFORMANCE.md', import.meta.url);

/** A row of the table. */
export interface Fact {
  /** Section and place, as in `1.12`. */
  id: string;
  /** The statement. */
  fact: string;
  /**
   * A: AWS says so in words. B: several independent observations. C: one observation, or inference. D: not established.
   * The choice is an assumption with a switch, or nothing depends on it.
   */
  known: string;
  /** A page of the CloudFront Developer Guide in brackets, another source by its name, or `not documented`. */
  source: string;
  /** The last column: how it is asked. */
  asked: string;
}

/** Its groups: id, fact, grade, source, and how it is asked. */
export const ROW = /^\| (\d+\.\d+) \| (.+) \| \*\*(.+?)\*\* (.+?) \| (.+) \|$/gm;

export function parseFacts(table = readFileSync(TABLE, 'utf8')): Fact[] {
  return [...table.matchAll(ROW)].map(([, id = '', fact = '', known = '', source = '', asked = '']) => ({
    ...{ id, known, source, asked },
    fact: plain(fact),
  }));
}

function plain(cell: string): string {
  return cell.replaceAll(/\\([|*_])/g, '$1').replaceAll('&lt;', '<');
}

/** @throws Error if no fact, or more than one, begins like this */
export function factOf(facts: readonly Fact[], beginning: string): Fact {
  const found = facts.filter(({ fact }) => fact.startsWith(beginning));
  const [only] = found;
  if (!only || found.length > 1) throw new Error(`${found.length} facts begin with: ${beginning}`);
  return only;
}
