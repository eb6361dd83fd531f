import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file that only this user can read. After a kill or a power failure, the file has the old content or the new
 * one.
 */
export function writePrivate(file: string, content: string): void {
  try {
    writeFileSync(`${file}.new`, content, { mode: 0o600, flush: true });
  } catch (error) {
    rmSync(`${file}.new`, { force: true });
    throw error;
  }
  renameSync(`${file}.new`, file);
}

/**
 * The content of a file of ours. Undefined if there is none. A damaged file is renamed, so that a start goes on.
 * @param parse throws SyntaxError if the text is not what was written
 */
export function readPrivate<T>(file: string, parse: (text: string) => T): T | undefined {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) putAside(file, error.message);
    else if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return undefined;
  }
}

function putAside(file: string, why: string): void {
  renameSync(file, `${file}.bad`);
  console.error(
    `start: ${file} is damaged (${why}): it is now ${file}.bad, and the start goes on without it`,
  );
}
