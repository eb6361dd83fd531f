import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How far each campaign has come. */
export interface FuzzState {
  /** Of the code that is attacked and of the attacks: what is shown is shown of these alone. */
  digest: string;
  seed: number;
  places: Record<string, { tried: number; passed: number }>;
}

/** @returns undefined where nothing was kept, or what was kept is of other code */
export function readState(file: string, digest: string): FuzzState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const state = parseState(text);
  return state.digest === digest ? state : undefined;
}

/** The file was written by this program. */
function parseState(text: string): FuzzState {
  return JSON.parse(text) as FuzzState;
}

/** Written beside and renamed, so that a run which is killed leaves a whole file. */
export function writeState(file: string, state: FuzzState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function digestOf(patterns: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of patterns.flatMap((pattern) => globSync(pattern)).sort()) hash.update(readFileSync(file));
  return hash.digest('hex');
}
