import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from '../../support/process-figures.ts';

/** A program under load, as one process. */
export interface Server {
  port: number;
  pid: number;
}

/** One round of requests, as wrk counted them. */
export interface Round {
  requests: number;
  perSecond: number;
  /** Per second of CPU time of the server. Other work on the machine changes the clock more. */
  perCpuSecond: number;
}

export interface Load {
  path: string;
  method?: 'GET' | 'POST';
  /** The value of Host. */
  host?: string;
  /** A file with a `Cookie` header in each line. */
  cookieFile: string;
  /** From this line on, one request in a hundred brings the next line, and the others bring the first. */
  fromLine?: number;
  seconds: number;
  connections?: number;
}

export const TASKSET = '/usr/bin/taskset';
const WRK = '/usr/bin/wrk';
const REQUESTS = fileURLToPath(new URL('requests.lua', import.meta.url));

/**
 * Loads a server with wrk on the second core.
 * @throws Error if an answer is not 2xx, or is missing
 */
export async function load({ port, pid }: Server, wish: Load): Promise<Round> {
  const { path, method = 'GET', host = 'localhost:8080', cookieFile, fromLine, seconds } = wish;
  const before = cpuSeconds(pid);
  const wrk = [WRK, '-t', '1', '-c', `${wish.connections ?? 32}`, '-d', `${seconds}s`, '-s', REQUESTS];
  const url = `http://127.0.0.1:${port}${path}`;
  const args = ['-c', '1', ...wrk, url, '--', cookieFile, `${fromLine ?? '-'}`, host, method];
  const output = await text(spawn(TASKSET, args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout);
  const usedSeconds = cpuSeconds(pid) - before;
  const { requests, microseconds, failed } = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
  if (failed !== 0) throw new Error(`${failed} of ${requests} requests failed: ${output}`);
  return {
    requests,
    perSecond: (requests / microseconds) * 1_000_000,
    perCpuSecond: requests / usedSeconds,
  };
}
