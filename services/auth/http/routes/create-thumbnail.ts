import * as Type from 'typebox';
import { presignThumbnail } from '../../domain/thumbnails.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { signedIn } from '../plugins/signed-in.ts';
import { storedName } from '../stored-name.ts';
import { SignedPut } from './create-upload.ts';

const Body = Type.Object(
  {
    name: Type.String({ maxLength: 2_048, description: 'The name of the file.' }),
    size: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the thumbnail, in hex.' }),
  },
  { additionalProperties: false },
);

const Promised = Type.Object({ upload: SignedPut });

/** `POST /api/thumbnails`: a signed PUT for the thumbnail of a file that exists. It takes only one content. */
export function createThumbnailRoute(app: Scope, deps: Deps): void {
  app.post(
    '/api/thumbnails',
    {
      schema: { body: Body, response: { 201: Promised } },
      config: {
        operation: 'create_thumbnail',
        summary: "A signed PUT for a file's thumbnail: WebP, at most 64 KB",
        problems: ['no_such_file', 'file_too_large', 'quota_exceeded', 'invalid_name', 'files_unavailable'],
      },
    },
    async (request, reply) => {
      const { userId } = signedIn(request);
      const { name: rawName, ...picture } = request.body;
      const name = await storedName(rawName, userId, deps);
      const put = await presignThumbnail(deps, userId, name, picture);
      audit(request.log, 'thumbnail_asked', { userId, file: name });
      const upload = { ...put, method: 'PUT' as const, expiresAt: put.expiresAt.toISOString() };
      return reply.code(201).send({ upload });
    },
  );
}
