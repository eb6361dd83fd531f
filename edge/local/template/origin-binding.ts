import { referred, type ShapeReader } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';

export interface OriginBinding {
  /** Plain HTTP, such as `http://localhost:9090`. */
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** An S3 origin as the template describes it, and where it really lives. */
export interface OriginSettings {
  binding: OriginBinding;
  /** How often a request is tried in all. */
  connectionAttempts: number;
  connectionTimeoutSeconds: number;
  /** For the first byte, and from each one to the next. */
  responseTimeoutSeconds: number;
}

/** CloudFront's defaults (DG: origin settings). */
const DEFAULT_CONNECTION_ATTEMPTS = 3;
const DEFAULT_CONNECTION_TIMEOUT_SECONDS = 10;
const DEFAULT_RESPONSE_TIMEOUT_SECONDS = 30;

/** Reads every origin, by its id. */
export function readOrigins(
  shape: ShapeReader,
  template: ResolvedTemplate,
  bindings: Readonly<Record<string, OriginBinding>>,
  rawOrigins: unknown,
): ReadonlyMap<string, OriginSettings> {
  const origins = new Map<string, OriginSettings>();
  for (const [index, raw] of shape.list(rawOrigins, 'Distribution.Origins').entries()) {
    const at = `Distribution.Origins[${index}]`;
    const origin = shape.object(raw, at, [
      ...['Id', 'DomainName', 'OriginAccessControlId', 'S3OriginConfig'],
      ...['ConnectionAttempts', 'ConnectionTimeout'],
    ]);
    const s3At = `${at}.S3OriginConfig`;
    const s3 = shape.object(origin['S3OriginConfig'], s3At, ['OriginAccessIdentity', 'OriginReadTimeout']);
    shape.oneOf(s3['OriginAccessIdentity'] ?? '', `${s3At}.OriginAccessIdentity`, ['']);
    checkAccessControl(shape, template, origin['OriginAccessControlId'], `${at}.OriginAccessControlId`);
    const domainName = shape.text(origin['DomainName'], `${at}.DomainName`);
    const binding = bindings[domainName];
    const seconds = (value: unknown, path: string, fallback: number) =>
      value === undefined ? fallback : shape.seconds(value, path);
    const settings = {
      connectionAttempts:
        shape.oneOf(
          origin['ConnectionAttempts'] ?? DEFAULT_CONNECTION_ATTEMPTS,
          `${at}.ConnectionAttempts`,
          [1, 2, 3],
        ) ?? DEFAULT_CONNECTION_ATTEMPTS,
      connectionTimeoutSeconds: seconds(
        origin['ConnectionTimeout'],
        `${at}.ConnectionTimeout`,
        DEFAULT_CONNECTION_TIMEOUT_SECONDS,
      ),
      responseTimeoutSeconds: seconds(
        s3['OriginReadTimeout'],
        `${s3At}.OriginReadTimeout`,
        DEFAULT_RESPONSE_TIMEOUT_SECONDS,
      ),
    };
    if (!binding) shape.fault(`bindings.origins has no ${domainName}`);
    else if (!binding.endpoint.startsWith('http://')) {
      shape.fault(`bindings.origins[${domainName}].endpoint must be plain http`);
    }
    if (binding) origins.set(shape.text(origin['Id'], `${at}.Id`), { binding, ...settings });
  }
  return origins;
}

function checkAccessControl(
  shape: ShapeReader,
  template: ResolvedTemplate,
  ref: unknown,
  refPath: string,
): void {
  const control = referred(shape, template, 'AWS::CloudFront::OriginAccessControl', ref, refPath);
  if (!control) return;
  const path = 'OriginAccessControl';
  const outer = shape.object(control.properties, path, ['OriginAccessControlConfig']);
  const modelled = ['OriginAccessControlOriginType', 'SigningBehavior', 'SigningProtocol'];
  const words = { Name: 'a name for people', Description: 'words for people' };
  const config = shape.object(outer['OriginAccessControlConfig'], path, modelled, words);
  shape.oneOf(config['OriginAccessControlOriginType'], `${path}.OriginAccessControlOriginType`, ['s3']);
  shape.oneOf(config['SigningBehavior'], `${path}.SigningBehavior`, ['always']);
  shape.oneOf(config['SigningProtocol'], `${path}.SigningProtocol`, ['sigv4']);
}
