import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parseEpochSeconds } from '../../../core/epoch-seconds.ts';
import { userOwner } from '../../../core/owner.ts';
import { folderPolicy } from '../../../core/policy.ts';
import { signedCustomUrl } from '../../../core/signed-url.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { createLocalCloudFront } from '../../../edge/local/create-local-cloudfront.ts';
import { readTemplate } from '../../../edge/local/template/template.ts';
import { createKeySigner } from '../../../services/auth/cookies/key-signer.ts';
import { createLocalS3 } from '../../../services/local/s3/server.ts';
import type { Principal } from '../../../services/local/store/credentials.ts';
import { synthesizeForTest } from '../../support/cached-build.ts';
import { ecKey, localValues } from '../../support/local-values.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

/** The edge's promise: within this time a replaced file is new, and a deleted file gone. */
const BOUND_MS = 5_000;
const FILES = 10;
const READERS = 4;
const USER = parseUserId('replacing');
const PLACE = { region: 'us-east-1', accountId: '000000000000' };
const HOST = 'localhost:8080';

/** A content of a file, and its end by the clock of the test. */
interface Content {
  /** The MD5, as in the ETag; undefined if there was no file. */
  version: string | undefined;
  /** The time at which the next write was answered. */
  supersededMs: number;
}

export interface Replacements {
  changes: number;
  reads: number;
  /** Answers that were older than the file, within the bound. They show that there is a cache, and load on it. */
  staleWithinBound: number;
  /** Shares of a version that the file no longer has. */
  gone: number;
  kept: number;
  faults: string[];
}

interface Teardown {
  teardown(fn: () => Promise<void> | void): void;
}

/**
 * Replaces and deletes files in the local S3, while readers ask the local CloudFront for them without a pause. They use
 * the plain URL, listed URLs of this and of former versions, and shares. The edge's clock is moved to just before the
 * bound and onto it.
 */
export async function replaceUnderLoad(t: Teardown, changes: number): Promise<Replacements> {
  const clock = { nowMs: 1_796_000_000_000 };
  const { put, remove, ask, sharesOf } = await start(t, clock);
  const result: Replacements = { changes: 0, reads: 0, staleWithinBound: 0, gone: 0, kept: 0, faults: [] };
  const histories: Content[][] = Array.from({ length: FILES }, () => [
    { version: undefined, supersededMs: Number.POSITIVE_INFINITY },
  ]);

  async function change(file: number): Promise<void> {
    const history = histories[file] ?? [];
    const current = history.at(-1);
    const isDelete = current?.version !== undefined && result.changes % 4 === 3;
    const bytes = `file ${file}, change ${result.changes++}`;
    // A new content may be seen before its write is answered.
    history.push({ version: isDelete ? undefined : md5(bytes), supersededMs: Number.POSITIVE_INFINITY });
    await (isDelete ? remove(file) : put(file, bytes));
    if (current) current.supersededMs = clock.nowMs;
  }

  async function read(file: number, kind: number): Promise<void> {
    const history = histories[file] ?? [];
    const cameMs = clock.nowMs;
    const newest = history.at(-1)?.version;
    const version = history.at(-1 - (kind % 3))?.version ?? newest;
    const isShare = kind >= 6 && version !== undefined;
    const query = kind < 3 || version === undefined ? '' : `?v=${version}`;
    const path = isShare ? await sharesOf(file, version) : `/users/${USER}/${file}.txt${query}`;
    const answer = await ask(path, !isShare);
    result.reads++;
    const seen = answer.status === 200 ? md5(answer.body) : undefined;
    const fault = (what: string) => result.faults.push(`${what}: ${path} ${answer.status} at ${cameMs}`);
    if (answer.status === 410) {
      result.gone++;
      if (answer.body.length > 0) fault('a stale share with a body');
      if (!isShare) fault('410 for no share');
      return;
    }
    if (answer.status !== 200 && answer.status !== 404) return void fault('neither there nor gone');
    if (isShare && seen !== undefined && seen !== version) fault('a share of other bytes');
    if (answer.cacheControl.includes('immutable')) {
      result.kept++;
      if (isShare || seen !== version) fault('bytes that a browser would keep for another version');
    }
    const content = history.findLast((each) => each.version === seen);
    if (!content || content.supersededMs <= cameMs - BOUND_MS) fault('beyond the bound');
    else if (content.supersededMs <= cameMs) result.staleWithinBound++;
  }

  let isOver = false;
  let turn = 0;
  const load = Array.from({ length: READERS }, async () => {
    while (!isOver) {
      turn++;
      await read(turn % FILES, (turn * 7) % 9);
    }
  });
  const files = Array.from({ length: FILES }, (_, index) => index);
  while (result.changes < changes) {
    await Promise.all(files.map(change));
    clock.nowMs += BOUND_MS - 1;
    await Promise.all(files.map((file) => read(file, result.changes % 3)));
    clock.nowMs += 1;
    await Promise.all(files.map((file) => read(file, (result.changes / FILES) % 9)));
  }
  isOver = true;
  await Promise.all(load);
  return result;
}

