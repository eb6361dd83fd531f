import type { Cases } from './templates.ts';

const SERVER = 'a.example.com, CustomOriginConfig: { OriginProtocolPolicy: https-only }';

/** The ways past the signature to what is signed. */
export const DOORS: Cases = {
  'the public site is a folder above the private one': {
    change: [
      ['!GetAtt Site.RegionalDomainName', 'media.s3.amazonaws.com, OriginPath: /'],
      ['!GetAtt Media.RegionalDomainName', '!GetAtt Media.RegionalDomainName, OriginPath: /media'],
    ],
    finds: ['error unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'the public site is a folder below the private one': {
    change: [['!GetAtt Site.RegionalDomainName', 'media.s3.amazonaws.com, OriginPath: /site']],
    finds: ['warning unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'the private files are a folder below a public one': {
    change: [
      ['!GetAtt Site.RegionalDomainName', 'media.s3.amazonaws.com, OriginPath: /media'],
      ['!GetAtt Media.RegionalDomainName', '!GetAtt Media.RegionalDomainName, OriginPath: /media/films'],
      ['PathPattern: /private/*', 'PathPattern: private/*'],
    ],
    finds: ['error unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'the public site comes from the private bucket': {
    change: [['TargetOriginId: site', 'TargetOriginId: media']],
    finds: ['error unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'the same bucket under two names': {
    change: [
      ['BucketName: media', 'BucketName: films'],
      ['!GetAtt Site.RegionalDomainName', 'Films.S3.amazonaws.com'],
    ],
    finds: ['error unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'the same bucket, and apart by OriginPath': {
    change: [
      ['!GetAtt Site.RegionalDomainName', 'media.s3.amazonaws.com, OriginPath: /site'],
      ['!GetAtt Media.RegionalDomainName', '!GetAtt Media.RegionalDomainName, OriginPath: /media'],
    ],
    finds: [],
  },
  'one OriginPath is only the beginning of the other': {
    change: [
      ['!GetAtt Site.RegionalDomainName', 'media.s3.amazonaws.com, OriginPath: /a'],
      ['!GetAtt Media.RegionalDomainName', '!GetAtt Media.RegionalDomainName, OriginPath: /ab'],
    ],
    finds: [],
  },
  'a public folder of a private bucket': {
    change: [
      ['TargetOriginId: site', 'TargetOriginId: media\n          TrustedKeyGroups: [!Ref Group]'],
      ['TrustedKeyGroups: [!Ref Group]\n            CachePolicyId', 'CachePolicyId'],
    ],
    finds: ['warning unsigned-shares-origin Web.DistributionConfig.CacheBehaviors[0].TargetOriginId'],
  },
  'one server for what is signed and what is not': {
    change: [
      ['!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}', SERVER],
      [
        '!GetAtt Site.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        SERVER.replace('a.example', 'A.example'),
      ],
    ],
    finds: ['warning unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'two origins whose names cannot be resolved': {
    change: [
      ['!GetAtt Media.RegionalDomainName', '!ImportValue media'],
      ['!GetAtt Site.RegionalDomainName', '!ImportValue site'],
    ],
    finds: [],
  },
  'another distribution before the same bucket': {
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
    ],
    finds: ['error unsigned-shares-origin Preview.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'a group of origins, and the bucket in it': {
    change: [
      ['TargetOriginId: site', 'TargetOriginId: both'],
      [
        '        CacheBehaviors:',
        `        OriginGroups:
          Items:
            - Id: both
              FailoverCriteria: { StatusCodes: { Items: [404], Quantity: 1 } }
              Members: { Items: [{ OriginId: site }, { OriginId: media }], Quantity: 2 }
          Quantity: 1
        CacheBehaviors:`,
      ],
    ],
    finds: ['error unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'the bucket as a path of S3': {
    change: [
      [
        '!GetAtt Site.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        's3.us-east-1.amazonaws.com, OriginPath: /media, CustomOriginConfig: { OriginProtocolPolicy: https-only }',
      ],
    ],
    finds: [
      'error unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId',
      'warning no-origin-access-control Web.DistributionConfig.Origins[1].OriginAccessControlId',
    ],
  },
};
