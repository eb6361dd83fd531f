import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from '../../infra/synth.ts';
import type { StackValues } from '../../infra/values.ts';
import { buildWeb } from '../web/build.ts';
import { fillTemplate } from './stack-template.ts';

/**
 * Builds what this machine needs into a directory: the page in `web/`, and the stack's template in `infra/`. No Lambda
 * bundle is built, since the service runs from its sources here.
 */
export function buildLocalStack(values: StackValues, directory: string): Template {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'infra'), { recursive: true });
  buildWeb(join(directory, 'web'));
  const template = fillTemplate(values);
  const file = `${values.stackName}.template.json`;
  writeFileSync(join(directory, 'infra', file), JSON.stringify(template, null, 1));
  return template;
}
