import { appendVary, type HeaderFields } from '../viewer/answer.ts';
import type { ShapeReader } from './shape.ts';
import { type ResolvedTemplate, referred } from './template.ts';

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
    preflight: { methods?: string; headers?: string; maxAge?: string; exposed?: string };
  };
}

/** All methods that CloudFront takes, which `ALL` stands for. */
const ALL_METHODS = 'GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT';

export function readResponseHeadersPolicy(
  shape: ShapeReader,
  template: ResolvedTemplate,
  ref: unknown,
  path: string,
): ResponseHeadersPolicy {
  const resource = referred(shape, template, 'AWS::CloudFront::ResponseHeadersPolicy', ref, path);
  if (!resource) return { removed: [], headers: [] };
  const at = `${resource.logicalId}: ResponseHeadersPolicy`;
  const outer = shape.object(resource.properties, at, ['ResponseHeadersPolicyConfig']);
  const modelled = ['CorsConfig', 'CustomHeadersConfig', 'RemoveHeadersConfig', 'SecurityHeadersConfig'];
  const config = shape.object(outer['ResponseHeadersPolicyConfig'], at, modelled, {
    ...{ Name: 'a name for people', Comment: 'words for people' },
    ServerTimingHeadersConfig: 'it tells times between places of CloudFront, and there is one place here',
  });
  const headers = [
    ...securityHeaders(shape, config['SecurityHeadersConfig'] ?? {}, `${at}.SecurityHeadersConfig`),
    ...customHeaders(shape, config['CustomHeadersConfig'] ?? { Items: [] }, `${at}.CustomHeadersConfig`),
  ];
  const removed = removedHeaders(
    shape,
    config['RemoveHeadersConfig'] ?? { Items: [] },
    `${at}.RemoveHeadersConfig`,
  );
  const rawCors = config['CorsConfig'];
  const cors = rawCors === undefined ? {} : { cors: corsOf(shape, rawCors, `${at}.CorsConfig`) };
  return { removed, headers, ...cors };
}

function removedHeaders(shape: ShapeReader, raw: unknown, at: string): string[] {
  const config = shape.object(raw, at, ['Items']);
  return shape.list(config['Items'], `${at}.Items`).map((rawItem, index) => {
    const item = shape.object(rawItem, `${at}.Items[${index}]`, ['Header']);
    return shape.text(item['Header'], `${at}.Items[${index}].Header`).toLowerCase();
  });
}

function securityHeaders(shape: ShapeReader, raw: unknown, at: string): ResponseHeadersPolicy['headers'] {
  const config = shape.object(raw, at, [
    ...['ContentSecurityPolicy', 'ContentTypeOptions', 'FrameOptions', 'ReferrerPolicy'],
    ...['StrictTransportSecurity', 'XSSProtection'],
  ]);
  const headers: ResponseHeadersPolicy['headers'] = [];
  const add = (
    name: string,
    property: string,
    members: string[],
    toValue: (item: Record<string, unknown>, path: string) => string,
  ) => {
    if (config[property] === undefined) return;
    const path = `${at}.${property}`;
    const item = shape.object(config[property], path, [...members, 'Override']);
    const override = shape.flag(item['Override'], `${path}.Override`);
    headers.push({ name, value: toValue(item, path), override });
  };
  const csp = 'ContentSecurityPolicy';
  add('content-security-policy', csp, [csp], (item, path) => shape.text(item[csp], `${path}.${csp}`));
  add('x-content-type-options', 'ContentTypeOptions', [], () => 'nosniff');
  add('x-frame-options', 'FrameOptions', ['FrameOption'], (item, path) =>
    shape.text(item['FrameOption'], `${path}.FrameOption`),
  );
  add('x-xss-protection', 'XSSProtection', ['Protection', 'ModeBlock', 'ReportUri'], (item, path) => {
    if (!shape.flag(item['Protection'], `${path}.Protection`)) return '0';
    const report = item['ReportUri'] === undefined ? '' : `; report=${shape.text(item['ReportUri'], path)}`;
    return item['ModeBlock'] === true ? '1; mode=block' : `1${report}`;
  });
  const referrer = 'ReferrerPolicy';
  add('referrer-policy', referrer, [referrer], (item, path) =>
    shape.text(item[referrer], `${path}.${referrer}`),
  );
  const transport = ['AccessControlMaxAgeSec', 'IncludeSubdomains', 'Preload'];
  add('strict-transport-security', 'StrictTransportSecurity', transport, (item, path) => {
    const age = shape.seconds(item['AccessControlMaxAgeSec'], `${path}.AccessControlMaxAgeSec`);
    const subdomains = item['IncludeSubdomains'] === true ? '; includeSubDomains' : '';
    return `max-age=${age}${subdomains}${item['Preload'] === true ? '; preload' : ''}`;
  });
  return headers;
}

