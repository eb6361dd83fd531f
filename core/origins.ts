/** The two hosts, as origins (RFC 6454): scheme, host, and the port if it is not the default one. */
export interface Origins {
  app: string;
  files: string;
  /** `Domain` of the CloudFront cookies. Absent if both hosts have the same name: the cookies are then host-only. */
  cookieDomain?: string;
}

/** The ports of the two hosts on a laptop. */
export const USUAL_PORTS = { app: 3000, files: 8080 };

/** The origins that `APP_ORIGIN` and `FILES_ORIGIN` name. Without them: this machine, at the ports of the settings. */
export function namedOrigins(env: Record<string, string | undefined>, scheme = 'http') {
  return {
    appOrigin: env['APP_ORIGIN'] || `${scheme}://localhost:${env['APP_PORT'] || USUAL_PORTS.app}`,
    filesOrigin: env['FILES_ORIGIN'] || `${scheme}://localhost:${env['EDGE_PORT'] || USUAL_PORTS.files}`,
  };
}

const SETTINGS = { app: 'APP_ORIGIN', files: 'FILES_ORIGIN' };
/** The names of the two origins as options of a call. */
export const ORIGIN_OPTIONS = { app: 'appOrigin', files: 'filesOrigin' };

/**
 * The type of the function in public-suffix.ts. Its list has 125 KB, so a start of the Lambda function does not load
 * it: the build has already checked the host.
 */
type IsPublicSuffix = (hostname: string) => boolean;

/** What is wrong with a setting. The message goes on after its name. */
export interface SettingFault {
  path: string;
  message: string;
}

export function faultLine({ path, message }: SettingFault): string {
  return `${path} ${message}`;
}

/** Every fault of the two origins, in words for the person who set them. `names` are those of the settings. */
export function originFaults(
  rawApp: string,
  rawFiles: string,
  isPublicSuffix: IsPublicSuffix,
  names = SETTINGS,
): SettingFault[] {
  const faults: SettingFault[] = [];
  const fault = (path: string, message: string) => faults.push({ path, message });
  const app = toOrigin(rawApp);
  const files = toOrigin(rawFiles);
  const form = 'must be an origin, such as https://app.example.com, with no path and no slash at the end';
  if (!app) fault(names.app, form);
  if (!files) fault(names.files, form);
  if (!app || !files) return faults;
  for (const [name, url] of [
    [names.app, app],
    [names.files, files],
  ] as const) {
    if (url.protocol === 'http:' && !isDevelopmentHost(url.hostname)) {
      fault(name, 'must be https: browsers keep Secure cookies only over https (http is for localhost)');
    }
  }
  if (app.protocol !== files.protocol) {
    fault(
      names.app,
      `must have the same scheme as ${names.files}: browsers otherwise do not send SameSite=Lax cookies`,
    );
  }
  if (!isDevelopmentHost(app.hostname) && isPublicSuffix(app.hostname)) {
    fault(names.app, 'is a public suffix, and browsers refuse cookies for its children; use a name below it');
  }
  const child = `must be a child of the app host, such as https://files.${app.hostname}`;
  if (app.hostname === files.hostname) {
    if (app.host === files.host) {
      fault(names.files, `must differ from ${names.app}: an uploaded file could act as the app`);
    }
    if (!isDevelopmentHost(app.hostname)) fault(names.files, child);
  } else if (!files.hostname.endsWith(`.${app.hostname}`)) {
    fault(names.files, child);
  }
  return faults;
}

/** Parses the two origins, after `originFaults` has found no fault. Throws otherwise. */
export function parseOrigins(
  rawApp: string,
  rawFiles: string,
  isPublicSuffix: IsPublicSuffix,
  names = SETTINGS,
): Origins {
  const faults = originFaults(rawApp, rawFiles, isPublicSuffix, names);
  if (faults.length > 0) throw new Error(faults.map(faultLine).join('\n'));
  const app = new URL(rawApp);
  const files = new URL(rawFiles);
  return {
    app: app.origin,
    files: files.origin,
    ...(app.hostname === files.hostname ? {} : { cookieDomain: app.hostname }),
  };
}

/**
 * A loopback address, or a name under `.test` (RFC 6761). For a stranger, such a name leads nowhere, or to the
 * stranger's own machine.
 */
export function isDevelopmentHost(hostname: string): boolean {
  return /^(?:(?:.*\.)?(?:localhost|test)|127\.0\.0\.1|\[::1\])$/.test(hostname);
}

export function isDevelopmentOrigin(rawOrigin: string): boolean {
  return URL.canParse(rawOrigin) && isDevelopmentHost(new URL(rawOrigin).hostname);
}

function toOrigin(raw: string): URL | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  // The host of a URL may hold `*`, `;` and the like. CORS and a content security policy read such characters as
  // something else.
  const isName = /^(?:[a-z0-9._-]+|\[::1\])$/.test(url.hostname);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isName && isWeb && url.origin === raw ? url : undefined;
}
