import { referred, type ShapeReader } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';

/** Quota of CloudFront (DG: cloudfront-limits). */
const MAX_CODE_BYTES = 10_240;

export interface EdgeFunctionSource {
  name: string;
  code: string;
  /** Logical id of the KeyValueStore that is associated with it. */
  keyValueStoreId?: string;
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
  const properties = shape.object(resource.properties, at, modelled, { Name: 'a name for people' });
  shape.oneOf(properties['AutoPublish'], `${at}.AutoPublish`, [true]);
  const configAt = `${at}.FunctionConfig`;
  const names = ['Runtime', 'KeyValueStoreAssociations'];
  const config = shape.object(properties['FunctionConfig'], configAt, names, { Comment: 'words for people' });
  shape.oneOf(config['Runtime'], `${configAt}.Runtime`, ['cloudfront-js-2.0']);
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
  if (!found) return source;
  const words = { Name: 'a name for people', Comment: 'words for people' };
  shape.object(found.properties, `KeyValueStore ${found.logicalId}`, [], words);
  return { ...source, keyValueStoreId: found.logicalId };
}

function nameInArn(arn: unknown): string {
  const text = String(arn);
  return text.slice(text.lastIndexOf('/') + 1);
}
