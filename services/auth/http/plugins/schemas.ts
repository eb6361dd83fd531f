import type { Schema } from 'fast-json-stringify';
import type { FastifyInstance } from 'fastify';
import { Errors } from 'typebox/schema';
import { lazily } from '../../domain/lazily.ts';

/** An option of Fastify, without which it loads compilers of its own before the plugin can say that it has others. */
export const NO_COMPILERS = { compilersFactory: { buildValidator: none, buildSerializer: none } };

function none(): never {
  throw new Error('schemasPlugin was not called');
}

const serializers = lazily(() => import('fast-json-stringify'));

/**
 * Requests are held against their schemas as these stand, and an answer's serializer is made at the first answer: to make
 * functions of all schemas was a quarter of a cold start, and most of them serve a process never. What makes them is
 * loaded with the first answer, too.
 */
export function schemasPlugin(app: FastifyInstance): void {
  app.setValidatorCompiler(({ schema }) => (value) => {
    const [, [error]] = Errors(schema, value);
    return error === undefined ? { value } : { error: [error] };
  });
  let build: Awaited<ReturnType<typeof serializers>>['default'] | undefined;
  app.addHook('preSerialization', (_request, _reply, payload, done) => {
    if (build) done(null, payload);
    else load().then(() => done(null, payload), done);
  });
  async function load() {
    build = (await serializers()).default;
  }
  app.setSerializerCompiler(({ schema }) => {
    let serialize: ((data: unknown) => string) | undefined;
    return (data) => {
      if (!build || !isSchema(schema)) throw new Error('there is no serializer');
      serialize ??= build(schema);
      return serialize(data);
    };
  });
}

function isSchema(schema: unknown): schema is Schema {
  return typeof schema === 'object' && schema !== null;
}
