import type { UserId } from '../../../../../core/user-id.ts';
import { isRevoked } from '../../../../../edge/function/revocation-check.ts';
import { isDue, isOvertaken, isSignedOut } from '../../../../../services/auth/domain/revocation-entry.ts';
import { isLive } from '../../../../../services/auth/domain/session.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { type Drift, epochBy, type VirtualTime } from './virtual-time.ts';

/** A signed credential, which opens a folder or a file until it expires. */
export interface Signed {
  userId: UserId;
  expiresAtEpoch: number;
  credential: { kind: 'folder'; start: number } | { kind: 'file'; share: number };
  /** The file of a link, as `Watch.file` numbers it. */
  file?: number;
}

export interface EdgeWatch {
  onEntry(key: string, before: string | undefined): void;
  signs(signed: Signed): void;
  endsShare(userId: UserId, share: number): void;
  /** The number of the user's one file. After a delete, another file of that name comes at once. */
  file(userId: UserId): number;
  /** @returns the number of the replaced file */
  replacesFile(userId: UserId): number;
  /** From now on no link to that file may open anything. */
  deleted(userId: UserId, file: number): void;
  /** The service says that the edge knows the end of all credentials for which `isIt` is true. */
  told(userId: UserId, what: string, isIt: (signed: Signed) => boolean): void;
  /** The session of this start was over by itself, by the clock of some process. Nobody ended it. */
  expired(userId: UserId, start: number): void;
  /** Called once all is quiet. The edge must refuse every ended credential until it expires, and nothing else. */
  checkEdge(users: Iterable<UserId>): void;
  /** The number of signatures so far. */
  count(): number;
  /** The times when the edge no longer takes the credentials that must be refused, in order. */
  expiries(): number[];
}

/**
 * Compares the edge's answers with everything that was signed: which credentials it must refuse, and which it must not.
 */
export function createEdgeWatch(
  {
    time,
    memory,
    edgeDrift,
    maxDriftSeconds,
  }: { time: VirtualTime; memory: MemoryStores; edgeDrift: Drift; maxDriftSeconds: number },
  problem: (text: string) => void,
): EdgeWatch {
  const endedShares = new Set<string>();
  const files = new Map<UserId, number>();
  /** By file, the time of its deletion. */
  const deletedFiles = new Map<string, number>();
  const expired = new Set<string>();
  const signed: Signed[] = [];

  /** Undefined if the credential may be refused or accepted. */
  function mustBeRefused({ userId, credential, file, expiresAtEpoch }: Signed): boolean | undefined {
    const { user } = memory.record(userId);
    if (credential.kind === 'file') {
      if (endedShares.has(`${userId} ${credential.share}`)) return true;
      const deletedAtEpoch = deletedFiles.get(`${userId} ${file}`);
      // A delete does not revoke a link that has expired by the clock of a process.
      if (deletedAtEpoch !== undefined && deletedAtEpoch < expiresAtEpoch - maxDriftSeconds) return true;
      if (deletedAtEpoch !== undefined) return undefined;
      return user.shares.some(({ number }) => number === credential.share) ? false : undefined;
    }
    const { start } = credential;
    if (expired.has(`${userId} ${start}`)) return undefined;
    const session = user.sessions.find((each) => each.start === start);
    if (!session || isSignedOut(user, start)) return true;
    return isOvertaken(user, start) || !isLive(session, time.nowEpoch()) ? undefined : false;
  }

  const describe = ({ userId, credential }: Signed) =>
    `${JSON.stringify(credential)} of ${userId}, now ${time.nowEpoch()}, entry ${memory.entry(userId)}`;
  const isRefused = ({ userId, credential }: Signed, entry = memory.entry(userId)) =>
    entry !== undefined && isRevoked(entry, credential);
  const isOpen = ({ expiresAtEpoch }: Signed) => expiresAtEpoch > epochBy(time, edgeDrift);

  return {
    onEntry(key, before) {
      if (before === undefined) return;
      for (const each of signed.filter((one) => one.userId === key && isOpen(one))) {
        if (isRefused(each, before) && !isRefused(each) && mustBeRefused(each)) {
          problem(`forgotten at the edge before it expired: ${describe(each)}`);
        }
      }
    },

    signs(one) {
      signed.push(one);
    },

    expired(userId, start) {
      expired.add(`${userId} ${start}`);
    },

    endsShare(userId, share) {
      endedShares.add(`${userId} ${share}`);
    },

    file: (userId) => files.get(userId) ?? 0,

    replacesFile(userId) {
      const file = files.get(userId) ?? 0;
      files.set(userId, file + 1);
      return file;
    },

    deleted(userId, file) {
      deletedFiles.set(`${userId} ${file}`, time.nowEpoch());
    },

    told(userId, what, isIt) {
      for (const each of signed.filter((one) => one.userId === userId && isOpen(one) && isIt(one))) {
        if (!isRefused(each)) problem(`${what} was told to the edge, which does not know: ${describe(each)}`);
      }
    },

    checkEdge(users) {
      const checked = new Set(users);
      for (const each of signed.filter((one) => isOpen(one) && checked.has(one.userId))) {
        const must = mustBeRefused(each);
        if (must === true && !isRefused(each)) problem(`the edge lets in ${describe(each)}`);
        if (must === false && isRefused(each)) problem(`the edge refuses ${describe(each)}`);
      }
      for (const userId of checked) {
        const { user } = memory.record(userId);
        if (isDue(user, time.nowEpoch())) continue;
        for (const session of user.sessions.filter((each) => isLive(each, time.nowEpoch()))) {
          const credential = { kind: 'folder', start: session.start } as const;
          if (mustBeRefused({ userId, credential, expiresAtEpoch: 0 }) === false) {
            if (isRefused({ userId, credential, expiresAtEpoch: 0 }))
              problem(`the edge refuses the live ${session.id} of ${userId}`);
          }
        }
      }
    },

    count: () => signed.length,

    expiries: () =>
      [
        ...new Set(
          signed
            .filter((each) => mustBeRefused(each))
            .map((each) => each.expiresAtEpoch - edgeDrift.aheadSeconds),
        ),
      ].toSorted((a, b) => a - b),
  };
}
