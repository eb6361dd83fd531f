/** Five sealed transactions must fit into the headers of a request: API Gateway takes 10,240 bytes of them. */
const MAX_LENGTH = 512;

/**
 * Where to go after signing in: a path of the app host. Whatever is anything else becomes `/`, decided by comparing
 * parsed origins (URL Standard), never prefixes.
 */
export function toReturnTo(dangerousReturnTo: unknown, appOrigin: string): string {
  if (typeof dangerousReturnTo !== 'string' || dangerousReturnTo.length > MAX_LENGTH) return '/';
  // Browsers drop tabs and line breaks, and read a backslash as a slash: a target that needs it is not ours.
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(dangerousReturnTo)) return '/';
  const path = pathOn(dangerousReturnTo, appOrigin);
  // Resolving dot segments can leave `//host`, which is an authority when it is read again.
  return path !== undefined && pathOn(path, appOrigin) === path ? path : '/';
}

function pathOn(target: string, appOrigin: string): string | undefined {
  if (!URL.canParse(target, appOrigin)) return undefined;
  const url = new URL(target, appOrigin);
  return url.origin === appOrigin ? url.pathname + url.search + url.hash : undefined;
}
