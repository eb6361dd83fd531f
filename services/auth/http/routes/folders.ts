import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderMarkerKey, objectKey, parseFileName } from '@cloudfront-cookie-gateway/core/file-name';
import * as Type from 'typebox';
import { exactly } from '../../domain/exactly.ts';
import { route } from '../route.ts';
import { Name } from '../schemas.ts';

/** Folders with files need no mark, since names say what is in them. */
export const makeFolderRoute = route({
  method: 'POST',
  url: '/folders',
  operation: 'make_folder',
  summary: 'An empty folder',
  caller: 'folder',
  role: 'editor',
  problems: ['invalid_name', 'file_exists', 'files_unavailable'],
  body: exactly({ name: Name }),
  answers: { 201: Type.Object({ name: Type.String() }) },
  async handler({ deps: { objects }, folder: { owner }, body, audit }) {
    const name = parseFileName(body.name, owner);
    const key = folderMarkerKey(owner, name);
    const [file, { files: within }] = await Promise.all([
      objects.find(objectKey(owner, name)),
      objects.list({ prefix: key, limit: 1 }),
    ]);
    if (file || within.length > 0 || !(await objects.markFolder(key))) {
      throw new GatewayError('file_exists', { detail: 'A file or a folder with this name already exists.' });
    }
    audit('folder_made', { file: name });
    return { name };
  },
});
