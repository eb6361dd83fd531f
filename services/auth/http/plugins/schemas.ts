import serializerSelector from '@fastify/fast-json-stringify-compiler';
import type { FastifyInstance } from 'fastify';
import { Errors } from 'typebox/value';

/**
 * Requests are held against their schemas as these stand, and an answer's serializer is made at the first answer: to make
 * functions of all schemas was a quarter of a cold start, and most of them serve a process never.
 */
export function schemasPlugin(app: FastifyInstance): void {
  app.setValidatorCompiler(({ schema }) => (value) => {
    const [error] = Errors(schema, value);
    return error === undefined ? { value } : { error: [error] };
  });
  app.setSerializerCompiler(({ httpStatus = '', ...route }) => {
    let serialize: ReturnType<typeof compile> | undefined;
    return (data) => {
      serialize ??= compile({ ...route, httpStatus });
      return serialize(data);
    };
  });
}

const compile = serializerSelector()();
