import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { GatewayStack } from './gateway-stack.ts';
import type { StackValues } from './values.ts';

export const STACK_NAME = 'CloudFrontCookieGateway';

/** A synthesized CloudFormation template, parsed. */
export type Template = Record<string, unknown>;

/**
 * Synthesizes the stack offline into a cloud assembly that `cdk deploy --app <outputDirectory>` takes.
 * @returns the template, parsed
 */
export function synthesize(values: StackValues, serviceDirectory: string, outputDirectory: string): Template {
  const app = new App({
    outdir: outputDirectory,
    analyticsReporting: false,
    context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
  });
  new GatewayStack(app, STACK_NAME, { values, serviceDirectory });
  app.synth();
  return JSON.parse(readFileSync(join(outputDirectory, `${STACK_NAME}.template.json`), 'utf8'));
}
