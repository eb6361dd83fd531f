import fc from 'fast-check';
import { nextStart } from '../../../../../core/session-start.ts';
import { STARTS_PER_NUMBER } from '../../../../../core/team-start.ts';
import { dueKeys, isDue, withRevokedStarts } from '../../../../../services/auth/edge/entry.ts';
import { withLink, withoutLink } from '../../../../../services/auth/links/link.ts';
import { findSession } from '../../../../../services/auth/sessions/live.ts';
import type { UserRecord } from '../../../../../services/auth/sessions/record.ts';
import { isLive } from '../../../../../services/auth/sessions/session.ts';
import { withAllTeamStartsRevoked } from '../../../../../services/auth/teams/starts.ts';
import type { Team } from '../../../../../services/auth/teams/team.ts';
import { createMemoryStores, type MemoryStores } from '../memory-stores.ts';
import type { Browser } from './browser.ts';
import { foundTeam, MADE, MANAGER } from './made-team.ts';
import {
  CLAIM,
  FIRST,
  linkOperations,
  type Operation,
  sessionOperations,
  userOf,
  usersOf,
} from './operations.ts';
import { perform } from './perform.ts';
import { createProcess, type Process, type World } from './processes.ts';
import { createModelProvider, RECHECK_SECONDS } from './provider.ts';
import { createRandom, createVirtualTime, type Drift } from './virtual-time.ts';
import { createWatch, MAX_DRIFT_SECONDS } from './watch.ts';

const START_MS = 1_795_600_000_000;
const DAY_SECONDS = 24 * 60 * 60;
const MAX_RUNS = 30;
/** What was set aside is tried again after this time at most. */
const LONGEST_PAUSE_SECONDS = 5 * 60;
const LAST_CLOCK = 4;
const EDGE_CLOCK = 5;

/** Everything that decides a run. */
export interface Plan {
  operations: Operation[];
  seed: number;
  faultRate: number;
  slowRate: number;
  isByClaim: boolean;
  /** Everybody is a member of the made team at first. */
  areMembers: boolean;
  /** The entry of the first user at the edge is nearly full. */
  isCrowded: boolean;
  lifetimes: number[];
  /** How far ahead each clock is, in seconds: those of the four processes, of the last one, and of the edge. */
  clocks: number[];
  /** Clocks of processes that are set, in the order of the operations. */
  clockSteps: { operation: number; process: number; aheadSeconds: number }[];
  /** From an operation on, until all others are told, the record of a person cannot be read. */
  unreadable: { operation: number; person: number } | null;
  /** What the edge's store holds at most until then, in bytes. */
  room: number | null;
  /** There are links. */
  hasLinks: boolean;
}

const aheadSeconds = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(-MAX_DRIFT_SECONDS, MAX_DRIFT_SECONDS) },
  { weight: 1, arbitrary: fc.integer({ min: -MAX_DRIFT_SECONDS, max: MAX_DRIFT_SECONDS }) },
);
/** The clock of a process that signs and writes nothing. */
const wrong = fc.integer({ min: -300, max: 300 });
const exact = Array.from({ length: 6 }, () => 0);

/** Plans of sessions and teams. */
export const sessionPlan = planOf(sessionOperations, {
  hasLinks: fc.constant(false),
  areMembers: fc.boolean(),
});
/** Plans of links to teams' folders. Who makes one must be a member. */
export const linkPlan = planOf(linkOperations, {
  hasLinks: fc.constant(true),
  areMembers: fc.constant(true),
});

