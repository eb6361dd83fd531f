import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { AwsError, UnreadableStoreError } from '../store/error.ts';
import { createReserve, type Reserve } from '../store/reserve.ts';
import { createDataFiles, type Piece } from './data-files.ts';
import { s3Error } from './errors.ts';
import { endOfDays, type Lifecycle, nextMidnight } from './lifecycle.ts';

/**
 * A record is JSON; columns are what is searched. The newest version of a key has the greatest `place`, and is the current
 * one. A version without an ETag is a delete marker. A piece belongs to a version or to an upload, or its file is no longer
 * needed.
 */
const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS versions (place INTEGER PRIMARY KEY, key TEXT, versionId TEXT, record TEXT) STRICT;
  CREATE INDEX IF NOT EXISTS versionsOfKey ON versions (key, place DESC);
  CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, key TEXT, record TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS pieces (
    file TEXT PRIMARY KEY, number INTEGER, record TEXT,
    place INTEGER REFERENCES versions ON DELETE SET NULL, uploadId TEXT REFERENCES uploads ON DELETE SET NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS piecesOfVersion ON pieces (place, number);
  CREATE INDEX IF NOT EXISTS piecesOfUpload ON pieces (uploadId, number);
`;

export type Tags = Record<string, string>;

/** What a write says of an object beside its bytes. */
export interface Described {
  /** The headers that are stored and sent with the object, in lower case: `content-type`, `x-amz-meta-…`. */
  headers: Record<string, string>;
  tags: Tags;
}

export interface DeleteMarker {
  /** Grows with each version of the bucket. */
  place: number;
  key: string;
  versionId: string;
  lastModifiedMs: number;
}

export interface StoredObject extends DeleteMarker, Described {
  size: number;
  /** With quotes. */
  etag: string;
}

export type Version = StoredObject | DeleteMarker;

export interface Upload extends Described {
  id: string;
  key: string;
  startedAtMs: number;
  /** Every part has its SHA-256, and the final list names it. */
  hasSha256: boolean;
}

export interface Part extends Piece {
  number: number;
  lastModifiedMs: number;
  /** Base64. */
  sha256?: string | undefined;
}

/** A part as the client's final list names it. */
export type ChosenPart = Pick<Part, 'number'> & { etag: string; sha256: string | undefined };

/** `If-Match` and `If-None-Match` of a write request. */
export interface WriteConditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

/** What a delete names. Without a version it is the current one. */
export interface Doomed {
  key: string;
  versionId: string | undefined;
  ifMatch: string | undefined;
}

/** Something that S3 tells EventBridge of. */
export interface Change {
  /** The version that came, or that is gone. */
  version: Version;
  reason: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload' | 'DeleteObject' | 'Lifecycle Expiration';
  /** Absent for a new object. */
  deletion?: 'Delete Marker Created' | 'Permanently Deleted';
}

export interface BucketOptions {
  now: () => number;
  isVersioned: boolean;
  lifecycle: Lifecycle;
  reserve?: Reserve | undefined;
  /** Called when a change is on the disk, and before it is answered. */
  onChange: (change: Change) => void;
}

/** The version of a bucket that keeps none. */
export const NULL_ID = 'null';

export function isObject(version: Version | undefined): version is StoredObject {
  return version !== undefined && 'etag' in version;
}

/** Whether S3 could have given this version id. */
export function isVersionId(text: string): boolean {
  return text === NULL_ID || /^[0-9a-f]{32}$/.test(text);
}

/** What SQLite says of a damaged file: SQLITE_CORRUPT and SQLITE_NOTADB (https://sqlite.org/rescode.html). */
const DAMAGED = [11, 26];

/** @throws UnreadableStoreError if there are bytes whose records are missing or damaged, since every file would go then */
function openRecords(path: string, bytes: string | undefined, reserve: Reserve): DatabaseSync {
  const toDo = `Put back ${path}, or begin anew with npm start -- --reset.`;
  if (bytes !== undefined && !statSync(path, { throwIfNoEntry: false })?.size) {
    throw new UnreadableStoreError(`${bytes} holds files, but their records are missing. ${toDo}`);
  }
  const db = new DatabaseSync(path);
  try {
    reserve.spend(() => db.exec(SCHEMA));
    return db;
  } catch (error) {
    db.close();
    if (!(error instanceof Error) || !('errcode' in error) || !DAMAGED.includes(Number(error.errcode)))
      throw error;
    throw new UnreadableStoreError(`${path} is damaged (${error.message}). ${toDo}`);
  }
}

export type Bucket = ReturnType<typeof openBucket>;

/**
 * A bucket on disk: bytes in files, and all else in one database. A change is one transaction, so an object appears, or
 * is replaced, as a whole: when all its bytes are there and checked. If the bucket keeps no versions, there is one,
 * `null`, which each write replaces. Versions that the bucket kept earlier stay then, as in a bucket whose versioning is
 * suspended (Amazon S3 User Guide, "How S3 Versioning works").
 */
export function openBucket(directory: string, options: BucketOptions) {
  const { now, isVersioned, lifecycle, onChange } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { reserve = createReserve(join(directory, 'reserve')) } = options;
  const data = createDataFiles(join(directory, 'data'));
  const db = openRecords(
    join(directory, 'records.sqlite'),
    data.isEmpty() ? undefined : data.directory,
    reserve,
  );
  const statements = new Map<string, StatementSync>();
  const writes = new Set<{ key: string; isOvertaken: boolean }>();
  let changes: Change[] = [];
  let expiresAtMs = 0;
  let lastPlace = Number(sql('SELECT max(place) AS place FROM versions').get()?.['place'] ?? 0);
  data.keepOnly(new Set(filesOf('SELECT file FROM pieces')));
  expire();

  function sql(text: string): StatementSync {
    const statement = statements.get(text) ?? db.prepare(text);
    statements.set(text, statement);
    return statement;
  }

  function filesOf(text: string): string[] {
    return sql(text)
      .all()
      .map(({ file }) => String(file));
  }

  /** Makes changes together. What they report follows once they are on the disk. */
  function transaction<T>(work: () => T): T {
    const once = () => {
      changes = [];
      db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        const unneeded = 'DELETE FROM pieces WHERE place IS NULL AND uploadId IS NULL RETURNING file';
        const files = filesOf(unneeded);
        db.exec('COMMIT');
        return { result, files };
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    };
    const { result, files } = reserve.spend(once);
    for (const file of files) data.remove(file);
    for (const change of changes) onChange(change);
    return result;
  }

  /** The current version, or a named one. */
  function find(key: string, versionId?: string): Version | undefined {
    const newest = sql('SELECT * FROM versions WHERE key = ? ORDER BY place DESC LIMIT 1');
    const named = sql('SELECT * FROM versions WHERE key = ? AND versionId = ?');
    const row = versionId === undefined ? newest.get(key) : named.get(key, versionId);
    return row && parse(row);
  }

  /** Each id is greater than those before it, so a list can go on after a version that is gone. */
  function add<V extends Partial<StoredObject>>(key: string, made: V, lastModifiedMs = now()) {
    lastPlace = Math.max(lastPlace + 1, now() * 1_000);
    const place = lastPlace;
    const unique = place.toString(16).padStart(16, '0') + randomBytes(8).toString('hex');
    const versionId = isVersioned ? unique : NULL_ID;
    sql('DELETE FROM versions WHERE key = ? AND versionId = ?').run(key, versionId);
    const version = { ...made, place, key, versionId, lastModifiedMs };
    const text = 'INSERT INTO versions (place, key, versionId, record) VALUES (?, ?, ?, ?)';
    sql(text).run(place, key, versionId, JSON.stringify(version));
    return version;
  }

  /** Stores bytes, and what is known of them. Neither is left without the other. */
  async function withPiece<T>(source: AsyncIterable<Buffer>, record: (piece: Piece) => T): Promise<T> {
    reserve.require();
    const piece = await data.write(source);
    try {
      return transaction(() => record(piece));
    } catch (error) {
      data.remove(piece.file);
      throw error;
    }
  }

  /**
   * A write from its first byte on. If two writes overlap, the first to finish wins. A delete in between is a conflict
   * (S3 User Guide, "Conditional write behavior").
   */
  async function whileWriting<T>(
    key: string,
    conditions: WriteConditions,
    write: (check: () => void) => Promise<T>,
  ): Promise<T> {
    const self = { key, isOvertaken: false };
    writes.add(self);
    try {
      return await write(() => checkConditions(conditions, find(key), self.isOvertaken));
    } finally {
      writes.delete(self);
    }
  }

  /**
   * Removes one version, or hides all behind a delete marker. What is not there is removed already.
   * @returns undefined if the bucket keeps no versions
   * @throws AwsError if the current version does not meet the condition
   */
  function remove({ key, versionId, ifMatch }: Doomed) {
    const before = find(key);
    checkConditions({ ifMatch }, before, false);
    const kept = sql('SELECT 1 FROM versions WHERE key = ? AND versionId <> ? LIMIT 1').get(key, NULL_ID);
    const hides = versionId === undefined && (isVersioned || kept !== undefined);
    const deletion = hides ? 'Delete Marker Created' : 'Permanently Deleted';
    const found = versionId === undefined && !isObject(before) ? undefined : find(key, versionId);
    const version = hides ? add(key, {}) : found;
    if (version) changes.push({ version, reason: 'DeleteObject', deletion });
    if (version && !hides) sql('DELETE FROM versions WHERE place = ?').run(version.place);
    if (isObject(before) && !isObject(find(key))) {
      for (const each of writes) each.isOvertaken ||= each.key === key;
    }
    if (versionId !== undefined)
      return { versionId, isDeleteMarker: version !== undefined && !isObject(version) };
    return hides && version ? { versionId: version.versionId, isDeleteMarker: true } : undefined;
  }

  function upload(id: string, key: string): Upload {
    const row = sql('SELECT * FROM uploads WHERE id = ? AND key = ?').get(id, key);
    if (row) return parse(row);
    throw s3Error('NoSuchUpload');
  }

  function dropUpload(id: string): void {
    transaction(() => sql('DELETE FROM uploads WHERE id = ?').run(id));
  }

  /** @param after a number */
  function parts(id: string, after: number, most: number): Part[] {
    const text = 'SELECT * FROM pieces WHERE uploadId = ? AND number > ? ORDER BY number LIMIT ?';
    return sql(text)
      .all(id, after, most)
      .map(parse<Part>);
  }

  /** Does what the lifecycle rules say. They act at midnight, so this does it once a day. */
  function expire(): void {
    if (now() < expiresAtMs) return;
    expiresAtMs = nextMidnight(now());
    const { uploadDays, noncurrentDays, dropsLoneMarkers } = lifecycle;
    const successor = "lag(record ->> 'lastModifiedMs') OVER (PARTITION BY key ORDER BY place DESC)";
    const past = `SELECT * FROM (SELECT record, ${successor} AS sinceMs FROM versions) WHERE sinceMs < ?`;
    const lone = `SELECT * FROM versions GROUP BY key HAVING count(*) = 1 AND record ->> 'etag' IS NULL`;
    const drop = (text: string, ...values: SQLInputValue[]) => {
      for (const version of sql(text)
        .all(...values)
        .map(parse<Version>)) {
        sql('DELETE FROM versions WHERE place = ?').run(version.place);
        changes.push({ version, reason: 'Lifecycle Expiration', deletion: 'Permanently Deleted' });
      }
    };
    transaction(() => {
      sql("DELETE FROM uploads WHERE record ->> 'startedAtMs' < ?").run(endOfDays(uploadDays, now()));
      drop(past, endOfDays(noncurrentDays, now()));
      if (dropsLoneMarkers) drop(lone);
    });
  }

  return {
    isVersioned,
    createdAt: statSync(join(directory, 'data')).birthtime,
    close: () => void (db.isOpen && db.close()),
    expire,
    transaction,
    find,
    /** In a transaction. */
    remove,
    upload,
    dropUpload,
    parts,
    /** All versions in the order of their keys' bytes, newest first, from both keys on. */
    *versionsFrom(key: string, other: string): Generator<Version> {
      const text = 'SELECT * FROM versions WHERE key >= ? AND key >= ? ORDER BY key, place DESC';
      for (const row of sql(text).iterate(key, other)) yield parse(row);
    },
    uploadsAfter(key: string, id: string): Upload[] {
      const text = 'SELECT * FROM uploads WHERE (key, id) > (?, ?) ORDER BY key, id';
      return sql(text)
        .all(key, id)
        .map(parse<Upload>);
    },
    /** @param end exclusive */
    read({ place }: StoredObject, start: number, end: number): AsyncIterable<Buffer> {
      const pieces = sql('SELECT * FROM pieces WHERE place = ? ORDER BY number')
        .all(place)
        .map(parse<Part>);
      return data.read(pieces, start, end);
    },
    put: (
      key: string,
      { source, ...described }: Described & { source: AsyncIterable<Buffer> },
      conditions: WriteConditions,
      reason: Change['reason'],
    ): Promise<StoredObject> =>
      whileWriting(key, conditions, (check) =>
        withPiece(source, (piece) => {
          check();
          const object = add(key, { ...described, size: piece.size, etag: `"${piece.md5}"` });
          changes.push({ version: object, reason });
          const text = 'INSERT INTO pieces (file, number, place, record) VALUES (?, 1, ?, ?)';
          sql(text).run(piece.file, object.place, JSON.stringify(piece));
          return object;
        }),
      ),
    setTags(object: StoredObject, tags: Tags): void {
      const record = JSON.stringify({ ...object, tags });
      transaction(() => sql('UPDATE versions SET record = ? WHERE place = ?').run(record, object.place));
    },
    createUpload(begun: Omit<Upload, 'id' | 'startedAtMs'>): string {
      const id = randomUUID();
      const record = JSON.stringify({ ...begun, id, startedAtMs: now() });
      transaction(() => sql('INSERT INTO uploads VALUES (?, ?, ?)').run(id, begun.key, record));
      return id;
    },
    /** @param part `sha256` is checked already */
    putPart(
      { id, key }: Upload,
      { source, ...part }: Pick<Part, 'number' | 'sha256'> & { source: AsyncIterable<Buffer> },
    ): Promise<Piece> {
      return withPiece(source, (piece) => {
        upload(id, key);
        sql('UPDATE pieces SET uploadId = NULL WHERE uploadId = ? AND number = ?').run(id, part.number);
        const record = JSON.stringify({ ...piece, ...part, lastModifiedMs: now() });
        const text = 'INSERT INTO pieces (file, number, uploadId, record) VALUES (?, ?, ?, ?)';
        sql(text).run(piece.file, part.number, id, record);
        return piece;
      });
    },
    /** @param readChosen reads the list of parts from the request */
    completeUpload: (
      id: string,
      key: string,
      readChosen: () => Promise<ChosenPart[]>,
      conditions: WriteConditions,
    ): Promise<StoredObject> =>
      whileWriting(key, conditions, async (check) => {
        const chosen = await readChosen();
        try {
          return transaction(() => {
            const { headers, tags, startedAtMs, hasSha256 } = upload(id, key);
            const pieces = choosePieces(parts(id, 0, -1), hasSha256, chosen);
            check();
            const made = { headers, tags, ...joined(pieces) };
            // S3 User Guide, "Working with object metadata": Last-Modified is the date on which the upload was begun.
            const object = add(key, made, startedAtMs);
            changes.push({ version: object, reason: 'CompleteMultipartUpload' });
            const move = sql('UPDATE pieces SET uploadId = NULL, place = ? WHERE file = ?');
            for (const { file } of pieces) move.run(object.place, file);
            sql('DELETE FROM uploads WHERE id = ?').run(id);
            return object;
          });
        } catch (error) {
          // After this error S3 demands a new upload from the beginning.
          if (error instanceof AwsError && error.code === 'ConditionalRequestConflict') dropUpload(id);
          throw error;
        }
      }),
  };
}

/** An object of several pieces. Its ETag is that of S3: the hash of the pieces' hashes, and their number. */
function joined(pieces: readonly Piece[]): Pick<StoredObject, 'size' | 'etag'> {
  const hash = createHash('md5');
  for (const { md5 } of pieces) hash.update(md5, 'hex');
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
  return { size, etag: `"${hash.digest('hex')}-${pieces.length}"` };
}

/**
 * The parts that a client's final list names.
 * @throws AwsError if the list does not match the uploaded parts
 */
function choosePieces(parts: readonly Part[], hasSha256: boolean, chosen: readonly ChosenPart[]): Part[] {
  const byNumber = new Map(parts.map((part) => [part.number, part]));
  const pieces = chosen.map(({ number, etag, sha256 }, index) => {
    const part = byNumber.get(number);
    if (hasSha256 && sha256 === undefined) {
      throw s3Error(
        'InvalidRequest',
        `The upload was created using a sha256 checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      );
    }
    if (!part || part.md5 !== etag.replaceAll('"', '') || (sha256 ?? part.sha256) !== part.sha256) {
      throw s3Error('InvalidPart', `Part ${number} could not be found, or its ETag is another.`);
    }
    if (number <= (chosen[index - 1]?.number ?? 0)) {
      throw s3Error('InvalidPartOrder');
    }
    return part;
  });
  if (pieces.length === 0) throw s3Error('MalformedXML', 'There must be at least one part.');
  if (pieces.slice(0, -1).some(({ size }) => size < 5 * 1024 * 1024)) {
    throw s3Error('EntityTooSmall');
  }
  return pieces;
}

/** @param isOvertaken the object has been deleted since the write began */
function checkConditions(
  { ifMatch, ifNoneMatch }: WriteConditions,
  current: Version | undefined,
  isOvertaken: boolean,
): void {
  const existing = isObject(current) ? current : undefined;
  if (ifMatch !== undefined && !existing) {
    throw s3Error('NoSuchKey');
  }
  const tags = ['*', existing?.etag.replaceAll('"', '')];
  const fails =
    (ifMatch !== undefined && !tags.includes(ifMatch.replaceAll('"', ''))) ||
    (ifNoneMatch !== undefined && existing !== undefined);
  if (fails) throw s3Error('PreconditionFailed');
  if (ifNoneMatch !== undefined && isOvertaken) {
    throw s3Error('ConditionalRequestConflict');
  }
}

/** The records are our own. */
function parse<R>({ record }: Record<string, unknown>): R {
  return JSON.parse(String(record)) as R;
}
