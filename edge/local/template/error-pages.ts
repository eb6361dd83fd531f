import type { ShapeReader } from './shape.ts';

/** The settings for errors (DG: generating custom error responses). */
export interface ErrorPages {
  /** The shortest time, in seconds, that an error is kept, by status. */
  ttlSeconds: ReadonlyMap<number, number>;
  /** The page that replaces an error, by the error's status. */
  pages: ReadonlyMap<number, { path: string; status: number }>;
}

/** Ten seconds if the distribution does not say otherwise (DG: HTTP status codes, ErrorCachingMinTTL). */
const DEFAULT_ERROR_TTL_SECONDS = 10;
const CACHED_BY_DEFAULT = [404, 414, 500, 501, 502, 503, 504];
/** Statuses that may have a page (DG: generating custom error responses). */
const WITH_PAGES = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

export function readErrorPages(shape: ShapeReader, rawResponses: unknown): ErrorPages {
  const ttlSeconds = new Map(CACHED_BY_DEFAULT.map((status) => [status, DEFAULT_ERROR_TTL_SECONDS]));
  const pages = new Map<number, { path: string; status: number }>();
  const listAt = 'Distribution.CustomErrorResponses';
  for (const [index, raw] of shape.list(rawResponses, listAt).entries()) {
    const at = `${listAt}[${index}]`;
    const modelled = ['ErrorCode', 'ErrorCachingMinTTL', 'ResponseCode', 'ResponsePagePath'];
    const response = shape.object(raw, at, modelled);
    const status = shape.oneOf(response['ErrorCode'], `${at}.ErrorCode`, WITH_PAGES) ?? 0;
    const ttl = shape.seconds(
      response['ErrorCachingMinTTL'],
      `${at}.ErrorCachingMinTTL`,
      DEFAULT_ERROR_TTL_SECONDS,
    );
    ttlSeconds.set(status, ttl);
    const { ResponseCode: code, ResponsePagePath: path } = response;
    if ((code === undefined) !== (path === undefined)) {
      shape.fault(`${at}: CloudFront takes ResponseCode and ResponsePagePath together or not at all`);
    }
    if (path === undefined || code === undefined) continue;
    const given = shape.oneOf(code, `${at}.ResponseCode`, [200, ...WITH_PAGES]) ?? status;
    const page = shape.text(path, `${at}.ResponsePagePath`);
    if (!page.startsWith('/')) shape.fault(`${at}.ResponsePagePath: ${page} does not begin with a slash`);
    pages.set(status, { path: page, status: given });
  }
  return { ttlSeconds, pages };
}
