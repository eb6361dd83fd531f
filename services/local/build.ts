import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesize, type Template } from '../../infra/synth.ts';
import type { StackValues } from '../../infra/values.ts';
import { buildWeb } from '../web/build.ts';

/**
 * Builds what this machine needs into a directory: the page in `web/`, and the deployment's template in `infra/`. No
 * Lambda bundle is built, since the service runs from its sources here.
 */
export function buildLocalStack(values: StackValues, directory: string): Template {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  buildWeb(join(directory, 'web'));
  const serviceDirectory = fileURLToPath(new URL('../auth', import.meta.url));
  return synthesize(values, serviceDirectory, join(directory, 'infra'));
}
