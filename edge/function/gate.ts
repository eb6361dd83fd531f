import { type OwnerPath, readPath } from '@cloudfront-cookie-gateway/core/canonical-path';
import { numberOfStart } from '@cloudfront-cookie-gateway/core/team-start';
import { type Credential, readCredential } from './credential.ts';
import { CREDENTIAL_HEADER } from './credential-header.ts';
import type { EdgeRequest, EdgeResponse, EdgeValue, KeyValueStore, ViewerRequest } from './event.ts';
import { clearCache, refuse } from './own-answer.ts';
import { readQuery } from './query.ts';
import { isRevoked } from './revocation-check.ts';

/** Uses in which a file acts as a part of the page that names it (Fetch: request destinations). */
const REFUSED_DESTINATIONS =
  'script style worker sharedworker serviceworker audioworklet paintworklet manifest object embed xslt json'.split(
    ' ',
  );

/**
 * Decides on a viewer request: passes it on under its canonical path, or answers it. Normally, CloudFront's own check
 * has let the request in already. If CloudFront calls the function first, its own check comes later.
 * @param nowEpoch seconds
 */
export async function decide(
  request: ViewerRequest,
  store: KeyValueStore,
  nowEpoch: number,
): Promise<EdgeRequest | EdgeResponse> {
  const path = readPath(request.uri);
  if (!path) return refuse('bad_path', request);
  const query = readQuery(request.rawQueryString());
  const clears = path.isFolder && query.values['clear'] !== undefined && request.uri.split('/').length === 4;
  if (path.isFolder && !clears) return refuse('not_a_file', request);
  const credential = readCredential(request, path, query, nowEpoch);
  if (typeof credential === 'string') return refuse(credential, request);
  if (request.headers[CREDENTIAL_HEADER]) return refuse('ambiguous', request);
  const destination = request.headers['sec-fetch-dest'];
  if (destination && REFUSED_DESTINATIONS.indexOf(destination.value) >= 0)
    return refuse('destination_refused', request);
  if (credential.kind === 'folder' ? credential.start > 0 : credential.share > 0) {
    try {
      const key = entryKey(path, credential);
      const isTeamStart = path.isTeam && credential.kind === 'folder';
      // Both look-ups of a team start are under way at once. The second one is waited for whatever the first one does,
      // since a runtime may end a function that leaves a failure to nobody.
      const inTeam = isTeamStart ? store.exists(path.ownerId + key) : undefined;
      let hasEntry: boolean;
      let hasEntryInTeam = false;
      try {
        hasEntry = await store.exists(key);
      } finally {
        if (inTeam) hasEntryInTeam = await inTeam;
      }
      const entry = hasEntry ? await store.get(key) : '';
      if (hasEntry && isRevoked(entry, credential)) return refuse('revoked', request);
      const entryInTeam = hasEntryInTeam ? await store.get(path.ownerId + key) : '';
      if (hasEntryInTeam && isRevoked(entryInTeam, credential)) return refuse('revoked', request);
    } catch {
      // If the store is down, nobody knows whether the cookie is revoked. So the request is refused.
      return refuse('revocation_unknown', request);
    }
  }
  if (clears) return clearCache();
  request.uri = path.uri;
  request.querystring = passedQuery(query.values, credential.kind === 'file');
  request.headers[CREDENTIAL_HEADER] = { value: credential.kind };
  // The answer to several ranges has another type, and holds the stored type in each part. So the whole file is sent
  // instead.
  const range = request.headers['range'];
  if (range && (range.multiValue || range.value.indexOf(',') >= 0)) delete request.headers['range'];
  return request;
}

/**
 * The key of the entry that may revoke the credential. A team start has a second one, with the team's id in front: the
 * first is for sessions that its user has signed out, the second for a team that its user has left.
 */
function entryKey(path: OwnerPath, credential: Credential): string {
  if (!path.isTeam) return path.ownerId;
  return credential.kind === 'file' ? `${path.ownerId}.shares` : `.${numberOfStart(credential.start)}`;
}

/**
 * The parameters have one order, and their values are checked. Only `v` is in the cache key, so only `v` reaches S3.
 */
function passedQuery(values: { [name: string]: string | undefined }, isFile: boolean) {
  const version = values['v'];
  const passed: { [name: string]: EdgeValue } = version ? { v: { value: version } } : {};
  if (!isFile) return passed;
  const share = values['share'];
  const download = values['download'];
  if (share !== undefined) passed['share'] = { value: share };
  if (
    download !== undefined &&
    download.length <= 1024 &&
    /^(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+$(?!\n)/.test(download)
  ) {
    passed['download'] = { value: download };
  }
  return passed;
}
