import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Unresolved } from './intrinsics.ts';
import {
  fault,
  faultOfUnknown,
  noteWithoutEffect,
  type Part,
  readFlag,
  readOneOf,
  readParts,
  readSeconds,
} from './reading.ts';
import { isRecord, recordAt, textOf } from './shape.ts';
import type { Resource } from './template.ts';

export const LAMBDA_EVENTS = [
  'viewer-request',
  'origin-request',
  'origin-response',
  'viewer-response',
] as const;
export type LambdaEvent = (typeof LAMBDA_EVENTS)[number];

/** A Lambda function that a behavior is associated with (CloudFormation: LambdaFunctionAssociations). */
export interface LambdaSource {
  /** The logical id, or the name in the ARN. */
  name: string;
  includesBody: boolean;
  /** The code itself, or the file of its module, and the folder that has the rest of it. */
  code: { text: string } | { file: string; folder: string };
  /** The name of the export. */
  exportName: string;
  /** Node.js runtimes from 24 on call no handler that takes a callback. */
  takesCallbacks: boolean;
  timeoutSeconds: number;
  memoryMb: number;
}

export type AssociatedLambdas = { [Event in LambdaEvent]?: LambdaSource };

/** Quotas (DG: cloudfront-limits, quotas on Lambda@Edge). */
const TIMEOUT_SECONDS = { viewer: 5, origin: 30 };
const VIEWER_MEMORY_MB = 128;
/** Defaults of Lambda. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

export function readLambdas(behavior: Part): AssociatedLambdas {
  const name = 'LambdaFunctionAssociations';
  const { ignore, ignored } = behavior.reading;
  const parts = readParts(behavior, name, ['EventType', 'LambdaFunctionARN', 'IncludeBody'], []);
  if (parts.length > 0 && ignore.includes(name)) {
    ignored.push(`${behavior.path}.${name}`);
    return {};
  }
  const found: AssociatedLambdas = {};
  for (const part of parts) {
    const event = readOneOf(part, 'EventType', LAMBDA_EVENTS);
    const source = event && readLambda(part, event);
    if (event && found[event]) fault(part, 'EventType', `CloudFront takes one function for ${event}`);
    if (source) found[event] = source;
  }
  return found;
}

function readLambda(part: Part, event: LambdaEvent): LambdaSource | undefined {
  const includesBody = readFlag(part, 'IncludeBody', false);
  if (includesBody && event.endsWith('response')) fault(part, 'IncludeBody', 'a response event has no body');
  const named = functionOf(part);
  if (!named) return undefined;
  const { name, resource } = named;
  const { files } = part.reading.lambdas;
  const given = files[name] ?? files[textOf(resource?.properties['FunctionName'])];
  if (given === null || files[name] === null) {
    noteWithoutEffect(part, 'LambdaFunctionARN', `the function ${name} is not run`);
    return undefined;
  }
  const properties = resource?.properties ?? {};
  const runtime = textOf(properties['Runtime']);
  const [path = '', exportName = 'handler'] = textOf(properties['Handler']).split(/\.(?=[^.]*$)/);
  const code =
    given === undefined ? codeOf(part, properties, path) : { file: resolve(given), folder: dirname(given) };
  const help = { option: 'lambda', name } as const;
  if (given === undefined && runtime !== '' && !runtime.startsWith('nodejs')) {
    fault(part, 'LambdaFunctionARN', `the function ${name} is for ${runtime}; only Node.js is run`, help);
    return undefined;
  }
  if (!code) {
    fault(part, 'LambdaFunctionARN', `the code of the function ${name} is not here`, help);
    return undefined;
  }
  const takesCallbacks = !(Number.parseInt(runtime.slice('nodejs'.length), 10) >= 24);
  return { name, includesBody, code, exportName, takesCallbacks, ...limitsOf(part, event, properties) };
}

/** The function that an association names. Its resource may be in another template. */
function functionOf(part: Part): { name: string; resource: Resource | undefined } | undefined {
  const { template } = part.reading;
  const functions = ['AWS::Lambda::Function', 'AWS::Serverless::Function'].flatMap((type) =>
    template.ofType(type),
  );
  const given = part.value['LambdaFunctionARN'];
  if (given instanceof Unresolved) {
    // A custom resource reads it from another stack, or a parameter has it.
    const [name = ''] = (given.valueName ?? '').split('.');
    return name === '' ? missing(part, given.reason) : { name, resource: undefined };
  }
  const version = template.ofType('AWS::Lambda::Version').find(({ ref }) => ref === given);
  const versioned = version?.properties['FunctionName'];
  if (versioned instanceof Unresolved) {
    faultOfUnknown(part.reading, `${part.path}.LambdaFunctionARN`, versioned);
    return undefined;
  }
  const arn = version ? `function:${textOf(versioned).replace(/.*:/, '')}:1` : String(given);
  const [, ref, qualifier = ''] = /function:([^:]+)(?::([^:]+))?$/.exec(arn) ?? [];
  if (ref === undefined) return missing(part, `${arn} is not the ARN of a function`);
  if (!/^\d+$/.test(qualifier)) return missing(part, 'CloudFront takes the ARN of a numbered version');
  const resource = functions.find((one) => one.ref === ref || one.logicalId === ref);
  return { name: resource?.logicalId ?? ref, resource };
}

