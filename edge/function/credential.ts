import { numberOfStart } from '@cloudfront-cookie-gateway/core/team-start';
import type { EdgeRequest, EdgeValue } from './event.ts';
import type { Query } from './query.ts';

/** Scheme, host and port of the files host. The build puts this constant in, from the values of the stack. */
declare const FILES_ORIGIN: string;
/**
 * The build puts this constant in, too. With `trusted`, CloudFront's signature check alone decides about a request
 * whose credential this function does not see.
 */
declare const EDGE_CREDENTIAL: 'read' | 'trusted';

/** What a request may open, and the number by which it can be revoked. */
export type Credential =
  /** The folder of a user or a team. `start` is the session start in epoch seconds, or 0 if it is not known. */
  | { kind: 'folder'; start: number }
  /** One URL. `share` is its number, or 0 for an operator's link, which has no number. */
  | { kind: 'file'; share: number };

/** The folder that a request asks for: `/users/<id>/` or `/teams/<tid>/`. */
export interface Folder {
  folder: string;
  isTeam: boolean;
}

export type CredentialRefusal = 'no_credential' | 'ambiguous' | 'policy_not_ours';

/**
 * Reads the credential that CloudFront took. If the query has a signing parameter of any kind, CloudFront took the URL;
 * otherwise it took the cookies (DG: private-content-choosing-signed-urls-cookies). CloudFront checks the signature,
 * and this function does not. Here the credential must be one of the two kinds that this service makes, and it must be
 * readable in one way only.
 * @param request with the raw URI
 * @param nowEpoch seconds
 */
export function readCredential(
  request: EdgeRequest,
  owner: Folder,
  query: Query,
  nowEpoch: number,
): Credential | CredentialRefusal {
  const shown = shownCredential(request, owner, query, nowEpoch);
  if (EDGE_CREDENTIAL === 'read' || shown !== 'no_credential') return shown;
  // Without its start, nobody could say whose set of a team this is.
  if (owner.isTeam) return 'no_credential';
  // The number of a share is in the query, and CloudFront signed the query with it.
  return query.values['share'] === undefined ? { kind: 'folder', start: 0 } : fileCredential(query);
}

function shownCredential(
  request: EdgeRequest,
  owner: Folder,
  query: Query,
  nowEpoch: number,
): Credential | CredentialRefusal {
  if (query.isAmbiguous) return 'ambiguous';
  // Only a whole signed URL counts as one. A stray parameter must not turn off the revocation of the cookies.
  if (query.isSigned && !(query.values['Signature'] && query.values['Key-Pair-Id'])) return 'no_credential';
  let rawPolicy: string | undefined;
  if (query.isSigned) {
    rawPolicy = query.values['Policy'];
    if (query.values['Expires'] !== undefined) {
      // A canned policy. CloudFront makes it from exactly this URL, so it opens no other.
      return rawPolicy === undefined ? fileCredential(query) : 'ambiguous';
    }
  } else {
    const cookies = request.cookies;
    if (cookies['CloudFront-Expires']) return 'ambiguous';
    const policy = cookies['CloudFront-Policy'];
    if (
      isRepeated(policy) ||
      isRepeated(cookies['CloudFront-Signature']) ||
      isRepeated(cookies['CloudFront-Key-Pair-Id']) ||
      isRepeated(cookies['CloudFront-Hash-Algorithm'])
    ) {
      return 'ambiguous';
    }
    rawPolicy = policy ? policy.value : '';
  }
  if (!rawPolicy) return 'no_credential';
  const start = query.isSigned ? 0 : ownFolderStart(rawPolicy, owner.folder);
  if (start !== 0 && start < nowEpoch) return { kind: 'folder', start: start };
  const text = decodePolicy(rawPolicy);
  if (text === undefined) return 'ambiguous';
  const statement = statementOf(text);
  if (!statement) return 'no_credential';
  return statement.Resource === `${FILES_ORIGIN}${owner.folder}*`
    ? folderCredential(statement, owner, nowEpoch)
    : filePolicyCredential(statement, request.uri, query);
}

function isRepeated(cookie: EdgeValue | undefined): boolean | undefined {
  return cookie?.multiValue && cookie.multiValue.length > 1;
}

