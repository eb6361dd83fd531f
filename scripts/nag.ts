import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { addStacks } from '@cloudfront-cookie-gateway/infra/synth';
import { parseStackValues } from '@cloudfront-cookie-gateway/infra/values';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { EVERYTHING } from '../test/infra/support/production.ts';

/**
 * Checks both stacks against cdk-nag's AWS Solutions rules. It fails at a finding or a warning that nobody answered.
 */
const directory = mkdtempSync(join(tmpdir(), 'gateway-nag-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
const app = new App({ outdir: directory, analyticsReporting: false });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
addStacks(app, parseStackValues(EVERYTHING), new URL('../edge/function', import.meta.url).pathname);
app.synth();
// Errors have already ended this run. Warnings are only in the report.
const { pluginReports } = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
if (pluginReports.some(({ violations }: { violations: unknown[] }) => violations.length > 0)) process.exit(1);