function planOf(
  operations: fc.Arbitrary<Operation[]>,
  given: { hasLinks: fc.Arbitrary<boolean>; areMembers: fc.Arbitrary<boolean> },
): fc.Arbitrary<Plan> {
  return fc.record({
    operations,
    seed: fc.nat(),
    faultRate: fc.constantFrom(0, 0.02, 0.1, 0.25),
    slowRate: fc.constantFrom(0, 0.05, 0.2),
    isByClaim: fc.boolean(),
    areMembers: given.areMembers,
    isCrowded: fc.oneof(
      { weight: 4, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    lifetimes: fc.array(fc.constantFrom(900, 900, 3_600), { minLength: 1, maxLength: 4 }),
    clocks: fc.oneof(
      fc.constant(exact),
      fc.array(aheadSeconds, { minLength: 6, maxLength: 6 }),
      fc.tuple(
        ...Array.from({ length: 6 }, (_, index) =>
          index < 4 ? fc.oneof(aheadSeconds, wrong) : aheadSeconds,
        ),
      ),
    ),
    clockSteps: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Plan['clockSteps']>([]) },
      {
        weight: 1,
        arbitrary: fc.array(
          fc.record({
            operation: fc.nat(23),
            process: fc.nat(3),
            aheadSeconds: fc.oneof(aheadSeconds, wrong),
          }),
          {
            maxLength: 4,
          },
        ),
      },
    ),
    unreadable: fc.option(fc.record({ operation: fc.nat(23), person: fc.nat(3) }), { freq: 4 }),
    room: fc.option(fc.nat(200), { freq: 4 }),
    hasLinks: given.hasLinks,
  });
}

export interface Followed {
  /** The promises that were broken. */
  problems: string[];
  /** The number of signatures. */
  signed: number;
}

/** @param trace takes the events, if they are asked for */
export async function follow(plan: Plan, trace?: string[]): Promise<Followed> {
  const random = createRandom(plan.seed);
  const { random: realRandom } = Math;
  // The service's own pauses must follow from the seed as well.
  Math.random = random;
  try {
    return await followWith(plan, random, trace);
  } finally {
    Math.random = realRandom;
  }
}

async function followWith(plan: Plan, random: () => number, trace: string[] | undefined): Promise<Followed> {
  const time = createVirtualTime(START_MS);
  const memory: MemoryStores = createMemoryStores((update) => {
    time.after(random() * (random() < 0.9 ? 20 : 2_000), undefined, update);
  });
  const drifts: Drift[] = plan.clocks.map((seconds) => ({ aheadSeconds: seconds }));
  const driftOf = (number: number): Drift => drifts[number] ?? { aheadSeconds: 0 };
  const watch = createWatch(time, memory, driftOf(EDGE_CLOCK));
  const world: World = {
    ...{ time, memory, watch, random, provider: createModelProvider(time, watch) },
    ...{ faultRate: 0, slowRate: 0 },
    userIdClaim: plan.isByClaim ? CLAIM : undefined,
    unreadable: undefined,
    ...{ links: [], deletesTeams: plan.hasLinks },
    trace: (what) => trace?.push(`${(time.now() - START_MS).toFixed(1)} ${what}`),
  };
  if (plan.room !== null) Object.assign(memory.room, { bytes: plan.room });
  const isOver = () => watch.problems.length > 0;
  await foundTeam(world, plan.areMembers ? usersOf(world) : new Set());
  if (plan.isCrowded) await crowd(world);
  if (plan.isCrowded && plan.hasLinks) await crowdLinks(world);

  const processes = new Map<number, Process>();
  let born = 0;
  function processOf(number: number): Process {
    const known = processes.get(number);
    if (known && !known.owner.isDead) return known;
    const cookieLifetimeSeconds = plan.lifetimes[number] ?? 900;
    const name = `p${number}.${++born}`;
    const made = createProcess(world, {
      ...{ name, cookieLifetimeSeconds, drift: driftOf(number) },
      outlivesRequests: number % 2 === 0,
    });
    processes.set(number, made);
    return made;
  }

  const browsers: Browser[] = Array.from({ length: 4 }, () => ({}));
  const calm = plan.hasLinks ? FIRST.length : 0;
  let atMs = 0;
  for (const [index, each] of plan.operations.entries()) {
    atMs += each.afterMs;
    time.after(atMs, undefined, () => {
      for (const step of plan.clockSteps)
        if (step.operation === index)
          Object.assign(driftOf(step.process), { aheadSeconds: step.aheadSeconds });
      if (index === calm) Object.assign(world, { faultRate: plan.faultRate, slowRate: plan.slowRate });
      memory.forget(time.nowEpoch());
      if (plan.unreadable?.operation === index) world.unreadable = userOf(plan.unreadable.person, world);
      const process = processOf(each.process % plan.lifetimes.length);
      const what = `${process.name} ${each.does} browser ${each.browser} person ${each.person} sid ${each.sid} iat -${each.olderSeconds}`;
      world.trace(`---- ${what}`);
      perform(world, process, browsers[each.browser] ?? {}, each).then(
        () => world.trace(`==== ${what}: done`),
        (error: unknown) => world.trace(`==== ${what}: ${String(error)}`),
      );
    });
  }
  await time.run(isOver);
  if (!isOver()) await settle(world, driftOf(LAST_CLOCK), isOver);
  return { problems: watch.problems, signed: watch.count() };
}

