import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export interface EdgeFunctionValues {
  appOrigin: string;
  filesOrigin: string;
  cookieLifetimeSeconds: number;
  /** If it is left out, browsers show a current version without a request as long as its cookies would live. */
  browserCache?: 'revalidate';
  /** If it is left out, the functions read the credential (`read`). */
  edgeCredential?: 'read' | 'trusted';
}

export type EdgeFunctionName = 'viewer-request' | 'viewer-response';

/** CloudFront's limit for one function, in bytes (DG: quotas on CloudFront Functions). */
export const MAX_FUNCTION_BYTES = 10_240;

/** The globals of cloudfront-js-2.0. njs has them too (DG: functions-javascript-runtime-20). */
const RUNTIME_GLOBALS = new Set(
  `Array ArrayBuffer Boolean DataView Date Error EvalError Infinity JSON Math NaN Number Object Promise
    RangeError ReferenceError RegExp String Symbol SyntaxError TypeError URIError Uint8Array Buffer
    TextDecoder TextEncoder console atob btoa decodeURI decodeURIComponent encodeURI encodeURIComponent
    isFinite isNaN parseFloat parseInt undefined`.split(/\s+/),
);

const LACKING = 'runtime_lacks_';

/** Every global that this Node has and the runtime lacks gets another name, so that the build can find its use. */
const LACKING_GLOBALS = Object.fromEntries(
  [...Object.getOwnPropertyNames(globalThis), 'require', 'module', 'exports']
    .filter((name) => /^\w+$/.test(name) && !RUNTIME_GLOBALS.has(name))
    .map((name) => [name, LACKING + name]),
);

/**
 * Bundles one CloudFront Function into a single script for cloudfront-js-2.0. The script is exactly what is deployed.
 * @param entry another source, for tests of this build
 * @throws Error if the source uses syntax or a global that the runtime lacks, or if the result is over the limit
 */
export function buildEdgeFunction(
  name: EdgeFunctionName,
  values: EdgeFunctionValues,
  entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url)),
): string {
  const result = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es5',
    charset: 'ascii',
    treeShaking: true,
    minify: true,
    legalComments: 'none',
    // The import has a line of its own and this name, as in AWS's samples. Other tools do not find a minified import.
    banner: name === 'viewer-request' ? { js: "import cf from 'cloudfront';" } : {},
    define: {
      ...LACKING_GLOBALS,
      APP_ORIGIN: JSON.stringify(values.appOrigin),
      FILES_ORIGIN: JSON.stringify(values.filesOrigin),
      COOKIE_LIFETIME_SECONDS: JSON.stringify(values.cookieLifetimeSeconds),
      EDGE_CREDENTIAL: JSON.stringify(values.edgeCredential ?? 'read'),
      BROWSER_CACHE: JSON.stringify(values.browserCache ?? 'immutable'),
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
  const code = withoutExports(output.text, name === 'viewer-request' ? 'await ' : '');
  for (const [, lacking] of code.matchAll(new RegExp(`${LACKING}(\\w+)`, 'g'))) {
    throw new Error(`edge function ${name} uses ${lacking}, which the runtime lacks`);
  }
  // esbuild writes an expression in this form if the target lacks its flag.
  if (/new RegExp\([^)]*,\s*["'`]/.test(code)) {
    throw new Error(`edge function ${name} has a regular expression with a flag that the runtime lacks`);
  }
  const size = Buffer.byteLength(code);
  if (size > MAX_FUNCTION_BYTES) {
    throw new Error(
      `edge function ${name} has ${size} bytes; CloudFront takes at most ${MAX_FUNCTION_BYTES}`,
    );
  }
  return code;
}

/**
 * Brings the script into the form of AWS's samples. The runtime calls a top-level `async function handler`, and knows
 * no export statement.
 * @param wait `await ` if the exported function returns a promise. In njs, an async function that returns a promise
 *   without it takes 4,000 instructions more
 */
function withoutExports(code: string, wait: string): string {
  return code.replace(
    /export\s*\{\s*(\w+) as handler\s*\};?\s*/,
    (_whole, name: string) => `async function handler(event){return ${wait}${name}(event)}\n`,
  );
}
