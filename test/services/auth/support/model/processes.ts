import { GatewayError } from '../../../../../core/errors.ts';
import type { UserId } from '../../../../../core/user-id.ts';
import { createClockGuard, guardedStores } from '../../../../../services/auth/adapters/clock-guard.ts';
import type { Clock } from '../../../../../services/auth/domain/ports.ts';
import { TIME_LIMITS } from '../../../../../services/auth/domain/time-limits.ts';
import { createLinks } from '../../../../../services/auth/links/links.ts';
import { createEdgeTeller } from '../../../../../services/auth/revocations/edge-teller.ts';
import { createSchedule } from '../../../../../services/auth/revocations/schedule.ts';
import { createSessions } from '../../../../../services/auth/sessions/sessions.ts';
import { createShares } from '../../../../../services/auth/shares/shares.ts';
import { createDeletion } from '../../../../../services/auth/teams/deletion.ts';
import { endDueInTeams, settleDueTeams } from '../../../../../services/auth/teams/settle-due.ts';
import { createTeams } from '../../../../../services/auth/teams/teams.ts';
import { type MemoryStores, NO_DELETION } from '../memory-stores.ts';
import { TEST_MAC } from '../seed-session.ts';
import type { KnownLink } from './browser.ts';
import { MADE } from './made-team.ts';
import { GROUPS } from './operations.ts';
import { type ModelProvider, RECHECK_SECONDS, reach } from './provider.ts';
import { type Drift, epochBy, type Owner, type VirtualTime } from './virtual-time.ts';
import type { Watch } from './watch.ts';

/** The outcomes that a call can have. */
const OUTCOMES = [
  'fails',
  'nonsense',
  'answer lost',
  'takes effect late',
  'repeated',
  'dies before',
  'dies after',
] as const;
const OUTCOMES_THERE = ['fails', 'nonsense', 'answer lost', 'dies before', 'dies after'] as const;
type Outcome = (typeof OUTCOMES)[number] | 'done';

export interface World {
  time: VirtualTime;
  memory: MemoryStores;
  watch: Watch;
  provider: ModelProvider;
  random: () => number;
  /** The share of calls that meet a fault, and the share that is slow; 0 to 1. */
  faultRate: number;
  slowRate: number;
  userIdClaim: string | undefined;
  /** The user whose record cannot be read. */
  unreadable: UserId | undefined;
  /** Links whose secrets people have. */
  links: KnownLink[];
  /** Whether the schedule deletes the files of deleted teams. */
  deletesTeams: boolean;
  trace: (what: string) => void;
}

export type Process = ReturnType<typeof createProcess>;

/**
 * One process of the service, with stores of its own on top of the shared ones. Each of its calls is delayed, or fails,
 * or is the last one of the process.
 */
