import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createKeySigner } from '@cloudfront-cookie-gateway/auth/cookies/key-signer';
import { sessionEndEpoch } from '@cloudfront-cookie-gateway/auth/sessions/session';
import type { CurrentSession } from '@cloudfront-cookie-gateway/auth/sessions/session-deps';
import type { Deps } from '@cloudfront-cookie-gateway/auth/wiring/deps';
import { cloudFrontPairs } from '@cloudfront-cookie-gateway/core/cookies';
import { parseEpochSeconds, toEpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
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
import type { Outcome } from './outcome.ts';

type Scene = Awaited<ReturnType<typeof sceneOf>>;
/** One request to the files host: path and query, byte for byte, and perhaps cookies and other headers. */
type Sent = [target: string, cookie?: string, headers?: Record<string, string>];

/**
 * The attempts on another user's files (docs/SECURITY.md): by a person who is signed in, or who found a link. The first
 * one should pass: it shows that a refusal means something. The words of the strip have a sentence for each.
 */
const ATTEMPTS: Record<string, (scene: Scene) => Sent | Promise<Sent>> = {
  own: ({ own, mine }) => [own, mine],
  noCookie: ({ other }) => [other],
  otherCookies: ({ other, mine }) => [other, mine],
  upEscaped: ({ folder, other, mine }) => [`${folder}..%2f${other.slice('/users/'.length)}`, mine],
  up: ({ folder, other, mine }) => [`${folder}../${other.slice('/users/'.length)}`, mine],
  forged: async ({ other, policyOf, victimId, inAnHour, forger }) => [
    other,
    cookiesOf(await forger.sign(policyOf(victimId, inAnHour))),
  ],
  expired: async ({ own, policyOf, userId, aMinuteAgo, signer }) => [
    own,
    cookiesOf(await signer.sign(policyOf(userId, aMinuteAgo))),
  ],
  sharePath: async ({ own, other, files, inAnHour, signer }) => {
    const link = await signedCustomUrl(`${files}${own}?share=1`, { expiresAt: inAnHour }, signer);
    return [link.slice(files.length).replace(own, other)];
  },
  movedDate: async ({ own, files, aMinuteAgo, inAnHour, signer }) => {
    const link = await signedUrl(`${files}${own}`, aMinuteAgo, signer);
    return [link.slice(files.length).replace(/Expires=\d+/, `Expires=${inAnHour}`)];
  },
  script: ({ own, mine }) => [own, mine, { 'sec-fetch-dest': 'script' }],
};

/** Sends the attempts one after the other. @param victimId the user whose files are wanted */
export async function tryAttempts(
  current: CurrentSession,
  victimId: UserId,
  deps: Deps,
  edgePort: number,
): Promise<Outcome[]> {
  const scene = await sceneOf(current, victimId, deps);
  const { host } = new URL(scene.files);
  const outcomes: Outcome[] = [];
  for (const [kind, attempt] of Object.entries(ATTEMPTS)) {
    const [target, cookie, headers] = await attempt(scene);
    const [path = ''] = target.split('?');
    const answer = await askEdge(edgePort, target, { host, ...(cookie ? { cookie } : {}), ...headers });
    // Whatever gets as far as S3 was not refused.
    const isRefused = [400, 401, 403].includes(answer.status) && !answer.explained.startsWith('origin:');
    const isAsItShould = kind === 'own' ? answer.status === 200 : isRefused;
    outcomes.push({ kind, path, ...answer, isAsItShould });
  }
  return outcomes;
}

/** What the attempts are made of. */
async function sceneOf({ userId, session }: CurrentSession, victimId: UserId, deps: Deps) {
  const { config, signer } = deps;
  const { files } = config.origins;
  const start = parseEpochSeconds(session.start);
  const now = toEpochSeconds(deps.clock.now());
  const owner = userOwner(userId);
  const endsAt = parseEpochSeconds(sessionEndEpoch(session));
  const { cookies } = await deps.folderCookies.issue({ owner, start, endsAt });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    ...{ userId, victimId, files, signer },
    own: await pathOfAFile(userId, deps),
    other: await pathOfAFile(victimId, deps),
    folder: folderPath(owner),
    mine: cookieHeader(cookies),
    aMinuteAgo: parseEpochSeconds(now - 60),
    inAnHour: parseEpochSeconds(now + 3_600),
    forger: createKeySigner({ keyPairId: config.signing.keyPairId, privateKey }),
    policyOf: (id: UserId, expiresAt: typeof now) =>
      folderPolicy({ filesOrigin: files, owner: userOwner(id), start, expiresAt }),
  };
}

/** A file of the user, or a path that a file could have. */
async function pathOfAFile(userId: UserId, { objects }: Deps): Promise<string> {
  const prefix = folderKey(userOwner(userId));
  // The listing has thumbnails before files.
  const { files } = await objects.list({ prefix, after: prefix + THUMBNAILS_END, limit: 1 });
  const name = files[0] && nameOfKey(files[0].key, userOwner(userId));
  return filePath(userOwner(userId), name ?? 'private.png');
}

function cookiesOf(signed: SignedPolicy): string {
  return cookieHeader(cloudFrontPairs(signed).map(([name, value = '']) => ({ name, value })));
}

function cookieHeader(cookies: readonly { name: string; value: string }[]): string {
  const sent = cookies.filter(({ value }) => value !== '');
  return sent.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Sends one GET exactly as given. `fetch` would resolve or escape parts of the path. */
async function askEdge(port: number, path: string, headers: Record<string, string>) {
  const signal = AbortSignal.timeout(5_000);
  const sent = request({ host: '127.0.0.1', port, path, headers, signal }).end();
  const [response] = await once(sent, 'response');
  // `code` is in the answers of the edge functions, `Code` in those of CloudFront and S3.
  const [, ours, theirs] = /"code":\s*"([a-z_]+)"|<Code>(\w+)</.exec(await text(response)) ?? [];
  const explained = String(response.headers['x-edge-explain']);
  return { status: Number(response.statusCode), code: ours ?? theirs, explained };
}
