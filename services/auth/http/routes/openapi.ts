import type { FastifyInstance } from 'fastify';
import * as Type from 'typebox';

/**
 * `GET /api/openapi.json`: OpenAPI 3.1 of the routes. It is made of the schemas that check requests and write answers.
 */
export function openApiRoute(app: FastifyInstance, openApi: () => Record<string, unknown>): void {
  let document = '';
  app.addHook('onReady', async () => {
    document = JSON.stringify(openApi());
  });
  app.get(
    '/api/openapi.json',
    {
      schema: { response: { 200: Type.Object({ openapi: Type.String() }, { description: 'OpenAPI 3.1.' }) } },
      config: { operation: 'openapi', summary: 'This document' },
    },
    async (_request, reply) => reply.type('application/json').send(document),
  );
}
