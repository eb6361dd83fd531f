import { createHmac } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { S3Event } from './s3/events.ts';

/** The header with the time in seconds since 1970, and HMAC-SHA256 of time, `.` and body, in hex: `t=…,v1=…`. */
const SIGNATURE = 'Gateway-Signature';
/** EventBridge drops an event that nobody took for a day. */
const KEPT_MS = 24 * 60 * 60 * 1_000;
const ANSWERS_WITHIN_MS = 10_000;
const PAUSE_MS = { first: 500, longest: 60_000 };
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
  const { directory, url, secret, now = Date.now, pauseMs = PAUSE_MS.first } = options;
  const closing = new AbortController();
  /** The last event of each key. */
  const queues = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let underWay = 0;

  async function post(body: string): Promise<void> {
    if (underWay >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    underWay++;
    try {
      closing.signal.throwIfAborted();
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
    for (let pause = pauseMs; !closing.signal.aborted; pause = Math.min(2 * pause, PAUSE_MS.longest)) {
      const isDone = now() > dropsAtMs || (await post(body).then(isTrue, isFalse));
      if (isDone) {
        rmSync(path);
        return;
      }
      await setTimeout(pause, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  function enqueue(file: string, key: string): void {
    const mine = (queues.get(key) ?? Promise.resolve()).then(() => deliver(file));
    queues.set(key, mine);
    void mine.then(() => queues.get(key) === mine && queues.delete(key));
  }

  mkdirSync(directory, { recursive: true, mode: 0o700 });
  /** The number in the name of the last file. The clock may have been set back since. */
  let last = 0;
  for (const file of readdirSync(directory).toSorted()) {
    // A crash may have left a file that was not finished. Its change was not answered.
    if (!file.endsWith('.json')) rmSync(join(directory, file));
    else {
      last = Math.max(last, numberOf(file));
      enqueue(file, parseKey(readFileSync(join(directory, file), 'utf8')));
    }
  }

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
      await Promise.all(queues.values());
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
