import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  ListPartsCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';

/** A file in memory. Its bytes are a word, which says whose content it is. */
export interface MemoryFile {
  content: string;
  /** Bytes. */
  size: number;
  etag: string;
  metadata: Record<string, string>;
}

/** One version of a key, as in S3: a file, or a delete marker. */
export interface MemoryVersion {
  versionId: string;
  lastModifiedMs: number;
  file?: MemoryFile;
}

interface Part {
  content: string;
  size: number;
  etag: string;
}

interface MemoryUpload {
  key: string;
  metadata: Record<string, string>;
  startedAtMs: number;
  parts: Map<number, Part>;
}

interface Conditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
}

export type MemoryS3 = ReturnType<typeof createMemoryS3>;

/**
 * The commands of the mover and of uploads, answered at once and without bytes.
 * Dates are whole seconds, as those of S3. A page of versions has few entries, which S3 may do too.
 * @param options.onChange called with every version that comes or goes
 */
export function createMemoryS3(options: {
  isVersioned: boolean;
  now: () => number;
  pageSize: number;
  onChange?: (change: 'made' | 'gone', key: string, version: MemoryVersion, by: number | undefined) => void;
}) {
  const { isVersioned, now, pageSize, onChange = () => {} } = options;
  const objects = new Map<string, MemoryVersion[]>();
  const uploads = new Map<string, MemoryUpload>();
  let count = 0;
  let doer: number | undefined;

  const all = (key: string): readonly MemoryVersion[] => objects.get(key) ?? [];
  const current = (key: string) => all(key)[0]?.file;
  const keys = () => [...objects.keys()].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

  function set(key: string, versions: MemoryVersion[]): void {
    if (versions.length > 0) objects.set(key, versions);
    else objects.delete(key);
  }

  function add(key: string, file: MemoryFile | undefined, atMs = now()): MemoryVersion {
    const versionId = isVersioned ? (++count).toString(16).padStart(32, '0') : 'null';
    const version = {
      versionId,
      lastModifiedMs: Math.floor(atMs / 1_000) * 1_000,
      ...(file ? { file } : {}),
    };
    const before = isVersioned ? all(key) : [];
    set(key, [version, ...before]);
    onChange('made', key, version, doer);
    return version;
  }

  function check(key: string, { IfMatch, IfNoneMatch }: Conditions): void {
    const file = current(key);
    if (IfMatch !== undefined && !file) throw refusal('NoSuchKey', 404);
    const isOther = IfMatch !== undefined && file && unquoted(IfMatch) !== file.etag;
    if (isOther || (IfNoneMatch !== undefined && file)) throw refusal('PreconditionFailed', 412);
  }

  function remove(
    key: string,
    versionId: string | undefined,
    conditions: Conditions,
  ): { VersionId?: string; DeleteMarker?: boolean } {
    check(key, conditions);
    if (versionId !== undefined) {
      const gone = all(key).find((version) => version.versionId === versionId);
      set(
        key,
        all(key).filter((version) => version !== gone),
      );
      if (gone) onChange('gone', key, gone, doer);
      return { VersionId: versionId, ...(gone && !gone.file ? { DeleteMarker: true } : {}) };
    }
    if (isVersioned) return { VersionId: add(key, undefined).versionId, DeleteMarker: true };
    const [gone] = all(key);
    set(key, []);
    if (gone) onChange('gone', key, gone, doer);
    return {};
  }

  function sourceOf(source = '', ifMatch: string | undefined): MemoryFile {
    const [, rawKey = '', versionId] = /^[^/]*\/([^?]*)(?:\?versionId=(.*))?$/.exec(source) ?? [];
    const key = decodeURIComponent(rawKey);
    const named = versionId === undefined ? all(key)[0] : all(key).find((v) => v.versionId === versionId);
    if (versionId !== undefined && named && !named.file) throw refusal('InvalidRequest', 400);
    if (!named?.file) throw refusal(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion', 404);
    if (ifMatch !== undefined && unquoted(ifMatch) !== named.file.etag)
      throw refusal('PreconditionFailed', 412);
    return named.file;
  }

  function uploadOf(id: string | undefined, key: string | undefined): MemoryUpload {
    const upload = uploads.get(id ?? '');
    if (!upload || upload.key !== key) throw refusal('NoSuchUpload', 404);
    return upload;
  }

  /** S3 dates a file of parts by the time when its upload began. */
  function complete(id: string, key: string, conditions: Conditions, chosen: readonly CompletedPart[]) {
    const upload = uploadOf(id, key);
    const parts = chosen.map(({ PartNumber = 0, ETag = '' }) => {
      const part = upload.parts.get(PartNumber);
      if (part?.etag !== unquoted(ETag)) throw refusal('InvalidPart', 400);
      return part;
    });
    check(key, conditions);
    const etags = createHash('md5');
    for (const { etag } of parts) etags.update(etag, 'hex');
    const file = {
      content: [...new Set(parts.map(({ content }) => content))].join(' and '),
      size: parts.reduce((sum, { size }) => sum + size, 0),
      etag: `${etags.digest('hex')}-${parts.length}`,
      metadata: upload.metadata,
    };
    uploads.delete(id);
    return { file, version: add(key, file, upload.startedAtMs) };
  }

  const named = (version: MemoryVersion) => (isVersioned ? { VersionId: version.versionId } : {});

  /** Does what a command says. */
  function answer(command: unknown): object {
    if (command instanceof PutObjectCommand) {
      const { Key = '', Body, Metadata = {}, ...conditions } = command.input;
      check(Key, conditions);
      const made = add(Key, fileOf(String(Body), String(Body).length, Metadata));
      return { ETag: quoted(made.file?.etag), ...named(made) };
    }
    if (command instanceof HeadObjectCommand) {
      const { Key = '', VersionId } = command.input;
      const version = VersionId === undefined ? all(Key)[0] : all(Key).find((v) => v.versionId === VersionId);
      // The answer has no body, so the SDK knows no name of the error.
      if (VersionId !== undefined && version && !version.file) throw refusal('Unknown', 405);
      if (!version?.file) throw refusal('NotFound', 404);
      const { size, etag, metadata } = version.file;
      const head = { ContentLength: size, ETag: quoted(etag), Metadata: metadata };
      return { ...head, LastModified: new Date(version.lastModifiedMs), ...named(version) };
    }
    if (command instanceof CopyObjectCommand) {
      const { Key = '', CopySource, CopySourceIfMatch, Metadata = {}, ...conditions } = command.input;
      const { content, size } = sourceOf(CopySource, CopySourceIfMatch);
      check(Key, conditions);
      const made = add(Key, fileOf(content, size, Metadata));
      return { CopyObjectResult: { ETag: quoted(made.file?.etag) }, ...named(made) };
    }
    if (command instanceof DeleteObjectCommand) {
      const { Key = '', VersionId, IfMatch } = command.input;
      return remove(Key, VersionId, { IfMatch });
    }
    if (command instanceof DeleteObjectsCommand) {
      const Deleted = (command.input.Delete?.Objects ?? []).map(({ Key = '', VersionId }) => {
        const { VersionId: DeleteMarkerVersionId, DeleteMarker } = remove(Key, VersionId, {});
        const marker = DeleteMarker ? { DeleteMarker, DeleteMarkerVersionId } : {};
        return { Key, ...(VersionId === undefined ? {} : { VersionId }), ...marker };
      });
      return { Deleted };
    }
    return answerParts(command) ?? answerList(command);
  }

  function answerParts(command: unknown): object | undefined {
    if (command instanceof CreateMultipartUploadCommand) {
      const { Key = '', Metadata = {} } = command.input;
      const UploadId = `upload-${++count}`;
      uploads.set(UploadId, { key: Key, metadata: Metadata, startedAtMs: now(), parts: new Map() });
      return { UploadId };
    }
    if (command instanceof UploadPartCopyCommand) {
      const {
        UploadId,
        Key,
        PartNumber = 0,
        CopySource,
        CopySourceIfMatch,
        CopySourceRange = '',
      } = command.input;
      const { content } = sourceOf(CopySource, CopySourceIfMatch);
      const upload = uploadOf(UploadId, Key);
      const [first = 0, last = 0] = CopySourceRange.slice('bytes='.length).split('-').map(Number);
      const part = partOf(content, PartNumber, last - first + 1);
      upload.parts.set(PartNumber, part);
      return { CopyPartResult: { ETag: quoted(part.etag) } };
    }
    if (command instanceof CompleteMultipartUploadCommand) {
      const { UploadId = '', Key = '', MultipartUpload, ...conditions } = command.input;
      const { file, version } = complete(UploadId, Key, conditions, MultipartUpload?.Parts ?? []);
      return { ETag: quoted(file.etag), ...named(version) };
    }
    if (command instanceof AbortMultipartUploadCommand) {
      uploadOf(command.input.UploadId, command.input.Key);
      uploads.delete(command.input.UploadId ?? '');
      return {};
    }
    if (command instanceof ListPartsCommand) {
      const { UploadId, Key } = command.input;
      const Parts = [...uploadOf(UploadId, Key).parts].map(([PartNumber, { size: Size, etag }]) => ({
        ...{ PartNumber, Size, ETag: quoted(etag) },
      }));
      return { UploadId, Parts: Parts.toSorted((a, b) => a.PartNumber - b.PartNumber) };
    }
    return undefined;
  }

  function answerList(command: unknown): object {
    if (command instanceof ListObjectsV2Command) {
      const { Prefix = '', StartAfter = '', MaxKeys } = command.input;
      const Contents = keys()
        .filter(
          (key) => key.startsWith(Prefix) && Buffer.compare(Buffer.from(key), Buffer.from(StartAfter)) > 0,
        )
        .flatMap((Key) => {
          const [version] = all(Key);
          if (!version?.file) return [];
          const { size: Size, etag } = version.file;
          return [{ Key, Size, ETag: quoted(etag), LastModified: new Date(version.lastModifiedMs) }];
        });
      const page = Contents.slice(0, MaxKeys);
      return { Name: 'bucket', Contents: page, IsTruncated: page.length < Contents.length };
    }
    throw refusal('NotImplemented', 501);
  }

  function listVersions(command: ListObjectVersionsCommand): Promise<object> {
    const { Prefix = '', KeyMarker, VersionIdMarker } = command.input;
    const isAfter = (key: string, versionId: string) => {
      const order = Buffer.compare(Buffer.from(key), Buffer.from(KeyMarker ?? ''));
      if (order !== 0 || VersionIdMarker === undefined) return order > 0;
      return isVersioned ? versionId < VersionIdMarker : versionId !== VersionIdMarker;
    };
    const rest = keys()
      .filter((key) => key.startsWith(Prefix))
      .flatMap((Key) => all(Key).map((version, index) => ({ Key, version, IsLatest: index === 0 })))
      .filter(({ Key, version }) => KeyMarker === undefined || isAfter(Key, version.versionId));
    const page = rest.slice(0, pageSize);
    const shown = page.map(({ Key, version, IsLatest }) => ({
      file: version.file,
      entry: {
        ...{ Key, IsLatest, VersionId: version.versionId, LastModified: new Date(version.lastModifiedMs) },
        ...(version.file ? { Size: version.file.size, ETag: quoted(version.file.etag) } : {}),
      },
    }));
    const last = page.at(-1);
    const output = {
      ...{ $metadata: { httpStatusCode: 200 }, Name: 'bucket' },
      Versions: shown.flatMap(({ file, entry }) => (file ? [entry] : [])),
      DeleteMarkers: shown.flatMap(({ file, entry }) => (file ? [] : [entry])),
      ...(page.length < rest.length
        ? { IsTruncated: true, NextKeyMarker: last?.Key, NextVersionIdMarker: last?.version.versionId }
        : {}),
    };
    const elements = page.map(({ version }) => (version.file ? '<Version>' : '<DeleteMarker>'));
    return withBody(command, output, elements.join(''));
  }

  return {
    all,
    keys,
    current,
    /**
     * @param by the operation that asks; `onChange` gets it
     * @throws S3ServiceException
     */
    send(command: unknown, by?: number): object {
      doer = by;
      if (command instanceof ListObjectVersionsCommand) return listVersions(command);
      const isEmpty =
        command instanceof DeleteObjectCommand || command instanceof AbortMultipartUploadCommand;
      const httpStatusCode = isEmpty ? 204 : 200;
      return { $metadata: { httpStatusCode }, ...answer(command) };
    },
    /** A part, as its signed PUT brings it. */
    putPart(id: string, key: string, number: number, part: { content: string; size: number }): void {
      uploadOf(id, key).parts.set(number, partOf(part.content, number, part.size));
    },
    /** A file, as its signed PUT brings it. */
    put(key: string, file: { content: string; size: number }, conditions: Conditions, by?: number): void {
      doer = by;
      check(key, conditions);
      add(key, fileOf(file.content, file.size, {}));
    },
  };
}

/** The answer as the middleware of a command leaves it, which reads the body. */
async function withBody(
  { middlewareStack }: ListObjectVersionsCommand,
  output: ListObjectVersionsCommandOutput,
  body: string,
): Promise<object> {
  const answer = async () => ({ response: { body: Readable.from([body]) }, output });
  const answered = await middlewareStack.resolve(answer, {})({ input: { Bucket: 'bucket' } });
  return answered.output;
}

function fileOf(content: string, size: number, metadata: Record<string, string>): MemoryFile {
  return { content, size, etag: md5(content), metadata };
}

function partOf(content: string, number: number, size: number): Part {
  return { content, size, etag: md5(`${content}, part ${number} of ${size}`) };
}

function refusal(name: string, httpStatusCode: number): S3ServiceException {
  return new S3ServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode } });
}

const hashes = new Map<string, string>();

function md5(text: string): string {
  const known = hashes.get(text) ?? createHash('md5').update(text).digest('hex');
  hashes.set(text, known);
  return known;
}

function quoted(etag = ''): string {
  return `"${etag}"`;
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}
