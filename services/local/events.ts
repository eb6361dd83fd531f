import { createHmac } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { S3Event } from './s3/events.ts';

/** The header with the time in seconds since 1970, and HMAC-SHA256 of time, `.` and body, in hex: `t=…,v1=…`. */
const SIGNATURE = 'Gateway-Signature';
/** EventBridge drops an event that nobody took for a day. */
const KEPT_MS = 86_400_000;
const ANSWERS_WITHIN_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
const AT_ONCE = 8;

export interface EventSender {
  /** The event is on the disk when this returns. */
  add(event: S3Event): void;
  /** Breaks off what is under way. The next start goes on with what was not taken. */
  close(): Promise<void>;
}

/**
 * Posts the events of the bucket to a receiver, as EventBridge would call an API destination: each at least once, and
 * those of one key in their order. An event is a file until the receiver answers 2xx, or until a day has passed.
 * @param options.directory of the files; no other process may write to it
 * @param options.secret the key of the signature
 * @param options.pauseMs how long to wait after a failure; it doubles up to a minute
 */
export function createEventSender(options: {
  directory: string;
  url: string;
  secret: string;
  now?: () => number;
  pauseMs?: number;
}): EventSender {
  const { directory, url, secret, now = Date.now, pauseMs = FIRST_PAUSE_MS } = options;
  const closing = new AbortController();
  /** The files of each key that has some, in their order. */
  const queues = new Map<string, { files: string[]; delivered: Promise<void> }>();
  const waiting: (() => void)[] = [];
  let underWay = 0;

  async function post(body: string): Promise<void> {
    if (underWay >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    underWay++;
    try {
      const seconds = Math.floor(now() / 1_000);
      const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [SIGNATURE]: `t=${seconds},v1=${mac}` },
        body,
        redirect: 'error',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(ANSWERS_WITHIN_MS)]),
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the receiver answers ${answer.status}`);
    } finally {
      underWay--;
      waiting.shift()?.();
    }
  }

  async function deliver(file: string): Promise<void> {
    const path = join(directory, file);
    const body = readFileSync(path, 'utf8');
    const dropsAtMs = numberOf(file) + KEPT_MS;
    for (let pause = pauseMs; !closing.signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      const isDone = now() > dropsAtMs || (await post(body).then(isTrue, isFalse));
      if (isDone) {
        rmSync(path);
        return;
      }
      await setTimeout(pause, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  /** @param files may grow meanwhile */
  async function deliverAll(files: readonly string[], key: string): Promise<void> {
    for (const file of files) await deliver(file);
    queues.delete(key);
  }

  function enqueue(file: string, key: string): void {
    const queue = queues.get(key);
    const files = [file];
    if (queue) queue.files.push(file);
    else queues.set(key, { files, delivered: deliverAll(files, key) });
  }

  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = readdirSync(directory).toSorted();
  for (const file of files) {
    // A crash may have left a file that was not finished. Its change was not answered.
    if (!file.endsWith('.json')) rmSync(join(directory, file));
    else enqueue(file, parseKey(readFileSync(join(directory, file), 'utf8')));
  }
  /** The number in the name of the last file. The clock may have been set back since. */
  let last = numberOf(files.at(-1) ?? '0');

  return {
    add(event) {
      const { key } = event.detail.object;
      last = Math.max(last + 1, now());
      const file = `${String(last).padStart(16, '0')}.json`;
      const path = join(directory, file);
      writeFileSync(`${path}.part`, JSON.stringify(event), { mode: 0o600 });
      renameSync(`${path}.part`, path);
      enqueue(file, key);
    },
    async close() {
      closing.abort();
      await Promise.all([...queues.values()].map(({ delivered }) => delivered));
    },
  };
}

const isTrue = () => true;
const isFalse = () => false;

/** Events of one time have numbers of their own, so this is about the time in milliseconds since 1970. */
function numberOf(file: string): number {
  return Number.parseInt(file, 10);
}

function parseKey(json: string): string {
  const { detail } = JSON.parse(json) as S3Event;
  return detail.object.key;
}
