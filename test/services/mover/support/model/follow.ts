import { folderKey, objectKey, parseStoredName, THUMBNAILS } from '../../../../../core/file-name.ts';
import { type Owner, parseTeamId, teamOwner, userOwner } from '../../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../../core/user-id.ts';
import { NEW_USER } from '../../../../../services/auth/sessions/record.ts';
import type { Role } from '../../../../../services/auth/teams/membership.ts';
import { newTeam, withSettled } from '../../../../../services/auth/teams/team.ts';
import { listTrash } from '../../../../../services/mover/trash.ts';
import { createMemoryStores } from '../../../auth/support/memory-stores.ts';
import { createRandom, createVirtualTime } from '../../../auth/support/model/virtual-time.ts';
import { sessionAt } from '../../../auth/support/seed-session.ts';
import { createMemoryS3, type MemoryVersion } from './memory-s3.ts';
import type { Asked, Names, Version } from './names.ts';
import { askedOf, type Operation, type Plan } from './operations.ts';
import { type Person, perform, type Request } from './perform.ts';
import { createProcess, doer, LARGE_BYTES, type Process, type World } from './processes.ts';
import { type Event, findOrder } from './search.ts';

const START_MS = 1_795_600_000_000;
const TEAM = parseTeamId('r'.repeat(26));
const [ANN, BEN] = [parseUserId('ann'), parseUserId('ben')];
/** One begins with another, so a list of the one has both. */
const NAMES = ['a', 'ab', 'b'];
const LARGE = 'large';
/** The roles that Ben may get. The last one is none. */
const ROLES = ['viewer', 'editor', 'editor', ''] as const;

export interface Followed {
  /** The promises that were broken. */
  problems: string[];
  /** There were too many orders to look at all of them. */
  isUndecided: boolean;
  /** Moves that were answered by 200. */
  moves: number;
}

/** @param trace takes the events, if they are asked for */
export async function follow(plan: Plan, trace?: string[]): Promise<Followed> {
  const run = await createRun(plan, trace);
  const { world, time, events } = run;
  let atMs = 0;
  for (const each of askedOf(plan)) {
    atMs += each.afterMs;
    time.after(atMs, undefined, () => run.begin(each, run.processOf(each.process)));
  }
  await time.run(() => false);

  world.trace('---- all is quiet');
  Object.assign(world, { faultRate: 0, slowRate: 0 });
  for (const each of run.unanswered()) {
    run.begin(each, createProcess(world, 'last'));
    await time.run(() => false);
  }
  await run.checkTrash();
  run.checkNames();
  const { problem, isUndecided } = findOrder(events, run.first, run.shown());
  const problems = [...run.problems, ...(problem === undefined ? [] : [problem])];
  return { problems, isUndecided, moves: run.moves() };
}

