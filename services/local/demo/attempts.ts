import { generateKeyPairSync } from 'node:crypto';
import { createKeySigner } from '@cloudfront-cookie-gateway/auth/adapters/key-signer';
import { sessionEndEpoch } from '@cloudfront-cookie-gateway/auth/domain/session';
import type { CurrentSession } from '@cloudfront-cookie-gateway/auth/sessions/session-deps';
import type { Deps } from '@cloudfront-cookie-gateway/auth/wiring/deps';
import { cloudFrontPairs } from '@cloudfront-cookie-gateway/core/cookies';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import {
  type EpochSeconds,
  parseEpochSeconds,
  toEpochSeconds,
} from '@cloudfront-cookie-gateway/core/epoch-seconds';
import {
  filePath,
  folderKey,
  folderPath,
  nameOfKey,
  THUMBNAILS_END,
} from '@cloudfront-cookie-gateway/core/file-name';
import { userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { folderPolicy } from '@cloudfront-cookie-gateway/core/policy';
import type { SignedPolicy } from '@cloudfront-cookie-gateway/core/policy-signer';
import { signedCustomUrl, signedUrl } from '@cloudfront-cookie-gateway/core/signed-url';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Decision } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import { askEdge, cookieHeader, type EdgeAddress, type EdgeAnswer } from './edge-request.ts';

/** One request, to the files host if nothing else is said. */
export interface Attempt {
  /** Its key in the words of the strip. */
  kind: string;
  /** Path and query, byte for byte. */
  target: string;
  headers: Record<string, string>;
  /**
   * Whether the edge should let the request through. The first attempt should pass: it shows that a refusal means
   * something.
   */
  isOwn: boolean;
  /** The answer of the service, which has been asked in place of the files host. */
  byService?: { method: string; answer: EdgeAnswer };
}

/**
 * The attempts on another user's files (docs/SECURITY.md): by a person who is signed in, or who found a link.
 * @param victimId the user whose files are wanted
 */
export async function attemptsOf(
  { userId, session }: CurrentSession,
  victimId: UserId,
  deps: Deps,
): Promise<Attempt[]> {
  const { origins, signing } = deps.config;
  const [own, other] = await Promise.all([pathOfAFile(userId, deps), pathOfAFile(victimId, deps)]);
  const start = parseEpochSeconds(session.start);
  const now = toEpochSeconds(deps.clock.now());
  const inAnHour = parseEpochSeconds(now + 3_600);
  const { cookies } = await deps.folderCookies.issue({
    owner: userOwner(userId),
    start,
    endsAt: parseEpochSeconds(sessionEndEpoch(session)),
  });
  const mine = { cookie: cookieHeader(cookies) };
  const policy = (id: UserId, expiresAt: EpochSeconds) =>
    folderPolicy({ filesOrigin: origins.files, owner: userOwner(id), start, expiresAt });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const thief = createKeySigner({ keyPairId: signing.keyPairId, privateKey });
  const forged = await thief.sign(policy(victimId, inAnHour));
  const aMinuteAgo = parseEpochSeconds(now - 60);
  const past = await deps.signer.sign(policy(userId, aMinuteAgo));
  const canned = await signedUrl(`${origins.files}${own}`, aMinuteAgo, deps.signer);
  const share = await signedCustomUrl(`${origins.files}${own}?share=1`, { expiresAt: inAnHour }, deps.signer);
  const upwards = (dots: string) => `${folderPath(userOwner(userId))}${dots}${other.slice('/users/'.length)}`;
  const refused = (kind: string, target: string, headers: Record<string, string> = {}): Attempt => ({
    kind,
    target: target.startsWith(origins.files) ? target.slice(origins.files.length) : target,
    headers,
    isOwn: false,
  });
  return [
    { kind: 'own', target: own, headers: mine, isOwn: true },
    refused('noCookie', other),
    refused('otherCookies', other, mine),
    refused('upEscaped', upwards('..%2f'), mine),
    refused('up', upwards('../'), mine),
    refused('forged', other, { cookie: cookiesOf(forged) }),
    refused('expired', own, { cookie: cookiesOf(past) }),
    refused('sharePath', share.replace(own, other)),
    refused('movedDate', canned.replace(/Expires=\d+/, `Expires=${now + 7_200}`)),
    refused('script', own, { ...mine, 'sec-fetch-dest': 'script' }),
  ];
}

/** A file of the user, or a path that a file could have. */
export async function pathOfAFile(
  userId: UserId,
  { objects }: { objects: Pick<Deps['objects'], 'list'> },
): Promise<string> {
  const prefix = folderKey(userOwner(userId));
  // The listing has thumbnails before files.
  const { files } = await objects.list({ prefix, after: prefix + THUMBNAILS_END, limit: 1 });
  const name = files[0] && nameOfKey(files[0].key, userOwner(userId));
  return filePath(userOwner(userId), name ?? 'private.png');
}

function cookiesOf(signed: SignedPolicy): string {
  return cookieHeader(cloudFrontPairs(signed).map(([name, value = '']) => ({ name, value })));
}

/** The result of an attempt: the answer, and the record of what decided so. It holds no secret. */
export interface Outcome extends EdgeAnswer, Partial<Pick<Decision, 'clause' | 'required' | 'given'>> {
  kind: string;
  method: string;
  /** The path without the query, because the query may hold a signature. */
  path: string;
  isOwn: boolean;
  step?: Decision['step'] | 'service';
  /**
   * A file that is not there was not refused: the request got as far as S3. What fails, and what comes too often, was not
   * judged at all.
   */
  isRefused: boolean;
}

/** The statuses of a refusal. 412 is that of S3 for a name that is taken. */
const REFUSALS = [400, 401, 403, 404, 409, 410, 412];

/**
 * Sends the attempts one after the other, and puts the edge's own record beside each answer. The next attempt is asked
 * for once the one before was answered.
 */
export async function tryAttempts(
  attempts: Iterable<Attempt> | AsyncIterable<Attempt>,
  edge: EdgeAddress,
  decisionsSince: (atMs: number) => Promise<Decision[]>,
): Promise<Outcome[]> {
  const startedAtMs = Date.now();
  const tried: { attempt: Attempt; answer: EdgeAnswer }[] = [];
  for await (const attempt of attempts) {
    const { target, headers, byService } = attempt;
    tried.push({ attempt, answer: byService?.answer ?? (await askEdge(edge, target, headers)) });
  }
  const decisions = await decisionsSince(startedAtMs);
  return tried.map(({ attempt, answer }) => {
    const { status, code } = answer;
    const { kind, target, isOwn, byService } = attempt;
    const [path = ''] = target.split('?');
    const shown = { kind, path, isOwn, status, ...defined({ code }) };
    if (byService) {
      const record = { step: 'service' as const, ...defined({ clause: code }) };
      return { ...shown, ...record, method: byService.method, isRefused: REFUSALS.includes(status) };
    }
    const found = decisions.findIndex((decision) => decision.path === path && decision.status === status);
    const [decision] = found < 0 ? [] : decisions.splice(0, found + 1).slice(-1);
    const { step, clause, required, given } = decision ?? {};
    const isRefused = REFUSALS.includes(status) && step !== 'origin';
    return { ...shown, method: 'GET', isRefused, ...defined({ step, clause, required, given }) };
  });
}