function customHeaders(shape: ShapeReader, raw: unknown, at: string): ResponseHeadersPolicy['headers'] {
  const config = shape.object(raw, at, ['Items']);
  return shape.list(config['Items'], `${at}.Items`).map((rawItem, index) => {
    const path = `${at}.Items[${index}]`;
    const item = shape.object(rawItem, path, ['Header', 'Value', 'Override']);
    return {
      name: shape.text(item['Header'], `${path}.Header`).toLowerCase(),
      value: shape.text(item['Value'], `${path}.Value`),
      override: shape.flag(item['Override'], `${path}.Override`),
    };
  });
}

function corsOf(shape: ShapeReader, raw: unknown, at: string): NonNullable<ResponseHeadersPolicy['cors']> {
  const config = shape.object(raw, at, [
    ...['AccessControlAllowCredentials', 'AccessControlAllowOrigins', 'AccessControlExposeHeaders'],
    ...['AccessControlAllowHeaders', 'AccessControlAllowMethods', 'AccessControlMaxAgeSec', 'OriginOverride'],
  ]);
  const items = (name: string, value: unknown) => {
    const list = shape.object(value, `${at}.${name}`, ['Items']);
    return shape.texts(list['Items'], `${at}.${name}.Items`);
  };
  const allowedOrigins = items('AccessControlAllowOrigins', config['AccessControlAllowOrigins']);
  for (const origin of allowedOrigins) {
    if (!/^(?:\*|(?:https?:\/\/)?(?:\*\.)?[^*]+)$/.test(origin)) {
      shape.fault(`${at}.AccessControlAllowOrigins: ${origin} is not modelled`);
    }
  }
  const none = { Items: [] };
  const methods = items('AccessControlAllowMethods', config['AccessControlAllowMethods'] ?? none);
  const allowedHeaders = items('AccessControlAllowHeaders', config['AccessControlAllowHeaders'] ?? none);
  const maxAge = config['AccessControlMaxAgeSec'];
  return {
    allowedOrigins,
    allowCredentials: shape.flag(
      config['AccessControlAllowCredentials'],
      `${at}.AccessControlAllowCredentials`,
    ),
    exposedHeaders: items(
      'AccessControlExposeHeaders',
      config['AccessControlExposeHeaders'] ?? { Items: [] },
    ),
    originOverride: shape.flag(config['OriginOverride'], `${at}.OriginOverride`),
    preflight: {
      ...(maxAge === undefined
        ? {}
        : { maxAge: String(shape.seconds(maxAge, `${at}.AccessControlMaxAgeSec`)) }),
      ...(methods.length === 0
        ? {}
        : { methods: methods.includes('ALL') ? ALL_METHODS : methods.join(', ') }),
      ...(allowedHeaders.length === 0 ? {} : { headers: allowedHeaders.join(', ') }),
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
  const [, scheme = '', host = ''] = /^(https?:\/\/)?(.*)$/.exec(allowed) ?? [];
  const [, viewerScheme = '', viewerHost = ''] = /^(https?:\/\/)(.*)$/.exec(viewerOrigin) ?? [];
  if (viewerScheme === '' || (scheme !== '' && scheme !== viewerScheme)) return false;
  return host.startsWith('*.') ? viewerHost.endsWith(host.slice(1)) : host === viewerHost;
}