function missing(part: Part, words: string): undefined {
  fault(part, 'LambdaFunctionARN', words);
}

/** Inline code, an asset of the cloud assembly, or the folder that SAM names. */
function codeOf(
  { reading }: Part,
  properties: Record<string, unknown>,
  path: string,
): LambdaSource['code'] | undefined {
  const inline = properties['InlineCode'] ?? recordAt(properties, 'Code')['ZipFile'];
  if (typeof inline === 'string') return { text: inline };
  const { assembly } = reading.lambdas;
  if (assembly === undefined) return undefined;
  const key = textOf(recordAt(properties, 'Code')['S3Key']).replace('.zip', '');
  const name = key === '' ? textOf(properties['CodeUri']) : `asset.${key}`;
  const folder = resolve(assembly, name);
  const module = join(folder, path);
  const file = ['.js', '.mjs', '.cjs'].map((suffix) => `${module}${suffix}`).find((one) => existsSync(one));
  return file === undefined ? undefined : { file, folder };
}

/** What Lambda has and Lambda@Edge has not (DG: restrictions on Lambda@Edge). */
const UNSUPPORTED: Record<string, (value: unknown) => boolean> = {
  Environment: (value) => Object.keys(recordAt(value, 'Variables')).length > 0,
  Layers: (value) => Array.isArray(value) && value.length > 0,
  VpcConfig: (value) => isRecord(value) && Object.keys(value).length > 0,
  Architectures: (value) => Array.isArray(value) && value.includes('arm64'),
  PackageType: (value) => value === 'Image',
};

function limitsOf(part: Part, event: LambdaEvent, properties: Record<string, unknown>) {
  const lambda = { ...part, value: properties };
  for (const [name, isUsed] of Object.entries(UNSUPPORTED))
    if (isUsed(properties[name]))
      fault(part, 'LambdaFunctionARN', `Lambda@Edge takes no function with ${name}`);
  const isOfViewer = event.startsWith('viewer');
  const most = isOfViewer ? TIMEOUT_SECONDS.viewer : TIMEOUT_SECONDS.origin;
  const hasResource = Object.keys(properties).length > 0;
  const timeoutSeconds = readSeconds(lambda, 'Timeout', hasResource ? DEFAULT_TIMEOUT_SECONDS : most);
  const memoryMb = readSeconds(lambda, 'MemorySize', DEFAULT_MEMORY_MB);
  if (timeoutSeconds > most)
    fault(part, 'LambdaFunctionARN', `Timeout is at most ${most} seconds for ${event}`);
  if (isOfViewer && memoryMb > VIEWER_MEMORY_MB)
    fault(part, 'LambdaFunctionARN', `MemorySize is at most ${VIEWER_MEMORY_MB} for ${event}`);
  return { timeoutSeconds, memoryMb };
}
