import { isRecord, type ShapeReader } from './shape.ts';
import { type ResolvedTemplate, referred } from './template.ts';

/** How requests to an S3 origin are made: signed by its access control, signed by the older identity, or anonymous. */
export type Access = 'control' | 'identity' | undefined;

export function accessOf(
  shape: ShapeReader,
  template: ResolvedTemplate,
  controlId: unknown,
  identity: unknown,
  at: string,
): Access {
  const isNone = controlId === undefined || controlId === '';
  if (!isNone)
    return readAccessControl(shape, template, controlId, `${at}.OriginAccessControlId`)
      ? 'control'
      : undefined;
  return identity === undefined || identity === '' ? undefined : 'identity';
}

/** Whether the access control signs requests. */
function readAccessControl(
  shape: ShapeReader,
  template: ResolvedTemplate,
  ref: unknown,
  refPath: string,
): boolean {
  const control = referred(shape, template, 'AWS::CloudFront::OriginAccessControl', ref, refPath);
  if (!control) return false;
  const path = 'OriginAccessControl';
  const outer = shape.object(control.properties, path, ['OriginAccessControlConfig']);
  const modelled = ['OriginAccessControlOriginType', 'SigningBehavior', 'SigningProtocol'];
  const words = { Name: 'a name for people', Description: 'words for people' };
  const config = shape.object(outer['OriginAccessControlConfig'], path, modelled, words);
  shape.oneOf(config['SigningProtocol'], `${path}.SigningProtocol`, ['sigv4']);
  // The types besides S3 are accepted. Their requests go out unsigned, since no server on this machine checks such a
  // signature.
  const types = ['s3', 'lambda', 'mediastore', 'mediapackagev2'];
  shape.oneOf(config['OriginAccessControlOriginType'], `${path}.OriginAccessControlOriginType`, types);
  const behaviors = ['always', 'never', 'no-override'] as const;
  const behavior = shape.oneOf(config['SigningBehavior'], `${path}.SigningBehavior`, behaviors);
  return behavior === 'always' || behavior === 'no-override';
}

/**
 * Whether a bucket policy of the template grants `s3:ListBucket`. For unsigned requests it must grant that to
 * everybody.
 */
export function mayList(template: ResolvedTemplate, bucket: string, access: Access): boolean {
  return template.ofType('AWS::S3::BucketPolicy').some(({ properties }) => {
    const document = properties['PolicyDocument'];
    const statements = isRecord(document) ? [document['Statement']].flat() : [];
    return properties['Bucket'] === bucket && statements.some((statement) => grantsList(statement, access));
  });
}

function grantsList(statement: unknown, access: Access): boolean {
  if (!isRecord(statement) || statement['Effect'] !== 'Allow') return false;
  const actions = [statement['Action']].flat().map(String);
  if (!actions.some((action) => /^(?:s3:)?(?:\*|List\*|ListBucket)$/.test(action))) return false;
  const principal = JSON.stringify(statement['Principal']);
  return access === undefined
    ? /^(?:"\*"|\{"AWS":"\*"\})$/.test(principal)
    : /cloudfront|CloudFront|\*/.test(principal);
}
