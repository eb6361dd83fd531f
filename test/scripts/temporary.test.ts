import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { temporaryPlace } from '../../scripts/temporary.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

t.test('memory is used if programs may run from it, and TMPDIR is obeyed', async (t) => {
  const mounts = join(temporaryDirectory(t), 'mounts');
  const placeWith = (line: string, env = {}) => {
    writeFileSync(mounts, `/dev/vda / ext4 rw 0 0\n${line}\n`);
    return temporaryPlace(env, mounts, () => true);
  };
  const [elsewhere, good] = [tmpdir(), 'tmpfs /dev/shm tmpfs rw,relatime,size=24684084k 0 0'];
  for (const line of [
    '',
    'tmpfs /dev/shm/other tmpfs rw 0 0',
    'tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0',
    'tmpfs /dev/shm tmpfs rw,nosuid,noexec 0 0',
    'tmpfs /dev/shm tmpfs ro 0 0',
    '/dev/vdb /dev/shm ext4 rw 0 0',
  ]) {
    t.equal(placeWith(line), elsewhere, line);
  }
  t.equal(placeWith(good, { TMPDIR: '/tmp' }), elsewhere);
  t.equal(temporaryPlace({}, join(mounts, 'none')), elsewhere, 'a system without such a list');
  t.equal(placeWith(good), '/dev/shm');
  t.equal(
    temporaryPlace({}, mounts, () => false),
    elsewhere,
    'a machine without room',
  );
});
