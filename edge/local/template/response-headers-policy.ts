import { appendVary, type HeaderFields } from '../viewer/answer.ts';
import * as Type from './schema.ts';

const NAME = Type.map(Type.text(), (name) => name.toLowerCase());
const TEXTS = Type.items(Type.text(), { Items: [] });

/** A header of SecurityHeadersConfig. Unless `textOf` says otherwise, its one member is its value. */
function header(
  name: string,
  members: Record<string, Type.Schema<unknown>>,
  textOf = (members: Record<string, unknown>) => String(Object.values(members)[0]),
) {
  const schema = Type.object({ ...members, Override: Type.flag() });
  return Type.optional((field) => {
    const read = schema(field);
    return { name, value: textOf(read), override: read.Override };
  });
}

/** The headers of SecurityHeadersConfig, by the property that switches each of them on. */
const SECURITY_HEADERS = Type.object(
  {
    ContentSecurityPolicy: header('content-security-policy', { ContentSecurityPolicy: Type.text() }),
    ContentTypeOptions: header('x-content-type-options', {}, () => 'nosniff'),
    FrameOptions: header('x-frame-options', { FrameOption: Type.text() }),
    XSSProtection: header(
      'x-xss-protection',
      { Protection: Type.flag(), ModeBlock: Type.flag(false), ReportUri: Type.text('') },
      ({ Protection: isOn, ModeBlock: isBlocking, ReportUri: report }) => {
        if (!isOn) return '0';
        return `1${isBlocking ? '; mode=block' : report === '' ? '' : `; report=${report}`}`;
      },
    ),
    ReferrerPolicy: header('referrer-policy', { ReferrerPolicy: Type.text() }),
    StrictTransportSecurity: header(
      'strict-transport-security',
      {
        AccessControlMaxAgeSec: Type.seconds(),
        IncludeSubdomains: Type.flag(false),
        Preload: Type.flag(false),
      },
      (it) =>
        `max-age=${it['AccessControlMaxAgeSec']}${it['IncludeSubdomains'] ? '; includeSubDomains' : ''}${it['Preload'] ? '; preload' : ''}`,
    ),
  },
  {},
);

/** All methods that CloudFront accepts, which `ALL` stands for. */
const ALL_METHODS = ['GET', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
const ORIGIN = Type.checked(Type.text(), (origin) =>
  /^(?:\*|(?:https?:\/\/)?(?:\*\.)?[^*]+)$/.test(origin) ? undefined : `${origin} is not modelled`,
);

const CONFIG = Type.map(
  Type.object({
    ...Type.FOR_PEOPLE,
    CorsConfig: Type.optional(
      Type.object({
        AccessControlAllowCredentials: Type.flag(),
        AccessControlAllowOrigins: Type.items(ORIGIN),
        AccessControlExposeHeaders: TEXTS,
        AccessControlAllowHeaders: TEXTS,
        AccessControlAllowMethods: Type.map(TEXTS, (it) => (it.includes('ALL') ? ALL_METHODS : it)),
        AccessControlMaxAgeSec: Type.optional(Type.seconds()),
        OriginOverride: Type.flag(),
      }),
    ),
    CustomHeadersConfig: Type.items(
      Type.object({ Header: NAME, Value: Type.text(), Override: Type.flag() }),
      { Items: [] },
    ),
    RemoveHeadersConfig: Type.items(Type.object({ Header: NAME }), { Items: [] }),
    SecurityHeadersConfig: SECURITY_HEADERS,
    ServerTimingHeadersConfig: Type.withoutEffect(
      'it tells times between places of CloudFront, and there is one place here',
    ),
  }),
  ({
    RemoveHeadersConfig: removed,
    SecurityHeadersConfig: security,
    CustomHeadersConfig: custom,
    ...it
  }) => ({
    /** Lower-case names of the headers that are removed from the answer before any is added. */
    removed: removed.map(({ Header }) => Header),
    headers: [
      ...Object.values(security).filter((header) => header !== undefined),
      ...custom.map(({ Header: name, Value: value, Override: override }) => ({ name, value, override })),
    ],
    cors: it.CorsConfig,
  }),
);

/** The response headers policy of a behavior: one of AWS, or one of the template. */
export const responseHeadersPolicy = Type.optional(
  Type.policy('AWS::CloudFront::ResponseHeadersPolicy', 'it sets no header', CONFIG),
);
export type ResponseHeadersPolicy = NonNullable<ReturnType<typeof responseHeadersPolicy>>;

/** Adds the policy's headers to an answer. CORS headers are added only if the viewer sent an allowed origin. */
export function applyResponseHeaders(
  policy: ResponseHeadersPolicy,
  headers: HeaderFields,
  viewerOrigin: string | undefined,
  isPreflight = false,
): void {
  for (const name of policy.removed) headers.delete(name);
  for (const { name, value, override } of policy.headers) {
    if (override || !headers.has(name)) headers.set(name, [value]);
  }
  const { cors } = policy;
  if (!cors) return;
  const fromOrigin = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
  if (fromOrigin.length > 0 && !cors.OriginOverride) return;
  for (const name of fromOrigin) headers.delete(name);
  if (viewerOrigin === undefined) return;
  const isOpen = cors.AccessControlAllowOrigins.includes('*');
  if (!isOpen && !cors.AccessControlAllowOrigins.some((allowed) => allowsOrigin(allowed, viewerOrigin)))
    return;
  const set = (name: string, value: string) => {
    if (value !== '') headers.set(`access-control-${name}`, [value]);
  };
  set('allow-origin', isOpen ? '*' : viewerOrigin);
  if (cors.AccessControlAllowCredentials) set('allow-credentials', 'true');
  // A simple request gets only Access-Control-Allow-Origin of a managed policy (DG: managed response headers policies).
  if (isPreflight || !policy.isManaged) set('expose-headers', cors.AccessControlExposeHeaders.join(', '));
  if (isPreflight) {
    set('allow-methods', cors.AccessControlAllowMethods.join(', '));
    set('allow-headers', cors.AccessControlAllowHeaders.join(', '));
    set('max-age', String(cors.AccessControlMaxAgeSec ?? ''));
  }
  if (!isOpen) appendVary(headers, 'Origin');
}

/**
 * An origin in full, without its scheme (then any scheme will do), or with `*.` for its first labels (API:
 * AccessControlAllowOrigins).
 */
function allowsOrigin(allowed: string, viewerOrigin: string): boolean {
  if (allowed === viewerOrigin) return true;
  const [, scheme = '', host = ''] = /(https?:\/\/)?(.*)/.exec(allowed) ?? [];
  const [, viewerScheme = '', viewerHost = ''] = /^(https?:\/\/)(.*)/.exec(viewerOrigin) ?? [];
  if (scheme !== '' && scheme !== viewerScheme) return false;
  return host.startsWith('*.') ? viewerHost.endsWith(host.slice(1)) : host === viewerHost;
}