/** Everything that one schedule has. */
async function createRun(plan: Plan, trace: string[] | undefined) {
  const random = createRandom(plan.seed);
  const time = createVirtualTime(START_MS);
  const problems: string[] = [];
  const events: Event[] = [];
  const asked = new Map<number, { asked: Asked; operation: Operation; answer?: string }>();
  const ids = new Map<string, string>();
  const idOf = (versionId: string) => ids.get(versionId) ?? versionId;
  const contents = new Map<string, string>();
  const s3 = createMemoryS3({
    ...{ isVersioned: plan.isVersioned, now: time.now, pageSize: plan.seed % 2 === 0 ? 2 : 1_000 },
    onChange: (change, key, version, by) => onChange(change, key, version, by),
  });
  const world: World = {
    ...{ time, memory: createMemoryStores(), s3, records: new Map(), random },
    ...{ faultRate: plan.faultRate, slowRate: plan.slowRate },
    trace: (what) => trace?.push(`${(time.now() - START_MS).toFixed(1)} ${what}`),
    pause: (mostMs) => new Promise((resolve) => void time.after(random() * mostMs, undefined, resolve)),
    contentOf: (etag) => contents.get(etag) ?? '?',
    sentTwice: new Set(),
  };

  function onChange(
    change: 'made' | 'gone',
    key: string,
    version: MemoryVersion,
    by: number | undefined,
  ): void {
    const { content, etag } = version.file ?? {};
    world.trace(`  S3: ${key} ${content ?? '!'} ${version.versionId.slice(-3)} is ${change}`);
    if (etag !== undefined && content !== undefined) contents.set(etag, content);
    if (content?.includes(' and ')) problems.push(`${key} has parts of two files: ${content}`);
    const request = by === undefined ? undefined : asked.get(by)?.asked;
    if (change === 'made')
      ids.set(version.versionId, request ? `${by}${version.file ? '' : '!'}` : `first ${key}`);
    if (request && !isOf(request, key)) problems.push(`operation ${by} touches ${key}`);
    if (change === 'gone' && content !== undefined && plan.isVersioned) checkLoss(content);
  }

  /** A content goes for ever only if a person asked for that. */
  function checkLoss(content: string): void {
    const isLeft = s3.keys().some((key) => s3.all(key).some(({ file }) => file?.content === content));
    const isWanted = [...asked.values()].some(({ asked: { does } }) => /ever|empty/.test(does));
    if (!isLeft && !isWanted) problems.push(`${content} is lost`);
  }

  const people = await foundTeam(world);
  const first = putFirst(world, plan.isVersioned);
  const processes = new Map<number, Process>();
  let born = 0;

  function begin(operation: Operation, process: Process): void {
    const number = asked.size;
    const request = requestOf(operation, number);
    asked.set(number, { asked: request.asked, operation });
    events.push({ asked: request.asked });
    world.trace(`---- ${process.name} ${describe(request.asked)}`);
    const end = (answer: string | undefined) => {
      world.trace(`==== (${number}) ${answer ?? 'unknown'}`);
      if (answer === undefined) return;
      asked.set(number, { asked: request.asked, operation, answer });
      // Pages of a list are not of one moment.
      const isOfPages = operation.does === 'list versions' && plan.seed % 2 === 0;
      if (!isOfPages) events.push({ number, answer });
    };
    if (operation.does === 'change a role') {
      void setRole(world, BEN, ROLES[operation.which % ROLES.length] || undefined);
      end('ok');
      return;
    }
    doer
      .run(number, () => perform(world, process, request))
      .then(end, (error: unknown) => {
        problems.push(`operation ${number}: ${error instanceof Error ? error.stack : String(error)}`);
      });
  }

  function requestOf(operation: Operation, number: number): Request {
    const person = people[operation.person] ?? people[0];
    const [from, to] = [operation.from, operation.to].map(({ folder, name }) => ({
      owner: ownerOf(folder, person.userId),
      name: NAMES[name] ?? '',
    }));
    if (!from || !to) throw new Error('there are two');
    const keyOf = ({ owner, name }: typeof from) => objectKey(owner, parseStoredName(name, owner));
    const versions = s3.all(keyOf(to));
    const versionId =
      versions[operation.which % (versions.length + 1)]?.versionId ?? s3.all(keyOf(from))[0]?.versionId;
    const isLarge = operation.isLarge ? `${LARGE} ` : '';
    const { does } = operation;
    const beforeMs = Math.floor(time.now() / 1_000) * 1_000;
    const oldMarkers = s3
      .keys()
      .filter((key) => !key.includes(THUMBNAILS))
      .flatMap((key) => s3.all(key).filter(({ file, lastModifiedMs }) => !file && lastModifiedMs < beforeMs));
    return {
      asked: {
        ...{ number, does, person: person.userId, replace: operation.replace },
        ...{
          from: keyOf(from),
          to: does === 'list' || does === 'empty the trash' ? folderKey(to.owner) : keyOf(to),
        },
        ...{ content: `${isLarge}content ${number}`, isLarge: (content) => content.startsWith(LARGE) },
        isSentTwice: () => world.sentTwice.has(number),
        which: idOf(versionId ?? 'none'),
        oldMarkers: new Set(oldMarkers.map((each) => idOf(each.versionId))),
        ...(does === 'change a role' ? { to: BEN, which: ROLES[operation.which % ROLES.length] ?? '' } : {}),
      },
      ...{ person, from, to, idOf, versionId: versionId ?? '0'.repeat(32) },
      before: new Date(beforeMs).toISOString(),
      size: operation.isLarge ? LARGE_BYTES + 1 : 10,
    };
  }

  return {
    ...{ world, time, problems, events, first, begin },
    processOf(number: number): Process {
      const known = processes.get(number);
      if (known && !known.owner.isDead) return known;
      const made = createProcess(world, `p${number}.${++born}`);
      processes.set(number, made);
      return made;
    },
    /** Operations whose outcome is unknown. A person tries again what makes something. */
    unanswered: () =>
      [...asked.values()].flatMap(({ operation, answer }) =>
        answer === undefined && /^(copy|move|delete)$/.test(operation.does) ? [operation] : [],
      ),
    moves: () =>
      [...asked.values()].filter(({ asked: { does }, answer }) => does === 'move' && answer === 'ok').length,
    shown: () =>
      s3
        .keys()
        .filter((key) => !key.includes(THUMBNAILS))
        .map(
          (key) =>
            `${key}: ${s3
              .all(key)
              .map(({ file }) => file?.content ?? '!')
              .join(' ')}`,
        ),
    /** Moves and uploads inside one folder leave a file under some name of it, unless a process died in between. */
    checkNames(): void {
      const isOfMoves = [...asked.values()].every(
        ({ operation: { does, from, to } }) =>
          /^(move|upload)$/.test(does) && from.folder === 1 && to.folder === 1,
      );
      if (!isOfMoves || !plan.isVersioned || plan.faultRate > 0) return;
      const folder = folderKey(teamOwner(TEAM));
      if (!NAMES.some((name) => s3.current(folder + name))) problems.push('no name is left');
    },
    /** The trash lists exactly the files that are not the current ones. */
    async checkTrash(): Promise<void> {
      if (!plan.isVersioned) return;
      const [{ token }] = people;
      for (const owner of [teamOwner(TEAM), userOwner(ANN)]) {
        const listed = listAll(createProcess(world, 'last'), token, owner);
        await time.run(() => false);
        const kept = s3
          .keys()
          .filter((key) => key.startsWith(folderKey(owner)) && !key.includes(THUMBNAILS))
          .flatMap((key) =>
            s3.all(key).flatMap(({ file, versionId }, at) => (file && at > 0 ? [versionId] : [])),
          );
        const [seen, wanted] = [(await listed).toSorted().join(), kept.toSorted().join()];
        if (seen !== wanted) problems.push(`the trash of ${owner.id} lists ${seen}, and has ${wanted}`);
      }
    },
  };
}

