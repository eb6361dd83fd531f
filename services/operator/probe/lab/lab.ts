import { type Output, run } from '../run.ts';
import { LAB_FURTHER } from './further.ts';
import { type LabKeyPairs, type LabStand, newLabKeys } from './stand.ts';
import { LAB_SWITCHES } from './switches.ts';
import type { LabKeys } from './template.ts';
import { createLabWorld } from './world.ts';

export const LAB_QUESTIONS = [...LAB_SWITCHES, ...LAB_FURTHER];

const BY_PROBE = 'the probe of a deployment asks it';
const LEFT_OUT = ['http2', 'http3', 'functionUtilization'].map((name) => ({ name, why: BY_PROBE }));

/**
 * Makes a stack, asks it, and removes it, also after a failure.
 * @param start makes the stack; `close` removes it
 * @returns the exit status
 */
export async function lab(
  start: (publicPems: LabKeys) => Promise<{ stand: LabStand; close(): Promise<void> }>,
  output: Output,
): Promise<number> {
  const keys = newLabKeys();
  const { stand, close } = await start(keys.publicPems);
  try {
    return await askLab(stand, keys, output);
  } finally {
    await close();
  }
}

async function askLab(stand: LabStand, keys: LabKeyPairs, output: Output): Promise<number> {
  const figures: string[] = [];
  const figure = (name: string, text: string) => figures.push(`${name}: ${text}`);
  const world = createLabWorld(stand, keys, { figure, signal: output.signal });
  try {
    return await run(output, stand.origin, LEFT_OUT, LAB_QUESTIONS, (use) => use(world), figures);
  } finally {
    world.close();
  }
}
