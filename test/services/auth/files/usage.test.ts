import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { type Owner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { ObjectStore } from '../../../../services/auth/files/bucket.ts';
import { countListed, createUsage } from '../../../../services/auth/files/usage.ts';

const ALICE = userOwner(parseUserId('alice'));

/** Folders with files of 10 bytes. Counts how often S3 is asked for a page of a folder. */
function createFolders(
  counts: Record<string, number>,
  maxBytes: { user?: number; team?: number },
  keepsVersions = false,
) {
  const asked: string[] = [];
  const state = { nowMs: 1_000_000, isDown: false, gate: Promise.resolve() };
  const objects: Pick<ObjectStore, 'list'> = {
    async list({ prefix, after, limit }) {
      asked.push(prefix);
      await state.gate;
      if (state.isDown) throw new GatewayError('files_unavailable');
      const start = after === undefined || after === prefix ? 0 : Number(after.slice(-6)) + 1;
      const count = counts[prefix.split('/')[1] ?? ''] ?? 0;
      const files = Array.from({ length: Math.min(limit, count - start) }, (_, index) => ({
        key: `${prefix}${String(start + index).padStart(6, '0')}`,
        size: 10,
        etag: 'e',
        lastModified: new Date(0),
      }));
      const lastKey = start + limit < count ? files.at(-1)?.key : undefined;
      return { files, ...(lastKey === undefined ? {} : { lastKey }) };
    },
  };
  const usage = createUsage({
    count: (owner) => countListed(objects, owner),
    now: () => state.nowMs,
    keepsVersions,
    maxBytes,
  });
  const codeOf = (taken: Promise<void>) =>
    taken.then(
      () => 'taken',
      (error: unknown) => (error instanceof GatewayError ? error.code : 'other'),
    );
  return {
    state,
    asked,
    usage,
    counts,
    take: (key: string, bytes: number, owner: Owner = ALICE) => codeOf(usage.take(owner, key, bytes)),
  };
}

t.test('uploads that begin at once share one count; exactly as many are accepted as fit', async (t) => {
  const { take, asked } = createFolders({ alice: 5 }, { user: 100 });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => take(`f${index}`, 15)));
  t.equal(answers.filter((answer) => answer === 'taken').length, 3);
  t.equal(asked.length, 1);
});

t.test(
  'the excess that SECURITY.md names: what one signed URL and ten processes can add in a minute',
  async (t) => {
    const folders = { alice: 0 };
    const processes = Array.from({ length: 10 }, () => createFolders(folders, { user: 100 }, true));
    let signed = 0;
    for (const { take } of processes) {
      for (const name of ['a', 'a', 'b']) if ((await take(name, 50)) === 'taken') signed++;
    }
    t.equal(signed, 20, 'each process signs no more than the limit');
    // Each of these URLs is good for a minute, and S3 accepts the same content again. One was sent 40 times.
    folders.alice = 5 * (signed - 1 + 40);
    for (const { state, take } of processes) {
      state.nowMs += 60_000;
      t.equal(await take('c', 1), 'quota_exceeded', 'nothing more once each process has counted again');
    }
  },
);

t.test('an upload in parts takes its space once, although its file is made within the minute', async (t) => {
  const { usage } = createFolders({ alice: 5 }, { user: 100 }, true);
  await usage.take(ALICE, 'film', 30, 'first');
  await usage.take(ALICE, 'film', 30, 'first');
  await t.rejects(usage.take(ALICE, 'film', 30, 'second'), { code: 'quota_exceeded' });
});
