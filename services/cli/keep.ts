import { randomUUID } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import type { KeyValueStorage } from '@cloudfront-cookie-gateway/client/native';

/** How often a command looks whether another has ended its turn. */
const LOOK_MS = 50;

export type Keep = ReturnType<typeof createKeep>;

/**
 * What is kept between two commands: the sign-in, the session, the uploads under way. Each has a file of its own, which
 * only this user can read.
 * @param env `XDG_STATE_HOME` is the folder's parent (XDG Base Directory Specification)
 */
export function createKeep(env: Record<string, string | undefined>) {
  const given = env['XDG_STATE_HOME'] ?? '';
  const state = isAbsolute(given) ? given : join(homedir(), '.local', 'state');
  const directory = join(state, 'cloudfront-cookie-gateway');
  const pathOf = (key: string) => join(directory, key);

  function write(key: string, value: string): string {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    const path = pathOf(`${key}.${randomUUID()}`);
    writeFileSync(path, value, { flag: 'wx', mode: 0o600 });
    return path;
  }

  /** @returns whether the key had a value, which stays */
  function isTaken(key: string, value: string): boolean {
    const next = write(key, value);
    try {
      linkSync(next, pathOf(key));
      return false;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return true;
      throw error;
    } finally {
      rmSync(next, { force: true });
    }
  }

  function getItem(key: string): string | null {
    try {
      return readFileSync(pathOf(key), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  const removeItem = (key: string): void => rmSync(pathOf(key), { force: true });

  return {
    /** Runs `work` while no other command of this user runs work of this name. */
    async alone<T>(name: string, work: () => Promise<T>): Promise<T> {
      const lock = `${name}.lock`;
      while (isTaken(lock, `${process.pid} ${randomUUID()}`)) {
        // If the turn has just ended, this process stands for its command, and is running.
        const [pid, turn] = (getItem(lock) ?? `${process.pid}`).split(' ');
        // Several commands may have read of a turn that nobody ends any more, and one of them ends it.
        const isOver = !isRunning(Number(pid)) && !isTaken(`${name}.${turn}`, '');
        if (isOver) removeItem(lock);
        else await pause(LOOK_MS);
      }
      try {
        return await work();
      } finally {
        removeItem(lock);
      }
    },
    getItem,
    setItem: (key: string, value: string): void => renameSync(write(key, value), pathOf(key)),
    removeItem,
    clear: (): void => rmSync(directory, { recursive: true, force: true }),
  } satisfies KeyValueStorage & { clear(): void; alone: unknown };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs as somebody else.
    return codeOf(error) === 'EPERM';
  }
}
