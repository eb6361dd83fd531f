import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Readable by this user alone. All or nothing: a run that is killed while it writes, or a power failure, leaves the
 * old file or the new one.
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
 * What a file of ours holds; undefined where there is none. A damaged one is put aside by name, so that a start goes on.
 * @param parse throws SyntaxError where the text is not what was written
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

export function putAside(file: string, why: string): void {
  renameSync(file, `${file}.bad`);
  console.error(
    `start: ${file} is damaged (${why}): it is now ${file}.bad, and the start goes on without it`,
  );
}
