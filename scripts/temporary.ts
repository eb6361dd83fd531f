import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import process from 'node:process';

const MEMORY = '/dev/shm';
const GB = 2 ** 30;
/** The room that images of containers and npm's packages may need at one time. */
const ROOM_BYTES = 8 * GB;
const SPARE_BYTES = 4 * GB;

/**
 * The directory for the temporary files of a test run: TMPDIR, if it is set. Otherwise memory, if there is plenty,
 * since the local stores wait for the disk at each write. Otherwise the system's directory.
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
  // Programs are run from there, and whole systems are installed there.
  if (options === undefined || /\b(?:ro|noexec|nodev)\b/.test(options)) return tmpdir();
  return hasRoom() ? MEMORY : tmpdir();
}

function isMemoryPlenty(): boolean {
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM_BYTES && freemem() >= ROOM_BYTES + SPARE_BYTES;
}
