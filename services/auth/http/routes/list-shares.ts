import * as Type from 'typebox';
import { toInstant } from '../../../../core/epoch-seconds.ts';
import { findFiles } from '../../domain/listing.ts';
import type { Deps, Scope } from '../context.ts';
import { Instant } from '../instant.ts';
import { signedIn } from '../plugins/signed-in.ts';

const UNKNOWN = 'S3 did not say of some shares whether they still open; the list goes without';

const List = Type.Object({
  shares: Type.Array(
    Type.Object({
      id: Type.Integer({ minimum: 1 }),
      name: Type.String(),
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
 * `GET /api/shares`: shares that are neither expired nor revoked, the oldest first. HEAD is not used, since it would
 * need the right to read every file.
 */
export function listSharesRoute(app: Scope, deps: Deps): void {
  app.get(
    '/api/shares',
    {
      schema: { response: { 200: List } },
      config: {
        operation: 'list_shares',
        summary: 'Shares that are neither expired nor revoked, and whether each still opens',
        problems: ['files_unavailable'],
      },
    },
    async (request) => {
      const { userId, known } = signedIn(request);
      const open = deps.shares.open(known);
      const names = open.map(({ name }) => name);
      const files = await findFiles(deps.objects, userId, names, (err) => request.log.warn({ err }, UNKNOWN));
      return {
        shares: open.map(({ number, name, etag = files.get(name)?.etag, expiresAtEpoch }) => ({
          id: number,
          name,
          expiresAt: toInstant(expiresAtEpoch),
          ...(files.has(name) ? { stale: etag === undefined || etag !== files.get(name)?.etag } : {}),
        })),
      };
    },
  );
}
