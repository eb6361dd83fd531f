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
import { MAX_URL_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { typeByExtension } from '@cloudfront-cookie-gateway/core/type-by-extension';
import { normalizeIP } from '@fastify/rate-limit';
import * as Type from 'typebox';
import type { Share } from '../../domain/user-record.ts';
import { findFiles, storedName } from '../../files/listing.ts';
import { audit, whoIn } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { inFolder } from '../guards.ts';
import { Instant, Name } from '../schemas.ts';
import { answerTold } from '../told.ts';

const DEFAULT_SECONDS = 30 * 60;

const NewShare = Type.Object(
  {
    name: Name,
    /** Seconds. */
    expiresIn: Type.Optional(Type.Integer({ minimum: 60, maximum: MAX_URL_SECONDS })),
    /** IPv4 CIDR. */
    ip: Type.Optional(Type.String()),
    /** The name under which browsers save the file. */
    download: Type.Optional(Type.String({ maxLength: 1_024 })),
  },
  { additionalProperties: false },
);

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

type CreateDeps = Pick<Deps, 'clock' | 'config' | 'objects' | 'sharePages' | 'shares' | 'signer'>;

/** `POST …/shares`: a CloudFront signed URL for one file as it is now. */
export function createShareRoute(app: Scope, deps: CreateDeps): void {
  app.post(
    '/shares',
    {
      schema: { body: NewShare, response: { 201: Created } },
      config: {
        operation: 'create_share',
        role: 'editor',
        summary: 'A link to one file as it is now, for anybody, until it expires or is revoked',
        problems: [
          'not_found',
          'too_many_shares',
          'invalid_name',
          'files_unavailable',
          'signing_unavailable',
        ],
      },
    },
    async (request, reply) => {
      const folder = inFolder(request);
      const { owner } = folder;
      const { name: rawName, expiresIn = DEFAULT_SECONDS, ip, download } = request.body;
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
      audit(request.log, 'share_created', { ...whoIn(folder), share: id, file: share.name });
      return reply.code(201).send({
        id,
        url,
        page: pageOf(owner, { number: id, ...share }, deps),
        expiresAt: toInstant(share.expiresAtEpoch),
        ...(sourceIp === undefined ? {} : ipv6Warning(request.ip, deps.config.filesIpv6)),
      });
    },
  );
}

/** @throws GatewayError not_found if there is no such file */
async function etagOf(name: StoredName, owner: Owner, deps: Pick<Deps, 'objects'>): Promise<string> {
  const file = await deps.objects.find(objectKey(owner, name));
  if (!file) throw new GatewayError('not_found', { detail: 'There is no file with this name.' });
  return file.etag;
}

/** The address of a share's page. The secret is in the fragment, so no server's log has it. */
function pageOf(
  owner: Owner,
  share: Pick<Share, 'number' | 'expiresAtEpoch'>,
  { config, sharePages }: Pick<Deps, 'config' | 'sharePages'>,
): string {
  return `${config.origins.app}/#share=${sharePages.secretOf(owner, share)}`;
}

/** The signed URL of a share. */
async function shareUrl(
  share: Omit<Share, 'name'> & { name: StoredName },
  owner: Owner,
  { config, signer }: Pick<Deps, 'config' | 'signer'>,
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

const Params = Type.Object({ id: Type.String({ maxLength: 15 }) });

/** `DELETE …/shares/<id>`: the edge refuses the link from now on. Calling it again gives the same answer. */
export function deleteShareRoute(app: Scope, deps: Pick<Deps, 'shares'>): void {
  app.delete(
    '/shares/:id',
    {
      schema: { params: Params, response: { 204: Type.Null({ description: 'It is revoked.' }) } },
      config: {
        operation: 'delete_share',
        role: 'editor',
        summary: 'Revokes a share',
        problems: ['not_found'],
      },
    },
    async (request, reply) => {
      const folder = inFolder(request);
      const { id } = request.params;
      const share = Number(id);
      const edge = /^[1-9]\d*$/.test(id) ? await deps.shares.revoke(folder, share) : undefined;
      if (!edge) throw new GatewayError('not_found', { detail: 'There is no share with this id.' });
      audit(request.log, 'share_deleted', { ...whoIn(folder), share });
      return answerTold(reply, edge).code(204).send(null);
    },
  );
}

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

/**
 * `GET …/shares`: shares that are neither expired nor revoked, the oldest first. HEAD is not used, since it would
 * need the right to read every file.
 */
export function listSharesRoute(
  app: Scope,
  deps: Pick<Deps, 'config' | 'objects' | 'sharePages' | 'shares'>,
): void {
  app.get(
    '/shares',
    {
      schema: { response: { 200: List } },
      config: {
        operation: 'list_shares',
        role: 'editor',
        summary: 'Shares that are neither expired nor revoked, and whether each still opens',
        problems: ['files_unavailable'],
      },
    },
    async (request) => {
      const folder = inFolder(request);
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
  );
}

const Opened = Type.Object({
  name: Type.String(),
  size: Type.Integer(),
  type: Type.String(),
  url: Type.String({ format: 'uri' }),
  downloadUrl: Type.String({ format: 'uri', description: 'The same file, for browsers to save.' }),
  expiresAt: Instant,
});

const Opening = Type.Object({ secret: Type.String({ maxLength: 256 }) }, { additionalProperties: false });

/** `POST /auth/shares/open`: what the page of a share shows. Nobody has to be signed in. */
export function openShareRoute(
  app: Scope,
  deps: Pick<Deps, 'config' | 'objects' | 'sharePages' | 'signer'>,
): void {
  app.post(
    '/auth/shares/open',
    {
      schema: { body: Opening, response: { 200: Opened } },
      config: {
        operation: 'open_share',
        summary: 'The file of a share, by the secret in the address of its page',
        problems: [
          ...(['link_over', 'files_unavailable', 'signing_unavailable'] as const),
          ...(['store_unavailable', 'clock_wrong'] as const),
        ],
      },
      // The scope has refused foreign pages by now. Any of them could use up the limit of its visitor's address.
      preParsing: async (request, reply) =>
        app.requestLimits.countOfUser(request, reply, normalizeIP(request.ip)),
    },
    async (request) => {
      const { owner, share } = await deps.sharePages.read(request.body.secret);
      const name = parseStoredName(share.name, owner);
      const file = await deps.objects.find(objectKey(owner, name));
      if (!file || file.etag !== share.etag) throw new GatewayError('link_over');
      audit(request.log, 'share_opened', { owner: owner.id, share: share.number });
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
  );
}
