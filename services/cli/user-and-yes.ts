import { parseArgs } from 'node:util';
import type { UserId } from '../../core/user-id.ts';
import { parseId } from './session-stores.ts';
import { UsageError } from './usage-error.ts';

/**
 * The arguments of a command that changes one user for good.
 * @throws UsageError
 */
export function parseUserAndYes(args: string[], usage: string): { userId: UserId; isSure: boolean } {
  let parsed: { values: { yes?: boolean }; positionals: string[] } | undefined;
  try {
    parsed = parseArgs({ args, allowPositionals: true, options: { yes: { type: 'boolean' } } });
  } catch {
    // The error below shows the usage.
  }
  const [rawId, ...more] = parsed?.positionals ?? [];
  if (rawId === undefined || more.length > 0) throw new UsageError(`usage: ${usage}`);
  return { userId: parseId(rawId), isSure: parsed?.values.yes === true };
}