export function createProcess(
  world: World,
  options: { name: string; outlivesRequests: boolean; cookieLifetimeSeconds: number; drift: Drift },
) {
  const { time, memory, watch, random, trace } = world;
  const { name, outlivesRequests, cookieLifetimeSeconds, drift } = options;
  const owner: Owner = { isDead: false, frozenUntilMs: 0 };

  function die(): void {
    owner.isDead = true;
    trace(`${name} dies`);
  }

  function outcome(outcomes: readonly Outcome[]): Outcome {
    if (random() >= world.faultRate) return 'done';
    return outcomes[Math.floor(random() * outcomes.length)] ?? 'done';
  }

  /** Milliseconds: few in most cases, sometimes as long as a process may be frozen. */
  function delay(): number {
    if (random() >= world.slowRate) return random() * (random() < 0.8 ? 20 : 400);
    return random() * ([2_000, 10_000, 200_000, 1_200_000][Math.floor(random() * 4)] ?? 0);
  }

  /** @param effect happens at once when it is called */
  function call<T>(
    what: string,
    effect: () => Promise<T>,
    fault: () => unknown,
    outcomes: readonly Outcome[] = OUTCOMES,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (owner.isDead) return;
      const meets = outcome(outcomes);
      if (meets === 'dies before') return die();
      const answer = (give: () => void) => {
        time.after(delay(), owner, give);
      };
      const take = () => {
        trace(`${name} ${what}: ${meets}`);
        const taken = effect();
        // The answer may be lost, whatever it is. Then nobody takes an error.
        taken.catch(() => {});
        return taken;
      };
      const fail = () => answer(() => reject(fault()));
      // A request that was sent before its process froze still arrives.
      time.after(delay(), random() < 0.5 ? owner : undefined, () => {
        if (meets === 'fails') return fail();
        // Something between answers 200, and the adapter cannot read it.
        if (meets === 'nonsense') return answer(() => reject(new SyntaxError('Unexpected token <')));
        if (meets === 'takes effect late') {
          time.after(delay() + random() * 5_000, undefined, () => void take());
          return fail();
        }
        const taken = take();
        if (meets === 'dies after') return die();
        if (meets === 'answer lost') return fail();
        const counts = meets === 'repeated' ? take() : taken;
        counts.then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(error)),
        );
      });
    });
  }

  const unavailable = () => new GatewayError('store_unavailable');
  const clockGuard = createClockGuard();
  /** A call whose answer has a `Date`. */
  async function dated<T>(what: string, effect: () => Promise<T>, fault: () => unknown): Promise<T> {
    const sentAtMs = clock.now();
    let dateMs = 0;
    const answer = await call(
      what,
      () => {
        dateMs = time.nowEpoch() * 1_000;
        return effect();
      },
      fault,
    );
    clockGuard.compare({ sentAtMs, receivedAtMs: clock.now(), dateMs });
    return answer;
  }
  const table = <A extends unknown[], T>(what: string, method: (...given: A) => Promise<T>) => {
    return (...given: A) => dated(`${what} ${JSON.stringify(given[0])}`, () => method(...given), unavailable);
  };
  const edgeDown = () => new Error('the KeyValueStore does not answer');

  const clock: Clock = {
    now: () => time.now() + drift.aheadSeconds * 1_000,
    monotonicMs: time.now,
    sleep: (ms, signal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted) return resolve();
        const cancel = time.after(ms, owner, resolve);
        signal?.addEventListener('abort', () => {
          cancel();
          resolve();
        });
      }),
  };
  const users = {
    read: table('reads', async (userId: UserId) => {
      if (userId === world.unreadable) throw new GatewayError('store_unavailable');
      return memory.users.read(userId);
    }),
    write: table('writes', async (...given: Parameters<typeof memory.users.write>) => {
      const [userId] = given;
      const before = memory.record(userId);
      const isWritten = await memory.users.write(...given);
      if (isWritten) watch.onRecord(userId, before.user, memory.record(userId).user);
      return isWritten;
    }),
  };
  const edge = {
    describe: () => dated('describes the edge', memory.edge.describe, edgeDown),
    write: (...given: Parameters<typeof memory.edge.write>) =>
      dated(
        `writes ${JSON.stringify(given)}`,
        async () => {
          const before = new Map(given[1].map(({ key }) => [key, memory.entry(key)]));
          const answer = await memory.edge.write(...given);
          for (const [key, entry] of before) watch.onEntry(key, entry);
          if (answer && random() < world.faultRate) throw new Error('200, and no ETag');
          return answer;
        },
        edgeDown,
      ),
  };
  const { teams, links, due, numbers, pointers, tokens, lease } = memory;
  const ports = {
    ...{ users, edge },
    numbers: { ...numbers, next: table('takes a number', numbers.next) },
    teams: {
      read: table('reads the team', teams.read),
      write: table('writes the team', async (...given: Parameters<typeof teams.write>) => {
        const [teamId, , after] = given;
        const before = memory.team(teamId)?.team;
        const isWritten = await teams.write(...given);
        if (isWritten && before && teamId === MADE) watch.onTeam(before, after);
        if (isWritten) watch.onLinks(teamId, before, after);
        return isWritten;
      }),
      due: table('looks for teams', teams.due),
      toSweep: table('looks for deleted teams', teams.toSweep),
    },
    links: {
      ...links,
      addTry: table('adds a try', links.addTry),
      readTries: table('reads the tries', links.readTries),
      removeTries: table('removes tries', links.removeTries),
    },
    due: {
      untold: table('looks what is untold', due.untold),
      expired: table('looks what has expired', due.expired),
      inTeams: table('looks what is due in teams', due.inTeams),
    },
    pointers: {
      join: table('joins', pointers.join),
      mark: table('marks', pointers.mark),
      settle: table('settles', pointers.settle),
      due: table('looks for logouts', pointers.due),
      readDue: table('reads the logout', pointers.readDue),
    },
    tokens: {
      put: table('puts tokens', tokens.put),
      read: table('reads tokens', tokens.read),
      replace: table('replaces tokens', tokens.replace),
      turnIntoTicket: table('makes a ticket', tokens.turnIntoTicket),
      take: table('takes tokens', tokens.take),
      delete: table('deletes tokens', tokens.delete),
    },
    lease: { read: table('reads the lease', lease.read), swap: table('swaps the lease', lease.swap) },
  };
  const onEdgeError = (error: unknown) => trace(`${name} could not tell the edge: ${String(error)}`);
  const stores = guardedStores(ports, clockGuard);
  const teller = createEdgeTeller({
    ...{ ...stores, clock, limits: TIME_LIMITS, outlivesRequests, onEdgeError },
  });
  const sealer = {
    seal: async (content: object) => JSON.stringify(content),
    open: async (sealed: string): Promise<unknown> => JSON.parse(sealed),
  };
  const sessions = createSessions({
    ...{ ...stores, sealer, tokenMac: TEST_MAC, teller, clock, limits: TIME_LIMITS, cookieLifetimeSeconds },
    clockGuard,
    ofProvider: { claim: GROUPS, role: 'editor' },
    recheck: {
      everySeconds: RECHECK_SECONDS,
      provider: reach(world.provider, {
        ...{ time, owner, clock },
        call: (what, effect, fault) => call(what, effect, fault, OUTCOMES_THERE),
      }),
    },
    ...(world.userIdClaim === undefined ? {} : { userIdClaim: world.userIdClaim }),
  });
  const deletion = createDeletion({
    ...{ teams: stores.teams, clock, onFailure: onEdgeError },
    objects: { list: async () => ({ files: [] }), deleteMany: async () => [] },
    detailsStore: { deleteSome: async () => false },
  });
  return {
    ...{ name, owner, drift, sessions, cookieLifetimeSeconds },
    nowEpoch: () => epochBy(time, drift),
    shares: createShares({ ...stores, teller, clock }),
    teams: createTeams({ ...stores, teller, clock }),
    links: createLinks({ ...stores, teller, clock, tokenMac: TEST_MAC, cookieLifetimeSeconds }),
    schedule: createSchedule({
      ...{ ...stores, sessions, teller, clock, onEdgeError },
      deletion: world.deletesTeams ? deletion : NO_DELETION,
      settleDueTeams: (budgetMs) => settleDueTeams({ ...stores, teller, clock }, budgetMs),
      endDueInTeams: (budgetMs) => endDueInTeams({ ...stores, teller, clock }, budgetMs),
    }),
    sign: () => clockGuard.check(),
    /** Work that takes a while: a signature, a provider. */
    pause: (what: string, effect: () => void = () => {}) =>
      call(
        what,
        async () => effect(),
        () => new GatewayError('signing_unavailable'),
      ),
  };
}
