import { nextStart } from '../../../../core/session-start.ts';
import { withRevokedStarts } from '../../../../services/auth/domain/revocation-entry.ts';
import type { UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { nowEpoch } from './seed-session.ts';

/** Adds a hundred sessions that have ended. Their starts do not fit into the edge's entry. */
export function withHundredEnded(user: UserRecord): UserRecord {
  let changed = user;
  for (let i = 0; i < 100; i++) {
    const start = nextStart(changed.lastStart, nowEpoch()) ?? 0;
    changed = withRevokedStarts({ ...changed, lastStart: start }, [start], nowEpoch());
  }
  return changed;
}
