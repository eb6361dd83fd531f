import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { GatewayStack } from './gateway-stack.ts';
import { isLocalStack, type StackValues } from './values.ts';
import { WatchStack } from './watch-stack.ts';

/** A synthesized CloudFormation template, parsed. */
export type Template = Record<string, unknown>;

/**
 * Synthesizes the stack, and the stack that watches the edge, offline into a cloud assembly. `cdk deploy --app
 * <outputDirectory>` takes the assembly.
 * @returns the template of the first stack, parsed
 */
export function synthesize(values: StackValues, serviceDirectory: string, outputDirectory: string): Template {
  const app = new App({
    outdir: outputDirectory,
    analyticsReporting: false,
    context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
  });
  const { templateFile } = addStacks(app, values, serviceDirectory);
  app.synth();
  return JSON.parse(readFileSync(join(outputDirectory, templateFile), 'utf8'));
}

/** @returns the stack. The app also gets the stack that watches its edge */
export function addStacks(app: App, values: StackValues, serviceDirectory: string): GatewayStack {
  // Nothing of the local stack is in AWS, so nothing watches it.
  if (!isLocalStack(values)) new WatchStack(app, values);
  return new GatewayStack(app, { values, serviceDirectory });
}
