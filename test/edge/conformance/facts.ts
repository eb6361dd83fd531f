import { readFileSync } from 'node:fs';

/** The table of facts. It is written by hand, but for the part that says how each fact is asked. */
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
  /** The tests that show it. The files are below test/. */
  shown: readonly { file: string; title: string }[];
  /** For facts that are not CloudFront's, or not the local CloudFront's. */
  note: string | undefined;
}

const ROW = /^\| (\d+\.\d+) \| (.+) \| \*\*(.+?)\*\* (.+?) \| (.+) \|$/gm;

/** @throws Error if a row has another shape */
export function parseFacts(table = readFileSync(TABLE, 'utf8')): Fact[] {
  return [...table.matchAll(ROW)].map(([, id = '', fact = '', known = '', source = '', cell = '']) => {
    const [, note, tests = ''] = /^(?:\*(.+?)\*(?:<br>|$))?(.*)$/.exec(cell) ?? [];
    const shown = tests.split('<br>').flatMap((test) => {
      const [, file, title] = /^`(.+?)` › (.+)$/.exec(test) ?? [];
      return file && title ? [{ file, title: plain(title) }] : [];
    });
    if (tests !== '' && shown.length !== tests.split('<br>').length) throw new Error(`${id}: ${tests}`);
    return { id, fact: plain(fact), known, source, shown, note };
  });
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
