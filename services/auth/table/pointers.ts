import { toUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { changeVersioned, createTries } from './change.ts';
import type { Clock } from './clock.ts';
import type { Pointer } from './pointer.ts';
import type { Table } from './table.ts';

/** The most users that one pointer names. */
const MAX_USERS = 100;
/** The table keeps an item for a day after the item is needed. */
const DAY_SECONDS = 24 * 60 * 60;

/** A logout by the provider, with the `iat` of its token. */
export interface Mark {
  issuedAtEpoch: number;
}

interface PointerItem {
  /** When the last session of each user ends. */
  users: Record<string, number>;
  mark?: number;
  /** Since when the logout waits. Absent once it is done. */
  dueSinceEpoch?: number;
}

/** Pointers: the users whose records hold the sessions of a pointer, and whether the provider has ended these sessions. */
export function createPointerStore(table: Table, clock: Clock) {
  const read = async (pointer: Pointer) => {
    const { item = { users: {} }, version } = await table.read<PointerItem>(keyOf(pointer));
    return { value: item, version };
  };

  function change(
    pointer: Pointer,
    by: (item: PointerItem) => PointerItem | undefined,
    { isNew = false, isTimeless = false } = {},
  ): Promise<PointerItem> {
    const write = (version: number, item: PointerItem) => {
      const { dueSinceEpoch, mark = 0, users } = item;
      const due =
        dueSinceEpoch === undefined ? undefined : { kind: 'logout' as const, sinceEpoch: dueSinceEpoch };
      // A logout that is still due must not be forgotten. A day later, every session that joined before it is over, and an
      // ID token from before it is refused by its age.
      const ttl = due ? undefined : Math.max(mark, ...Object.values(users)) + DAY_SECONDS;
      return table.write(keyOf(pointer), version, item, { due, ttl, isTimeless });
    };
    const from = isNew ? { value: { users: {} }, version: 0 } : undefined;
    return changeVersioned({ read: () => read(pointer), write, from }, by, createTries(clock));
  }

  return {
    /**
     * Adds a user who is about to begin a session. Users without a session that could live make room.
     * @returns `ended` if a logout of the provider concerns that session: any logout of the `sid`, or a logout of the
     *   `sub` that is not older than the ID token; `full` if the pointer names 100 other users
     */
    async join(
      pointer: Pointer,
      userId: UserId,
      session: { issuedAtEpoch: number; expiresAtEpoch: number },
      nowEpoch: number,
    ): Promise<'joined' | 'ended' | 'full'> {
      const isOfSid = pointer.kind === 'sid';
      let outcome: 'joined' | 'ended' | 'full' = 'joined';
      const joined = (item: PointerItem) => {
        const { mark, users } = item;
        const others = Object.entries(users).filter(([id, end]) => id !== userId && end > nowEpoch);
        const isEnded = mark !== undefined && (isOfSid || mark >= session.issuedAtEpoch);
        outcome = isEnded ? 'ended' : others.length < MAX_USERS ? 'joined' : 'full';
        if (outcome !== 'joined') return undefined;
        return { ...item, users: { ...Object.fromEntries(others), [userId]: session.expiresAtEpoch } };
      };
      // Most sessions of the provider are new here, so this saves a read.
      await change(pointer, joined, { isNew: isOfSid });
      return outcome;
    },

    /**
     * Notes a logout. It stays due until `settle`, and a process with a right clock finishes it. If the same or a later
     * logout is noted already, nothing changes.
     * @returns the logout that counts, and the users
     */
    async mark(pointer: Pointer, { issuedAtEpoch }: Mark, nowEpoch: number) {
      const marked = (item: PointerItem) =>
        (item.mark ?? -1) >= issuedAtEpoch
          ? undefined
          : { ...item, mark: issuedAtEpoch, dueSinceEpoch: nowEpoch };
      return answerOf(await change(pointer, marked, { isTimeless: true }));
    },

    /** The logout is done. A later logout stays due. */
    async settle(pointer: Pointer, { issuedAtEpoch }: Mark): Promise<void> {
      await change(pointer, ({ dueSinceEpoch, ...item }) =>
        dueSinceEpoch !== undefined && item.mark === issuedAtEpoch ? item : undefined,
      );
    },

    /** @returns undefined if no logout is due */
    async readDue(pointer: Pointer) {
      const answer = answerOf((await read(pointer)).value);
      return answer.isDue ? answer : undefined;
    },

    /** Forgets a user. A logout in the pointer counts for other users too. */
    async leave(pointer: Pointer, userId: UserId): Promise<void> {
      await change(pointer, ({ users: { [userId]: _gone, ...users }, ...rest }) => ({ ...rest, users }));
    },
  };
}

function keyOf({ kind, hash }: Pointer): string {
  return `${kind}#${hash}`;
}

/** Undefined for an item that is no pointer. */
export function parsePointerKey(key: string): Pointer | undefined {
  const [kind, hash = ''] = key.split('#');
  return kind === 'sid' || kind === 'sub' || kind === 'sub-without-sid' ? { kind, hash } : undefined;
}

/** One name that is no user's must not keep the others in. */
function answerOf({ users, mark = 0, dueSinceEpoch }: PointerItem) {
  return {
    mark: { issuedAtEpoch: mark },
    isDue: dueSinceEpoch !== undefined,
    userIds: Object.keys(users).flatMap((id) => toUserId(id) ?? []),
  };
}
