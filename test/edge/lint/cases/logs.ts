import type { Cases } from './templates.ts';

/** Standard logging v2. */
function delivery(fields: string): string {
  return `Resources:
  Source:
    Type: AWS::Logs::DeliverySource
    Properties: { Name: s, LogType: ACCESS_LOGS, ResourceArn: !Sub 'arn:aws:cloudfront::1:distribution/\${Web}' }
  Delivery:
    Type: AWS::Logs::Delivery
    Properties: { DeliverySourceName: !Ref Source, DeliveryDestinationArn: arn:aws:logs:us-east-1:1:delivery-destination:d${fields === '' ? '' : `, ${fields}`} }`;
}

/** What logs keep of signatures. */
export const LOGS: Cases = {
  'a log of a site without signatures': {
    change: [
      ['        Enabled: true', '        Enabled: true\n        Logging: { Bucket: logs.s3.amazonaws.com }'],
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []'],
      ['Resources:', 'Outputs: { Keys: { Value: !Ref Group } }\nResources:'],
    ],
    finds: [],
  },
  'a delivery of every field': {
    change: [['Resources:', delivery('')]],
    finds: ['warning logs-hold-signatures Delivery.RecordFields'],
  },
  'a delivery without query and cookies': {
    change: [['Resources:', delivery('RecordFields: [date, cs-uri-stem]')]],
    finds: [],
  },
  'a standard log': {
    change: [
      ['        Enabled: true', '        Enabled: true\n        Logging: { Bucket: logs.s3.amazonaws.com }'],
    ],
    finds: ['warning logs-hold-signatures Web.DistributionConfig.Logging'],
  },
  'a standard log with cookies': {
    change: [
      [
        '        Enabled: true',
        '        Enabled: true\n        Logging: { Bucket: logs.s3.amazonaws.com, IncludeCookies: true }',
      ],
    ],
    finds: ['warning logs-hold-signatures Web.DistributionConfig.Logging.IncludeCookies'],
  },
  'a real-time log': {
    change: [
      ['TrustedKeyGroups', 'RealtimeLogConfigArn: !Ref Log\n            TrustedKeyGroups'],
      [
        'Resources:',
        'Resources:\n  Log:\n    Type: AWS::CloudFront::RealtimeLogConfig\n    Properties: { Name: l, Fields: [timestamp, cs-cookie] }',
      ],
    ],
    finds: ['warning logs-hold-signatures Log.Fields'],
  },
};
