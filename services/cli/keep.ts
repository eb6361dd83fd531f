import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { KeyValueStorage } from '@cloudfront-cookie-gateway/client/native';

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

  return {
    getItem(key: string): string | null {
      try {
        return readFileSync(pathOf(key), 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
    setItem(key: string, value: string): void {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      chmodSync(directory, 0o700);
      const next = pathOf(`${key}.${randomUUID()}`);
      writeFileSync(next, value, { flag: 'wx', mode: 0o600 });
      renameSync(next, pathOf(key));
    },
    removeItem: (key: string): void => rmSync(pathOf(key), { force: true }),
    clear: (): void => rmSync(directory, { recursive: true, force: true }),
  } satisfies KeyValueStorage & { clear(): void };
}
