import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { namedOrigins } from '@cloudfront-cookie-gateway/core/origins';
import { type TeamId, toTeamId } from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';

export type Environment = Record<string, string | undefined>;

/** Where a command runs. */
export interface Place {
  env: Environment;
  /** Where `npm start` keeps its state. */
  localDirectory: string;
}

/** How a command is called. */
export interface Syntax {
  /** The first word is the name of the command. */
  usage: string;
  /** What the command does. */
  about: string;
  options?: ParseArgsOptionsConfig;
  /** The fewest and the most operands. */
  operands: readonly [least: number, most: number];
}

/**
 * The options and operands of a command.
 * @throws UsageError that names the wrong option, and shows the usage
 */
export function parseCommand<const S extends Syntax & { options: ParseArgsOptionsConfig }>(
  syntax: S,
  args: string[],
) {
  const { options }: { options: S['options'] } = syntax;
  try {
    const parsed = parseArgs({ args, options, allowPositionals: true });
    return { values: parsed.values, operands: operandsOf(syntax, parsed.positionals) };
  } catch (cause) {
    throw cause instanceof UsageError ? cause : usageError(syntax, cause);
  }
}

/** The arguments with an option and its value as one. Some values begin with a dash, and `parseArgs` would read an option. */
export function withJoined(args: string[], option: string): string[] {
  const at = args.indexOf(option);
  const value = at < 0 ? undefined : args[at + 1];
  return value === undefined ? args : args.toSpliced(at, 2, `${option}=${value}`);
}

/**
 * The operands of a command without options: all arguments, even those that begin with a dash.
 * @throws UsageError that shows the usage
 */
export function operandsOf(syntax: Syntax, operands: string[]): string[] {
  const [least, most] = syntax.operands;
  if (operands.length < least || operands.length > most) throw usageError(syntax);
  return operands;
}

/** @param cause the error of `parseArgs` */
export function usageError({ usage }: Syntax, cause?: unknown): UsageError {
  // What was typed may be a cookie. So of unknown options, only a plain name is repeated.
  const said = /Unknown option '--?[a-z-]+'|Option '.*/;
  const [fault] = said.exec(cause instanceof Error ? cause.message : '') ?? [];
  return new UsageError(`${fault === undefined ? '' : `${fault}\n`}usage: ${usage}`, { cause });
}

/** @throws UsageError */
export function parseId(rawId: string): UserId {
  try {
    return parseUserId(rawId);
  } catch (cause) {
    const message = 'a user id is 1 to 64 of A-Z, a-z, 0-9, _ and -: npm run gateway -- user-id shows it';
    throw new UsageError(message, { cause });
  }
}

/** @throws UsageError */
export function parseTeam(rawId: string): TeamId {
  const teamId = toTeamId(rawId);
  if (teamId) return teamId;
  throw new UsageError('a team id is 26 of a-z and 2-7: npm run gateway -- teams lists them');
}

/** An error that the person who typed the command can correct. The message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * `APP_ORIGIN` and `FILES_ORIGIN`; without them, the local stack's.
 * @throws UsageError
 */
export function originsOf(env: Environment): { appOrigin: string; filesOrigin: string } {
  const origins = namedOrigins(env);
  const { filesOrigin } = origins;
  if (URL.canParse(filesOrigin) && new URL(filesOrigin).origin === filesOrigin) return origins;
  throw new UsageError(
    'FILES_ORIGIN must be an origin, such as https://files.app.example.com, with no slash at the end',
  );
}
