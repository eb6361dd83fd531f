import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { type Owner, parseTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { MAX_PUT_BYTES } from '../../../../core/upload-limits.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { beginUpload } from '../../../../services/auth/files/begin-upload.ts';

const ANN = parseUserId('ann');
const OWN = userOwner(ANN);
const TEAM = teamOwner(parseTeamId('a'.repeat(26)));
const TAKEN = { size: 7, etag: 'e', lastModified: new Date('2026-01-02T03:04:05Z') };

type Wanted = Partial<Parameters<typeof beginUpload>[2]> & { isTaken?: boolean; isGuest?: boolean };

/** Begins an upload, and says what it asks of others, and how it ends. */
async function begin(owner: Owner, { isTaken = false, isGuest = false, ...more }: Wanted) {
  const asked: unknown[] = [];
  const nameOf = (key: string) => key.split('/').slice(2).join('/');
  const deps: Parameters<typeof beginUpload>[0] = {
    objects: {
      async find(key) {
        asked.push(['find', nameOf(key)]);
        return isTaken ? { key, ...TAKEN } : undefined;
      },
      delete: async (key) => void asked.push(['delete', nameOf(key)]),
      async presignUpload({ size, replace }) {
        asked.push(['presign', size, replace]);
        return { url: 'u', headers: {}, expiresAt: new Date(0) };
      },
    },
    uploads: {
      async begin(_uploader, { size, replace }) {
        asked.push(['parts', size, replace]);
        return { id: 'i', partSize: 1, parts: 1 };
      },
    },
    usage: { take: async (_owner, key, bytes) => void asked.push(['take', nameOf(key), bytes]) },
    details: { signing: async (_file, upload) => void asked.push(['note', upload]) },
    config: { maxFileBytes: 2 * MAX_PUT_BYTES },
  };
  const wanted = { name: 'a', size: 1, type: 'text/plain', ...more };
  const ended = await beginUpload(deps, { owner, userId: ANN, ...(isGuest && { isGuest }) }, wanted)
    .then(({ upload }) => ('id' in upload ? 'in parts' : 'by PUT'))
    .catch((error: unknown) => (error instanceof GatewayError ? [error.code, error.members] : error));
  return { ended, asked };
}

t.test('16 MB go by one PUT, whose content is named; one byte more goes in parts', async (t) => {
  const sha256 = '0'.repeat(64);
  const [most, more] = [MAX_PUT_BYTES, MAX_PUT_BYTES + 1];
  const take = (bytes: number) => ['take', 'a', bytes];
  const present = { key: `${TEAM.kind}s/${TEAM.id}/a`, ...TAKEN };
  const taken = ['file_exists', { size: 7, lastModified: '2026-01-02T03:04:05.000Z' }];
  const rows: [what: string, owner: Owner, wanted: Wanted, ended: unknown, asked: readonly unknown[]][] = [
    ['small', OWN, { sha256 }, 'by PUT', [take(1), ['presign', 1, false]]],
    ['of 16 MB', OWN, { sha256, size: most }, 'by PUT', [take(most), ['presign', most, false]]],
    ['small, without a hash', OWN, {}, ['bad_request', {}], []],
    ['of 16 MB, without a hash', OWN, { size: most }, ['bad_request', {}], []],
    ...[{}, { sha256 }].map((hash): (typeof rows)[number] => [
      ...([`above, ${Object.keys(hash)}`, OWN, { ...hash, size: more }, 'in parts'] as const),
      [['find', 'a'], take(more), ['parts', more, false]],
    ]),
    ['too large', OWN, { size: 2 * most + 1 }, ['file_too_large', {}], [['find', 'a']]],
    ['above, of a name that is taken', OWN, { size: more, isTaken: true }, taken, [['find', 'a']]],
    [
      ...(['above, to replace', OWN, { size: more, isTaken: true, replace: true }, 'in parts'] as const),
      [take(more), ['parts', more, true]],
    ],
    [
      ...(['small, to replace', OWN, { sha256, replace: true }, 'by PUT'] as const),
      [take(1), ['delete', '.thumbnails/a'], ['presign', 1, true]],
    ],
    [
      ...(['small, in a team', TEAM, { sha256 }, 'by PUT'] as const),
      [['find', 'a'], take(1), ['note', { size: 1, by: ANN }], ['presign', 1, false]],
    ],
    [
      ...(['small, in a team, of a name that is taken', TEAM, { sha256, isTaken: true }, 'by PUT'] as const),
      [['find', 'a'], take(1), ['note', { size: 1, by: ANN, present }], ['presign', 1, false]],
    ],
    [
      ...(['small, of a guest', TEAM, { sha256, isGuest: true }, 'by PUT'] as const),
      [['find', 'a'], take(1), ['note', { size: 1 }], ['presign', 1, false]],
    ],
    [
      ...(['above, in a team, to replace', TEAM, { size: more, isTaken: true, replace: true }] as const),
      ...(['in parts', [take(more), ['parts', more, true]]] as const),
    ],
    [
      ...(['above, in a team', TEAM, { size: more }, 'in parts'] as const),
      [['find', 'a'], take(more), ['parts', more, false]],
    ],
  ];
  for (const [what, owner, wanted, ended, asked] of rows)
    t.strictSame(await begin(owner, wanted), { ended, asked }, what);
});
