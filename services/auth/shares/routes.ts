import { isIPv6 } from 'node:net';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { encodeDownloadName } from '@cloudfront-cookie-gateway/core/download-name';
import { nowEpoch, parseEpochSeconds, toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  filePath,
  objectKey,
  parseStoredName,
  type StoredName,
} from '@cloudfront-cookie-gateway/core/file-name';
import { parseIpv4Range } from '@cloudfront-cookie-gateway/core/ipv4-range';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { signedCustomUrl } from '@cloudfront-cookie-gateway/core/signed-url';
import { MAX_SIGNED_URL_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { typeByExtension } from '@cloudfront-cookie-gateway/core/type-by-extension';
import { normalizeIP } from '@fastify/rate-limit';
import * as Type from 'typebox';
import { findFiles, storedName } from '../files/listing.ts';
import { BY_EDITOR, route } from '../http/route.ts';
import { Instant, Name } from '../http/schemas.ts';
import type { Share } from '../sessions/record.ts';
import { exactly } from '../settings/exactly.ts';
import type { Deps } from '../wiring/deps.ts';

const DEFAULT_SECONDS = 30 * 60;

const NewShare = exactly({
  name: Name,
  /** Seconds. */
  expiresIn: Type.Optional(Type.Integer({ minimum: 60, maximum: MAX_SIGNED_URL_SECONDS })),
  /** IPv4 CIDR. */
  ip: Type.Optional(Type.String()),
  /** The name under which browsers save the file. */
  download: Type.Optional(Type.String({ maxLength: 1_024 })),
});

const Page = Type.String({
  format: 'uri',
  description: 'The page of the link, for people: it shows the file, or says that the link has ended.',
});

const Created = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  url: Type.String({ format: 'uri' }),
  page: Page,
  expiresAt: Instant,
  warning: Type.Optional(Type.String()),
});

const IPV6_WARNING =
  'You use IPv6 now. CloudFront compares IPv4 addresses only, so the link opens for nobody on IPv6, you included.';

const FILES_IPV6_WARNING =
  'People who use IPv6 cannot open this link: CloudFront compares IPv4 addresses only.';

const UNKNOWN = 'S3 did not say of some shares whether they still open; the list goes without';

const List = Type.Object({
  shares: Type.Array(
    Type.Object({
      id: Type.Integer({ minimum: 1 }),
      name: Type.String(),
      page: Type.Optional({
        ...Page,
        description: 'As at its creation. In a team, only whoever made the share has it.',
      }),
      expiresAt: Instant,
      stale: Type.Optional(
        Type.Boolean({
          description:
            'Its file was replaced or deleted: the link opens nothing. Absent if S3 did not say so just now.',
        }),
      ),
    }),
  ),
});

const Opened = Type.Object({
  name: Type.String(),
  size: Type.Integer(),
  type: Type.String(),
  url: Type.String({ format: 'uri' }),
  downloadUrl: Type.String({ format: 'uri', description: 'The same file, for browsers to save.' }),
  expiresAt: Instant,
});

/** @throws GatewayError not_found if there is no such file */
async function etagOf(name: StoredName, owner: Owner, deps: Deps): Promise<string> {
  const file = await deps.objects.find(objectKey(owner, name));
  if (!file) throw new GatewayError('not_found', { detail: 'There is no file with this name.' });
  return file.etag;
}

/** The address of a share's page. The secret is in the fragment, so no server's log has it. */
function pageOf(
  owner: Owner,
  share: Pick<Share, 'number' | 'expiresAtEpoch'>,
  { config, sharePages }: Deps,
): string {
  return `${config.origins.app}/#share=${sharePages.secretOf(owner, share)}`;
}

/** The signed URL of a share. */
async function shareUrl(
  share: Omit<Share, 'name'> & { name: StoredName },
  owner: Owner,
  { config, signer }: Deps,
): Promise<string> {
  const { number, name, etag, expiresAtEpoch, ip: sourceIp, download } = share;
  const address = config.origins.files + filePath(owner, name);
  const query = [`v=${etag}`, `share=${number}`];
  if (download !== undefined) query.push(`download=${encodeDownloadName(download)}`);
  const conditions = { expiresAt: parseEpochSeconds(expiresAtEpoch), sourceIp };
  return signedCustomUrl(`${address}?${query.join('&')}`, conditions, signer);
}

function ipv6Warning(ip: string, filesIpv6: boolean): { warning?: string } {
  if (isOnIpv6(ip)) return { warning: IPV6_WARNING };
  return filesIpv6 ? { warning: FILES_IPV6_WARNING } : {};
}

/** A socket that takes both kinds shows an IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2). */
function isOnIpv6(address: string): boolean {
  return isIPv6(address) && !address.startsWith('::ffff:');
}

