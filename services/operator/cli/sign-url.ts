import { readPath } from '@cloudfront-cookie-gateway/core/canonical-path';
import { parseEpochSeconds, toEpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { signedUrl } from '@cloudfront-cookie-gateway/core/signed-url';
import { MAX_SIGNED_URL_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import {
  type Environment,
  originsOf,
  parseCommand,
  type Syntax,
  UsageError,
  withJoined,
} from './command-line.ts';
import { commandSigner } from './signer.ts';

export const SIGN_URL = {
  usage: 'sign-url <path> [--expires-in seconds]',
  about: 'prints a signed URL for one file; it lives for 30 minutes unless you say otherwise',
  options: { 'expires-in': { type: 'string' } },
  operands: [1, 1],
} as const satisfies Syntax;

/** Thirty minutes, as in the article. */
const DEFAULT_SECONDS = 30 * 60;

/** A signed URL for one file. `<path>` is that of the listed URL, percent-encoded. Its `?v=` may be left out. */
export async function signUrl(
  args: string[],
  env: Environment,
  keysDirectory: string,
  nowMs: number,
): Promise<string> {
  const { values, operands } = parseCommand(SIGN_URL, withJoined(args, '--expires-in'));
  const [path = ''] = operands;
  const match = /^([^?#]*)(\?v=[A-Za-z0-9-]+)?$/.exec(path);
  const file = readPath(match?.[1] ?? '');
  if (!file || file.isFolder || path.includes('*')) {
    throw new UsageError(
      'the path must be that of one file, as in its listed URL: /users/<id>/<name> or /teams/<tid>/<name>, percent-encoded',
    );
  }
  const seconds = Number(values['expires-in'] ?? DEFAULT_SECONDS);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SIGNED_URL_SECONDS) {
    throw new UsageError(`--expires-in must be whole seconds, 1 to ${MAX_SIGNED_URL_SECONDS}`);
  }
  const url = originsOf(env).filesOrigin + path;
  const expiresAt = parseEpochSeconds(toEpochSeconds(nowMs) + seconds);
  return signedUrl(url, expiresAt, await commandSigner(env, keysDirectory));
}
