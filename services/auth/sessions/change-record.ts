import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { changeVersioned, createTries } from '../table/change.ts';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import type { KnownUser, UserRecord } from './record.ts';

/** A change of a record. Undefined means that nothing has to change. It is called again with each newer record. */
export type Change = (user: UserRecord) => UserRecord | undefined;

/**
 * Applies a change to the newest record by one conditional write. If somebody else wrote first, it is applied again.
 * @param from the record as it was already read; it saves a read if nobody has written since
 * @returns the record after this change
 * @throws GatewayError store_unavailable, and every error of the change
 */
export function changeRecord(
  { users, clock }: { users: Stores['users']; clock: Clock },
  userId: UserId,
  change: Change,
  from?: KnownUser,
): Promise<UserRecord> {
  const versioned = ({ user, version }: KnownUser) => ({ value: user, version });
  const place = {
    read: async () => versioned(await users.read(userId)),
    write: (version: number, user: UserRecord) => users.write(userId, version, user),
    from: from && versioned(from),
  };
  return changeVersioned(place, change, createTries(clock));
}
