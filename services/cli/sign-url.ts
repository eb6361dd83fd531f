import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readPath } from '../../edge/function/path.ts';
import { createSigner } from '../auth/adapters/signer.ts';
import { parseSigningKey } from '../auth/config.ts';
import { signedUrl } from '../auth/domain/signed-url.ts';
import { readKeys } from '../local/state.ts';
import { UsageError } from './usage-error.ts';

export const SIGN_URL_USAGE = 'sign-url <path> [--expires-in seconds]';

/** The article's thirty minutes. */
const DEFAULT_SECONDS = 30 * 60;
const MAX_SECONDS = 7 * 24 * 60 * 60;

/**
 * A signed URL for one file. `<path>` is as in the listed URL, percent-encoded, with or without its `?v=`.
 * Keys: `KEY_PAIR_ID` and `SIGNING_KEY_FILE`, or else the local stack's.
 */
export function signUrl(
  args: string[],
  env: Record<string, string | undefined>,
  keysDirectory: string,
  nowMs: number,
): string {
  const { values, positionals } = parseOptions(args);
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError(`usage: ${SIGN_URL_USAGE}`);
  const match = /^([^?#]*)(\?v=[A-Za-z0-9-]+)?$/.exec(path);
  const file = readPath(match?.[1] ?? '');
  if (!file || file.isFolder || path.includes('*')) {
    throw new UsageError(
      'the path must be that of one file, as in its listed URL: /users/<id>/<name>, percent-encoded',
    );
  }
  const seconds = Number(values['expires-in'] ?? DEFAULT_SECONDS);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS) {
    throw new UsageError(`--expires-in must be whole seconds, 1 to ${MAX_SECONDS}`);
  }
  const origin = env['FILES_ORIGIN'] || `http://localhost:${env['EDGE_PORT'] || 8080}`;
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw new UsageError(
      'FILES_ORIGIN must be an origin, such as https://files.app.example.com, with no slash at the end',
    );
  }
  return signedUrl(
    origin + path,
    Math.floor(nowMs / 1_000) + seconds,
    createSigner(signingKey(env, keysDirectory)),
  );
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { 'expires-in': { type: 'string' } } });
  } catch (cause) {
    throw new UsageError(`usage: ${SIGN_URL_USAGE}`, { cause });
  }
}

function signingKey(env: Record<string, string | undefined>, keysDirectory: string) {
  const { KEY_PAIR_ID: keyPairId, SIGNING_KEY_FILE: file } = env;
  if (keyPairId && file) {
    try {
      const faults: string[] = [];
      const privateKey = parseSigningKey(readFileSync(file, 'utf8'), faults);
      if (privateKey) return { keyPairId, privateKey };
    } catch (cause) {
      throw new UsageError('SIGNING_KEY_FILE names a file that cannot be read', { cause });
    }
    throw new UsageError('SIGNING_KEY_FILE must hold a private key as PEM, ECDSA P-256 or RSA 2048');
  }
  if (keyPairId || file)
    throw new UsageError('set both KEY_PAIR_ID and SIGNING_KEY_FILE, or neither for the local keys');
  const [current] = readKeys(keysDirectory);
  if (!current) throw new UsageError('there are no keys in .local/keys: run npm start or npm run build once');
  return { keyPairId: current.keyPairId, privateKey: createPrivateKey(current.privatePem) };
}