const BETWEEN_DATES = '},"DateGreaterThan":{"AWS:EpochTime":';
const BEHIND_DATES = '}}}]}';
/** The digits of an epoch second until the year 2286. */
const DATE_DIGITS = 10;

/**
 * The session start in a folder policy that is byte for byte as this service writes it; 0 for any other policy. The
 * answer is that of `folderCredential`, at less cost. The function reads the two dates, and compares the policy that
 * the service would write with the policy that came. Base64 of this policy never needs `+` or `/`. Only the last four
 * characters of the base64 can hold padding, or have a second spelling. So those four are compared as they came.
 */
function ownFolderStart(raw: string, folder: string): number {
  const head = `{"Statement":[{"Resource":"${FILES_ORIGIN}${folder}*","Condition":{"DateLessThan":{"AWS:EpochTime":`;
  const text = decodeBase64(raw.slice(0, -4)) || '';
  const expires = text.substr(head.length, DATE_DIGITS);
  const start = text.substr(head.length + DATE_DIGITS + BETWEEN_DATES.length, DATE_DIGITS);
  const own = head + expires + BETWEEN_DATES + start + BEHIND_DATES;
  const isOwn =
    // This check comes first. If both dates are there, only the short end of the policy is left for `btoa`.
    (expires + start).search(/^(?:[1-9]\d{9}){2}/) === 0 &&
    text === own.slice(0, text.length) &&
    raw.length === (text.length / 3) * 4 + 4 &&
    raw.slice(-4) === btoa(own.slice(text.length)).replaceAll('=', '_');
  return isOwn ? Number(start) : 0;
}

/**
 * Reads CloudFront's base64: `-` for `+`, `_` for `=`, `~` for `/`. Undefined for any spelling but the canonical one,
 * so that no two readers can get different bytes.
 */
function decodePolicy(raw: string): string | undefined {
  if (raw.search(/^[A-Za-z0-9~-]+_*$(?!\n)/) < 0) return undefined;
  const base64 = raw.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  const text = decodeBase64(base64);
  return text !== undefined && btoa(text) === base64 ? text : undefined;
}

function decodeBase64(base64: string): string | undefined {
  try {
    return atob(base64);
  } catch {
    return undefined;
  }
}

/** The statement of a policy, or an empty one if the policy has none, or several. Undefined if this is no JSON. */
function statementOf(text: string): Statement | undefined {
  let policy: { Statement?: Statement[] } | null;
  try {
    policy = JSON.parse(text);
  } catch {
    return undefined;
  }
  const statements = policy?.Statement;
  return (statements && statements.length === 1 && statements[0]) || {};
}

function folderCredential(
  statement: Statement,
  owner: Folder,
  nowEpoch: number,
): Credential | CredentialRefusal {
  const after = statement.Condition?.DateGreaterThan;
  const start = after?.['AWS:EpochTime'];
  if (typeof start !== 'number' || start % 1 !== 0 || !(start > 0 && start < nowEpoch))
    return 'policy_not_ours';
  if (owner.isTeam && numberOfStart(start) < 0) return 'policy_not_ours';
  return { kind: 'folder', start: start };
}

/** A policy for this file alone. */
function filePolicyCredential(
  statement: Statement,
  rawUri: string,
  query: Query,
): Credential | CredentialRefusal {
  const url = FILES_ORIGIN + rawUri + (query.unsigned === '' ? '' : `?${query.unsigned}`);
  // In a Resource, `*` is a wildcard, and so is each `?` after the one that begins the query.
  if (statement.Resource !== url || url.indexOf('*') >= 0 || query.unsigned.indexOf('?') >= 0) {
    return 'policy_not_ours';
  }
  return fileCredential(query);
}

interface Statement {
  Resource?: unknown;
  Condition?: Condition;
}

interface Condition {
  DateGreaterThan?: { 'AWS:EpochTime'?: unknown };
}

function fileCredential(query: Query): Credential | CredentialRefusal {
  const share = query.values['share'];
  if (share === undefined) return { kind: 'file', share: 0 };
  return share.search(/^[1-9][0-9]{0,14}$(?!\n)/) >= 0
    ? { kind: 'file', share: Number(share) }
    : 'policy_not_ours';
}
