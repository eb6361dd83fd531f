import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { userOwner } from '../../../../core/owner.ts';
import { MAX_PUT_BYTES } from '../../../../core/upload-limits.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { beginUpload } from '../../../../services/auth/files/begin-upload.ts';

const ANN = parseUserId('ann');
const OWN = userOwner(ANN);
const TAKEN = { size: 7, etag: 'e', lastModified: new Date('2026-01-02T03:04:05Z') };

type Wanted = Partial<Parameters<typeof beginUpload>[2]> & { isTaken?: boolean };

/** Begins an upload, and says how it ends. */
async function begin({ isTaken = false, ...more }: Wanted) {
  const deps: Parameters<typeof beginUpload>[0] = {
    objects: {
      find: async (key) => (isTaken ? { key, ...TAKEN } : undefined),
      delete: async () => {},
      presignUpload: async () => ({ url: 'u', headers: {}, expiresAt: new Date(0) }),
    },
    uploads: { begin: async () => ({ id: 'i', partSize: 1, parts: 1 }) },
    usage: { take: async () => {} },
    details: { signing: async () => {} },
    config: { maxFileBytes: 2 * MAX_PUT_BYTES },
  };
  const wanted = { name: 'a', size: 1, type: 'text/plain', ...more };
  return beginUpload(deps, { owner: OWN, userId: ANN }, wanted)
    .then(({ upload }) => ('id' in upload ? 'in parts' : 'by PUT'))
    .catch((error: unknown) => (error instanceof GatewayError ? [error.code, error.members] : error));
}

t.test('16 MB go in one PUT, whose content is named; one byte more goes in parts', async (t) => {
  const sha256 = '0'.repeat(64);
  const [most, more] = [MAX_PUT_BYTES, MAX_PUT_BYTES + 1];
  const taken = ['file_exists', { size: 7, lastModified: '2026-01-02T03:04:05.000Z' }];
  const rows: [what: string, wanted: Wanted, ended: unknown][] = [
    ['small', { sha256 }, 'by PUT'],
    ['of 16 MB', { sha256, size: most }, 'by PUT'],
    ['small, without a hash', {}, ['bad_request', {}]],
    ['of 16 MB, without a hash', { size: most }, ['bad_request', {}]],
    ['above', { size: more }, 'in parts'],
    ['above, with a hash', { size: more, sha256 }, 'in parts'],
    ['too large', { size: 2 * most + 1 }, ['file_too_large', {}]],
    ['small, of a name that is taken, which S3 refuses', { sha256, isTaken: true }, 'by PUT'],
    ['above, of a name that is taken', { size: more, isTaken: true }, taken],
    ['above, to replace', { size: more, isTaken: true, replace: true }, 'in parts'],
  ];
  for (const [what, wanted, ended] of rows) t.strictSame(await begin(wanted), ended, what);
});
