import { appendVary, type HeaderFields } from '../viewer/answer.ts';
import {
  FOR_PEOPLE,
  fault,
  type Part,
  readFlag,
  readOptional,
  readPart,
  readParts,
  readReferred,
  readSeconds,
  readText,
  readTexts,
  settingsOf,
} from './reading.ts';

export interface ResponseHeadersPolicy {
  /** Lower-case names of the headers that are removed from the answer before any is added. */
  removed: string[];
  headers: { name: string; value: string; override: boolean }[];
  cors?: {
    allowedOrigins: string[];
    allowCredentials: boolean;
    exposedHeaders: string[];
    originOverride: boolean;
    /** The headers that only a preflight gets, by the ends of their names. */
    preflight: { [Name in 'methods' | 'headers' | 'maxAge' | 'exposed']?: string | undefined };
  };
}

/** All methods that CloudFront takes, which `ALL` stands for. */
const ALL_METHODS = 'GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT';

const OPEN: NonNullable<ResponseHeadersPolicy['cors']> = {
  allowedOrigins: ['*'],
  allowCredentials: false,
  exposedHeaders: [],
  originOverride: false,
  preflight: {},
};
/**
 * Of the CORS headers, a simple request gets `Access-Control-Allow-Origin` only. A preflight gets the others, too (DG:
 * managed response headers policies, CORS-With-Preflight).
 */
