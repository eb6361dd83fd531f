import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDns } from './aws/dns.ts';
import { errorName } from './aws/finding.ts';
import { ValuesFileError } from './aws/values-file.ts';
import { DeployError } from './create/creation.ts';
import { type DeployDeps, deploy, showDiff } from './deploy.ts';
import { askSecretly, runCdk, runProbe } from './terminal.ts';

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));
const USAGE = 'npm run deploy -- <values.json> [--diff]';

const deps: DeployDeps = {
  dns: createDns(),
  fetch,
  say: (line) => console.error(`deploy: ${line}`),
  wait: (ms) => setTimeout(ms),
  askSecretly,
  async build(values) {
    const { build } = await import('@cloudfront-cookie-gateway/infra/build');
    return build(values, DIST);
  },
  cdk: runCdk,
  probe: runProbe,
};

/** `npm run deploy -- values.json`. With `--diff`, it says what would change, and changes nothing. */
async function main(args: string[]): Promise<number> {
  const others = args.filter((arg) => arg !== '--diff');
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const [file] = others;
  if (others.length !== 1 || file?.startsWith('-') !== false) {
    console.error(`usage: ${USAGE}`);
    return 2;
  }
  try {
    await (args.includes('--diff') ? showDiff : deploy)(file, deps);
    return 0;
  } catch (error) {
    const isOurs = error instanceof DeployError || error instanceof ValuesFileError;
    // A message of AWS may name accounts and rights. The person needs it.
    const words = isOurs
      ? error.message
      : `${errorName(error)}: ${error instanceof Error ? error.message : ''}`;
    console.error(`deploy: ${words}${isOurs ? '' : '; run it again, it goes on'}`);
    return error instanceof ValuesFileError ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
