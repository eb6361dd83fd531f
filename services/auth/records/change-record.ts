import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Clock, UserStore } from '../domain/ports.ts';
import type { KnownUser, UserRecord } from '../domain/user-record.ts';

/** How long writers of one record may delay each other before this gives up. */
const MAX_CONTENTION_MS = 8_000;
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 1_000;

/** A change of a record. Undefined means that nothing has to change. It is called again with each newer record. */
export type Change = (user: UserRecord) => UserRecord | undefined;

type Deps = { users: UserStore; clock: Clock };

interface Late {
  change: Change;
  sinceMs: number;
  resolve: (user: UserRecord) => void;
  reject: (error: unknown) => void;
}

/**
 * By user, the changes whose first write was refused, because somebody else wrote first. This process writes all
 * changes of one record together from then on.
 */
const lateChanges = new WeakMap<UserStore, Map<UserId, Late[]>>();

/**
 * Applies a change to the newest record by one conditional write. If somebody else wrote first, it is applied again.
 * @param from the record as it was already read; it saves a read if nobody has written since
 * @returns the record after this change
 * @throws GatewayError store_unavailable, and every error of the change
 */
export async function changeRecord(
  deps: Deps,
  userId: UserId,
  change: Change,
  from?: KnownUser,
): Promise<UserRecord> {
  const { users, clock } = deps;
  const sinceMs = clock.monotonicMs();
  const known = from ?? (await users.read(userId));
  const changed = change(known.user);
  if (!changed) return known.user;
  if (await users.write(userId, known.version, changed)) return changed;
  return new Promise((resolve, reject) => {
    const records = lateChanges.get(users) ?? new Map<UserId, Late[]>();
    lateChanges.set(users, records);
    const late = { change, sinceMs, resolve, reject };
    const before = records.get(userId);
    if (before) {
      before.push(late);
      return;
    }
    const changes = [late];
    records.set(userId, changes);
    // The list is deleted as soon as no change is left in it. No other code may run between that look and the deletion,
    // since it could add a change.
    void changeTogether(deps, userId, changes, () => records.delete(userId));
  });
}

/** Runs until no change is left. Changes that come meanwhile are added. */
async function changeTogether(
  deps: Deps,
  userId: UserId,
  changes: Late[],
  onNoneLeft: () => void,
): Promise<void> {
  const { users, clock } = deps;
  while (changes.length > 0) {
    // Writers of many processes must not write at the same time. A writer that has tried for longer waits for longer.
    const triedMs = clock.monotonicMs() - Math.min(...changes.map(({ sinceMs }) => sinceMs));
    await clock.sleep(Math.random() * Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, triedMs)));
    const group = changes.splice(0);
    try {
      const known = await users.read(userId);
      const { user, applied } = applyAll(known.user, group);
      if (user === known.user || (await users.write(userId, known.version, user))) {
        for (const { late, after } of applied) late.resolve(after);
        continue;
      }
      const { true: over = [], false: again = [] } = Object.groupBy(applied, ({ late }) =>
        clock.monotonicMs() - late.sinceMs >= MAX_CONTENTION_MS ? 'true' : 'false',
      );
      for (const { late } of over) late.reject(new GatewayError('store_unavailable'));
      changes.unshift(...again.map(({ late }) => late));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
  onNoneLeft();
}

/** Applies the changes one after the other. A change that throws is left out. */
function applyAll(before: UserRecord, group: Late[]) {
  let user = before;
  const applied: { late: Late; after: UserRecord }[] = [];
  for (const late of group) {
    try {
      user = late.change(user) ?? user;
      applied.push({ late, after: user });
    } catch (error) {
      late.reject(error);
    }
  }
  return { user, applied };
}
