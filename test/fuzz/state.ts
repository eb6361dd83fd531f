import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The progress of each campaign. */
export interface FuzzState {
  /** The digest of the attacked code and of the attacks. Results only hold for this code. */
  digest: string;
  seed: number;
  places: Record<string, { tried: number; passed: number }>;
}

/** @returns undefined if nothing was kept, or if the kept state belongs to other code */
export function readState(file: string, digest: string): FuzzState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const state: FuzzState = JSON.parse(text);
  return state.digest === digest ? state : undefined;
}

/** Writes a new file and renames it, so that a killed run leaves a whole file. */
export function writeState(file: string, state: FuzzState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** @throws Error for a pattern without a file: its files have moved, and their changes would go unnoticed */
export function digestOf(patterns: readonly string[]): string {
  const files = patterns.flatMap((pattern) => {
    const found = globSync(pattern);
    if (found.length === 0) throw new Error(`no file is named ${pattern}`);
    return found;
  });
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(readFileSync(file));
  return hash.digest('hex');
}
