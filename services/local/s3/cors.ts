import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Resource } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { isLike } from './bucket-policy.ts';
import { S3Error } from './error.ts';

interface CorsRule {
  origins: string[];
  methods: string[];
  headers: string[];
  exposed: string[];
  maxAgeSeconds: number | undefined;
}

export interface Cors {
  /** Adds the CORS headers. Adds nothing if no rule matches the `Origin`. */
  addHeaders(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Answers a preflight request.
   * @throws AccessForbidden if no rule matches
   */
  answerPreflight(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * Applies the bucket's CorsConfiguration (Amazon S3 User Guide, "How does Amazon S3 evaluate the CORS configuration").
 */
export function createCors(bucket: Resource): Cors {
  const rules = parseRules(bucket.properties['CorsConfiguration']);

  function find(origin: string, method: string, headers: readonly string[]): CorsRule | undefined {
    return rules.find(
      (rule) =>
        rule.origins.some((pattern) => isLike(pattern, origin)) &&
        rule.methods.includes(method) &&
        headers.every((name) => rule.headers.some((pattern) => isLike(pattern.toLowerCase(), name))),
    );
  }

  function allow(response: ServerResponse, origin: string, rule: CorsRule): void {
    response.setHeader('access-control-allow-origin', rule.origins.includes('*') ? '*' : origin);
    if (!rule.origins.includes('*')) response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-allow-methods', rule.methods.join(', '));
    if (rule.exposed.length > 0) response.setHeader('access-control-expose-headers', rule.exposed.join(', '));
    if (rule.maxAgeSeconds !== undefined)
      response.setHeader('access-control-max-age', String(rule.maxAgeSeconds));
  }

  return {
    addHeaders: (request, response) => {
      response.setHeader('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method');
      const { origin } = request.headers;
      const rule = origin === undefined ? undefined : find(origin, request.method ?? '', []);
      if (origin !== undefined && rule) allow(response, origin, rule);
    },
    answerPreflight: (request, response) => {
      const { origin } = request.headers;
      const method = request.headers['access-control-request-method'] ?? '';
      const asked = request.headers['access-control-request-headers'] ?? '';
      const headers = asked.split(',').flatMap((name) => name.trim().toLowerCase() || []);
      const rule = origin === undefined ? undefined : find(origin, method, headers);
      if (origin === undefined || !rule) {
        throw new S3Error('AccessForbidden', 'CORSResponse: This CORS request is not allowed.');
      }
      allow(response, origin, rule);
      if (asked !== '') response.setHeader('access-control-allow-headers', headers.join(', '));
      response.writeHead(200);
      response.end();
    },
  };
}

function parseRules(configuration: unknown): CorsRule[] {
  const rules = (configuration as { CorsRules?: Record<string, unknown>[] } | undefined)?.CorsRules ?? [];
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return rules.map((rule) => ({
    origins: list(rule['AllowedOrigins']),
    methods: list(rule['AllowedMethods']),
    headers: list(rule['AllowedHeaders']),
    exposed: list(rule['ExposedHeaders']),
    maxAgeSeconds: rule['MaxAge'] === undefined ? undefined : Number(rule['MaxAge']),
  }));
}
