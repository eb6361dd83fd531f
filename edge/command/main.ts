import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { TemplateError } from '@cloudfront-cookie-gateway/local-cloudfront/template/template-error';
import { firstKeyIn, signedCookies, signedUrl } from './keys.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { messageOf, serve } from './serve.ts';

async function main(options: Options): Promise<void> {
  const { command, operands, keys: folder, cookies: asCookies, lifetimeSeconds } = options;
  if (command === 'help') return console.log(HELP);
  if (command === 'version') return console.log(version());
  if (command === 'sign') {
    const [url] = operands;
    if (url === undefined || folder === undefined)
      throw new UsageError('edge-local sign <url> --keys <folder>');
    const endsAtEpoch = Math.floor(Date.now() / 1_000) + lifetimeSeconds;
    const signing = { ...firstKeyIn(folder), endsAtEpoch };
    return console.log(asCookies ? signedCookies(url, signing) : signedUrl(url, signing));
  }
  if (command === 'lint') {
    const file = options.template ?? operands[0];
    if (file === undefined)
      throw new UsageError('edge-local lint <template> [--value <name>=<value>] [--json]');
    const { lintCommand } = await import('@cloudfront-cookie-gateway/lint/command');
    process.exitCode = await lintCommand(file, options, { out: console.log, err: console.error });
    return;
  }
  const serving = await serve(options, printed);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => serving.close());
}

/** The version in the package's description, which is beside this file or above it. */
function version(): string {
  for (const place of ['./package.json', '../package.json', '../../package.json']) {
    const file = new URL(place, import.meta.url);
    const found = existsSync(file) && /"version": "([^"]+)"/.exec(readFileSync(file, 'utf8'));
    if (found) return found[1] ?? '';
  }
  throw new Error('the package has no version');
}

const lines: string[] = [];

/** The lines of one turn go out together. Under load, a write for each request costs more than the answer. */
function printed(line: string): void {
  if (lines.push(line) === 1) setImmediate(() => console.log(lines.splice(0).join('\n')));
}

// A function may forget a promise that fails. Its promises are of another realm, and those of this program are not.
process.on('unhandledRejection', (reason, promise) => {
  if (promise instanceof Promise) throw reason;
  console.error(`a function forgot a promise, which failed: ${messageOf(reason)}`);
});

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`edge-local: ${messageOf(error)}`);
  const helps = error instanceof TemplateError ? error.helps : [];
  const names = new Set(helps.filter(({ option }) => option === 'ignore').map(({ name }) => name));
  for (const name of names) console.error(`  --ignore ${name} leaves it out`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
