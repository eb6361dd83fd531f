import t from 'tap';
import { startLocalLab } from '../../../../services/operator/probe/lab/local.ts';
import { newLabKeys } from '../../../../services/operator/probe/lab/stand.ts';
import { LAB_SWITCHES } from '../../../../services/operator/probe/lab/switches.ts';
import { createLabWorld } from '../../../../services/operator/probe/lab/world.ts';
import { askAll } from '../../../../services/operator/probe/question.ts';
import { PAIRS } from './support/pairs.ts';

t.test('the lab names both switches of each pair, and no other', async (t) => {
  t.equal(PAIRS.length, 78);
  const keys = newLabKeys();
  for (const [names, set] of PAIRS) {
    const { stand, close } = await startLocalLab(keys.publicPems, set);
    const world = createLabWorld(stand, keys, { figure: () => {}, signal: new AbortController().signal });
    const verdict = await askAll(LAB_SWITCHES, world, () => {});
    world.close();
    await close();
    t.strictSame([verdict.verdict, verdict.different.toSorted()], ['holds', names.toSorted()]);
  }
});
