import { type Assumptions, DEFAULT_ASSUMPTIONS } from '../assumptions.ts';

/** The sections of a URL or of a Resource pattern: `[protocol]://[domain]/[path]?[query]`. */
interface Sections {
  protocol: string;
  domain: string;
  /** The path with its slash, and the query. Empty without a slash. */
  path: string;
}

/** `http://`, `https://`, or, in signed URLs, `*://`. */
const WHOLE_PROTOCOL = /^(?:https?|\*)$/;

/** The section in which a URL differs from a pattern. */
export type Section = keyof Sections;

/**
 * Compares the Resource of a policy with a URL as the viewer sent it (DG: wildcards in a custom policy). `*` is zero or
 * more characters and crosses `/`. `?` is exactly one character. Nothing escapes them, and nothing is decoded or
 * resolved. A wildcard stays inside its section, but a trailing `*` covers everything that follows. The time is bounded
 * by the product of both lengths, whatever the pattern.
 * @param kind Resource begins with `http://` or `https://` in cookies. In signed URLs it may also begin with `*`, which
 *   may stand for protocol and domain
 * @returns the first section that is not covered. Undefined if the whole URL is covered
 */
export function uncoveredSection(
  pattern: string,
  url: string,
  kind: 'url' | 'cookies',
  { partialProtocol }: Pick<Assumptions, 'partialProtocol'> = DEFAULT_ASSUMPTIONS,
): Section | undefined {
  if (pattern === url) return undefined;
  const wanted = sectionsOf(pattern);
  const given = sectionsOf(url);
  if (kind === 'url' && !wanted && pattern.startsWith('*')) return matches(pattern, url) ? undefined : 'path';
  if (!wanted || !given) return 'protocol';
  if (!WHOLE_PROTOCOL.test(wanted.protocol) && !partialProtocol) return 'protocol';
  if (kind === 'cookies' && wanted.protocol.startsWith('*')) return 'protocol';
  if (!matches(wanted.protocol, given.protocol)) return 'protocol';
  if (!matches(wanted.domain, given.domain)) return 'domain';
  if (wanted.path === '') return wanted.domain.endsWith('*') ? undefined : 'path';
  return matches(wanted.path, given.path) ? undefined : 'path';
}

function sectionsOf(text: string): Sections | undefined {
  const protocolEnd = text.indexOf('://');
  if (protocolEnd === -1) return undefined;
  const domainStart = protocolEnd + 3;
  const slash = text.indexOf('/', domainStart);
  const domainEnd = slash === -1 ? text.length : slash;
  return {
    protocol: text.slice(0, protocolEnd),
    domain: text.slice(domainStart, domainEnd),
    path: text.slice(domainEnd),
  };
}

/**
 * Walks the text once, with the set of all reached places in the pattern. The query of the text begins at its first
 * `?`. A `*` takes that `?` only at the end of the pattern.
 */
function matches(pattern: string, text: string): boolean {
  const literal = pattern.search(/[*?]/);
  if (literal < 0) return pattern === text;
  if (!text.startsWith(pattern.slice(0, literal))) return false;
  if (literal === pattern.length - 1 && pattern.endsWith('*')) return true;
  const queryStart = text.indexOf('?');
  let reached = skipStars(pattern, new Set([literal]));
  for (let i = literal; i < text.length && reached.size > 0; i++) {
    const next = new Set<number>();
    for (const place of reached) {
      const wanted = pattern[place];
      if (wanted === '*') {
        if (i !== queryStart || place === pattern.length - 1) next.add(place);
      } else if (wanted === '?' || wanted === text[i]) {
        next.add(place + 1);
      }
    }
    reached = skipStars(pattern, next);
  }
  return reached.has(pattern.length);
}

/** Adds the places that need no character, since `*` may stand for no character. */
function skipStars(pattern: string, places: Set<number>): Set<number> {
  for (const place of places) {
    if (pattern[place] === '*') places.add(place + 1);
  }
  return places;
}
