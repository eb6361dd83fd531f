import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import process from 'node:process';

const MEMORY = '/dev/shm';
const GB = 2 ** 30;
/** Images of containers, and what npm installs, may lie there at one time. */
const ROOM_BYTES = 8 * GB;
const SPARE_BYTES = 4 * GB;

/**
 * Where a run of tests has its temporary files: TMPDIR; else in memory where there is plenty, since the local stores wait
 * for the disk at each write; else where the system has them.
 */
export function temporaryPlace(
  env: NodeJS.ProcessEnv = process.env,
  mounts = '/proc/self/mounts',
  hasRoom = isMemoryPlenty,
): string {
  if (env['TMPDIR'] || !existsSync(mounts)) return tmpdir();
  const options = readFileSync(mounts, 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, place, type]) => place === MEMORY && type === 'tmpfs')?.[3];
  // Programs are run from there, and whole systems are installed.
  if (options === undefined || /\b(?:ro|noexec|nodev)\b/.test(options)) return tmpdir();
  return hasRoom() ? MEMORY : tmpdir();
}

function isMemoryPlenty(): boolean {
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM_BYTES && freemem() >= ROOM_BYTES + SPARE_BYTES;
}