async function listAll({ deps }: Process, token: string, owner: Owner): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTrash(deps, { token, owner, cursor });
    ids.push(...page.files.map(({ versionId }) => versionId));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}

function describe({ number, does, person, from, to, replace, content, which }: Asked): string {
  const what = does === 'upload' ? content : does === 'move' || does === 'copy' ? from : which;
  return `(${number}) ${person}: ${does} ${what} → ${to}${replace ? ', replacing' : ''}`;
}

/** An operation touches its names, their thumbnails, and nothing else. */
function isOf({ from, to, does }: Asked, key: string): boolean {
  const plain = key.replace(THUMBNAILS, '');
  if (does === 'empty the trash') return key.startsWith(to);
  return plain === to || (plain === from && does === 'move');
}

function ownerOf(folder: number, userId: UserId): Owner {
  if (folder === 1) return teamOwner(TEAM);
  const isOwn = folder === 0;
  return userOwner((userId === ANN) === isOwn ? ANN : BEN);
}

/** Ann manages the team, and Ben edits it. Both are signed in. */
async function foundTeam({ memory, time }: World): Promise<[Person, Person]> {
  const now = time.nowEpoch();
  const founded = newTeam('Photos', { userId: ANN }, now);
  const members = [...founded.members, { userId: BEN, role: 'editor' as const, joinedAtEpoch: now }];
  await memory.teams.write(TEAM, 0, withSettled({ ...founded, members }, [ANN, BEN]));
  const join = async (userId: UserId, role: Role) => {
    const { user, token } = sessionAt(NEW_USER, userId, now);
    const memberships = [{ teamId: TEAM, role, kind: 'made' as const }];
    await memory.users.write(userId, 0, { ...user, memberships });
    return { userId, token };
  };
  return [await join(ANN, 'manager'), await join(BEN, 'editor')];
}

/** @param role undefined for a person who is no member any more */
async function setRole({ memory }: World, userId: UserId, role: Role | undefined): Promise<void> {
  const known = memory.team(TEAM);
  const { user, version } = memory.record(userId);
  if (!known) throw new Error('the team was founded');
  const others = known.team.members.filter((member) => member.userId !== userId);
  const joinedAtEpoch = known.team.createdAtEpoch;
  const members = role === undefined ? others : [...others, { userId, role, joinedAtEpoch }];
  const memberships = role === undefined ? [] : [{ teamId: TEAM, role, kind: 'made' as const }];
  const written = [
    memory.teams.write(TEAM, known.version, { ...known.team, members }),
    memory.users.write(userId, version, { ...user, memberships }),
  ];
  await Promise.all(written);
}

/** What is there at first: a file in each folder with its thumbnail, and a large one in the team. */
function putFirst({ s3 }: World, isVersioned: boolean): Names {
  const versions: Record<string, Version[]> = {};
  for (const folder of [folderKey(userOwner(ANN)), folderKey(userOwner(BEN)), folderKey(teamOwner(TEAM))]) {
    for (const name of NAMES) versions[folder + name] = [];
    const content = `of ${folder}`;
    s3.put(`${folder}a`, { content, size: 10 }, {});
    s3.put(`${folder}${THUMBNAILS}a`, { content, size: 5 }, {});
    versions[`${folder}a`] = [{ id: `first ${folder}a`, content, etag: content, mark: '' }];
  }
  const film = `${folderKey(teamOwner(TEAM))}b`;
  const content = `${LARGE} film`;
  s3.put(film, { content, size: LARGE_BYTES + 1 }, {});
  versions[film] = [{ id: `first ${film}`, content, etag: content, mark: '' }];
  return { isVersioned, versions, roles: { ann: 'manager', ben: 'editor' } };
}
