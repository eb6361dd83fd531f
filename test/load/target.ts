import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { BUCKET, REGION } from '../../services/local/state.ts';
import { UsageError } from '../../services/operator/cli/command-line.ts';
import { cookiesCommand } from '../../services/operator/cli/cookies.ts';
import { startChild } from '../support/child.ts';
import type { Memory } from '../support/process-figures.ts';

/** The user who sends requests: an id, and a `Cookie` header that opens its folder. */
export interface Viewer {
  id: string;
  cookie: string;
}

/** The system under load. */
export interface Target {
  filesOrigin: string;
  /** Only for a system that this run has started: people can sign in there, and keys can be changed. */
  own?: {
    appOrigin: string;
    keysDirectory: string;
    /** The memory of the auth service's process, after a garbage collection. */
    serviceMemory(): Promise<Memory>;
  };
  /** Cookies as `npm run gateway -- cookies --users N` makes them. */
  viewers(count: number): Promise<Viewer[]>;
  /** @returns the ETag, with its quotes */
  put(key: string, content: Buffer): Promise<string>;
  close(): Promise<void>;
}

type Environment = Record<string, string | undefined>;

/** Longer than any run, so that no cookie expires in it. */
const COOKIE_LIFETIME_SECONDS = '7200';

const LOCAL = fileURLToPath(new URL('../../.local', import.meta.url));

export function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin);
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** Starts the whole local system in a process of its own, so that it shares no processor with the load. */
export async function startOwnTarget(): Promise<Target> {
  const { ready, ask, stop } = await startChild(new URL('stack-process.ts', import.meta.url));
  const { filesOrigin, appOrigin, directory } = parseStackPlace(ready);
  const env = { APP_ORIGIN: appOrigin, FILES_ORIGIN: filesOrigin };
  const target = targetOf(filesOrigin, env, directory, localS3(directory), BUCKET);
  return {
    ...target,
    own: {
      appOrigin,
      keysDirectory: join(directory, 'keys'),
      serviceMemory: async () => parseMemory(await ask('memory')),
    },
    async close() {
      await target.close();
      await stop();
    },
  };
}

/**
 * A running system. For `npm start` the keys and credentials come from `.local`, for a distribution on AWS from the
 * environment.
 * @throws UsageError
 */
export function existingTarget(filesOrigin: string, env: Environment): Target {
  const named = { ...env, FILES_ORIGIN: filesOrigin };
  if (isLoopback(filesOrigin)) {
    if (!existsSync(join(LOCAL, 's3.json'))) {
      throw new UsageError('there is no .local/s3.json: run npm start, or leave --target out');
    }
    const local = { FILES_ORIGIN: filesOrigin, APP_PORT: env['APP_PORT'] };
    return targetOf(filesOrigin, local, LOCAL, localS3(LOCAL), BUCKET);
  }
  const lacking = ['APP_ORIGIN', 'KEY_PAIR_ID', 'BUCKET_NAME'].filter((name) => !env[name]);
  if (!env['SIGNING_KEY_FILE'] && !env['SIGNING_KMS_KEY_ID']) lacking.push('SIGNING_KEY_FILE');
  if (lacking.length > 0) {
    throw new UsageError(
      `for ${filesOrigin} set ${lacking.join(', ')}: the key that signs the cookies, and the bucket that the images go to`,
    );
  }
  return targetOf(filesOrigin, named, LOCAL, {}, env['BUCKET_NAME'] ?? '');
}

function targetOf(
  filesOrigin: string,
  env: Environment,
  directory: string,
  s3: S3ClientConfig,
  bucket: string,
): Target {
  const client = new S3Client(s3);
  return {
    filesOrigin,
    async viewers(count) {
      const viewers: Viewer[] = [];
      const keys = join(directory, 'keys');
      const settings = { ...env, COOKIE_LIFETIME_SECONDS };
      for await (const line of cookiesCommand(['--users', String(count)], settings, keys, Date.now())) {
        const { id, cookies } = parseCookiesLine(line);
        viewers.push({ id, cookie: cookies });
      }
      return viewers;
    },
    async put(key, content) {
      const object = { Bucket: bucket, Key: key, Body: content, ContentType: 'image/png' };
      return (await client.send(new PutObjectCommand(object))).ETag ?? '';
    },
    close: async () => client.destroy(),
  };
}

/** The operator's client, from the file that the local system writes. */
function localS3(directory: string): S3ClientConfig {
  const { endpoint, ...credentials } = parseS3File(readFileSync(join(directory, 's3.json'), 'utf8'));
  return { endpoint, credentials, region: REGION, forcePathStyle: true };
}

function parseS3File(json: string) {
  return JSON.parse(json) as { endpoint: string; accessKeyId: string; secretAccessKey: string };
}

function parseCookiesLine(line: string) {
  return JSON.parse(line) as { id: string; cookies: string };
}

function parseMemory(message: unknown) {
  return message as Memory;
}

function parseStackPlace(message: unknown) {
  return message as { appOrigin: string; filesOrigin: string; directory: string };
}