async function start(t: Teardown, clock: { nowMs: number }) {
  const key = ecKey('KEC');
  const template = await synthesizeForTest(localValues([key]));
  const resolved = readTemplate(template, PLACE);
  const credential = (name: string, principal: Principal) => ({
    accessKeyId: `LOCAL${name}`,
    secretAccessKey: `secret of ${name}`,
    principal,
  });
  const operator = credential('OPERATOR', { kind: 'operator' });
  const distribution = resolved.only('AWS::CloudFront::Distribution').ref;
  const cloudFront = credential('CLOUDFRONT', {
    kind: 'service',
    service: 'cloudfront.amazonaws.com',
    sourceArn: `arn:aws:cloudfront::${PLACE.accountId}:distribution/${distribution}`,
  });
  const now = () => clock.nowMs;
  const store = createLocalS3({
    directory: temporaryDirectory(t),
    template,
    ...PLACE,
    credentials: [operator, cloudFront],
    now,
  });
  const endpoint = `http://localhost:${(await store.listen(0)).port}`;
  const edge = createLocalCloudFront({
    template,
    bindings: {
      origin: `http://${HOST}`,
      origins: {
        'gateway-files.s3.us-east-1.amazonaws.com': { endpoint, bucket: 'gateway-files', ...cloudFront },
      },
      keyPairIds: { KEC: 'KEC' },
      ...PLACE,
      httpCountsAsHttps: true,
      now,
    },
  });
  const { port } = await edge.listen(0);
  const agent = new Agent({ keepAlive: true });
  const s3 = new S3Client({ endpoint, region: PLACE.region, forcePathStyle: true, credentials: operator });
  t.teardown(async () => {
    agent.destroy();
    s3.destroy();
    await edge.close();
    await store.close();
  });

  const signer = createKeySigner(key);
  const filesOrigin = `http://${HOST}`;
  const startEpoch = Math.floor(clock.nowMs / 1_000);
  const expiresAt = parseEpochSeconds(startEpoch + 10 ** 8);
  const signed = await signer.sign(
    folderPolicy({
      filesOrigin,
      owner: userOwner(USER),
      start: parseEpochSeconds(startEpoch - 3_600),
      expiresAt,
    }),
  );
  const cookie = `CloudFront-Policy=${signed.policy}; CloudFront-Signature=${signed.signature}; CloudFront-Key-Pair-Id=KEC; CloudFront-Hash-Algorithm=SHA256`;
  const object = (file: number) => {
    // The SDK signs by its own clock, so that clock is moved too.
    s3.config.systemClockOffset = clock.nowMs - Date.now();
    return { Bucket: 'gateway-files', Key: `users/${USER}/${file}.txt` };
  };
  const urls = new Map<string, Promise<string>>();
  return {
    put: (file: number, body: string) =>
      s3.send(new PutObjectCommand({ ...object(file), Body: body, ContentType: 'text/plain' })),
    remove: (file: number) => s3.send(new DeleteObjectCommand(object(file))),
    sharesOf: async (file: number, version: string): Promise<string> => {
      const url = `${filesOrigin}/users/${USER}/${file}.txt?v=${version}&share=1`;
      const known = urls.get(url) ?? signedCustomUrl(url, { expiresAt }, signer);
      urls.set(url, known);
      return (await known).slice(filesOrigin.length);
    },
    ask: async (path: string, hasCookies: boolean) => {
      const headers = { host: HOST, ...(hasCookies ? { cookie } : {}) };
      const sent = request({ host: '127.0.0.1', port, agent, path, headers });
      sent.end();
      const [response] = await once(sent, 'response');
      const body = await buffer(response);
      const cacheControl = String(response.headers['cache-control'] ?? '');
      return { status: Number(response.statusCode), cacheControl, body };
    },
  };
}

function md5(bytes: string | Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
