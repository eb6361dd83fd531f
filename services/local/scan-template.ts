import type { Template } from '@cloudfront-cookie-gateway/infra/synth';
import { isRecord } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { SCAN_TAG } from './scanner.ts';

/** The logical id of the role of the stand-in scanner. */
export const SCANNER_ROLE = 'ScannerRole';

/**
 * The template with files that the distribution reads only once a scanner has tagged them as clean, and with the role of
 * that scanner: what the value `scan` makes of the stack.
 */
export function withScan({ Resources, ...template }: Template): Template {
  const resources: unknown = structuredClone(Resources);
  if (!isRecord(resources)) throw new Error('the template has no resources');
  const ofType = (type: string) =>
    Object.entries(resources).filter(([, resource]) => isRecord(resource) && resource['Type'] === type);
  for (const [, policy] of ofType('AWS::S3::BucketPolicy')) addCondition(policy);
  const objects = ofType('AWS::S3::Bucket').map(([id]) => ({
    'Fn::Join': ['', [{ 'Fn::GetAtt': [id, 'Arn'] }, '/*']],
  }));
  const actions = ['GetObject', 'GetObjectVersion', 'PutObjectTagging', 'PutObjectVersionTagging'];
  const statement = { Effect: 'Allow', Action: actions.map((action) => `s3:${action}`), Resource: objects };
  return {
    ...template,
    Resources: {
      ...resources,
      [SCANNER_ROLE]: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
      ScannerPolicy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'ScannerPolicy',
          PolicyDocument: { Statement: [statement] },
          Roles: [{ Ref: SCANNER_ROLE }],
        },
      },
    },
  };
}

function addCondition(policy: unknown): void {
  const properties = isRecord(policy) ? policy['Properties'] : undefined;
  const document = isRecord(properties) ? properties['PolicyDocument'] : undefined;
  const statements = isRecord(document) && Array.isArray(document['Statement']) ? document['Statement'] : [];
  for (const statement of statements.filter(isRecord)) {
    const { Action: action, Condition: condition } = statement;
    if (action !== 's3:GetObject' || !isRecord(condition)) continue;
    const equals = isRecord(condition['StringEquals']) ? condition['StringEquals'] : {};
    condition['StringEquals'] = { ...equals, [`s3:ExistingObjectTag/${SCAN_TAG}`]: 'NO_THREATS_FOUND' };
  }
}
