import { GatewayError } from '../domain/errors.ts';
import type { Clock, UserStore } from '../domain/ports.ts';
import type { UserId } from '../domain/user-id.ts';
import type { KnownUser, UserRecord } from '../domain/user-record.ts';

/** How long writers of one record may get in each other's way before this gives up. */
const MAX_CONTENTION_MS = 8_000;
/** The longest pause of a writer that was too late; it grows with each time. */
const MAX_PAUSE_MS = 400;

/** A change of a record; undefined: there is nothing to change. It is asked again with each newer record. */
export type Change = (user: UserRecord) => UserRecord | undefined;

/**
 * Applies a change to the newest record by one conditional write, again where somebody else was faster.
 * @param from what was read of the record already: one read less where nobody wrote since
 * @returns the record as it is now
 * @throws GatewayError store_unavailable, and whatever the change throws
 */
export async function changeRecord(
  { users, clock }: { users: UserStore; clock: Clock },
  userId: UserId,
  change: Change,
  from?: KnownUser,
): Promise<UserRecord> {
  const untilMs = clock.now() + MAX_CONTENTION_MS;
  let known = from ?? (await users.read(userId));
  for (let attempt = 1; ; attempt++) {
    const changed = change(known.user);
    if (!changed) return known.user;
    if (await users.write(userId, known.version, changed)) return changed;
    if (clock.now() >= untilMs) throw new GatewayError('store_unavailable');
    // Many writers of one record get out of step: each that is too late waits for longer.
    await clock.sleep(Math.random() * Math.min(MAX_PAUSE_MS, 10 * 2 ** attempt));
    known = await users.read(userId);
  }
}
