export interface CookieJar {
  /** Keeps what `Set-Cookie` lines say. */
  store(lines: readonly string[]): void;
  /** The `Cookie` header for a path. */
  header(path: string): string;
  /** The same with the CloudFront cookies only. The files host gets no others. */
  ofFiles(path: string): string;
}

/** The cookies of one browser for one host name, by name and path, as RFC 6265 keeps them. */
export function createCookieJar(): CookieJar {
  const cookies = new Map<string, { name: string; value: string; path: string }>();
  const sent = (path: string) =>
    [...cookies.values()].filter((cookie) => `${path}/`.startsWith(cookie.path.replace(/\/?$/, '/')));
  const headerOf = (chosen: { name: string; value: string }[]) =>
    chosen.map(({ name, value }) => `${name}=${value}`).join('; ');
  return {
    store(lines) {
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split(/;\s*/);
        const equals = pair.indexOf('=');
        const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
        const attribute = (wanted: string) =>
          attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
        const path = attribute('path') ?? '/';
        const isGone = attribute('max-age') === '0' || Date.parse(attribute('expires') ?? '') <= Date.now();
        if (isGone) cookies.delete(`${name} ${path}`);
        else cookies.set(`${name} ${path}`, { name, value, path });
      }
    },
    header: (path) => headerOf(sent(path)),
    ofFiles: (path) => headerOf(sent(path).filter(({ name }) => name.startsWith('CloudFront-'))),
  };
}
