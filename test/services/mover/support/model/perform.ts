import { S3ServiceException } from '@aws-sdk/client-s3';
import { GatewayError } from '../../../../../core/errors.ts';
import { objectKey, parseStoredName } from '../../../../../core/file-name.ts';
import type { Owner } from '../../../../../core/owner.ts';
import type { UserId } from '../../../../../core/user-id.ts';
import { beginUpload } from '../../../../../services/auth/files/begin-upload.ts';
import { listFiles, storedName } from '../../../../../services/auth/files/listing.ts';
import { dropThumbnail } from '../../../../../services/auth/files/thumbnails.ts';
import { authorize } from '../../../../../services/mover/authorize.ts';
import { answer } from '../../../../../services/mover/mover.ts';
import type { Asked } from './names.ts';
import { NO_DETAILS, type Process, type World } from './processes.ts';

export interface Person {
  userId: UserId;
  token: string;
}

/** What a person sends, beside what the judge knows of it. */
export interface Request {
  asked: Asked;
  person: Person;
  from: { owner: Owner; name: string };
  to: { owner: Owner; name: string };
  /** Bytes of what is uploaded. */
  size: number;
  versionId: string;
  /** S3's clock when the trash is to be emptied. */
  before: string;
  /** Names a version in the words of the judge. */
  idOf: (versionId: string) => string;
}

/** After these, nobody knows what has happened. */
const UNKNOWN = ['files_unavailable', 'store_unavailable', 'no_such_upload', 'upload_incomplete'];

/**
 * Sends a request to one process. What a route of the service does before its use case is done here.
 * @returns the answer in one word; undefined if the outcome is unknown
 * @throws every error that the service does not mean
 */
export async function perform(world: World, process: Process, request: Request): Promise<string | undefined> {
  try {
    return await send(world, process, request);
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'PreconditionFailed') return 'file_exists';
    if (!(error instanceof GatewayError)) throw error;
    return UNKNOWN.includes(error.code) ? undefined : error.code;
  }
}

async function send(world: World, process: Process, request: Request): Promise<string | undefined> {
  const { asked, person, from, to, versionId, idOf, before } = request;
  const { token } = person;
  const { deps, objects } = process;
  const { replace } = asked;
  switch (asked.does) {
    case 'upload':
      return upload(world, process, request);
    case 'copy':
    case 'move':
      await answer(deps, { operation: asked.does, token, from, to, replace });
      return 'ok';
    case 'delete':
      return remove(process, request);
    case 'restore':
      await answer(deps, { operation: 'restore', token, ...to, versionId, replace });
      return 'ok';
    case 'delete for ever':
      await answer(deps, { operation: 'delete_version', token, ...to, versionId });
      return 'ok';
    case 'empty the trash':
      await answer(deps, { operation: 'empty_trash', token, owner: to.owner, before, withinMs: 600_000 });
      return 'ok';
    case 'list': {
      await authorize(deps, token, [{ owner: to.owner, role: 'viewer' }]);
      const { files } = await listFiles(objects, to.owner, { prefix: '', after: '', limit: 100 });
      return files.map(({ name, etag }) => `${name}=${world.contentOf(etag)}`).join(' ');
    }
    case 'list versions': {
      const listed: unknown = await answer(deps, { operation: 'versions', token, ...to });
      return shown(listed, idOf);
    }
    default:
      throw new Error(`${asked.does} is not asked of a process`);
  }
}

function shown(listed: unknown, idOf: (versionId: string) => string): string {
  if (typeof listed !== 'object' || !listed || !('versions' in listed) || !Array.isArray(listed.versions))
    throw new Error('no versions are listed');
  return listed.versions
    .map(({ versionId, isCurrent }) => `${idOf(versionId)}${isCurrent ? '*' : ''}`)
    .join(' ');
}

/** As `DELETE …/files?name=`. */
async function remove({ deps, objects, shares }: Process, { person, to }: Request): Promise<string> {
  const { owner } = to;
  const current = await authorize(deps, person.token, [{ owner, role: 'editor' }]);
  const name = await storedName(objects, owner, to.name);
  await shares.revokeOf({ ...current, owner }, name, async () => {
    const key = objectKey(owner, name);
    await dropThumbnail(objects, owner, key);
    await objects.delete(key);
  });
  return 'ok';
}

/** As `POST …/uploads`, and what the client sends then, to S3 and to the service. */
async function upload(world: World, process: Process, request: Request): Promise<string | undefined> {
  const { asked, person, to, size } = request;
  const { deps, objects, uploads } = process;
  const { content, number } = asked;
  await authorize(deps, person.token, [{ owner: to.owner, role: 'editor' }]);
  const uploader = { owner: to.owner, userId: person.userId };
  const wanted = { name: to.name, size, type: 'image/png', sha256: '0'.repeat(64), replace: asked.replace };
  const config = { maxFileBytes: 1_024 ** 3 };
  const parts = { objects, uploads, details: NO_DETAILS, usage: deps.usage, config };
  const { upload } = await beginUpload(parts, uploader, wanted);
  if ('id' in upload) {
    for (let part = 1; part <= upload.parts; part++) {
      const [signed] = await uploads.presignParts(upload.id, uploader, [
        { number: part, sha256: '0'.repeat(64) },
      ]);
      const { key, size, query } = parseSigned(signed?.url);
      await world.pause(200);
      world.s3.putPart(query.uploadId, key, Number(query.partNumber), { content, size });
    }
    await uploads.complete(upload.id, uploader);
    return 'ok';
  }
  const { key, headers } = parseSigned(upload.url);
  await world.pause(world.random() < 0.8 ? 200 : 10_000);
  const file = { content, size };
  world.s3.put(objectKey(to.owner, parseStoredName(to.name, to.owner)), file, condition(headers), number);
  if (key !== asked.to) throw new Error(`${key} was signed`);
  await world.pause(200);
  return world.random() < world.faultRate ? undefined : 'ok';
}

function condition(headers: Record<string, string>): { IfNoneMatch?: string } {
  const { 'if-none-match': IfNoneMatch } = headers;
  return IfNoneMatch === undefined ? {} : { IfNoneMatch };
}

interface Signed {
  key: string;
  size: number;
  headers: Record<string, string>;
  query: { uploadId: string; partNumber: string };
}

/** Reads what the presigner of `processes.ts` has signed. */
function parseSigned(url = ''): Signed {
  const { key, size, headers = {}, query = {} } = JSON.parse(url);
  return { key, size, headers, query };
}
