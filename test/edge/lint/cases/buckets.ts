import { type Cases, SOURCE_ARN } from './templates.ts';

/** Who may read the bucket past CloudFront. */
export const BUCKETS: Cases = {
  'a policy lets everybody of every address do all but delete': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      ['Action: s3:GetObject', 'NotAction: s3:DeleteObject'],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: { IpAddress: { aws:SourceIp: 0.0.0.0/0 } }'],
      ['BlockPublicPolicy: true, RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'everybody but one may do everything': {
    change: [
      [
        'Principal: { Service: cloudfront.amazonaws.com }',
        'NotPrincipal: { AWS: arn:aws:iam::123456789012:root }',
      ],
      ['Action: s3:GetObject', "Action: 's3:G*Object'"],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: { Bool: { aws:SecureTransport: true } }'],
      ['BlockPublicPolicy: true, RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a policy lets everybody read': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: { AWS: ['*'] }"],
      ['Condition: { StringEquals: { AWS:SourceArn', 'Condition: { StringLike: { aws:Referer'],
      ['BlockPublicPolicy: true, RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a policy lets everybody of one address read': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: { AWS: ['*'] }"],
      ['Condition: { StringEquals: { AWS:SourceArn', 'Condition: { IpAddress: { aws:SourceIp'],
      ['BlockPublicPolicy: true, RestrictPublicBuckets: true, ', ''],
    ],
    finds: [],
  },
  'a policy that was public before such policies were blocked': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      ['Condition: { StringEquals: { AWS:SourceArn', 'Condition: { StringLike: { aws:Referer'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a limit that a request without the key passes': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [SOURCE_ARN, "'ForAllValues:StringEquals': { aws:PrincipalOrgPaths: [o-1/r-1/ou-1/] }"],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a limit that counts only if the request has its key': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [SOURCE_ARN, 'StringEqualsIfExists: { aws:PrincipalOrgID: o-1 }'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'the distributions of every account, by a short pattern': {
    change: [[SOURCE_ARN, "StringLike: { AWS:SourceArn: 'arn:aws:cloudfront:*' }"]],
    finds: ['error no-source-arn MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a public policy that is blocked': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      ['Condition: { StringEquals: { AWS:SourceArn', 'Condition: { StringLike: { aws:Referer'],
    ],
    finds: [],
  },
  'an access control list lets everybody read': {
    change: [[', IgnorePublicAcls: true }', ' }\n      AccessControl: PublicRead']],
    finds: ['error public-bucket Media.AccessControl'],
  },
  'an access control list that was open before such lists were blocked': {
    change: [['IgnorePublicAcls: true }', 'BlockPublicAcls: true }\n      AccessControl: PublicRead']],
    finds: ['error public-bucket Media.AccessControl'],
  },
  'no SourceArn': {
    change: [[' StringEquals: { AWS:SourceArn:', ' StringNotEquals: { AWS:SourceArn:']],
    finds: ['error no-source-arn MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a SourceArn of any account': {
    change: [[SOURCE_ARN, "ArnLike: { AWS:SourceArn: 'arn:aws:cloudfront::*:distribution/*' }"]],
    finds: ['error no-source-arn MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'any distribution of one account': {
    change: [[SOURCE_ARN, "ArnLike: { aws:sourcearn: 'arn:aws:cloudfront::123456789012:distribution/*' }"]],
    finds: [],
  },
  'no origin access control': {
    change: [['OriginAccessControlId: !Ref Access, ', '']],
    finds: ['error no-origin-access-control Web.DistributionConfig.Origins[0].OriginAccessControlId'],
  },
  'an origin access control that never signs': {
    change: [['SigningBehavior: always', 'SigningBehavior: never']],
    finds: [
      'error no-origin-access-control Web.DistributionConfig.Origins[0].OriginAccessControlId',
      'warning no-origin-access-control Web.DistributionConfig.Origins[1].OriginAccessControlId',
    ],
  },
  'the older identity': {
    change: [
      [
        'OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        'S3OriginConfig: { OriginAccessIdentity: origin-access-identity/cloudfront/E1 }',
      ],
    ],
    finds: [],
  },
  'signed files behind a website endpoint': {
    change: [
      [
        '!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        'media.s3-website-us-east-1.amazonaws.com, CustomOriginConfig: { OriginProtocolPolicy: http-only }',
      ],
    ],
    finds: ['error no-origin-access-control Web.DistributionConfig.Origins[0].DomainName'],
  },
};
