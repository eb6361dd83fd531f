import type { EdgeStore, UserStore } from './ports.ts';
import {
  edgeEntry,
  settled,
  withEdgeTold,
  withRevokedShare,
  withRevokedStart,
  withSessionsRevoked,
  withSharesRevoked,
} from './revocation.ts';
import { withFileRevoked } from './shares.ts';
import type { UserId } from './user-id.ts';
import type { UserRecord } from './user-record.ts';

/** CloudFront takes at most this many keys in one update (DG: cloudfront-limits). */
const MAX_BATCH = 50;
/** Other writers that may be faster, one after another, before the rest is left to the reconciler. */
const MAX_CONFLICTS = 10;
/** Users that one run of the reconciler looks at. */
const MAX_DUE = 1_000;

export interface Revocations {
  /** One session: its record is written first, then the edge is told. */
  revokeSession(userId: UserId, start: number): Promise<void>;
  /** Every session and every share of a user. */
  revokeAll(userId: UserId): Promise<void>;
  /** One share; done before it is as good. @returns false where there is no such share */
  revokeShare(userId: UserId, number: number): Promise<boolean>;
  /** Every share of one file, by the name under which it is stored. */
  revokeSharesOf(userId: UserId, name: string): Promise<void>;
  /** Tells the edge what a user's record says by now. */
  tellEdge(userId: UserId): Promise<void>;
  /** Tells the edge whatever it has not been told, and has it forget what has expired. @returns how many users */
  reconcile(): Promise<number>;
}

/**
 * Revocations: the truth is the user's record, and the edge's store is written from it. A truth that cannot be written
 * is an error (GatewayError store_unavailable). An edge that cannot be told is not: the record stays due, `onEdgeError`
 * hears of it, and the reconciler makes good for it.
 */
export function createRevocations(deps: {
  users: UserStore;
  edge: EdgeStore;
  nowEpoch: () => number;
  onEdgeError: (error: unknown) => void;
}): Revocations {
  const { users, edge, nowEpoch, onEdgeError } = deps;
  /** Users whose entry is to be written, with those who wait for it: one update serves all that came meanwhile. */
  const waiting = new Map<UserId, (() => void)[]>();
  let isWriting = false;

  function tellEdge(userId: UserId): Promise<void> {
    return new Promise((resolve) => {
      waiting.set(userId, [...(waiting.get(userId) ?? []), resolve]);
      if (!isWriting) void drain();
    });
  }

  async function drain(): Promise<void> {
    isWriting = true;
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, MAX_BATCH);
      for (const [userId] of batch) waiting.delete(userId);
      await write(batch.map(([userId]) => userId)).catch(onEdgeError);
      for (const [, resolves] of batch) for (const resolve of resolves) resolve();
    }
    isWriting = false;
  }

  async function write(userIds: UserId[]): Promise<void> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      // The version is read before the records: whoever writes in between makes this write fail.
      const version = await edge.version();
      const entries = await Promise.all(
        userIds.map(async (userId) => {
          const user = settled(await users.read(userId), nowEpoch());
          return { userId, entry: edgeEntry(user, nowEpoch()) };
        }),
      );
      if (!(await edge.write(version, entries))) continue;
      await Promise.all(entries.map(({ userId, entry }) => noteTold(userId, entry)));
      return;
    }
    throw new Error(`the edge's store was changed by others ${MAX_CONFLICTS} times in a row`);
  }

  /** Only where the record still says what was written; otherwise it stays due. */
  async function noteTold(userId: UserId, entry: string | undefined): Promise<void> {
    await users.update(userId, (user) => {
      const now = nowEpoch();
      const current = settled(user, now);
      return edgeEntry(current, now) === entry ? withEdgeTold(current, now) : undefined;
    });
  }

  /** A change that gives undefined was made before; the edge is told unless it knows. */
  async function revoke(
    userId: UserId,
    change: (user: UserRecord, now: number) => UserRecord | undefined,
  ): Promise<UserRecord> {
    const user = await users.update(userId, (known) => change(known, nowEpoch()));
    const { edgeDueEpoch } = user;
    if (edgeDueEpoch !== undefined && edgeDueEpoch <= nowEpoch()) await tellEdge(userId);
    return user;
  }

  return {
    tellEdge,
    async revokeSession(userId, start) {
      await revoke(userId, (user, now) => withRevokedStart(user, start, now));
    },
    async revokeAll(userId) {
      await revoke(userId, (user, now) => withSharesRevoked(withSessionsRevoked(user, now), now));
    },
    async revokeShare(userId, number) {
      const { revokedShares } = await revoke(userId, (user, now) => {
        const share = user.shares.find((known) => known.number === number);
        return share && withRevokedShare(user, number, share.expiresAtEpoch, now);
      });
      return revokedShares.some((revoked) => revoked.number === number);
    },
    async revokeSharesOf(userId, name) {
      await revoke(userId, (user, now) => withFileRevoked(user, name, now));
    },
    async reconcile() {
      const due = await users.due(nowEpoch(), MAX_DUE);
      await Promise.all(due.map(tellEdge));
      return due.length;
    },
  };
}