/** Ends all faults. Due work is done, and time goes on until everything that was signed has expired. */
async function settle(world: World, drift: Drift, isOver: () => boolean): Promise<void> {
  const { time, memory, watch } = world;
  Object.assign(world, { faultRate: 0, slowRate: 0 });
  const last = createProcess(world, {
    name: 'last',
    outlivesRequests: true,
    cookieLifetimeSeconds: 900,
    drift,
  });
  const users = usersOf(world);

  async function drain(): Promise<void> {
    for (let run = 0; run < MAX_RUNS && !isOver(); run++) {
      void last.schedule.run(60_000).catch((error: unknown) => watch.problems.push(String(error)));
      await time.run(isOver);
      if (!memory.isAnythingDue(last.nowEpoch())) return;
      // What failed while there were faults is tried again after a pause.
      time.after(60_000, undefined, () => {});
      await time.run(isOver);
    }
    if (!isOver()) watch.problems.push('what is due never ends');
  }

  async function at(epoch: number): Promise<void> {
    time.after(Math.max(0, epoch * 1_000 - time.now()), undefined, () => {});
    await time.run(isOver);
    await drain();
    watch.checkEdge(users);
    watch.checkLinks();
    watch.checkShares();
  }

  world.trace('---- what is whole is told');
  await tellOthers(world, last, isOver);
  const isAnythingAside = world.unreadable !== undefined || Number.isFinite(memory.room.bytes);
  world.unreadable = undefined;
  memory.room.bytes = Number.POSITIVE_INFINITY;

  world.trace('---- all is quiet');
  await at(time.nowEpoch() + (isAnythingAside ? LONGEST_PAUSE_SECONDS : 0));
  await recheck(world, last, isOver);
  watch.checkMarks();
  for (const expiresAtEpoch of watch.expiries()) if (!isOver()) await at(expiresAtEpoch - 1);
  if (!isOver()) await at(time.nowEpoch() + 8 * DAY_SECONDS);
  for (const userId of users) {
    if (!isOver() && memory.entry(userId) !== undefined)
      watch.problems.push(`an entry of ${userId} stays for ever`);
  }
  if (!isOver()) watch.checkNoTeamKeys();
}

