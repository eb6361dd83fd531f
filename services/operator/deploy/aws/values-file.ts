import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { parseStackValues, type StackValues } from '@cloudfront-cookie-gateway/infra/values';

/** A values file cannot be used. The message says why. */
export class ValuesFileError extends Error {
  override readonly name = 'ValuesFileError';
}

/**
 * Reads the values as a person wrote them.
 * @throws ValuesFileError if the file is not one JSON object
 */
export function readValuesFile(file: string): Record<string, unknown> {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    // The message of JSON.parse quotes the text.
    const why = cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ValuesFileError(`${file} ${why}; docs/deploy.md shows what it holds`, { cause });
  }
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return { ...raw };
  throw new ValuesFileError(`${file} must be one JSON object; docs/deploy.md shows it`);
}

/**
 * Reads the values of a deployment.
 * @throws ValuesFileError if one of them is missing or wrong
 */
export function readDeploymentValues(file: string): StackValues {
  const raw = readValuesFile(file);
  try {
    return parseStackValues(raw);
  } catch (cause) {
    throw new ValuesFileError(`${file}: ${cause instanceof Error ? cause.message : 'is wrong'}`, { cause });
  }
}

/**
 * Adds values to the file, or replaces them. Order and indentation stay. After a kill, the file has the old content or
 * the new one. The file is read again first, since a person may have changed it.
 */
export function addValues(file: string, added: Record<string, unknown>): void {
  const path = realpathSync(file);
  const indent = /\n([ \t]+)"/.exec(readFileSync(path, 'utf8'))?.[1] ?? '  ';
  const text = `${JSON.stringify({ ...readValuesFile(path), ...added }, null, indent)}\n`;
  try {
    writeFileSync(`${path}.new`, text, { mode: statSync(path).mode & 0o777, flush: true });
    renameSync(`${path}.new`, path);
  } catch (error) {
    rmSync(`${path}.new`, { force: true });
    throw error;
  }
}
