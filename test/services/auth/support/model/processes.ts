import { GatewayError } from '../../../../../core/errors.ts';
import { toTeamId } from '../../../../../core/owner.ts';
import { toUserId, type UserId } from '../../../../../core/user-id.ts';
import { createEdgeTeller } from '../../../../../services/auth/edge/teller.ts';
import { createLinks } from '../../../../../services/auth/links/links.ts';
import { createSchedule } from '../../../../../services/auth/schedule.ts';
import { createSessions } from '../../../../../services/auth/sessions/sessions.ts';
import { TIME_LIMITS } from '../../../../../services/auth/settings/time-limits.ts';
import { createShares } from '../../../../../services/auth/shares/shares.ts';
import type { Clock } from '../../../../../services/auth/table/clock.ts';
import { createClockGuard } from '../../../../../services/auth/table/clock-guard.ts';
import { createStores } from '../../../../../services/auth/table/stores.ts';
import type { Table } from '../../../../../services/auth/table/table.ts';
import { createDeletion } from '../../../../../services/auth/teams/deletion.ts';
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
  const { table: shared } = memory;
  const asked = <T>(what: string, key: string, effect: () => Promise<T>) =>
    dated(`${what} ${key}`, effect, unavailable);
  const table: Table = {
    ...shared,
    read: <T extends object>(key: string) =>
      asked('reads', key, async () => {
        if (world.unreadable !== undefined && key === `user#${world.unreadable}`) throw unavailable();
        return shared.read<T>(key);
      }),
    write: (key, ...given) =>
      asked('writes', key, async () => {
        const [userId, teamId] = [toUserId(key.replace('user#', '')), toTeamId(key.replace('team#', ''))];
        const [user, team] = [userId && memory.record(userId).user, teamId && memory.team(teamId)?.team];
        const isWritten = await shared.write(key, ...given);
        if (!isWritten) return false;
        if (key.startsWith('user#') && userId && user)
          watch.onRecord(userId, user, memory.record(userId).user);
        const after = teamId && memory.team(teamId)?.team;
        if (team && after && teamId === MADE) watch.onTeam(team, after);
        if (teamId && after) watch.onLinks(teamId, team, after);
        return true;
      }),
    remove: (key, ...given) => asked('removes', key, () => shared.remove(key, ...given)),
    add: (key, ...given) => asked('adds to', key, () => shared.add(key, ...given)),
    addName: (key, ...given) => asked('adds a name to', key, () => shared.addName(key, ...given)),
    removeNames: (key, ...given) => asked('removes names of', key, () => shared.removeNames(key, ...given)),
    names: (key) => asked('reads the names of', key, () => shared.names(key)),
    due: (kind, ...given) => asked('looks what is due:', kind, () => shared.due(kind, ...given)),
    retryAt: (key, ...given) => asked('puts off', key, () => shared.retryAt(key, ...given)),
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
  const onEdgeError = (error: unknown) => trace(`${name} could not tell the edge: ${String(error)}`);
  const stores = createStores({ table, edge, clock }, clockGuard);
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
    ...{ ...stores, clock, onFailure: onEdgeError },
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
      ...{ ...stores, teller, clock },
      deletion: world.deletesTeams ? deletion : NO_DELETION,
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
