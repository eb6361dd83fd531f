import { appendVary, type HeaderFields } from '../viewer/answer.ts';
import { MANAGED, type ResponseHeadersPolicy } from './policies.ts';
import * as Type from './schema.ts';

const NAME = Type.map(Type.text(), (name) => name.toLowerCase());

/** Items that may be missing altogether. */
function itemsOf<T>(item: Type.Schema<T>): Type.Schema<T[]> {
  return Type.map(Type.optional(Type.object({ Items: Type.list(item) })), (found) => found?.Items ?? []);
}

/** A header that SecurityHeadersConfig may have. */
function header(name: string, value: Type.Schema<string>): Type.Schema<Header | undefined> {
  return Type.optional((field) => ({
    name,
    value: value(field),
    override: Type.flag()(Type.member(field, 'Override')),
  }));
}

/** One member of a security header, whose value is the value of the header. */
function only(member: string): Type.Schema<string> {
  return Type.map(Type.object({ [member]: Type.text(), Override: OVERRIDE }), (it) => String(it[member]));
}

type Header = ResponseHeadersPolicy['headers'][number];
const OVERRIDE = Type.withoutEffect('it is read beside the value');

/** The headers of SecurityHeadersConfig, by the property that switches each of them on. */
const SECURITY_HEADERS = Type.object({
  ContentSecurityPolicy: header('content-security-policy', only('ContentSecurityPolicy')),
  ContentTypeOptions: header(
    'x-content-type-options',
    Type.map(Type.object({ Override: OVERRIDE }), () => 'nosniff'),
  ),
  FrameOptions: header('x-frame-options', only('FrameOption')),
  XSSProtection: header(
    'x-xss-protection',
    Type.map(
      Type.object({
        Protection: Type.flag(),
        ModeBlock: Type.flag(false),
        ReportUri: Type.optional(Type.text()),
        Override: OVERRIDE,
      }),
      ({ Protection: isOn, ModeBlock: isBlocking, ReportUri: report }) => {
        if (!isOn) return '0';
        if (isBlocking) return '1; mode=block';
        return report === undefined ? '1' : `1; report=${report}`;
      },
    ),
  ),
  ReferrerPolicy: header('referrer-policy', only('ReferrerPolicy')),
  StrictTransportSecurity: header(
    'strict-transport-security',
    Type.map(
      Type.object({
        AccessControlMaxAgeSec: Type.seconds(),
        IncludeSubdomains: Type.flag(false),
        Preload: Type.flag(false),
        Override: OVERRIDE,
      }),
      (it) =>
        `max-age=${it.AccessControlMaxAgeSec}${it.IncludeSubdomains ? '; includeSubDomains' : ''}${it.Preload ? '; preload' : ''}`,
    ),
  ),
});

/** All methods that CloudFront accepts, which `ALL` stands for. */
const ALL_METHODS = 'GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT';
const ORIGIN = Type.checked(Type.text(), (origin) =>
  /^(?:\*|(?:https?:\/\/)?(?:\*\.)?[^*]+)$/.test(origin) ? undefined : `${origin} is not modelled`,
);

const CORS = Type.map(
  Type.object({
    AccessControlAllowCredentials: Type.flag(),
    AccessControlAllowOrigins: Type.object({ Items: Type.list(ORIGIN) }),
    AccessControlExposeHeaders: itemsOf(Type.text()),
    AccessControlAllowHeaders: itemsOf(Type.text()),
    AccessControlAllowMethods: itemsOf(Type.text()),
    AccessControlMaxAgeSec: Type.optional(Type.seconds()),
    OriginOverride: Type.flag(),
  }),
  (it): ResponseHeadersPolicy['cors'] => ({
    allowedOrigins: it.AccessControlAllowOrigins.Items,
    allowCredentials: it.AccessControlAllowCredentials,
    exposedHeaders: it.AccessControlExposeHeaders,
    originOverride: it.OriginOverride,
    preflight: {
      methods: it.AccessControlAllowMethods.includes('ALL')
        ? ALL_METHODS
        : it.AccessControlAllowMethods.join(', ') || undefined,
      headers: it.AccessControlAllowHeaders.join(', ') || undefined,
      maxAge: it.AccessControlMaxAgeSec?.toString(),
    },
  }),
);

const CONFIG = Type.map(
  Type.object({
    ...Type.FOR_PEOPLE,
    CorsConfig: Type.optional(CORS),
    CustomHeadersConfig: itemsOf(Type.object({ Header: NAME, Value: Type.text(), Override: Type.flag() })),
    RemoveHeadersConfig: itemsOf(Type.object({ Header: NAME })),
    SecurityHeadersConfig: Type.optional(SECURITY_HEADERS),
    ServerTimingHeadersConfig: Type.withoutEffect(
      'it tells times between places of CloudFront, and there is one place here',
    ),
  }),
  (it): ResponseHeadersPolicy => ({
    removed: it.RemoveHeadersConfig.map(({ Header }) => Header),
    headers: [
      ...Object.values(it.SecurityHeadersConfig ?? {}).filter((header) => header !== undefined),
      ...it.CustomHeadersConfig.map(({ Header: name, Value: value, Override: override }) => ({
        name,
        value,
        override,
      })),
    ],
    cors: it.CorsConfig,
  }),
);

const own = Type.reference(
  'AWS::CloudFront::ResponseHeadersPolicy',
  'it sets no header',
  Type.configOf(CONFIG),
);

/** The response headers policy of a behavior: one of AWS, or one of the template. */
export const responseHeadersPolicy: Type.Schema<ResponseHeadersPolicy | undefined> = (field) =>
  MANAGED.responseHeaders.get(field.value) ?? Type.optional(own)(field);

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
  if (fromOrigin.length > 0 && !cors.originOverride) return;
  for (const name of fromOrigin) headers.delete(name);
  if (viewerOrigin === undefined) return;
  const isOpen = cors.allowedOrigins.includes('*');
  if (!isOpen && !cors.allowedOrigins.some((allowed) => allowsOrigin(allowed, viewerOrigin))) return;
  headers.set('access-control-allow-origin', [isOpen ? '*' : viewerOrigin]);
  if (cors.allowCredentials) headers.set('access-control-allow-credentials', ['true']);
  if (cors.exposedHeaders.length > 0) {
    headers.set('access-control-expose-headers', [cors.exposedHeaders.join(', ')]);
  }
  if (isPreflight) {
    const { methods, headers: allowed, maxAge, exposed } = cors.preflight;
    if (exposed !== undefined) headers.set('access-control-expose-headers', [exposed]);
    if (methods !== undefined) headers.set('access-control-allow-methods', [methods]);
    if (allowed !== undefined) headers.set('access-control-allow-headers', [allowed]);
    if (maxAge !== undefined) headers.set('access-control-max-age', [maxAge]);
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
