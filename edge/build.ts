import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export interface EdgeFunctionValues {
  appOrigin: string;
  cookieLifetimeSeconds: number;
}

export type EdgeFunctionName = 'viewer-request' | 'viewer-response';

/** CloudFront's limit for one function, in bytes (DG: quotas on CloudFront Functions). */
export const MAX_FUNCTION_BYTES = 10_240;

/**
 * Bundles one CloudFront Function into a single script for cloudfront-js-2.0, exactly as it is deployed.
 * Throws where the source uses syntax that the runtime lacks, or where the result is larger than the limit.
 */
export function buildEdgeFunction(name: EdgeFunctionName, values: EdgeFunctionValues): string {
  const result = buildSync({
    entryPoints: [fileURLToPath(new URL(`./function/${name}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es5',
    charset: 'ascii',
    treeShaking: true,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    external: ['cloudfront'],
    define: {
      APP_ORIGIN: JSON.stringify(values.appOrigin),
      COOKIE_LIFETIME_SECONDS: JSON.stringify(values.cookieLifetimeSeconds),
    },
    supported: {
      'const-and-let': true,
      arrow: true,
      'template-literal': true,
      'async-await': true,
      'rest-argument': true,
      'exponent-operator': true,
    },
    logLevel: 'silent',
  });
  const [output] = result.outputFiles;
  if (!output) throw new Error(`edge function ${name}: esbuild gave no output`);
  const code = withoutExports(output.text);
  const size = Buffer.byteLength(code);
  if (size > MAX_FUNCTION_BYTES) {
    throw new Error(
      `edge function ${name} has ${size} bytes; CloudFront takes at most ${MAX_FUNCTION_BYTES}`,
    );
  }
  return code;
}

/** The runtime calls a top-level function named `handler`; it knows no export statement. */
function withoutExports(code: string): string {
  return code.replace(/export\s*\{\s*handler\s*\};?\s*$/, '');
}
