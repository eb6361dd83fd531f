/** The two hosts, as origins (RFC 6454): scheme, host, and port where it is not the default one. */
export interface Origins {
  app: string;
  files: string;
  /** `Domain` of the CloudFront cookies; absent where both hosts have one name, so that they are host-only. */
  cookieDomain?: string;
}

const SETTINGS = { app: 'APP_ORIGIN', files: 'FILES_ORIGIN' };
/** The two as options of a call. */
export const ORIGIN_OPTIONS = { app: 'appOrigin', files: 'filesOrigin' };

/** That of public-suffix.ts, whose list is 125 KB: a start of the Lambda function, whose build has asked it, goes without. */
type IsPublicSuffix = (hostname: string) => boolean;

/** Every fault of the pair in words for whoever set it; `names` are the settings to blame. */
export function originFaults(
  rawApp: string,
  rawFiles: string,
  isPublicSuffix: IsPublicSuffix,
  names = SETTINGS,
): string[] {
  const faults: string[] = [];
  const app = toOrigin(rawApp);
  const files = toOrigin(rawFiles);
  const form = 'must be an origin, such as https://app.example.com, with no path and no slash at the end';
  if (!app) faults.push(`${names.app} ${form}`);
  if (!files) faults.push(`${names.files} ${form}`);
  if (!app || !files) return faults;
  for (const [name, url] of [
    [names.app, app],
    [names.files, files],
  ] as const) {
    if (url.protocol === 'http:' && !isDevelopmentHost(url.hostname)) {
      faults.push(`${name} must be https: browsers keep Secure cookies only there (http is for localhost)`);
    }
  }
  if (app.protocol !== files.protocol) {
    faults.push(`${names.app} and ${names.files} must have one scheme, or SameSite=Lax cookies stay behind`);
  }
  if (!isDevelopmentHost(app.hostname) && isPublicSuffix(app.hostname)) {
    faults.push(
      `${names.app}: ${app.hostname} is a public suffix, where browsers refuse cookies for children; use a name below it`,
    );
  }
  if (app.hostname === files.hostname) {
    if (app.host === files.host) {
      faults.push(`${names.files} must differ from ${names.app}: an uploaded file could act as the app`);
    }
    if (!isDevelopmentHost(app.hostname)) {
      faults.push(`${names.files} must be a child of the app host, such as https://files.${app.hostname}`);
    }
  } else if (!files.hostname.endsWith(`.${app.hostname}`)) {
    faults.push(`${names.files} must be a child of the app host, such as https://files.${app.hostname}`);
  }
  return faults;
}

/** The pair, once `originFaults` has found none; throws otherwise. */
export function parseOrigins(
  rawApp: string,
  rawFiles: string,
  isPublicSuffix: IsPublicSuffix,
  names = SETTINGS,
): Origins {
  const faults = originFaults(rawApp, rawFiles, isPublicSuffix, names);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const app = new URL(rawApp);
  const files = new URL(rawFiles);
  return {
    app: app.origin,
    files: files.origin,
    ...(app.hostname === files.hostname ? {} : { cookieDomain: app.hostname }),
  };
}

/** Loopback, or under `.test` (RFC 6761): a name that no stranger can be sent to. */
export function isDevelopmentHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '127.0.0.1' ||
    hostname === '[::1]' ||
    hostname === 'test' ||
    hostname.endsWith('.test')
  );
}

export function isDevelopmentOrigin(rawOrigin: string): boolean {
  return URL.canParse(rawOrigin) && isDevelopmentHost(new URL(rawOrigin).hostname);
}

function toOrigin(raw: string): URL | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  // URLs may have hosts with `*`, `;` and the like, which CORS and a content security policy read as something else.
  const isName = /^(?:[a-z0-9._-]+|\[::1\])$/.test(url.hostname);
  return isName && /^https?:$/.test(url.protocol) && url.origin === raw ? url : undefined;
}
