import { type Answer, createAsker, inWords, outcomeOf } from './asker.ts';
import { KINDS, shown } from './credentials.ts';
import type { Seen } from './run.ts';
import { eitherWay, untilServed, type World } from './world.ts';

/**
 * Shows Alice's credentials at Bob's file, in spellings that some reader resolves. A byte of Bob's file ends the probe.
 */
export async function isolation({ alice, bob, credential, folder, show }: World): Promise<Seen> {
  const targets = [
    bob.path,
    ...['..', '%2e%2e', '.%2E', '..;', '%2e%2e%2f..', 'x/../..'].map(
      (up) => `${folder}/${up}/${bob.id}/a.txt`,
    ),
    `${folder}/..%2f${bob.id}/a.txt`,
    `${folder}/..%5c${bob.id}/a.txt`,
    `${folder}//..//${bob.id}//a.txt`,
    `/${bob.path}`,
    bob.path.replaceAll('/', '%2F').replace('%2F', '/'),
    `/%75sers/${bob.id}/a.txt`,
    `${folder}/../../${bob.path}`,
    `/users/${bob.id}/../${alice.id}/../${bob.id}/a.txt`,
  ];
  const passed: string[] = [];
  for (const target of targets) {
    for (const kind of KINDS) {
      const { status } = await show(target, credential, kind);
      const spelling = target.replaceAll(alice.id, 'A').replaceAll(bob.id, 'B');
      if (status < 400) passed.push(`${status} for ${spelling}`);
    }
  }
  return passed.length === 0 ? 'refused' : passed.join(', ');
}

/** Whether a replaced file is new within 5 seconds, for which the cache keeps an object. Undefined if nothing opens it. */
export async function replacedInTime(world: World): Promise<Seen | undefined> {
  const { alice, credential, figure, file, put, show, wait } = world;
  return await eitherWay(async (kind) => {
    const before = await show(file, credential, kind);
    if (before.status !== 200) return undefined;
    const { etag } = before.headers;
    await put(alice, `probe again ${alice.marker}`, true);
    const began = Date.now();
    while ((await show(file, credential, kind)).headers.etag === etag) {
      if (Date.now() - began > 15_000) return false;
      await wait(250);
    }
    const ms = Date.now() - began;
    figure('a replaced file is new after', `${ms} ms`);
    // The answer itself takes time too.
    return ms <= 6_000;
  });
}

/** Asks for a share of a file that was replaced. */
export async function staleShare(
  { file, looked, origin, sign }: World,
  ask: (request: ReturnType<typeof shown>) => Promise<Answer>,
): Promise<Seen | undefined> {
  const target = `${file}?v=00000000000000000000000000000000&share=1`;
  const share = await sign(origin + target);
  return await eitherWay(async (kind) => {
    const { status, body } = looked(await ask(shown(target, share, kind)));
    return status === 403 ? undefined : `${status}, ${body.length} bytes`;
  });
}

export async function askAppHost(
  { looked, operator, signal }: World,
  target: string,
  headers: Record<string, string> = {},
): Promise<Seen> {
  const asker = createAsker(operator.appOrigin, signal);
  try {
    return inWords(looked(await asker.ask(target, { headers })));
  } finally {
    asker.close();
  }
}

/** Asks for a new file before and after its scan. Undefined if no credential reaches S3. */
export async function scanFirst(world: World): Promise<Seen | undefined> {
  const { alice, credential, figure, folder, presign, send, show } = world;
  const path = `${folder}/unscanned.txt`;
  const began = Date.now();
  const uploaded = await send(await presign(path.slice(1), 'unscanned'), 'unscanned');
  if (uploaded.status !== 200) return inWords(uploaded);
  const before = await eitherWay(async (kind) => {
    const answer = await show(path, credential, kind);
    return ['s3', 'file'].includes(outcomeOf(answer).by) ? inWords(answer) : undefined;
  });
  if (before === undefined) return undefined;
  await untilServed({ ...alice, path }, world);
  figure('a new file is served after', `${Date.now() - began} ms`);
  return `${before}, then served`;
}

/**
 * Signs Alice out, and asks for her file at once. The credential must be one that the function can read: any other
 * stays good until it expires. With `--watch` the questions go on for five minutes.
 */
export async function logout(world: World): Promise<Seen | undefined> {
  const { alice, credential, operator, show } = world;
  const kind = await eitherWay(async (one) => {
    if ((await world.isHidden(one)) !== false) return undefined;
    return outcomeOf(await show(alice.path, credential, one)).by === 'file' ? one : undefined;
  });
  if (kind === undefined) return undefined;
  const began = Date.now();
  await operator.revoke(alice.id);
  const told = Date.now() - began;
  world.figure('a logout is told to the KeyValueStore after', `${told} ms`);
  const isOpen = async () => outcomeOf(await show(alice.path, credential, kind)).code !== 'revoked';
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
