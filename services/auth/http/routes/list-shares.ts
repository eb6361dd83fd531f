import * as Type from 'typebox';
import { toInstant } from '../../domain/epoch-seconds.ts';
import { folderKey } from '../../domain/file-name.ts';
import type { Deps, Scope } from '../context.ts';
import { Instant } from '../instant.ts';
import { signedIn } from '../plugins/signed-in.ts';

const List = Type.Object({
  shares: Type.Array(
    Type.Object({
      id: Type.Integer({ minimum: 1 }),
      name: Type.String(),
      expiresAt: Instant,
      stale: Type.Boolean({ description: 'Its file was replaced or deleted: the link opens nothing.' }),
    }),
  ),
});

/**
 * `GET /api/shares`: shares that are neither expired nor revoked, the oldest first. S3 is asked once for each file that
 * has shares: at most 50 times, all at once. HEAD is not used, since it would need the right to read every file.
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
      const names = [...new Set(open.map(({ name }) => name))];
      const files = await Promise.all(names.map((name) => deps.objects.find(folderKey(userId) + name)));
      const etags = new Map(names.map((name, index) => [name, files[index]?.etag]));
      return {
        shares: open.map(({ number, name, etag = etags.get(name), expiresAtEpoch }) => ({
          id: number,
          name,
          expiresAt: toInstant(expiresAtEpoch),
          stale: etag === undefined || etag !== etags.get(name),
        })),
      };
    },
  );
}
