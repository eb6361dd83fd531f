import {
  FOR_PEOPLE,
  fault,
  known,
  noteWithoutEffect,
  type Part,
  partOf,
  type Reading,
  readFlag,
  readOneOf,
  readPart,
  readParts,
  readReferred,
  readText,
} from './reading.ts';
import type { Resource } from './template.ts';

/** Quota of CloudFront (DG: cloudfront-limits). */
const MAX_CODE_BYTES = 10_240;

export interface EdgeFunctionSource {
  name: string;
  code: string;
  /** The KeyValueStore that is associated with the function. */
  keyValueStore?: KeyValueStoreSource;
}

export interface KeyValueStoreSource {
  logicalId: string;
  /** The object of a bucket that fills the store when the store is created. */
  importFrom?: { bucket: string; key: string };
}

/** The functions of a behavior. */
export interface AssociatedFunctions {
  viewerRequest?: EdgeFunctionSource;
  viewerResponse?: EdgeFunctionSource;
}

/** The functions that a behavior is associated with (CloudFormation: FunctionAssociations). */
export function readFunctions(behavior: Part): AssociatedFunctions {
  const found: AssociatedFunctions = {};
  for (const association of readParts(behavior, 'FunctionAssociations', ['EventType', 'FunctionARN'], [])) {
    const eventType = readOneOf(association, 'EventType', ['viewer-request', 'viewer-response']);
    const type = 'AWS::CloudFront::Function';
    const resource = readReferred(association, 'FunctionARN', type, 'it is not run');
    const source = resource && functionOf(association.reading, resource);
    if (!source) continue;
    const name = eventType === 'viewer-request' ? 'viewerRequest' : 'viewerResponse';
    if (found[name]) fault(association, 'EventType', `CloudFront takes one function for ${eventType}`);
    else found[name] = source;
  }
  return found;
}

function functionOf(reading: Reading, { logicalId, properties }: Resource): EdgeFunctionSource {
  const modelled = ['FunctionCode', 'FunctionConfig', 'AutoPublish'];
  const part = known(partOf(reading, `Function ${logicalId}`, properties), modelled, {
    Name: 'a name for people',
    Tags: 'words for people',
    FunctionMetadata: 'CloudFront gives it, and takes it from nobody',
  });
  if (!readFlag(part, 'AutoPublish', false))
    noteWithoutEffect(part, 'AutoPublish', 'CloudFront associates a function once it is published');
  const config = readPart(part, 'FunctionConfig', ['Runtime', 'KeyValueStoreAssociations'], FOR_PEOPLE);
  // Runtime 2.0 also runs code for 1.0. It does not notice if that code uses a feature of 2.0.
  readOneOf(config, 'Runtime', ['cloudfront-js-2.0', 'cloudfront-js-1.0']);
  const source = { name: logicalId, code: readText(part, 'FunctionCode') };
  const size = Buffer.byteLength(source.code);
  if (size > MAX_CODE_BYTES)
    fault(part, 'FunctionCode', `it has ${size} bytes; CloudFront takes ${MAX_CODE_BYTES}`);
  const stores = readParts(config, 'KeyValueStoreAssociations', ['KeyValueStoreARN'], []);
  if (stores.length > 1) fault(config, 'KeyValueStoreAssociations', 'CloudFront takes one store a function');
  const [store] = stores;
  const found =
    store &&
    readReferred(store, 'KeyValueStoreARN', 'AWS::CloudFront::KeyValueStore', 'the function has no store');
  return found ? { ...source, keyValueStore: storeOf(reading, found) } : source;
}

function storeOf(reading: Reading, { logicalId, properties }: Resource): KeyValueStoreSource {
  const part = known(partOf(reading, `KeyValueStore ${logicalId}`, properties), ['ImportSource'], FOR_PEOPLE);
  if (part.value['ImportSource'] === undefined) return { logicalId };
  const source = readPart(part, 'ImportSource', ['SourceType', 'SourceArn']);
  readOneOf(source, 'SourceType', ['S3']);
  const arn = readText(source, 'SourceArn');
  const [, bucket, key] = /^arn:[^:]*:s3:::([^/]+)\/(.+)/.exec(arn) ?? [];
  if (bucket !== undefined && key !== undefined) return { logicalId, importFrom: { bucket, key } };
  fault(source, 'SourceArn', `${arn} is not an object of a bucket`);
  return { logicalId };
}
