import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderKey, objectKey } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { ObjectStore } from '../files/bucket.ts';
import type { StoredFile } from '../files/file.ts';
import { parseScanResult } from '../files/scan-result.ts';
import { changeVersioned, createTries } from '../table/change.ts';
import type { Clock } from '../table/clock.ts';
import { within } from '../table/within.ts';
import {
  type DetailsRow,
  detailsOf,
  type FileDetails,
  type NamedFile,
  type NewUpload,
  NO_DETAILS,
  type Picture,
  type ScanState,
  scanOf,
  withContent,
  withMove,
  withScanned,
  withUpload,
} from './rules.ts';
import type { DetailsStore } from './table.ts';

/** A list waits for its details no longer than this. */
const LIST_WAITS_MS = 400;
/** How many rows are changed at once. */
const AT_ONCE = 32;
/** The table deletes a row some time after its end (DynamoDB Developer Guide, "Time to Live"). */
const DAY_SECONDS = 24 * 60 * 60;

export interface ListedDetails extends FileDetails {
  scan?: ScanState;
}

/** A file as S3 has it now. */
export type PresentFile = NamedFile & { file: Pick<StoredFile, 'size' | 'etag' | 'lastModified'> };

export interface DetailsDeps {
  detailsStore: DetailsStore;
  objects: Pick<ObjectStore, 'find'>;
  clock: Clock;
  /** Whether files are served only after a scan. */
  isScanned: boolean;
  /** The days for which the trash keeps files. 0 means that there is none. */
  keepDeletedDays: number;
  /** Called if the table has failed, and it does not matter. */
  onDetailsError: (error: unknown) => void;
}

export type Details = ReturnType<typeof createDetails>;

/**
 * What is known of files beside what S3 lists. Nothing depends on it. If the table fails, all but `describe` report
 * that and go on: a list comes without details, and a file without a row.
 */
