import { parseArgs } from 'node:util';
import { ValuesFileError } from '../deploy/around/values-file.ts';
import { UsageError } from './usage-error.ts';

export const CHECK_USAGE = 'check <values.json> [--json]';

/**
 * Finds what is wrong before a deployment, with one line for each finding.
 * @throws UsageError
 */
export async function checkLines(args: string[]): Promise<string[]> {
  const { file, isJson } = parseOptions(args);
  // The AWS clients are loaded only for this command.
  const { checkCommand } = await import('../deploy/check/command.ts');
  try {
    return await checkCommand(file, isJson);
  } catch (cause) {
    if (cause instanceof ValuesFileError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

function parseOptions(args: string[]): { file: string; isJson: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    const [file, ...rest] = positionals;
    if (file !== undefined && rest.length === 0) return { file, isJson: values.json === true };
  } catch (cause) {
    throw new UsageError(`usage: ${CHECK_USAGE}`, { cause });
  }
  throw new UsageError(`usage: ${CHECK_USAGE}`);
}
