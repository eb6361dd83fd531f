import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { StoredName } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { MAX_CLOCK_ERROR_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { StoredFile } from '../files/file.ts';

/** A file as S3 lists it, without its key. */
type PresentFile = Pick<StoredFile, 'size' | 'etag' | 'lastModified'>;

/** What the client read in a picture or film. */
export interface Picture {
  /** ISO 8601. It has a zone only if the camera stored one. */
  takenAt?: string;
  /** Pixels. */
  width?: number;
  height?: number;
  /** The average color, `#rrggbb`. */
  color?: string;
}

export interface FileDetails extends Picture {
  /** The file's own date, as given at its upload: ISO 8601 in UTC. */
  changedAt?: string;
  /** In a team. */
  uploadedBy?: UserId;
}

/** What is known of one content of a file. */
export interface KnownContent extends FileDetails {
  etag: string;
}

/** A PUT that was signed, and may have arrived. */
export interface SignedUpload {
  /** Absent for what came through a link, and if several are noted as one. */
  by?: UserId;
  changedAt?: string;
  /** Bytes. Absent if several are noted as one. */
  size?: number;
  firstMs: number;
  lastMs: number;
  /** The ETag and the time of the file that was there. This upload did not make it. */
  over?: string;
  overMs?: number;
}

export const SCAN_OUTCOMES = ['clean', 'refused', 'not_scanned'] as const;

/** What the scanner said of one content. */
export interface Scanned {
  etag: string;
  outcome: (typeof SCAN_OUTCOMES)[number];
  atMs: number;
}

/** What the table has of one name. All of it says of which content it is, so none of it shows with another content. */
export interface DetailsRow {
  content?: KnownContent;
  /** What was known of earlier contents, the latest first. One of them may be restored. */
  former?: KnownContent[];
  uploads: SignedUpload[];
  scanned?: Scanned;
  /** The ids of the delete markers that moves have left above earlier versions of the name. */
  movedAway?: readonly string[];
  /** The file is in the trash, and the row goes at this time. */
  goesAtEpoch?: number;
}

export const NO_DETAILS: DetailsRow = { uploads: [] };

/** A name in somebody's folder. */
export interface NamedFile {
  owner: Owner;
  name: StoredName;
}

const ARRIVES_WITHIN_MS = 60 * 60 * 1_000;
const CLOCKS_MS = MAX_CLOCK_ERROR_SECONDS * 1_000;
/** More uploads of one name within the hour are noted as one. */
const MOST_UPLOADS = 8;
/** As many contents of a name are known beside the present one. */
const MOST_FORMER = 8;

/** What a list says of a file. */
export function detailsOf({ content, former = [], uploads }: DetailsRow, file: PresentFile): FileDetails {
  const known = [content, ...former].find((each) => each?.etag === file.etag);
  const { etag: _etag, uploadedBy, changedAt, ...picture } = known ?? { etag: '' };
  const may = uploads.filter((upload) => mayHaveMade(upload, file));
  // An upload that is not settled yet came after all that is known.
  const upload = may.length > 0 ? agreedOf(may) : { uploadedBy, changedAt };
  return { ...picture, ...defined(upload) };
}

function mayHaveMade(upload: SignedUpload, { etag, size, lastModified }: PresentFile): boolean {
  const atMs = lastModified.getTime();
  return (
    (upload.size ?? size) === size &&
    !(upload.over === etag && upload.overMs === atMs) &&
    upload.firstMs - CLOCKS_MS <= atMs &&
    atMs <= upload.lastMs + ARRIVES_WITHIN_MS
  );
}

/** What several uploads agree on, one of which has made a file. */
function agreedOf(uploads: readonly SignedUpload[]) {
  const agreed = <T>([first, ...others]: T[]) => (others.every((each) => each === first) ? first : undefined);
  return {
    uploadedBy: agreed(uploads.map(({ by }) => by)),
    changedAt: agreed(uploads.map(({ changedAt }) => changedAt)),
  };
}

/** An upload that is about to be signed, and the file that has the name now, if anybody has looked. */
export interface NewUpload extends Pick<SignedUpload, 'by' | 'changedAt'> {
  size: number;
  present?: PresentFile;
}

/**
 * The row with an upload that is about to be signed. What made the present file is settled, so that the new upload does
 * not cast doubt on it.
 */
export function withUpload(
  { goesAtEpoch: _stays, ...row }: DetailsRow,
  { present, nowMs, ...signed }: NewUpload & { nowMs: number },
): DetailsRow {
  const settled = present ? withContent(row, present) : row;
  const open = settled.uploads.filter(({ lastMs }) => nowMs <= lastMs + ARRIVES_WITHIN_MS);
  const same = open.find(
    ({ by, size, changedAt }) => by === signed.by && size === signed.size && changedAt === signed.changedAt,
  );
  const upload: SignedUpload = {
    ...{ ...signed, firstMs: same?.firstMs ?? nowMs, lastMs: nowMs },
    ...(present && { over: present.etag, overMs: present.lastModified.getTime() }),
  };
  const others = open.filter((each) => each !== same);
  const uploads = [...others, upload];
  return { ...settled, uploads: uploads.length > MOST_UPLOADS ? [asOne(uploads)] : uploads };
}

function asOne(uploads: readonly SignedUpload[]): SignedUpload {
  return {
    firstMs: Math.min(...uploads.map(({ firstMs }) => firstMs)),
    lastMs: Math.max(...uploads.map(({ lastMs }) => lastMs)),
  };
}

/** The row with more about the content that a file has now. Who has uploaded it is settled, and stays. */
export function withContent(row: DetailsRow, file: PresentFile, more: FileDetails = {}): DetailsRow {
  const { goesAtEpoch, content, former = [], ...stays } = row;
  const known = { ...detailsOf(row, file), ...more };
  if (Object.keys(known).length === 0) {
    return goesAtEpoch === undefined ? row : { ...stays, ...defined({ content, former: row.former }) };
  }
  const others = [...(content ? [content] : []), ...former].filter(({ etag }) => etag !== file.etag);
  const may = row.uploads.filter((upload) => mayHaveMade(upload, file));
  const isOfOne = may.every(({ by }) => by === may[0]?.by);
  return {
    ...stays,
    content: { ...known, etag: file.etag },
    ...(others.length > 0 && { former: others.slice(0, MOST_FORMER) }),
    // A signed PUT takes one content. What made this file makes no other.
    uploads: row.uploads.filter((each) => !(isOfOne && each.size === file.size && may.includes(each))),
  };
}

/** More moves of one name are forgotten. Its earlier versions are then listed in the trash. */
const MOST_MOVES = 50;

/** The row of a name whose file was moved away, although earlier versions of it are kept. */
export function withMove(row: DetailsRow, markerId: string, goesAtEpoch: number): DetailsRow {
  return { ...row, movedAway: [...(row.movedAway ?? []), markerId].slice(-MOST_MOVES), goesAtEpoch };
}

/** The row with the scanner's word. Events may come twice, and in any order: the latest counts. */
export function withScanned(row: DetailsRow, scanned: Scanned): DetailsRow {
  return row.scanned && row.scanned.atMs > scanned.atMs ? row : { ...row, scanned };
}

/** A file that the scanner has said nothing about for this long is not scanned any more. */
const SCANNED_WITHIN_MS = 60 * 60 * 1_000;

/** What a list says of a file that is not known to be clean. */
export type ScanState = 'scanning' | 'refused' | 'not_scanned';

/**
 * What a list says of a file where files are scanned. Nothing for a clean one. The scanner's word counts only for a file
 * that is not younger: the same content may have come again.
 */
export function scanOf(
  { scanned }: DetailsRow,
  { etag, lastModified }: PresentFile,
  nowMs: number,
): ScanState | undefined {
  // Events have whole seconds.
  const atMs = Math.floor(lastModified.getTime() / 1_000) * 1_000;
  if (scanned?.etag === etag && scanned.atMs >= atMs) {
    return scanned.outcome === 'clean' ? undefined : scanned.outcome;
  }
  return nowMs - atMs > SCANNED_WITHIN_MS ? 'not_scanned' : 'scanning';
}

/** Whether a time in the form of `Picture.takenAt` exists: there is no 30 February. */
export function isTakenAt(text: string): boolean {
  const local = text.slice(0, 19);
  const asUtc = new Date(`${local}Z`);
  const isReal = !Number.isNaN(asUtc.getTime()) && asUtc.toISOString().startsWith(local);
  return isReal && !Number.isNaN(Date.parse(text));
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Whether a time in the form of `FileDetails.changedAt` exists, and can be that of a file. */
export function isChangedAt(text: string, nowMs: number): boolean {
  return isTakenAt(text) && text >= '1900' && Date.parse(text) <= nowMs + DAY_MS;
}
