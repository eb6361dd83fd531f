import { ValuesFileError } from '../deploy/around/values-file.ts';
import { parseCommand, type Syntax } from './command-line.ts';
import { UsageError } from './usage-error.ts';

export const CHECK = {
  usage: 'check <values.json> [--json]',
  about: 'names each fault of a deployment before it is made, and changes nothing',
  options: { json: { type: 'boolean', default: false } },
  operands: [1, 1],
} as const satisfies Syntax;

/**
 * Finds what is wrong before a deployment, with one line for each finding.
 * @throws UsageError
 */
export async function checkLines(args: string[]): Promise<string[]> {
  const { values, operands } = parseCommand(CHECK, args);
  const [file = ''] = operands;
  // The AWS clients are loaded only for this command.
  const { checkCommand } = await import('../deploy/check/check.ts');
  try {
    return await checkCommand(file, values.json);
  } catch (cause) {
    if (cause instanceof ValuesFileError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}
