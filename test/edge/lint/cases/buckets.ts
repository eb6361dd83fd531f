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
  'a bucket whose name is the logical id of another': {
    change: [
      ['      BucketName: media\n', ''],
      [
        '  Site:\n    Type: AWS::S3::Bucket\n',
        '  Site:\n    Type: AWS::S3::Bucket\n    Properties: { BucketName: media }\n',
      ],
    ],
    finds: [],
  },
  'a bucket that is a website and an origin answers everybody': {
    change: [
      OPEN_SITE,
      [
        '        CacheBehaviors:\n',
        `          - { Id: web, DomainName: site.s3-website-us-east-1.amazonaws.com, CustomOriginConfig: { OriginProtocolPolicy: http-only } }
        CacheBehaviors:
          - { PathPattern: /web/*, TargetOriginId: web, ViewerProtocolPolicy: https-only, CachePolicyId: !Ref Cache }
`,
      ],
    ],
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
  'a website of S3 behind a signature answers everybody': {
    change: [
      ...OPEN,
      [
        '!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        'media.s3-website-us-east-1.amazonaws.com, CustomOriginConfig: { OriginProtocolPolicy: http-only }',
      ],
    ],
    finds: [
      'error no-origin-access-control Web.DistributionConfig.Origins[0].DomainName',
      'error public-bucket MediaPolicy.PolicyDocument.Statement[1]',
    ],
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
  'everybody may do all but read the newest version': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      ['Action: s3:GetObject', 'NotAction: s3:GetObject'],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'every distribution may do all but write': {
    change: [
      ['Action: s3:GetObject', 'NotAction: s3:PutObject'],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
    ],
    finds: ['error no-source-arn MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'every distribution of China': {
    change: [
      ['Service: cloudfront.amazonaws.com', 'Service: cloudfront.amazonaws.com.cn'],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
    ],
    finds: ['error no-source-arn MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a SourceArn of this distribution or of any': {
    change: [
      [
        SOURCE_ARN,
        "ArnLike: { AWS:SourceArn: ['arn:aws:cloudfront::123456789012:distribution/E1', 'arn:aws:cloudfront::*:distribution/*'] }",
      ],
    ],
    finds: ['error no-source-arn MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'the distributions of one account by its number': {
    change: [[SOURCE_ARN, "StringEquals: { AWS:SourceAccount: '123456789012' }"]],
    finds: [],
  },
  'a service beside CloudFront, which needs no SourceArn': {
    change: [
      ['Service: cloudfront.amazonaws.com', 'Service: logging.s3.amazonaws.com'],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
    ],
    finds: [],
  },
  'a policy lets everybody of one address or of any read': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [SOURCE_ARN, 'IpAddress: { aws:SourceIp: [192.0.2.1/32, 0.0.0.0/0] }'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
  },
  'a policy lets the roles of one account read': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [SOURCE_ARN, "ArnLike: { aws:PrincipalArn: 'arn:aws:iam::123456789012:role/*' }"],
      ['RestrictPublicBuckets: true, ', ''],
    ],
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
  'every distribution may see where the bucket is': {
    change: [
      ['Action: s3:GetObject', 'Action: s3:GetBucketLocation'],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
    ],
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
  'a website of S3 that is signed': {
    change: [
      [
        '!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        'media.s3-website-us-east-1.amazonaws.com, CustomOriginConfig: { OriginProtocolPolicy: http-only }',
      ],
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [`Condition: { ${SOURCE_ARN} }`, 'Condition: {}'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: [
      'error no-origin-access-control Web.DistributionConfig.Origins[0].DomainName',
      'error public-bucket MediaPolicy.PolicyDocument.Statement[1]',
    ],
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
  'a tag that has the name of a limit': {
    change: [
      ['Principal: { Service: cloudfront.amazonaws.com }', "Principal: '*'"],
      [SOURCE_ARN, 'StringEquals: { s3:ExistingObjectTag/aws:SourceIp: a, aws:SourceIp/a: a }'],
      ['RestrictPublicBuckets: true, ', ''],
    ],
    finds: ['error public-bucket MediaPolicy.PolicyDocument.Statement[1]'],
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
  'a list for the logs of S3': {
    change: [[', IgnorePublicAcls: true }', ' }\n      AccessControl: LogDeliveryWrite']],
    finds: [],
  },
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
  'an origin access control and an identity without a name': {
    change: [
      [
        'OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        "OriginAccessControlId: '', S3OriginConfig: { OriginAccessIdentity: '' }",
      ],
    ],
    finds: ['error no-origin-access-control Web.DistributionConfig.Origins[0].OriginAccessControlId'],
  },
  'any distribution, of one account by its number': {
    change: [
      [SOURCE_ARN, "StringLike: { AWS:SourceArn: '*' }, StringEquals: { AWS:SourceAccount: '123456789012' }"],
    ],
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
