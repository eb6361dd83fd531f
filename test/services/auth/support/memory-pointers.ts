import type { UserId } from '../../../../core/user-id.ts';
import type { Pointer, PointerStore } from '../../../../services/auth/domain/ports.ts';
import type { DueIndex } from './due-index.ts';

const MAX_USERS = 100;
const DAY_SECONDS = 24 * 60 * 60;

interface Item {
  users: Map<UserId, number>;
  mark?: number;
  isDue: boolean;
  /** Absent while a logout is due. */
  endEpoch?: number | undefined;
}

/** Pointers in memory; see `createMemoryStores`. */
export function createMemoryPointers(index: DueIndex<string>) {
  const items = new Map<string, Item>();
  const nameOf = ({ kind, hash }: Pointer) => `${kind}#${hash}`;
  const itemOf = (pointer: Pointer): Item => items.get(nameOf(pointer)) ?? { users: new Map(), isDue: false };
  const answerOf = ({ mark = 0, isDue, users }: Item) => ({
    mark: { issuedAtEpoch: mark },
    isDue,
    userIds: [...users.keys()],
  });

  const store: PointerStore = {
    async join(pointer, userId, { issuedAtEpoch, expiresAtEpoch }, nowEpoch) {
      const item = itemOf(pointer);
      const isMarked = item.mark !== undefined && (pointer.kind === 'sid' || item.mark >= issuedAtEpoch);
      if (isMarked) return 'ended';
      items.set(nameOf(pointer), item);
      item.users.set(userId, expiresAtEpoch);
      item.endEpoch = item.isDue ? undefined : expiresAtEpoch + DAY_SECONDS;
      for (const [other, endEpoch] of item.users) if (endEpoch <= nowEpoch) item.users.delete(other);
      if (item.users.size <= MAX_USERS) return 'joined';
      item.users.delete(userId);
      return 'full';
    },

    async mark(pointer, { issuedAtEpoch }, nowEpoch) {
      const item = itemOf(pointer);
      if (item.mark === undefined || item.mark < issuedAtEpoch) {
        items.set(nameOf(pointer), item);
        Object.assign(item, { mark: issuedAtEpoch, isDue: true, endEpoch: undefined });
        index.set(nameOf(pointer), { kind: 'provider', atEpoch: nowEpoch });
      }
      return answerOf(item);
    },

    async settle(pointer, { issuedAtEpoch }, nowEpoch) {
      const item = itemOf(pointer);
      if (!item.isDue || item.mark !== issuedAtEpoch) return;
      Object.assign(item, { isDue: false, endEpoch: nowEpoch + DAY_SECONDS });
      index.set(nameOf(pointer), undefined);
    },

    due: async (limit, isPassedOver = () => false) =>
      index
        .list('provider', Number.POSITIVE_INFINITY)
        .map(({ key }) => parseName(key))
        .filter((pointer) => !isPassedOver(pointer))
        .slice(0, limit),

    async readDue(pointer) {
      const item = itemOf(pointer);
      return item.isDue ? answerOf(item) : undefined;
    },
  };

  return {
    store,
    marks: () =>
      [...items].flatMap(([name, { mark }]) =>
        mark === undefined ? [] : [{ pointer: parseName(name), issuedAtEpoch: mark }],
      ),
    isAnyDue: () => [...items.values()].some(({ isDue }) => isDue),
    forget(nowEpoch: number) {
      for (const [name, { endEpoch }] of items) {
        if (endEpoch !== undefined && endEpoch <= nowEpoch) items.delete(name);
      }
    },
  };
}

function parseName(name: string): Pointer {
  const [kind, hash = ''] = name.split('#');
  return { kind: kind === 'sid' || kind === 'sub-without-sid' ? kind : 'sub', hash };
}
