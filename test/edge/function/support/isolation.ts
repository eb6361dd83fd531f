import { type OwnerPath, readPath } from '../../../../core/canonical-path.ts';
import type { EdgeRequest, EdgeResponse, ViewerRequest } from '../../../../edge/function/event.ts';
import { decide } from '../../../../edge/function/gate.ts';
import { uncoveredSection } from '../../../../edge/local/signature/resource-pattern.ts';
import {
  ALICE,
  BOB,
  cookiesOf,
  ENDED_LINK_START,
  FILES_ORIGIN,
  FORMER_TEAM,
  LEFT_ENTRIES,
  LINK_START,
  NOW,
  ownerPolicy,
  storeOf,
  TEAM,
} from './events.ts';
import { bytesOf, carelessKey, ownerOf, resolvedPath } from './isolation-readers.ts';

const STORE = storeOf(LEFT_ENTRIES);

/** Each with cookies of one folder, validly signed. A team may have the id of a user. */
const HOLDERS: readonly Holder[] = [
  ...[`users/${ALICE}`, `users/${BOB}`, `teams/${TEAM}`, `teams/${ALICE}`].map((owner) => holder(owner)),
  { ...holder(`teams/${FORMER_TEAM}`), isOver: 'a former member' },
  holder(`teams/${TEAM}`, LINK_START),
  { ...holder(`teams/${TEAM}`, ENDED_LINK_START), isOver: 'an ended link' },
];

interface Holder {
  owner: string;
  cookies: EdgeRequest['cookies'];
  resource: string;
  /** Nothing passes, for this reason. */
  isOver?: string;
}

function holder(owner: string, start?: number): Holder {
  return {
    owner,
    cookies: cookiesOf(ownerPolicy(owner, start)),
    resource: `${FILES_ORIGIN}/${owner}/*`,
  };
}

export function isPassed(result: EdgeRequest | EdgeResponse): result is EdgeRequest {
  return 'uri' in result;
}

/** The reason why a passed URI may belong to another owner; undefined if it belongs to this one only. */
export function whyNotOwn(uri: string, owner: string): string | undefined {
  if (ownerOf(uri) !== owner) return `${uri} is not in the folder of ${owner}`;
  const key = carelessKey(uri);
  if (!key.startsWith(`${owner.toLowerCase()}/`)) return `${uri} may be read as ${key}`;
  return undefined;
}

/**
 * Tries one raw target (path and query) with the cookies of two users, of two teams, of a team that its user has left,
 * of a link to a team, of an ended one, and with a canned link. Tries both orders of signature check and function, also with a resolved URI and with hidden signing parameters. `decide` reads the path
 * first, so a path that its reader refuses is refused for every credential. Such a target gets its answer without a
 * promise; most targets are of this kind.
 * @returns whether the path passes with some credential, or a promise of the fault
 */
export function tryTarget(target: string): boolean | Promise<string | true> {
  const question = target.indexOf('?');
  const rawPath = question < 0 ? target : target.slice(0, question);
  const rawQuery = question < 0 ? undefined : target.slice(question + 1);
  const resolved = resolvedPath(rawPath);
  const path = readPath(rawPath);
  const passesResolved = resolved !== rawPath && readPath(resolved) !== undefined;
  if (!path && !passesResolved) return false;
  const wrong = path && whyNotFaithful(rawPath, path);
  if (wrong) return Promise.resolve(wrong);
  return tryPassing(rawPath, rawQuery, passesResolved ? [rawPath, resolved] : [rawPath]);
}

async function tryPassing(
  rawPath: string,
  rawQuery: string | undefined,
  seenUris: string[],
): Promise<string | true> {
  for (const uri of seenUris) {
    for (const holder of HOLDERS) {
      const result = await decide(event(uri, rawQuery, holder.cookies), STORE, NOW);
      if (!isPassed(result)) continue;
      if (holder.isOver) return `${uri}: passes for ${holder.isOver}`;
      const problem = whyNotOwn(result.uri, holder.owner);
      if (problem && (covers(holder, rawPath, rawQuery) || covers(holder, result.uri, rawQuery))) {
        return `${uri}: ${problem}`;
      }
    }
    const canned = `${rawQuery === undefined ? '' : `${rawQuery}&`}Expires=${NOW}&Signature=x_&Key-Pair-Id=K`;
    const result = await decide(event(uri, canned, {}), STORE, NOW);
    const problem = isPassed(result) && whyNotOwn(result.uri, ownerOf(rawPath));
    if (problem) return `${uri} by a canned link: ${problem}`;
  }
  return true;
}

/** Checks that hold for the path alone, whichever credential the function sees. */
function whyNotFaithful(rawPath: string, { uri, folder }: OwnerPath): string | undefined {
  if (!rawPath.startsWith(folder) || !uri.startsWith(folder)) return `${uri}: the prefix was not copied`;
  const owner = folder.slice(1, -1);
  for (const holder of HOLDERS) {
    // If the signing parameters are hidden, home-made cookies could name any owner. Then the path alone must decide.
    if (holder.owner !== owner && covers(holder, rawPath, undefined))
      return `${uri}: signed by ${holder.owner}`;
  }
  const problem = whyNotOwn(uri, owner);
  if (problem) return problem;
  if (readPath(uri)?.uri !== uri) return `${uri} changes when it is passed a second time`;
  if (bytesOf(uri) !== folder + bytesOf(rawPath.slice(folder.length)).replace(/\/+/g, '/').replace(/^\//, ''))
    return `${uri} is another name`;
  return undefined;
}

function covers(holder: { resource: string }, path: string, query: string | undefined): boolean {
  const url = `${FILES_ORIGIN}${path}${query === undefined ? '' : `?${query}`}`;
  return uncoveredSection(holder.resource, url, 'cookies') === undefined;
}

function event(uri: string, rawQuery: string | undefined, cookies: EdgeRequest['cookies']): ViewerRequest {
  return { method: 'GET', uri, querystring: {}, headers: {}, cookies, rawQueryString: () => rawQuery };
}
