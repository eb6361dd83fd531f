import { knownType } from '../../auth/domain/media-types.ts';

/** What is after the last dot of a file's name, in lower case; empty if nothing is. */
export function extensionOf(name: string): string {
  return /[^/]\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** A name, and the dot and extension that it ends in. */
export function splitName(name: string): { stem: string; end: string } {
  const at = extensionOf(name) === '' ? name.length : name.lastIndexOf('.');
  return { stem: name.slice(0, at), end: name.slice(at) };
}

/** What a file is called that takes the place of another: that one's name, but no `.png` full of WebP. */
export function replacementName(replaced: string, file: { name: string; type: string }): string {
  const isAlike =
    extensionOf(file.name) === extensionOf(replaced) || uploadType(file) === knownType(replaced);
  return isAlike ? replaced : splitName(replaced).stem + splitName(file.name).end;
}

/** The media type to store. The extension counts first: browsers call one and the same sound `audio/x-m4a` or `audio/mp4`. */
export function uploadType(file: { name: string; type: string }): string {
  return knownType(file.name) ?? (file.type || 'application/octet-stream');
}

export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let size = sizeBytes / 1000;
  while (size >= 999.5 && units.length > 1) {
    size /= 1000;
    units.shift();
  }
  return `${size < 9.95 ? size.toFixed(1) : size.toFixed(0)} ${units[0]}`;
}

/** Such as `4:05`, `2 h 10 min` or `3 days`, and what is left of it. */
export function formatTimeLeft(seconds: number): string {
  if (seconds === 0) return 'ended';
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${String(seconds % 60).padStart(2, '0')} left`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min left`;
  return `${Math.floor(hours / 24)} days left`;
}

export interface Failure {
  words: string;
  canRetry: boolean;
}

export const SIGNED_OUT = 'You are signed out. Sign in, then choose this file again.';

const FINAL: { [code: string]: string | undefined } = {
  file_too_large: 'This file is too large.',
  quota_exceeded: 'There is no room for this file. Delete others, then choose it again in a minute.',
  invalid_name: 'This name cannot be used. Rename the file, then choose it again.',
  too_many_shares: 'There are 50 links already. A revoked one counts until it would have ended.',
  not_found: 'This file is no longer there.',
  no_session: SIGNED_OUT,
  account_changed: 'Somebody else has signed in in this browser.',
};

/** Why something failed, in words for the person, and whether trying again can help. */
export function describeFailure(error: unknown): Failure {
  if (!isApiError(error)) return { words: 'This did not work.', canRetry: true };
  const words = Object.hasOwn(FINAL, error.code) ? FINAL[error.code] : undefined;
  if (words !== undefined) return { words, canRetry: false };
  // The host names those that are.
  if (error.code === 'type_not_allowed') return { words: error.message, canRetry: false };
  if (error.code === 'network') return { words: 'The connection was lost.', canRetry: true };
  if (error.code === 'storage_refused') return { words: 'The storage refused this file.', canRetry: true };
  if (error.status === 429) return { words: 'Too much at once. Wait a little.', canRetry: true };
  return { words: 'The server has a problem at the moment.', canRetry: true };
}

/** Whether an upload failed because its name is taken, and what is known of the file that has it. */
export function isTaken(error: unknown): error is { size?: number; lastModified?: string } {
  return isApiError(error) && error.code === 'file_exists';
}

/** The `ApiError` of the client library, which tells by `code` what happened. */
function isApiError(error: unknown): error is Error & { code: string; status: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'status' in error;
}

/** A browser and its system, as far as its `User-Agent` tells; that is a hint, not a proof. */
export function describeBrowser(userAgent = ''): string {
  const first = (names: [pattern: RegExp, name: string][]) =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = first([
    [/Edg\//, 'Edge'],
    [/OPR\//, 'Opera'],
    [/Firefox\/|FxiOS\//, 'Firefox'],
    [/Chrome\/|CriOS\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]);
  const system = first([
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'macOS'],
    [/Linux/, 'Linux'],
  ]);
  if (browser === undefined) return userAgent.slice(0, 40) || 'A browser';
  return system === undefined ? browser : `${browser} on ${system}`;
}

/** Why signing in cannot work in a browser that did not keep a Secure cookie of this origin. */
export function describeCookieRefusal(origin: string): string {
  const start = `Signing in would not work here: this browser does not keep Secure cookies for ${origin}, and they are what opens your files.`;
  return origin.startsWith('http:')
    ? `${start} Safari refuses them without https, even on localhost: use Chrome, Edge or Firefox and allow cookies, or serve the app over https (on this machine: HTTPS=1 npm start).`
    : `${start} Allow cookies for this site, then load the page again.`;
}
