import { isRecord, recordAt, textsOf } from './shape.ts';

/** A rule of a bucket's CorsConfiguration. */
export interface CorsRule {
  origins: readonly string[];
  methods: readonly string[];
  headers: readonly string[];
  exposed: readonly string[];
  maxAgeSeconds: string | undefined;
}

/** @param properties of an AWS::S3::Bucket */
export function readCorsRules(properties: unknown): CorsRule[] {
  const rules = recordAt(properties, 'CorsConfiguration')['CorsRules'];
  return (Array.isArray(rules) ? rules : []).filter(isRecord).map((rule) => ({
    origins: textsOf(rule['AllowedOrigins']),
    methods: textsOf(rule['AllowedMethods']),
    headers: textsOf(rule['AllowedHeaders']),
    exposed: textsOf(rule['ExposedHeaders']),
    maxAgeSeconds: rule['MaxAge'] === undefined ? undefined : String(rule['MaxAge']),
  }));
}

/** What S3 says of an answer that depends on CORS. */
export const CORS_VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

export const CORS_REFUSED = {
  disabled: 'CORSResponse: CORS is not enabled for this bucket.',
  notAllowed: 'CORSResponse: This CORS request is not allowed.',
};

/**
 * The headers of the first rule that fits a request, a preflight included (S3 User Guide: how does Amazon S3 evaluate the
 * CORS configuration on a bucket). Undefined if none fits.
 * @param headers by lower-case name
 */
export function corsHeaders(
  rules: readonly CorsRule[],
  { method, headers }: { method: string; headers: Readonly<Record<string, string | string[] | undefined>> },
): Record<string, string> | undefined {
  const told = (name: string) => String(headers[name] ?? '');
  const isPreflight = method === 'OPTIONS';
  const origin = told('origin');
  const wanted = isPreflight ? told('access-control-request-method') : method;
  const asked = isPreflight ? told('access-control-request-headers') : '';
  const names = asked.split(',').flatMap((name) => name.trim().toLowerCase() || []);
  const rule = rules.find(
    (one) =>
      origin !== '' &&
      one.origins.some((allowed) => fits(allowed, origin)) &&
      one.methods.includes(wanted) &&
      names.every((name) => one.headers.some((allowed) => fits(allowed.toLowerCase(), name))),
  );
  if (!rule) return undefined;
  const isOpen = rule.origins.includes('*');
  return {
    'access-control-allow-origin': isOpen ? '*' : origin,
    ...(isOpen ? {} : { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.methods.join(', '),
    ...(names.length > 0 ? { 'access-control-allow-headers': names.join(', ') } : {}),
    ...(rule.exposed.length > 0 ? { 'access-control-expose-headers': rule.exposed.join(', ') } : {}),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': rule.maxAgeSeconds }),
  };
}

/** One `*` stands for any characters. */
function fits(allowed: string, text: string): boolean {
  const [start = '', end] = allowed.split('*');
  if (end === undefined) return allowed === text;
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
