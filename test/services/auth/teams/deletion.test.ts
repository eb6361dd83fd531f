import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { folderKey } from '../../../../core/file-name.ts';
import { newTeamId, type TeamId, teamOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createDeletion, type DeletionDeps } from '../../../../services/auth/teams/deletion.ts';
import { newTeam, type Team, withDeletion, withSettled } from '../../../../services/auth/teams/team.ts';
import { gated, withEveryFault } from '../support/every-order.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const NOW = 1_795_600_000;
const DAY = 24 * 60 * 60;
const ANN = parseUserId('ann');
const BUDGET_MS = 15_000;

type World = ReturnType<typeof createWorld>;

/** A table and a bucket in memory. The clock stands still unless a test moves it. */
function createWorld() {
  const memory = createMemoryStores();
  const time = { epoch: NOW, ms: 0 };
  const keys = new Set<string>();
  const failed: { error: unknown; teamId: TeamId }[] = [];
  const objects: DeletionDeps['objects'] = {
    async list({ prefix, after = '', limit }) {
      const left = [...keys].filter((key) => key.startsWith(prefix) && key > after).toSorted();
      const files = left
        .slice(0, limit)
        .map((key) => ({ key, size: 1, etag: 'e', lastModified: new Date(0) }));
      return { files, lastKey: left.length > limit ? files.at(-1)?.key : undefined };
    },
    async deleteMany(given) {
      if (given.length === 0) throw new Error('S3 refuses an empty list');
      for (const key of given) keys.delete(key);
      return [];
    },
  };
  const { teams, due } = memory;
  const deps: DeletionDeps = {
    ...{ teams, due },
    objects,
    detailsStore: { deleteSome: async () => false },
    clock: { now: () => time.epoch * 1_000, monotonicMs: () => time.ms, sleep: async () => {} },
    onFailure: (error, teamId) => failed.push({ error, teamId }),
  };
  return {
    ...{ memory, time, keys, failed, deps },
    sweep: (changes: Partial<DeletionDeps> = {}) => createDeletion({ ...deps, ...changes }).sweep(BUDGET_MS),
    item: (teamId: TeamId) => memory.team(teamId)?.team,
    /** A deleted team with files. */
    async deleted({ files = 3, atEpoch = NOW, change = (team: Team) => team } = {}) {
      const teamId = newTeamId();
      const made = withSettled(newTeam('Photos', { userId: ANN }, NOW), [ANN]);
      const team = withDeletion(made, ANN, atEpoch);
      if (!team) throw new Error('it is deleted');
      await teams.write(teamId, 0, change(withSettled(team, [ANN])));
      fill(teamId, files);
      return teamId;
    },
    fill,
    left: (teamId: TeamId) => [...keys].filter((key) => key.startsWith(folderKey(teamOwner(teamId)))).length,
  };

  function fill(teamId: TeamId, files: number): void {
    const folder = folderKey(teamOwner(teamId));
    for (let i = 0; i < files; i++) keys.add(`${folder}${i % 2 ? '.thumbnails/' : ''}${i}.jpg`);
  }
}

t.test('one file or team that fails does not keep the others, and is not taken for done', async (t) => {
  const world = createWorld();
  const failing: TeamId[] = [];
  for (let i = 0; i < 6; i++) failing.push(await world.deleted({ files: 600, atEpoch: NOW - 9 }));
  const [first, second] = failing;
  const good = await world.deleted();
  const { objects } = world.deps;
  const isOf = (teamId: TeamId | undefined, key: string) => key.includes(teamId ?? 'none');
  const broken: Partial<DeletionDeps> = {
    objects: {
      async list(query) {
        if (isOf(second, query.prefix)) throw new GatewayError('files_unavailable');
        return objects.list(query);
      },
      async deleteMany(keys) {
        const stuck = keys.filter((key) => isOf(first, key) && key.endsWith('/0.jpg'));
        await objects.deleteMany(keys.filter((key) => !stuck.includes(key)));
        return stuck.map((key) => ({ key, code: 'AccessDenied' }));
      },
    },
  };
  t.equal(await world.sweep(broken), 2);
  t.strictSame(failing.map(world.left), [1, 600, 0, 0, 0, 0]);
  t.equal(world.left(good), 0);
  t.strictSame(
    [...failing, good].map((teamId) => world.item(teamId)?.deleting?.sweptEpoch),
    [undefined, undefined, NOW, NOW, NOW, NOW, NOW],
  );
  t.strictSame(new Set(world.failed.map(({ teamId }) => teamId)), new Set([first, second]));
  t.match(world.failed.find(({ teamId }) => teamId === first)?.error, {
    message: 'S3 did not delete 1 files, the first for AccessDenied',
  });
  t.equal(await world.sweep(), 0);
  t.strictSame(
    failing.map(world.left),
    failing.map(() => 0),
  );
});

for (const [which, isSecond] of [
  ['first', false],
  ['second', true],
] as const) {
  t.test(
    `the ${which} sweep fails at any call, or its process ends there: the next runs finish`,
    async (t) => {
      const faults = new Set<string>();
      const runs = await withEveryFault((what) => {
        const world = createWorld();
        const beginning = begin(world, isSecond);
        return {
          async process(gate) {
            await beginning;
            const { teams, due, objects } = world.deps;
            const stores = gated({ teams, due, objects }, gate);
            await world.sweep(stores).catch(() => {});
          },
          check() {},
          end: async () => checkEnd(faults, what, world, await beginning),
        };
      });
      t.ok(runs > 20, `${runs} runs`);
      t.strictSame([...faults], []);
    },
  );
}

/** A team whose first or second sweep is due. */
async function begin(world: World, isSecond: boolean): Promise<TeamId> {
  const teamId = await world.deleted({ files: 300 });
  if (!isSecond) return teamId;
  await world.sweep();
  world.fill(teamId, 300);
  world.time.epoch += DAY;
  return teamId;
}

async function checkEnd(faults: Set<string>, what: string, world: World, teamId: TeamId): Promise<void> {
  const noted = () => world.item(teamId)?.deleting;
  const isEmpty = () => world.left(teamId) === 0;
  if (noted()?.sweptEpoch === world.time.epoch && !isEmpty()) faults.add(`${what}: swept too early`);
  if (noted()?.doneEpoch !== undefined && !isEmpty()) faults.add(`${what}: done too early`);
  for (let run = 0; run < 2; run++) {
    if ((await world.sweep()) > 0) faults.add(`${what}: a later run fails`);
    world.time.epoch += DAY;
  }
  if (noted()?.doneEpoch === undefined || !isEmpty()) faults.add(`${what}: never done`);
}
