import type { Cases } from './templates.ts';

/** Plain HTTP. */
export const TRANSPORT: Cases = {
  'plain HTTP to the signed files': {
    change: [['https-only', 'allow-all']],
    finds: ['error http-allowed Web.DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy'],
  },
  'plain HTTP beside the signed files': {
    change: [['redirect-to-https', 'allow-all']],
    finds: ['error http-allowed Web.DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy'],
  },
  'a server behind plain HTTP': {
    change: [
      [
        '!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        'a.example.com, CustomOriginConfig: { OriginProtocolPolicy: http-only }',
      ],
    ],
    finds: ['warning http-allowed Web.DistributionConfig.Origins[0].CustomOriginConfig.OriginProtocolPolicy'],
  },
};
