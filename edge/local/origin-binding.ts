import { referred, type ShapeReader } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';

export interface OriginBinding {
  /** Plain HTTP, such as `http://localhost:9090`. */
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Reads every origin, and gives the one that the behavior names. */
export function readOrigins(
  shape: ShapeReader,
  template: ResolvedTemplate,
  bindings: Readonly<Record<string, OriginBinding>>,
  rawOrigins: unknown,
  targetId: unknown,
): OriginBinding {
  let target: OriginBinding | undefined;
  for (const [index, raw] of shape.list(rawOrigins, 'Distribution.Origins').entries()) {
    const at = `Distribution.Origins[${index}]`;
    const origin = shape.object(raw, at, ['Id', 'DomainName', 'OriginAccessControlId', 'S3OriginConfig']);
    const s3 = shape.object(origin['S3OriginConfig'], `${at}.S3OriginConfig`, ['OriginAccessIdentity']);
    shape.oneOf(s3['OriginAccessIdentity'] ?? '', `${at}.S3OriginConfig.OriginAccessIdentity`, ['']);
    const type = 'AWS::CloudFront::OriginAccessControl';
    const ref = origin['OriginAccessControlId'];
    const control = referred(shape, template, type, ref, `${at}.OriginAccessControlId`);
    if (control) {
      const outer = shape.object(control.properties, 'OriginAccessControl', ['OriginAccessControlConfig']);
      const modelled = ['OriginAccessControlOriginType', 'SigningBehavior', 'SigningProtocol'];
      const words = { Name: 'a name for people', Description: 'words for people' };
      const path = 'OriginAccessControl';
      const config = shape.object(outer['OriginAccessControlConfig'], path, modelled, words);
      shape.oneOf(config['OriginAccessControlOriginType'], `${path}.OriginAccessControlOriginType`, ['s3']);
      shape.oneOf(config['SigningBehavior'], `${path}.SigningBehavior`, ['always']);
      shape.oneOf(config['SigningProtocol'], `${path}.SigningProtocol`, ['sigv4']);
    }
    const domainName = shape.text(origin['DomainName'], `${at}.DomainName`);
    const binding = bindings[domainName];
    if (!binding) shape.fault(`bindings.origins has no ${domainName}`);
    else if (!binding.endpoint.startsWith('http://')) {
      shape.fault(`bindings.origins[${domainName}].endpoint must be plain http`);
    }
    if (origin['Id'] === targetId) target = binding;
  }
  if (target) return target;
  shape.fault(`Distribution.DefaultCacheBehavior.TargetOriginId: ${String(targetId)} has no usable origin`);
  return { endpoint: '', bucket: '', accessKeyId: '', secretAccessKey: '' };
}
