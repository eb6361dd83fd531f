import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { SIGN_URL_USAGE, signUrl } from './sign-url.ts';
import { UsageError } from './usage-error.ts';

const KEYS = fileURLToPath(new URL('../../.local/keys', import.meta.url));

/** `npm run gateway -- <command>`: results go to standard output, everything else to standard error. */
try {
  const [command, ...args] = process.argv.slice(2);
  if (command !== 'sign-url') throw new UsageError(`usage: npm run gateway -- ${SIGN_URL_USAGE}`);
  console.log(await signUrl(args, process.env, KEYS, Date.now()));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`gateway: ${error.message}`);
  process.exit(2);
}
