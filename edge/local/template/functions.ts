import { Unresolved } from './intrinsics.ts';
import type { ShapeReader } from './shape.ts';
import { type ResolvedTemplate, type Resource, referred } from './template.ts';

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

/** The functions that a behavior is associated with (CloudFormation: FunctionAssociations). */
export function readFunctions(
  shape: ShapeReader,
  template: ResolvedTemplate,
  rawAssociations: unknown,
  at: string,
): { viewerRequest?: EdgeFunctionSource; viewerResponse?: EdgeFunctionSource } {
  const found: { viewerRequest?: EdgeFunctionSource; viewerResponse?: EdgeFunctionSource } = {};
  for (const [index, raw] of shape.list(rawAssociations, at).entries()) {
    const path = `${at}[${index}]`;
    const association = shape.object(raw, path, ['EventType', 'FunctionARN']);
    const eventTypes = ['viewer-request', 'viewer-response'] as const;
    const eventType = shape.oneOf(association['EventType'], `${path}.EventType`, eventTypes);
    const ref = nameInArn(association['FunctionARN']);
    const source = functionOf(shape, template, ref, `${path}.FunctionARN`);
    if (source && eventType === 'viewer-request') found.viewerRequest = source;
    if (source && eventType === 'viewer-response') found.viewerResponse = source;
  }
  return found;
}

function functionOf(
  shape: ShapeReader,
  template: ResolvedTemplate,
  ref: unknown,
  path: string,
): EdgeFunctionSource | undefined {
  const resource = referred(shape, template, 'AWS::CloudFront::Function', ref, path);
  if (!resource) return undefined;
  const at = `Function ${resource.logicalId}`;
  const modelled = ['FunctionCode', 'FunctionConfig', 'AutoPublish'];
  const properties = shape.object(resource.properties, at, modelled, {
    ...{ Name: 'a name for people', Tags: 'words for people' },
    FunctionMetadata: 'CloudFront gives it, and takes it from nobody',
  });
  shape.oneOf(properties['AutoPublish'], `${at}.AutoPublish`, [true]);
  const configAt = `${at}.FunctionConfig`;
  const names = ['Runtime', 'KeyValueStoreAssociations'];
  const config = shape.object(properties['FunctionConfig'], configAt, names, { Comment: 'words for people' });
  // Runtime 2.0 also runs code for 1.0. It does not notice if that code uses a feature of 2.0.
  shape.oneOf(config['Runtime'], `${configAt}.Runtime`, ['cloudfront-js-2.0', 'cloudfront-js-1.0']);
  const storesAt = `${configAt}.KeyValueStoreAssociations`;
  const [store, ...more] = shape.list(config['KeyValueStoreAssociations'] ?? [], storesAt);
  if (more.length > 0) shape.fault(`${storesAt}: CloudFront takes one store a function`);
  const source = {
    name: resource.logicalId,
    code: shape.text(properties['FunctionCode'], `${at}.FunctionCode`),
  };
  const size = Buffer.byteLength(source.code);
  if (size > MAX_CODE_BYTES)
    shape.fault(`${at}.FunctionCode has ${size} bytes; CloudFront takes ${MAX_CODE_BYTES}`);
  if (store === undefined) return source;
  const storeArn = shape.object(store, storesAt, ['KeyValueStoreARN'])['KeyValueStoreARN'];
  const type = 'AWS::CloudFront::KeyValueStore';
  const found = referred(shape, template, type, nameInArn(storeArn), storesAt);
  return found ? { ...source, keyValueStore: storeOf(shape, found) } : source;
}

function storeOf(shape: ShapeReader, { logicalId, properties }: Resource): KeyValueStoreSource {
  const at = `KeyValueStore ${logicalId}`;
  const words = { Name: 'a name for people', Comment: 'words for people' };
  const { ImportSource: raw } = shape.object(properties, at, ['ImportSource'], words);
  if (raw === undefined) return { logicalId };
  const path = `${at}.ImportSource`;
  const source = shape.object(raw, path, ['SourceType', 'SourceArn']);
  shape.oneOf(source['SourceType'], `${path}.SourceType`, ['S3']);
  const arn = shape.text(source['SourceArn'], `${path}.SourceArn`);
  const [, bucket, key] = /^arn:[^:]*:s3:::([^/]+)\/(.+)$/.exec(arn) ?? [];
  if (bucket !== undefined && key !== undefined) return { logicalId, importFrom: { bucket, key } };
  shape.fault(`${path}.SourceArn: ${arn} is not an object of a bucket`);
  return { logicalId };
}

function nameInArn(arn: unknown): unknown {
  if (arn instanceof Unresolved || arn === undefined) return arn;
  const text = String(arn);
  return text.slice(text.lastIndexOf('/') + 1);
}