const OPEN_WITH_PREFLIGHT: typeof OPEN = {
  ...OPEN,
  preflight: { methods: 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT', exposed: '*' },
};
const SECURE: ResponseHeadersPolicy = {
  removed: [],
  headers: [
    { name: 'referrer-policy', value: 'strict-origin-when-cross-origin', override: false },
    { name: 'strict-transport-security', value: 'max-age=31536000', override: false },
    { name: 'x-content-type-options', value: 'nosniff', override: true },
    { name: 'x-frame-options', value: 'SAMEORIGIN', override: false },
    { name: 'x-xss-protection', value: '1; mode=block', override: false },
  ],
};
const PLAIN: ResponseHeadersPolicy = { removed: [], headers: [] };

/** Response headers policies that AWS manages, by id (DG: managed response headers policies). */
export const MANAGED_RESPONSE_HEADERS_POLICIES = new Map<unknown, ResponseHeadersPolicy>([
  // SimpleCORS
  ['60669652-455b-4ae9-85a4-c4c02393f86c', { ...PLAIN, cors: OPEN }],
  // CORS-With-Preflight
  ['5cc3b908-e619-4b99-88e5-2cf7f45965bd', { ...PLAIN, cors: OPEN_WITH_PREFLIGHT }],
  // SecurityHeadersPolicy
  ['67f7725c-6f97-4210-82d7-5512b31e9d03', SECURE],
  // CORS-and-SecurityHeadersPolicy
  ['e61eb60c-9c35-4d20-a928-2b84e02af89c', { ...SECURE, cors: OPEN }],
  // CORS-with-preflight-and-SecurityHeadersPolicy
  ['eaab4381-ed33-4a86-88ca-d9558dc6cd63', { ...SECURE, cors: OPEN_WITH_PREFLIGHT }],
]);

/** The response headers policy of a behavior: one of AWS, or one of the template. */
export function readResponseHeadersPolicy(behavior: Part): ResponseHeadersPolicy | undefined {
  const id = behavior.value['ResponseHeadersPolicyId'];
  const managed = MANAGED_RESPONSE_HEADERS_POLICIES.get(id);
  if (managed || id === undefined) return managed;
  const type = 'AWS::CloudFront::ResponseHeadersPolicy';
  const resource = readReferred(behavior, 'ResponseHeadersPolicyId', type, 'it sets no header');
  if (!resource) return undefined;
  const modelled = ['CorsConfig', 'CustomHeadersConfig', 'RemoveHeadersConfig', 'SecurityHeadersConfig'];
  const policy = settingsOf(behavior.reading, resource, modelled, {
    ...FOR_PEOPLE,
    ServerTimingHeadersConfig: 'it tells times between places of CloudFront, and there is one place here',
  });
  const removed = itemsOf(policy, 'RemoveHeadersConfig', ['Header']);
  const custom = itemsOf(policy, 'CustomHeadersConfig', ['Header', 'Value', 'Override']);
  const headers = custom.map((item) => ({
    name: readText(item, 'Header').toLowerCase(),
    value: readText(item, 'Value'),
    override: readFlag(item, 'Override'),
  }));
  const cors = readCors(policy);
  return {
    removed: removed.map((item) => readText(item, 'Header').toLowerCase()),
    headers: [...readSecurityHeaders(policy), ...headers],
    ...(cors ? { cors } : {}),
  };
}

function itemsOf(policy: Part, name: string, modelled: string[]): Part[] {
  const config = readOptional(policy, name, ['Items']);
  return config ? readParts(config, 'Items', modelled) : [];
}

interface SecurityHeader {
  name: string;
  members: string[];
  toValue: (item: Part) => string;
}

/** The headers of SecurityHeadersConfig, by the property that switches each of them on. */
const SECURITY_HEADERS: Record<string, SecurityHeader> = {
  ContentSecurityPolicy: {
    name: 'content-security-policy',
    members: ['ContentSecurityPolicy'],
    toValue: (item) => readText(item, 'ContentSecurityPolicy'),
  },
  ContentTypeOptions: { name: 'x-content-type-options', members: [], toValue: () => 'nosniff' },
  FrameOptions: {
    name: 'x-frame-options',
    members: ['FrameOption'],
    toValue: (item) => readText(item, 'FrameOption'),
  },
  XSSProtection: {
    name: 'x-xss-protection',
    members: ['Protection', 'ModeBlock', 'ReportUri'],
    toValue(item) {
      if (!readFlag(item, 'Protection')) return '0';
      const { ModeBlock: isBlocking, ReportUri: report } = item.value;
      if (isBlocking === true) return '1; mode=block';
      return report === undefined ? '1' : `1; report=${readText(item, 'ReportUri')}`;
    },
  },
  ReferrerPolicy: {
    name: 'referrer-policy',
    members: ['ReferrerPolicy'],
    toValue: (item) => readText(item, 'ReferrerPolicy'),
  },
  StrictTransportSecurity: {
    name: 'strict-transport-security',
    members: ['AccessControlMaxAgeSec', 'IncludeSubdomains', 'Preload'],
    toValue(item) {
      const age = readSeconds(item, 'AccessControlMaxAgeSec');
      const subdomains = item.value['IncludeSubdomains'] === true ? '; includeSubDomains' : '';
      return `max-age=${age}${subdomains}${item.value['Preload'] === true ? '; preload' : ''}`;
    },
  },
};

function readSecurityHeaders(policy: Part): ResponseHeadersPolicy['headers'] {
  const config = readOptional(policy, 'SecurityHeadersConfig', Object.keys(SECURITY_HEADERS));
  if (!config) return [];
  return Object.entries(SECURITY_HEADERS).flatMap(([property, { name, members, toValue }]) => {
    const item = readOptional(config, property, [...members, 'Override']);
    return item ? [{ name, value: toValue(item), override: readFlag(item, 'Override') }] : [];
  });
}

const CORS = [
  'AccessControlAllowCredentials',
  'AccessControlAllowOrigins',
  'AccessControlExposeHeaders',
  'AccessControlAllowHeaders',
  'AccessControlAllowMethods',
  'AccessControlMaxAgeSec',
  'OriginOverride',
];

function readCors(policy: Part): ResponseHeadersPolicy['cors'] {
  const config = readOptional(policy, 'CorsConfig', CORS);
  if (!config) return undefined;
  const optional = (name: string) => {
    const list = readOptional(config, name, ['Items']);
    return list ? readTexts(list, 'Items') : [];
  };
  const allowedOrigins = readTexts(readPart(config, 'AccessControlAllowOrigins', ['Items']), 'Items');
  for (const origin of allowedOrigins) {
    if (!/^(?:\*|(?:https?:\/\/)?(?:\*\.)?[^*]+)$/.test(origin))
      fault(config, 'AccessControlAllowOrigins', `${origin} is not modelled`);
  }
  const methods = optional('AccessControlAllowMethods');
  const headers = optional('AccessControlAllowHeaders');
  const hasAge = config.value['AccessControlMaxAgeSec'] !== undefined;
  return {
    allowedOrigins,
    allowCredentials: readFlag(config, 'AccessControlAllowCredentials'),
    exposedHeaders: optional('AccessControlExposeHeaders'),
    originOverride: readFlag(config, 'OriginOverride'),
    preflight: {
      methods: methods.includes('ALL') ? ALL_METHODS : methods.join(', ') || undefined,
      headers: headers.join(', ') || undefined,
      maxAge: hasAge ? String(readSeconds(config, 'AccessControlMaxAgeSec')) : undefined,
    },
  };
}

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
