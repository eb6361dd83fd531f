import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  CORS_REFUSED,
  CORS_VARY,
  corsHeaders,
  readCorsRules,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/cors';
import type { Resource } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { AwsError } from '../store/error.ts';

export interface Cors {
  /** Adds the CORS headers. Adds nothing if no rule matches the `Origin`. */
  addHeaders(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Answers a preflight request.
   * @throws AccessForbidden if no rule matches
   */
  answerPreflight(request: IncomingMessage, response: ServerResponse): void;
}

/** Applies the bucket's CorsConfiguration. */
export function createCors(bucket: Resource): Cors {
  const rules = readCorsRules(bucket.properties);
  const headersFor = ({ method = '', headers }: IncomingMessage) => corsHeaders(rules, { method, headers });
  return {
    addHeaders(request, response) {
      response.setHeader('vary', CORS_VARY);
      for (const [name, value] of Object.entries(headersFor(request) ?? {})) response.setHeader(name, value);
    },
    answerPreflight(request, response) {
      const allowed = headersFor(request);
      if (!allowed) throw new AwsError(403, 'AccessForbidden', CORS_REFUSED.notAllowed);
      response.writeHead(200, allowed).end();
    },
  };
}
