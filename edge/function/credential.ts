import type { EdgeRequest, EdgeValue } from './event.ts';
import type { Query } from './query.ts';

/** Put in by the build from the values of the stack: scheme, host and port of the files host. */
declare const FILES_ORIGIN: string;

/** What a request may open, and what its revocation is known by. */
export type Credential =
  /** One user's folder; `start` is the session start in epoch seconds. */
  | { kind: 'folder'; start: number }
  /** One URL; `share` is its number, 0 for an operator's link, which has none. */
  | { kind: 'file'; share: number };

export type CredentialRefusal = 'no_credential' | 'ambiguous' | 'policy_not_ours';

/**
 * Reads the credential that CloudFront took: signing parameters of any kind mean the URL, else the cookies
 * (DG: private-content-choosing-signed-urls-cookies). Whether it was signed is CloudFront's to check, not ours; here
 * it must be one of the two kinds that this service hands out, and be readable in one way only.
 * @param request with the raw URI
 * @param nowEpoch seconds
 */
export function readCredential(
  request: EdgeRequest,
  userId: string,
  query: Query,
  nowEpoch: number,
): Credential | CredentialRefusal {
  if (query.isAmbiguous) return 'ambiguous';
  let rawPolicy = query.values['Policy'];
  if (query.isSigned) {
    if (query.values['Expires'] !== undefined) {
      // A canned policy: CloudFront puts it together from this very URL, so it opens no other.
      return rawPolicy === undefined ? fileCredential(query) : 'ambiguous';
    }
  } else {
    const cookies = request.cookies;
    if (
      cookies['CloudFront-Expires'] ||
      isRepeated(cookies['CloudFront-Policy']) ||
      isRepeated(cookies['CloudFront-Signature']) ||
      isRepeated(cookies['CloudFront-Key-Pair-Id']) ||
      isRepeated(cookies['CloudFront-Hash-Algorithm'])
    ) {
      return 'ambiguous';
    }
    const cookie = cookies['CloudFront-Policy'];
    rawPolicy = cookie ? cookie.value : '';
  }
  if (!rawPolicy) return 'no_credential';
  const start = ownFolderStart(rawPolicy, userId);
  if (start > 0 && start < nowEpoch) return { kind: 'folder', start: start };
  const text = decodePolicy(rawPolicy);
  return text === undefined ? 'ambiguous' : policyCredential(text, request.uri, userId, query, nowEpoch);
}

/** Whether several values of one name were sent. */
export function isRepeated(value: EdgeValue | undefined): boolean {
  return value !== undefined && value.multiValue !== undefined && value.multiValue.length > 1;
}

/**
 * The session start in a folder policy that is byte for byte as this service writes it, 0 for any other: the answer of
 * `policyCredential` for a third of its cost, since most of the text is compared as it came and not decoded. The text
 * has no character that base64 spells with `+` or `/`, so only the padding differs from standard base64.
 */
function ownFolderStart(raw: string, userId: string): number {
  const head = `{"Statement":[{"Resource":"${FILES_ORIGIN}/users/${userId}/*","Condition":{"DateLessThan":{"AWS:EpochTime":`;
  const aligned = head.length - (head.length % 3);
  const cut = (aligned / 3) * 4;
  if (raw.slice(0, cut) !== btoa(head.slice(0, aligned))) return 0;
  let base64 = raw.slice(cut);
  if (base64.slice(-2) === '__') base64 = `${base64.slice(0, -2)}==`;
  else if (base64.slice(-1) === '_') base64 = `${base64.slice(0, -1)}=`;
  else if (base64.slice(-1) === '=') return 0;
  const text = decodeBase64(base64) || '';
  const rest = head.slice(aligned);
  const dates = text.startsWith(rest) && OWN_DATES.exec(text.slice(rest.length));
  return dates ? Number(dates[1]) : 0;
}

const OWN_DATES = /^[1-9]\d{9}\},"DateGreaterThan":\{"AWS:EpochTime":([1-9]\d{9})\}\}\}\]\}$/;

/**
 * CloudFront's base64: `-` for `+`, `_` for `=`, `~` for `/`. Undefined for any but the canonical spelling, so that no
 * two readers can take different bytes from it.
 */
function decodePolicy(raw: string): string | undefined {
  if (!/^[A-Za-z0-9~-]+_*$/.test(raw)) return undefined;
  return decodeBase64(raw.replace(/-/g, '+').replace(/_/g, '=').replace(/~/g, '/'));
}

/** Undefined for any but the canonical spelling. */
function decodeBase64(base64: string): string | undefined {
  try {
    const text = atob(base64);
    return btoa(text) === base64 ? text : undefined;
  } catch {
    return undefined;
  }
}

function policyCredential(
  text: string,
  rawUri: string,
  userId: string,
  query: Query,
  nowEpoch: number,
): Credential | CredentialRefusal {
  let policy: { Statement?: { Resource?: unknown; Condition?: Condition }[] } | null;
  try {
    policy = JSON.parse(text);
  } catch {
    return 'no_credential';
  }
  const statements = policy?.Statement;
  const statement = statements && statements.length === 1 && statements[0];
  if (!statement) return 'policy_not_ours';
  if (statement.Resource === `${FILES_ORIGIN}/users/${userId}/*`) {
    const after = statement.Condition?.DateGreaterThan;
    const start = after?.['AWS:EpochTime'];
    if (typeof start !== 'number' || start % 1 !== 0 || !(start > 0 && start < nowEpoch))
      return 'policy_not_ours';
    return { kind: 'folder', start: start };
  }
  const url = FILES_ORIGIN + rawUri + (query.unsigned === '' ? '' : `?${query.unsigned}`);
  // A policy reads `*`, and a second `?`, as wildcards.
  if (statement.Resource !== url || url.indexOf('*') >= 0 || query.unsigned.indexOf('?') >= 0) {
    return 'policy_not_ours';
  }
  return fileCredential(query);
}

interface Condition {
  DateGreaterThan?: { 'AWS:EpochTime'?: unknown };
}

function fileCredential(query: Query): Credential | CredentialRefusal {
  const share = query.values['share'];
  if (share === undefined) return { kind: 'file', share: 0 };
  return /^[1-9][0-9]{0,14}$/.test(share) ? { kind: 'file', share: Number(share) } : 'policy_not_ours';
}