export function createDetails(deps: DetailsDeps) {
  const { detailsStore: store, objects, clock, isScanned, keepDeletedDays, onDetailsError } = deps;

  async function harmlessly<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      onDetailsError(error);
      return otherwise;
    }
  }

  /** Those of many files that may have a row. Most have none, and one query costs less than an update of each. */
  async function withRows(files: readonly NamedFile[]): Promise<NamedFile[]> {
    const sorted = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    const [first, last] = [sorted[0], sorted.at(-1)];
    if (!first || !last) return [];
    const rows = await within(clock, LIST_WAITS_MS, store.between(first.owner, first.name, last.name, true));
    return rows ? sorted.filter(({ name }) => rows.has(name)) : sorted;
  }

  const trashEndsEpoch = () => nowEpoch({ clock }) + (keepDeletedDays + 1) * DAY_SECONDS;
  const change = (file: NamedFile, by: (row: DetailsRow) => DetailsRow) =>
    changeDetails({ store, clock }, file, by);

  return {
    /** Details by name, of files in S3's order. */
    ofList: (owner: Owner, files: readonly (StoredFile & { name: string })[]) =>
      harmlessly(new Map<string, ListedDetails>(), async () => {
        const [first, last] = [files[0], files.at(-1)];
        if (!first || !last) return new Map();
        const rows = await within(clock, LIST_WAITS_MS, store.between(owner, first.name, last.name));
        if (!rows) throw new GatewayError('store_unavailable');
        const nowMs = clock.now();
        return new Map(
          files.map((file) => {
            const row = rows.get(file.name) ?? NO_DETAILS;
            const scan = isScanned ? scanOf(row, file, nowMs) : undefined;
            return [file.name, { ...detailsOf(row, file), ...defined({ scan }) }];
          }),
        );
      }),

    /** Notes who may have uploaded what comes, and its own date, before a PUT is signed. */
    signing: (file: NamedFile, upload: NewUpload) =>
      harmlessly(undefined, () => change(file, (row) => withUpload(row, { ...upload, nowMs: clock.now() }))),

    /**
     * Adds what a client has read in a file.
     * @param etag of the content that it has read
     * @throws GatewayError no_such_file, also if the file has another content by now; store_unavailable, files_unavailable
     */
    async describe(file: NamedFile, etag: string, picture: Picture): Promise<void> {
      const present = await objects.find(objectKey(file.owner, file.name));
      if (present?.etag !== etag) throw new GatewayError('no_such_file');
      await change(file, (row) => withContent(row, present, picture));
    },

    /** Notes what is known of a file that was made of parts. */
    made: ({ file, ...named }: PresentFile, details: FileDetails) =>
      harmlessly(undefined, () => change(named, (row) => withContent(row, file, details))),

    /**
     * Gives a copy the details of its file. In another team than that of the file, the copy is of the user who made it:
     * members of a team learn nothing of another team.
     * @param copy.by who has made it
     */
    copied: (
      { file, ...from }: PresentFile,
      { size, etag, by, ...to }: NamedFile & { size: number; etag: string; by: UserId },
    ) =>
      harmlessly(undefined, async () => {
        const { uploadedBy, ...picture } = detailsOf((await store.read(from)).row, file);
        const isWithin = folderKey(from.owner) === folderKey(to.owner);
        const copiedBy = to.owner.kind === 'team' ? by : undefined;
        const more = { ...picture, ...defined({ uploadedBy: isWithin ? uploadedBy : copiedBy }) };
        const copy = { size, etag, lastModified: new Date(clock.now()) };
        if (Object.keys(more).length > 0) await change(to, (row) => withContent(row, copy, more));
      }),

    /** Files of one folder were deleted or moved away. Their rows stay while the trash keeps the files. */
    async gone(files: readonly NamedFile[]): Promise<void> {
      const left = files.length > AT_ONCE ? await harmlessly([...files], () => withRows(files)) : [...files];
      const leave = (file: NamedFile) =>
        keepDeletedDays === 0 ? store.delete(file) : store.expire(file, trashEndsEpoch());
      const leaving = Array.from({ length: AT_ONCE }, async () => {
        for (let file = left.pop(); file !== undefined; file = left.pop()) {
          const one = file;
          await harmlessly(undefined, () => leave(one));
        }
      });
      await Promise.all(leaving);
    },

    /** A file was moved away, and the delete marker with this id hides earlier versions of its name. */
    moved: (file: NamedFile, markerId: string) =>
      harmlessly(undefined, () => change(file, (row) => withMove(row, markerId, trashEndsEpoch()))),

    /** The ids of all such markers above these names, which are in S3's order. */
    movedAway: (owner: Owner, names: readonly string[]) =>
      harmlessly(new Set<string>(), async () => {
        const [first, last] = [names[0], names.at(-1)];
        if (first === undefined || last === undefined) return new Set();
        const rows = await store.between(owner, first, last, true);
        return new Set(names.flatMap((name) => rows.get(name)?.movedAway ?? []));
      }),

    /** A file in the trash was deleted for ever. The row of another file that has the name stays. */
    goneForEver: (file: NamedFile) => harmlessly(undefined, () => store.delete(file, true)),
    /**
     * A version of a file was made the file of its name again.
     * @param etag of the file, which may differ from that of the version
     */
    restored: ({ file, ...named }: PresentFile, etag: string) =>
      harmlessly(undefined, () => {
        const present = { size: file.size, etag, lastModified: new Date(clock.now()) };
        return change(named, (row) => withContent(row, present, detailsOf(row, file)));
      }),
  };
}

interface RowDeps {
  store: Pick<DetailsStore, 'read' | 'write'>;
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
}

/**
 * Changes a row by one conditional write. If somebody else wrote first, the change is made again.
 * @throws GatewayError store_unavailable
 */
export async function changeDetails(
  { store, clock }: RowDeps,
  file: NamedFile,
  change: (row: DetailsRow) => DetailsRow,
): Promise<void> {
  const place = {
    async read() {
      const { row, version } = await store.read(file);
      return { value: row, version };
    },
    write: (version: number, row: DetailsRow) => store.write(file, version, row),
  };
  const changed = (row: DetailsRow) => {
    const after = change(row);
    return after === row ? undefined : after;
  };
  await changeVersioned(place, changed, createTries(clock));
}

/**
 * Notes what the scanner said of a file. What is in the trash stays there.
 * @param event GuardDuty's, as EventBridge sends it
 * @throws GatewayError store_unavailable; TypeError for another event
 */
export async function noteScanResult(deps: RowDeps, bucketName: string, event: unknown): Promise<void> {
  const result = parseScanResult(event, bucketName);
  if (result) await changeDetails(deps, result.file, (row) => withScanned(row, result.scanned));
}
