/** Five sealed transactions must fit into the headers of a request. API Gateway takes 10,240 bytes of headers. */
const MAX_LENGTH = 512;

/**
 * The place to go to after a sign-in: a path of the app host. Anything else becomes `/`. The decision compares parsed
 * origins (URL Standard), never prefixes.
 */
export function toReturnTo(dangerousReturnTo: unknown, appOrigin: string): string {
  if (typeof dangerousReturnTo !== 'string' || dangerousReturnTo.length > MAX_LENGTH) return '/';
  // Browsers drop tabs and line breaks, and read a backslash as a slash. Our own paths hold none of these.
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(dangerousReturnTo)) return '/';
  const path = pathOn(dangerousReturnTo, appOrigin);
  // After its dot segments are resolved, a path can begin with `//host`. The browser would then go to that host.
  return path !== undefined && pathOn(path, appOrigin) === path ? path : '/';
}

function pathOn(target: string, appOrigin: string): string | undefined {
  if (!URL.canParse(target, appOrigin)) return undefined;
  const url = new URL(target, appOrigin);
  return url.origin === appOrigin ? url.pathname + url.search + url.hash : undefined;
}
