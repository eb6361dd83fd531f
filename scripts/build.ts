import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '@cloudfront-cookie-gateway/infra/build';
import { writeTemplates } from '@cloudfront-cookie-gateway/infra/template';
import { parseStackValues } from '@cloudfront-cookie-gateway/infra/values';
import { parseLocalSettings } from '@cloudfront-cookie-gateway/local/settings';
import { localStackValues } from '@cloudfront-cookie-gateway/local/stack-template';
import { openLocalState } from '@cloudfront-cookie-gateway/local/state';

const root = fileURLToPath(new URL('..', import.meta.url));

const TRUSTED_WARNING =
  'edgeCredential is trusted. If functions do not see the credential, signed-out cookies open files until they expire, and a wide policy that somebody signed opens everything that it names. Shares can still be revoked. There are no teams';

const USAGE = 'npm run build [-- values.json [--template]]';

/**
 * `npm run build [-- values.json]` builds for a deployment. Without values, it builds for the local stack. `--template`
 * also writes templates that need no CDK.
 */
function main(args: string[]): void {
  const { values: options, positionals } = parseArgs({
    args,
    options: { template: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [valuesFile, ...others] = positionals;
  if (others.length > 0 || (options.template && valuesFile === undefined)) throw new Error(USAGE);
  const values = valuesFile
    ? parseStackValues(JSON.parse(readFileSync(valuesFile, 'utf8')))
    : localStackValues(parseLocalSettings(process.env), openLocalState(join(root, '.local')).keys);
  build(values, join(root, 'dist'));
  if (valuesFile)
    console.error(
      'build: wrote dist/infra. Deploy it with npm run deploy, or with --app dist/infra of the CDK',
    );
  if (options.template)
    console.error(`build: wrote dist/template: ${writeTemplates(values, join(root, 'dist')).join(', ')}`);
  if (values.edgeCredential === 'trusted') console.error(`build: ${TRUSTED_WARNING}`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  for (const line of (error instanceof Error ? error.message : String(error)).split('\n')) {
    console.error(`build: ${line}`);
  }
  process.exit(1);
}
