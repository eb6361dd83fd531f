import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderMarkerKey, objectKey, parseFileName } from '@cloudfront-cookie-gateway/core/file-name';
import * as Type from 'typebox';
import { audit, whoIn } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { inFolder } from '../guards.ts';
import { Name } from '../schemas.ts';

/** `POST …/folders`: an empty folder. Folders with files need no such mark, since names say what is in them. */
export function makeFolderRoute(app: Scope, { objects }: Pick<Deps, 'objects'>): void {
  app.post(
    '/folders',
    {
      schema: {
        body: Type.Object({ name: Name }, { additionalProperties: false }),
        response: { 201: Type.Object({ name: Type.String() }) },
      },
      config: {
        operation: 'make_folder',
        role: 'editor',
        summary: 'An empty folder',
        problems: ['invalid_name', 'file_exists', 'files_unavailable'],
      },
    },
    async (request, reply) => {
      const folder = inFolder(request);
      const { owner } = folder;
      const name = parseFileName(request.body.name, owner);
      const key = folderMarkerKey(owner, name);
      const [file, { files: within }] = await Promise.all([
        objects.find(objectKey(owner, name)),
        objects.list({ prefix: key, limit: 1 }),
      ]);
      if (file || within.length > 0 || !(await objects.markFolder(key))) {
        throw new GatewayError('file_exists', {
          detail: 'A file or a folder with this name already exists.',
        });
      }
      audit(request.log, 'folder_made', { ...whoIn(folder), file: name });
      return reply.code(201).send({ name });
    },
  );
}
