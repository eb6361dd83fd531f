import { knownType } from '@cloudfront-cookie-gateway/core/type-by-extension';
import { type MessageKey, plain, text } from './language.ts';

/** The part after the last dot of a file's name, in lower case. Empty if there is none. */
export function extensionOf(name: string): string {
  return /[^/]\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** A name without its extension, and the extension with its dot. */
export function splitName(name: string): { stem: string; end: string } {
  const at = extensionOf(name) === '' ? name.length : name.lastIndexOf('.');
  return { stem: name.slice(0, at), end: name.slice(at) };
}

/**
 * The name for a file that replaces another file. It is the other file's name, but WebP content never gets the name
 * `.png`.
 */
export function replacementName(replaced: string, file: { name: string; type: string }): string {
  const isAlike =
    extensionOf(file.name) === extensionOf(replaced) || uploadType(file) === knownType(replaced);
  return isAlike ? replaced : splitName(replaced).stem + splitName(file.name).end;
}

/** The media type to store. The extension counts first: browsers call the same sound `audio/x-m4a` or `audio/mp4`. */
export function uploadType(file: { name: string; type: string }): string {
  return knownType(file.name) ?? (file.type || 'application/octet-stream');
}

/** The name of a team's files for the person, or of the person's own. */
export function nameOf(team: { name: string } | undefined): string {
  return team?.name ?? text('myFiles');
}

/** The letter that stands for a person. */
export function initialOf(name: string): string {
  return [...name][0]?.toUpperCase() ?? '';
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

/** The time left, in words such as `4:05`, `2 h 10 min` or `3 days`. */
export function formatTimeLeft(seconds: number): string {
  if (seconds === 0) return text('ended');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return text('clockLeft', { time: `${minutes}:${String(seconds % 60).padStart(2, '0')}` });
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return text('hoursLeft', { hours, minutes: minutes % 60 });
  return text('daysLeft', { days: Math.round(hours / 24) });
}

export interface Failure {
  words: string;
  canRetry: boolean;
}

/** The failures that another try does not mend. */
const FINAL: { [code: string]: MessageKey | undefined } = {
  file_too_large: 'tooLarge',
  quota_exceeded: 'noRoom',
  invalid_name: 'badName',
  too_many_shares: 'tooManyShares',
  not_found: 'notThere',
  no_such_file: 'notThere',
  no_session: 'signedOut',
  account_changed: 'otherAccount',
  no_such_team: 'noTeam',
  role_too_low: 'roleTooLow',
  too_many_teams: 'tooManyTeams',
  too_many_teams_today: 'tooManyTeamsToday',
  teams_disabled: 'noNewTeams',
  managed_by_provider: 'managedByProvider',
  invitation_over: 'invitationOver',
  last_manager: 'lastManager',
  no_such_member: 'noMember',
  too_many_members: 'tooManyMembers',
  too_many_invitations: 'tooManyInvitations',
  teams_full: 'teamsFull',
  no_such_link: 'noLink',
  too_many_links: 'tooManyLinks',
  link_over: 'linkOver',
  link_full: 'linkFull',
  password_needed: 'passwordNeeded',
  wrong_password: 'wrongPassword',
};

/** The reason of a failure in words for the person, and whether trying again can help. */
export function describeFailure(error: unknown): Failure {
  if (!isApiError(error)) return { words: text('didNotWork'), canRetry: true };
  const key = Object.hasOwn(FINAL, error.code) ? FINAL[error.code] : undefined;
  if (key !== undefined) return { words: plain(key), canRetry: false };
  // The host names the types that are allowed.
  if (error.code === 'type_not_allowed') return { words: typesOf(error.message), canRetry: false };
  if (error.code === 'network') {
    const isOffline = 'onLine' in navigator && navigator.onLine === false;
    return { words: text(isOffline ? 'offline' : 'connectionLost'), canRetry: true };
  }
  if (error.code === 'storage_refused') return { words: text('storageRefused'), canRetry: true };
  if (error.status === 429) return { words: text('tooMuchAtOnce'), canRetry: true };
  return { words: text('serverProblem'), canRetry: true };
}

/** The same words, and others for some codes. */
export const describeWith =
  (own: { [code: string]: MessageKey | undefined } = {}) =>
  (error: unknown): string => {
    const key = own[codeOf(error)];
    return key === undefined ? describeFailure(error).words : plain(key);
  };

/** The code of an ApiError. */
export function codeOf(error: unknown): string {
  return isApiError(error) ? error.code : '';
}

function typesOf(detail: string): string {
  const types = /: ([^:]*)\.$/.exec(detail)?.[1];
  return types === undefined ? detail : text('badType', { types });
}

/** Whether an upload failed because its name is taken, and the facts about the file that has the name. */
export function isTaken(error: unknown): error is { size?: number; lastModified?: string } {
  return isApiError(error) && error.code === 'file_exists';
}

/** Whether no answer arrived. It may work as soon as there is a network again. */
export function isLost(error: unknown): boolean {
  return isApiError(error) && error.code === 'network';
}

/** Whether the host knows no session, or that of somebody else. */
export function isSignedOut(error: unknown): boolean {
  return isApiError(error) && (error.code === 'no_session' || error.code === 'account_changed');
}

/** The `ApiError` of the client library. Its `code` tells what happened. */
function isApiError(error: unknown): error is Error & { code: string; status: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'status' in error;
}

/** A browser and its system, as its `User-Agent` names them. That is a hint, not a proof. */
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
  if (browser === undefined) return userAgent.slice(0, 40) || text('someBrowser');
  return system === undefined ? browser : text('browserOn', { browser, system });
}

/** Why signing in cannot work in a browser that did not keep a Secure cookie of this origin. */
export function describeCookieRefusal(origin: string): string {
  const advice = origin.startsWith('http:') ? 'noCookiesHttp' : 'noCookiesHttps';
  return `${text('noCookies', { origin })} ${text(advice)}`;
}
