import { type Cases, SOURCE_ARN } from './templates.ts';

/** Everybody may read the private bucket. */
const OPEN: [from: string, to: string][] = [
  ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
  [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
  ['RestrictPublicBuckets: true, ', ''],
];

/** Everybody may read the public bucket. */
const OPEN_SITE: [from: string, to: string] = [
  '  Site:\n    Type: AWS::S3::Bucket\n',
  `  Site:
    Type: AWS::S3::Bucket
  SitePolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Site
      PolicyDocument: { Statement: [{ Effect: Allow, Principal: '*', Action: s3:GetObject, Resource: !Sub '\${Site.Arn}/*' }] }
`,
];

/** Who may read the bucket past CloudFront. */
export const BUCKETS: Cases = {
  'the bucket of the public site answers everybody': {
    change: [OPEN_SITE],
    finds: ['warning public-bucket SitePolicy.PolicyDocument.Statement[0]'],
  },
  'a bucket with a private and a public folder answers everybody': {
    change: [
      ...OPEN,
      ['!GetAtt Site.RegionalDomainName', 'media.s3.amazonaws.com, OriginPath: /site'],
      ['!GetAtt Media.RegionalDomainName', '!GetAtt Media.RegionalDomainName, OriginPath: /media'],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a list of actions that are not allowed, without a way to read': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      ['Action: s3:GetObject', "NotAction: 's3:Get*'"],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: [],
  },
  'the distributions of one account by its number': {
    change: [[SOURCE_ARN, "StringEquals: { AWS:SourceAccount: '123456789012' }"]],
    finds: [],
  },
  'a policy lets another account read': {
    change: [
      [
        'Principal: { Service: cloudfront.amazonaws.com }',
        "Principal: { AWS: 'arn:aws:iam::210987654321:root' }",
      ],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: [],
  },
  'a public list that the bucket ignores': {
    change: [['BucketName: media', 'BucketName: media\n      AccessControl: PublicRead']],
    finds: [],
  },
  'a public bucket behind a signed and an unsigned distribution': {
    change: [
      [
        'Resources:',
        `Resources:
  Preview:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins: [{ Id: m, DomainName: !GetAtt Media.DomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {} }]
        DefaultCacheBehavior: { TargetOriginId: m, ViewerProtocolPolicy: https-only, CachePolicyId: !Ref Cache }`,
      ],
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: [
      'error unsigned-shares-origin Preview.DistributionConfig.DefaultCacheBehavior.TargetOriginId',
      'error public-bucket MediaPolicy.PolicyDocument.Statement[1]',
    ],
  },
  'a website of S3 for everybody': {
    change: [
      [
        '!GetAtt Site.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        'site.s3-website-us-east-1.amazonaws.com, CustomOriginConfig: { OriginProtocolPolicy: http-only }',
      ],
      [
        '  Site:\n    Type: AWS::S3::Bucket',
        '  Site:\n    Type: AWS::S3::Bucket\n    Properties: { AccessControl: PublicRead }',
      ],
    ],
    finds: [],
  },
  'a limit that any source keeps': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [SOURCE_ARN, "StringLike: { aws:SourceArn: '*' }"],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a bucket behind its website and behind CloudFront alone': {
    change: [
      [
        '  Site:\n    Type: AWS::S3::Bucket',
        '  Site:\n    Type: AWS::S3::Bucket\n    Properties: { AccessControl: PublicRead }',
      ],
      [
        'Resources:',
        `Resources:
  Preview:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins: [{ Id: s, DomainName: site.s3-website-us-east-1.amazonaws.com, CustomOriginConfig: { OriginProtocolPolicy: http-only } }]
        DefaultCacheBehavior: { TargetOriginId: s, ViewerProtocolPolicy: https-only, CachePolicyId: !Ref Cache }`,
      ],
    ],
    finds: ['warning public-bucket Site.AccessControl'],
  },
  'a public list of a site without signatures': {
    change: [
      [
        '  Site:\n    Type: AWS::S3::Bucket',
        '  Site:\n    Type: AWS::S3::Bucket\n    Properties: { AccessControl: PublicReadWrite }',
      ],
    ],
    finds: ['warning public-bucket Site.AccessControl'],
  },
  'a list that is open to the accounts of AWS': {
    change: [[', IgnorePublicAcls: true }', ' }\n      AccessControl: AuthenticatedRead']],
    finds: ['error public-bucket Media.AccessControl'],
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
  'a policy lets everybody of any address read, from one account': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [
        SOURCE_ARN,
        "IpAddress: { aws:SourceIp: 0.0.0.0/0 }, StringEquals: { aws:PrincipalAccount: '123456789012' }",
      ],
      ['RestrictPublicBuckets: true, ', ''],
    ],
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
