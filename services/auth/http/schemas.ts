import type { FastifyInstance } from 'fastify';
import * as Type from 'typebox';
import { Check, Errors } from 'typebox/schema';
import type { SignedPut as StoredPut } from '../files/file.ts';

/** This option keeps Fastify from loading compilers of its own before the plugin below runs. */
export const NO_COMPILERS = { compilersFactory: { buildValidator: none, buildSerializer: none } };

function none(): never {
  throw new Error('useSchemas was not called');
}

/**
 * Checks requests against their schemas without compiling them: compiling all schemas took a quarter of a cold start, and
 * a process never uses most of them. An answer is written as its handler has made it, which the types compare with its
 * schema.
 */
export function useSchemas(app: FastifyInstance): void {
  app.setValidatorCompiler(({ schema }) => (value) => {
    // The search for errors takes several times as long.
    if (Check(schema, value)) return { value };
    const [, [error]] = Errors(schema, value);
    return error === undefined ? { value } : { error: [error] };
  });
  app.setSerializerCompiler(() => JSON.stringify);
}

/** The media type of a form in a body. */
export const FORM = 'application/x-www-form-urlencoded';

/** A time in an answer (RFC 3339). */
export const Instant = Type.String({ format: 'date-time' });

/** The time of cookies. */
export const Window = Type.Object({ issuedAt: Instant, expiresAt: Instant, refreshAt: Instant });

/** SHA-256 in hex. */
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** The name of a file in a request. */
export const Name = Type.String({ maxLength: 2_048 });

/** A file that was just made. */
export const File = Type.Object({
  name: Type.String(),
  size: Type.Integer(),
  type: Type.String(),
  etag: Type.String(),
  url: Type.String({ format: 'uri' }),
});

/** What an operation on many files has left as it was. */
export const FailedFiles = Type.Array(Type.Object({ name: Type.String(), code: Type.String() }));

/** A signed PUT, as an answer shows it. */
export const SignedPut = Type.Object({
  method: Type.Literal('PUT'),
  url: Type.String({ format: 'uri' }),
  headers: Type.Record(Type.String(), Type.String()),
  expiresAt: Instant,
});

export function shownPut({ url, headers, expiresAt }: StoredPut) {
  return { method: 'PUT' as const, url, headers, expiresAt: expiresAt.toISOString() };
}
