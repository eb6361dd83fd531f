import * as Type from './schema.ts';
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
  /** The ARN of the object in S3 that fills the store when the store is created. */
  importFrom?: string | undefined;
}

/** The functions of a behavior. */
export interface AssociatedFunctions {
  viewerRequest?: EdgeFunctionSource;
  viewerResponse?: EdgeFunctionSource;
}

const STORE = Type.object({
  ...Type.FOR_PEOPLE,
  ImportSource: Type.optional(Type.object({ SourceType: Type.oneOf(['S3']), SourceArn: Type.text() })),
});

function readStore(resource: Resource, context: Type.Context): KeyValueStoreSource {
  const { ImportSource: source } = STORE(Type.propertiesOf(resource, context));
  return { logicalId: resource.logicalId, importFrom: source?.SourceArn };
}

const FUNCTION = Type.object({
  Name: Type.FOR_PEOPLE.Name,
  Tags: Type.withoutEffect('words for people'),
  FunctionMetadata: Type.withoutEffect('CloudFront returns it, and ignores it in a request'),
  AutoPublish: (field) => {
    if (!Type.flag(false)(field)) Type.note(field, 'CloudFront associates a function once it is published');
  },
  FunctionCode: Type.checked(Type.text(), (code) => {
    const size = Buffer.byteLength(code);
    return size > MAX_CODE_BYTES ? `it has ${size} bytes; CloudFront takes ${MAX_CODE_BYTES}` : undefined;
  }),
  FunctionConfig: Type.object({
    ...Type.FOR_PEOPLE,
    // Runtime 2.0 also runs code for 1.0. It does not notice if that code uses a feature of 2.0.
    Runtime: Type.oneOf(['cloudfront-js-2.0', 'cloudfront-js-1.0']),
    KeyValueStoreAssociations: Type.checked(
      Type.list(
        Type.object({
          KeyValueStoreARN: Type.reference(
            'AWS::CloudFront::KeyValueStore',
            'the function has no store',
            readStore,
          ),
        }),
        [],
      ),
      ({ length }) => (length > 1 ? 'CloudFront takes one store a function' : undefined),
    ),
  }),
});

function readFunction(resource: Resource, context: Type.Context): EdgeFunctionSource {
  const { FunctionCode: code, FunctionConfig: config } = FUNCTION(Type.propertiesOf(resource, context));
  const keyValueStore = config.KeyValueStoreAssociations[0]?.KeyValueStoreARN;
  return { name: resource.logicalId, code, ...(keyValueStore ? { keyValueStore } : {}) };
}

const ASSOCIATIONS = Type.list(
  Type.object({
    EventType: Type.oneOf(['viewer-request', 'viewer-response']),
    FunctionARN: Type.reference('AWS::CloudFront::Function', 'it is not run', readFunction),
  }),
  [],
);

/** The functions that a behavior is associated with (CloudFormation: FunctionAssociations). */
export const associatedFunctions: Type.Schema<AssociatedFunctions> = (field) => {
  const found: AssociatedFunctions = {};
  for (const { EventType: eventType, FunctionARN: source } of ASSOCIATIONS(field)) {
    const name = eventType === 'viewer-request' ? 'viewerRequest' : 'viewerResponse';
    if (found[name]) Type.fault(field, `CloudFront takes one function for ${eventType}`);
    else if (source) found[name] = source;
  }
  return found;
};
