import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesize, type Template } from '../../infra/synth.ts';
import type { StackValues } from '../../infra/values.ts';
import { buildWeb } from '../web/build.ts';

/**
 * Builds what this machine needs into a directory: `web/`, and the template in `infra/`, which is the deployment's. The
 * service runs from its sources here, so nothing is bundled for a Lambda function.
 */
export function buildLocalStack(values: StackValues, directory: string): Template {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  buildWeb(join(directory, 'web'));
  const serviceDirectory = fileURLToPath(new URL('../auth', import.meta.url));
  return synthesize(values, serviceDirectory, join(directory, 'infra'));
}