/** One record cannot be read, or the edge's store is full. The others are told, and what has ended goes. */
async function tellOthers(world: World, last: Process, isOver: () => boolean): Promise<void> {
  const { time, memory, watch, unreadable } = world;
  const isFull = Number.isFinite(memory.room.bytes);
  if (unreadable === undefined && !isFull) return;
  let atEpoch = 0;
  for (let run = 0; run < MAX_RUNS / 3 && !isOver(); run++) {
    atEpoch = last.nowEpoch();
    // What was set aside is tried again after a while.
    void last.schedule.run(15_000).catch(() => {});
    time.after(60_000, undefined, () => {});
    await time.run(isOver);
  }
  const others = [...usersOf(world)].filter((userId) => userId !== unreadable);
  for (const userId of others) {
    const { user } = memory.record(userId);
    const mayWait = isFull && dueKeys(user, userId, atEpoch).some(({ entry }) => entry !== undefined);
    if (!mayWait && isDue(user, atEpoch)) watch.problems.push(`${userId} is not told`);
    const member = memory.team(MADE)?.team.members.find((each) => each.userId === userId);
    if (member?.dueSinceEpoch !== undefined) watch.problems.push(`${userId} is not settled`);
  }
  if (!isFull) watch.checkEdge(others);
}

/** A person whom the provider has forgotten is out at the next recheck. Everybody else goes on. */
async function recheck(world: World, last: Process, isOver: () => boolean): Promise<void> {
  const { time, memory, watch, provider } = world;
  // By then a claim that a process left behind is free, by every clock.
  time.after((RECHECK_SECONDS + 5 * 60 + 40 + 2 * MAX_DRIFT_SECONDS) * 1_000, undefined, () => {});
  await time.run(isOver);
  for (const userId of usersOf(world)) {
    for (const { tokenHash } of memory.record(userId).user.sessions) {
      const known = memory.record(userId);
      const session = findSession(known.user, tokenHash, time.nowEpoch());
      if (!session || provider.isOver(session.id) === undefined) continue;
      const current = { userId, session, known, readAtEpoch: time.nowEpoch() };
      last.sessions.renew(current, true).catch(() => {});
      await time.run(isOver);
      // A session that expired during the question shows nothing.
      if (!isLive(session, time.nowEpoch() + MAX_DRIFT_SECONDS)) continue;
      const isLeft = findSession(memory.record(userId).user, tokenHash, time.nowEpoch()) !== undefined;
      // A question whose answer was lost has used the refresh token up, so the session is over now.
      const isGone = provider.isOver(session.id);
      if (isGone === isLeft) {
        const what = isGone ? 'goes on, and the provider has ended it' : 'is gone, and the provider has not';
        watch.problems.push(`${session.id} ${what}`);
      }
    }
  }
}

/** Nearly as many revoked starts as an entry holds. The next ones raise a floor, also over live sessions. */
async function crowd(world: World): Promise<void> {
  const { time, memory } = world;
  const now = time.nowEpoch();
  const userId = userOf(0, world);
  const known = memory.record(userId);
  let user: UserRecord = { ...known.user, longestCookieSeconds: 900 };
  for (let i = 0; i < 91; i++) {
    const start = nextStart(user.lastStart, now) ?? 0;
    user = withRevokedStarts({ ...user, lastStart: start }, [start], now);
  }
  // Two starts of the number are left.
  const number = (await memory.numbers.next(1)) ?? 0;
  const given = STARTS_PER_NUMBER - 2;
  user = withAllTeamStartsRevoked({ ...user, teamNumber: { number, given } }, now);
  await memory.users.write(userId, known.version, user);
}

/** The entry of the made team's links is nearly full too. Three starts of the number are left. */
async function crowdLinks({ time, memory }: World): Promise<void> {
  const now = time.nowEpoch();
  const known = memory.team(MADE);
  if (!known) throw new Error('the team was founded');
  const number = await memory.numbers.next(Number.POSITIVE_INFINITY);
  const link = { random: '', role: 'viewer', createdAtEpoch: now, expiresAtEpoch: now + 900 } as const;
  let team: Team = { ...known.team, longestCookieSeconds: 900 };
  for (let i = 0; i < 87; i++) {
    const hash = String(i);
    const maker = { userId: MANAGER, start: 0 };
    team = withLink(team, { ...link, hash, maker }, number, now) ?? team;
    team = withoutLink(team, hash, now) ?? team;
  }
  await memory.teams.write(MADE, known.version, team);
}
