import { outcomeOf } from './asker.ts';
import type { Seen } from './question.ts';
import { isHidden } from './switches.ts';
import { eitherWay, newUserId, type World } from './world.ts';

/** 50 sign-outs: a school class, or a company in the evening. */
export async function logoutsAtOnce({ figure, operator }: World): Promise<Seen> {
  const users = Array.from({ length: 50 }, newUserId);
  try {
    const { told, words } = await operator.signOutAtOnce(users);
    figure('of 50 sign-outs at once', words);
    return `${told} told`;
  } finally {
    await operator.removeRecords(users);
  }
}

/**
 * Signs Alice out, and asks for her file at once. The credential must be one that the function can read: any other
 * stays good until it expires. With `--watch` the questions go on for five minutes.
 */
export async function logout(world: World): Promise<Seen | undefined> {
  const { alice, operator, show } = world;
  const kind = await eitherWay(async (one) => {
    if ((await isHidden(world, one)) !== false) return undefined;
    return outcomeOf(await show(alice.path, alice.folder, one)).by === 'file' ? one : undefined;
  });
  if (kind === undefined) return undefined;
  const began = Date.now();
  await operator.revoke(alice.id);
  const told = Date.now() - began;
  world.figure('a logout is told to the KeyValueStore after', `${told} ms`);
  const isOpen = async () => outcomeOf(await show(alice.path, alice.folder, kind)).code !== 'revoked';
  while (await isOpen()) {
    if (Date.now() - began > 300_000) return false;
    await world.wait(200);
  }
  const refused = Date.now() - began;
  world.figure('the first refusal after a logout came after', `${refused} ms`);
  if (world.isWatching) await watch(world, began, isOpen);
  return refused <= 30_000;
}

/** Asks once a second for five minutes, because the edge locations learn of a revocation at different times. */
async function watch(world: World, began: number, isOpen: () => Promise<boolean>): Promise<void> {
  let lastOpen = 0;
  let count = 0;
  while (Date.now() - began < 300_000) {
    if (await isOpen()) {
      count++;
      lastOpen = Date.now() - began;
    }
    await world.wait(1_000);
  }
  world.figure('watched for five minutes: after the first refusal it opened again', `${count} times`);
  if (count > 0) world.figure('the last time after', `${lastOpen} ms`);
}
