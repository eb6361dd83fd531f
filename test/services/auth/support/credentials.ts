import { nextStart } from '../../../../core/session-start.ts';
import { CLOCKS_APART_SECONDS, WRITERS_APART_SECONDS } from '../../../../core/time-bounds.ts';
import {
  edgeEntry,
  isDue,
  isSignedOut,
  isSuperseded,
  withEdgeTold,
  withRevokedShare,
  withRevokedStarts,
  withSharesRevoked,
  withStartsRevoked,
} from '../../../../services/auth/edge/entry.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/sessions/record.ts';
import { withFilesRevoked, withShare } from '../../../../services/auth/shares/share.ts';
import {
  ALICE,
  FILES_ORIGIN,
  plainRequest,
  policyText,
  signedQuery,
  storeOf,
  viewerRequest,
} from '../../../edge/function/support/events.ts';

export const { decide } = await import('../../../../edge/function/gate.ts');
export const COOKIE_SECONDS = 900;

/** The record with a start for one more session. Undefined if an hour had too many logins. */
export function withNextStart(user: UserRecord, nowEpoch: number): UserRecord | undefined {
  const start = nextStart(user.lastStart, nowEpoch);
  return start === undefined ? undefined : { ...user, lastStart: start };
}

const FILE = `/users/${ALICE}/a.png`;

/** A credential that was handed out. */
interface Credential {
  kind: 'folder' | 'share';
  number: number;
  expiresAtEpoch: number;
  isRevoked: boolean;
  rawQuery: string;
}

interface LiveSession {
  start: number;
}

/** A user, the edge's store, and every credential that was ever handed out. */
export class System {
  nowEpoch = 1_795_600_000;
  user: UserRecord = { ...NEW_USER, longestCookieSeconds: COOKIE_SECONDS };
  store: Record<string, string> = {};
  sessions: LiveSession[] = [];
  credentials: Credential[] = [];
  largest = 0;
  overtakings = 0;
  #lastShareEndsEpoch = 0;

  /** Does what the service does with every change: keep it, write to the edge, note that the edge was told. */
  #write(user: UserRecord): void {
    this.user = user;
    if (!isDue(user, this.nowEpoch)) return;
    const entry = edgeEntry(user, this.nowEpoch);
    this.store = entry === undefined ? {} : { [ALICE]: entry };
    this.largest = Math.max(this.largest, entry?.length ?? 0);
    this.user = withEdgeTold(user, user, this.nowEpoch, this.nowEpoch);
  }

  login(): void {
    const next = withNextStart(this.user, this.nowEpoch);
    if (!next) return;
    this.#write(next);
    const session = { start: next.lastStart };
    this.sessions.push(session);
    this.#issue(session);
  }

  renew(index: number): void {
    const session = this.#pick(index);
    if (!session) return;
    if (isSuperseded(this.user, session.start)) {
      const next = withNextStart(this.user, this.nowEpoch);
      if (!next) return;
      this.overtakings++;
      this.#revokeStart(session.start, next);
      session.start = next.lastStart;
    }
    this.#issue(session);
  }

  logout(index: number): void {
    const session = this.#pick(index);
    if (!session) return;
    this.sessions = this.sessions.filter((other) => other !== session);
    this.#revokeStart(session.start, this.user);
  }

  logoutAll(): void {
    this.#write(withSharesRevoked(withStartsRevoked(this.user, this.nowEpoch), this.nowEpoch));
    for (const credential of this.credentials) credential.isRevoked = true;
    this.sessions = this.sessions.filter(({ start }) => !isSignedOut(this.user, start));
  }

  share(lifetimeSeconds: number): void {
    const share = { name: 'a.png', expiresAtEpoch: this.nowEpoch + lifetimeSeconds };
    const next = withShare(this.user, share, this.nowEpoch);
    if (!next) return;
    this.#write(next);
    this.#lastShareEndsEpoch = Math.max(this.#lastShareEndsEpoch, share.expiresAtEpoch);
    const query = `v=0123456789abcdef&share=${next.lastShare}`;
    this.credentials.push({
      kind: 'share',
      number: next.lastShare,
      expiresAtEpoch: share.expiresAtEpoch,
      isRevoked: false,
      rawQuery: `${query}&${signedQuery(policyText(`${FILES_ORIGIN}${FILE}?${query}`))}`,
    });
  }

  revokeShare(index: number): void {
    const share = this.user.shares[index % (this.user.shares.length || 1)];
    if (!share) return;
    this.#revokedShares([share.number]);
    this.#write(withRevokedShare(this.user, share.number, share.expiresAtEpoch, this.nowEpoch));
  }

  deleteFile(): void {
    const next = withFilesRevoked(this.user, new Set(['a.png']), this.nowEpoch);
    if (!next) return;
    this.#revokedShares(this.user.shares.map(({ number }) => number));
    this.#write(next);
  }

  #revokedShares(numbers: number[]): void {
    for (const credential of this.credentials) {
      if (credential.kind === 'share' && numbers.includes(credential.number)) credential.isRevoked = true;
    }
  }

  /** Lets time pass. The reconciler removes what has expired. */
  wait(seconds: number): void {
    this.nowEpoch += seconds;
    this.#write(this.user);
    this.credentials = this.credentials.filter(
      ({ expiresAtEpoch }) => expiresAtEpoch > this.nowEpoch - CLOCKS_APART_SECONDS,
    );
  }

  #revokeStart(start: number, user: UserRecord): void {
    this.#write(withRevokedStarts(user, [start], this.nowEpoch));
    for (const credential of this.credentials) {
      if (credential.kind === 'folder' && credential.number === start) credential.isRevoked = true;
    }
  }

  #issue({ start }: LiveSession): void {
    const text = policyText(`${FILES_ORIGIN}/users/${ALICE}/*`, {
      DateGreaterThan: { 'AWS:EpochTime': start },
    });
    this.credentials.push({
      kind: 'folder',
      number: start,
      expiresAtEpoch: this.nowEpoch + COOKIE_SECONDS,
      isRevoked: false,
      rawQuery: signedQuery(text),
    });
  }

  #pick(index: number): LiveSession | undefined {
    return this.sessions[index % (this.sessions.length || 1)];
  }

  /** Tries every credential that has not expired by the edge's clock, with the function itself. */
  async check(skewSeconds: number): Promise<void> {
    const [, ofShares = '0,'] = (this.store[ALICE] ?? '').split('|');
    const forgottenEpoch = this.#lastShareEndsEpoch + CLOCKS_APART_SECONDS + WRITERS_APART_SECONDS;
    if (ofShares !== '0,' && this.nowEpoch >= forgottenEpoch)
      throw new Error(`the store holds ${ofShares} of shares, and none can be open`);
    const edgeEpoch = this.nowEpoch + skewSeconds;
    for (const credential of this.credentials.filter(({ expiresAtEpoch }) => edgeEpoch < expiresAtEpoch)) {
      const request = viewerRequest(plainRequest(FILE, { rawQuery: credential.rawQuery, cookies: {} }));
      const result = await decide(request, storeOf(this.store), edgeEpoch);
      const passes = 'uri' in result;
      const what = `${credential.kind} ${credential.number} with ${this.store[ALICE] ?? 'no entry'}`;
      if (passes && credential.isRevoked) throw new Error(`revoked, and passes: ${what}`);
      const isExcused = credential.kind === 'folder' && isSuperseded(this.user, credential.number);
      if (!passes && !credential.isRevoked && !isExcused)
        throw new Error(`not revoked, and refused: ${what}`);
    }
  }
}