export const shareRoutes = [
  route({
    method: 'POST',
    url: '/shares',
    operation: 'create_share',
    summary: 'A link to one file as it is now, for anybody, until it expires or is revoked',
    ...BY_EDITOR,
    problems: ['not_found', 'too_many_shares', 'invalid_name', 'files_unavailable', 'signing_unavailable'],
    body: NewShare,
    answers: { 201: Created },
    async handler({ deps, request, folder, body, audit }) {
      const { owner } = folder;
      const { name: rawName, expiresIn = DEFAULT_SECONDS, ip, download } = body;
      const sourceIp = ip === undefined ? undefined : parseIpv4Range(ip);
      // Before anything is written: the name may be refused.
      if (download !== undefined) encodeDownloadName(download);
      const name = await storedName(deps.objects, owner, rawName);
      const share = {
        name,
        etag: await etagOf(name, owner, deps),
        expiresAtEpoch: nowEpoch(deps) + expiresIn,
        ...defined({ ip: sourceIp, download }),
      };
      const { id, url } = await deps.shares.create(folder, share, async (number) => {
        if ((await etagOf(name, owner, deps)) !== share.etag) {
          throw new GatewayError('not_found', { detail: 'The file was replaced just now. Try again.' });
        }
        return shareUrl({ number, ...share }, owner, deps);
      });
      audit('share_created', { share: id, file: share.name });
      return {
        id,
        url,
        page: pageOf(owner, { number: id, ...share }, deps),
        expiresAt: toInstant(share.expiresAtEpoch),
        ...(sourceIp === undefined ? {} : ipv6Warning(request.ip, deps.config.filesIpv6 === 'true')),
      };
    },
  }),

  // Those that are neither expired nor revoked, the oldest first. HEAD would need the right to read every file.
  route({
    method: 'GET',
    url: '/shares',
    operation: 'list_shares',
    summary: 'Shares that are neither expired nor revoked, and whether each still opens',
    ...BY_EDITOR,
    problems: ['files_unavailable'],
    answers: { 200: List },
    async handler({ deps, request, folder }) {
      const open = await deps.shares.open(folder);
      const names = open.map(({ name }) => name);
      const files = await findFiles(deps.objects, folder.owner, names, (err) =>
        request.log.warn({ err }, UNKNOWN),
      );
      return {
        shares: open.map(({ number, name, etag = files.get(name)?.etag, expiresAtEpoch, maker }) => ({
          id: number,
          name,
          // A share goes on if an editor other than its maker is removed or signs out everywhere.
          ...(maker === undefined || maker.userId === folder.userId
            ? { page: pageOf(folder.owner, { number, expiresAtEpoch }, deps) }
            : {}),
          expiresAt: toInstant(expiresAtEpoch),
          ...(files.has(name) ? { stale: etag === undefined || etag !== files.get(name)?.etag } : {}),
        })),
      };
    },
  }),

  // The edge refuses the link from now on. Calling it again gives the same answer.
  route({
    method: 'DELETE',
    url: '/shares/:id',
    operation: 'delete_share',
    summary: 'Revokes a share',
    ...BY_EDITOR,
    problems: ['not_found'],
    params: Type.Object({ id: Type.String({ maxLength: 15 }) }),
    answers: { 204: Type.Null({ description: 'It is revoked.' }) },
    async handler({ deps, folder, params: { id }, audit, told }) {
      const share = Number(id);
      const edge = /^[1-9]\d*$/.test(id) ? await deps.shares.revoke(folder, share) : undefined;
      if (!edge) throw new GatewayError('not_found', { detail: 'There is no share with this id.' });
      audit('share_deleted', { share });
      told(edge);
    },
  }),

  // What the page of a share shows.
  route({
    method: 'POST',
    url: '/auth/shares/open',
    operation: 'open_share',
    summary: 'The file of a share, by the secret in the address of its page',
    caller: 'anybody',
    problems: [
      ...(['link_over', 'files_unavailable', 'signing_unavailable'] as const),
      ...(['store_unavailable', 'clock_wrong'] as const),
    ],
    // Each opening costs a read, a list of S3 and a signature.
    limit: { ofUser: 1 },
    body: exactly({ secret: Type.String({ maxLength: 256 }) }),
    answers: { 200: Opened },
    // Foreign pages are refused by now. Any of them could use up the limit of its visitor's address.
    beforeBody: async ({ request, reply }) =>
      request.server.requestLimits.countOfUser(request, reply, normalizeIP(request.ip)),
    async handler({ deps, body, audit }) {
      const { owner, share } = await deps.sharePages.read(body.secret);
      const name = parseStoredName(share.name, owner);
      const file = await deps.objects.find(objectKey(owner, name));
      if (!file || file.etag !== share.etag) throw new GatewayError('link_over');
      audit('share_opened', { owner: owner.id, share: share.number });
      const base = name.slice(name.lastIndexOf('/') + 1);
      const shown = { ...share, name };
      return {
        name: base,
        size: file.size,
        type: typeByExtension(name),
        url: await shareUrl(shown, owner, deps),
        downloadUrl: await shareUrl({ ...shown, download: share.download ?? base }, owner, deps),
        expiresAt: toInstant(share.expiresAtEpoch),
      };
    },
  }),
];
