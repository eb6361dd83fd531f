import t from 'tap';
import { type Finding, RULES } from '../../../../edge/local/lint/finding.ts';
import { type LintResult, lint } from '../../../../edge/local/lint/lint.ts';
import { parseTemplate } from '../../../../edge/local/template/parse-template.ts';
import { rsaKey } from '../../../support/local-values.ts';
import { CLEAN, changed, SOURCE_ARN } from './templates.ts';

const linted = (text: string, policySeconds = 86_400) => lint(parseTemplate(text), { policySeconds });
/** By the name of the case. */
const results = new Map<string, Promise<LintResult>>();
const short = ({ rule, level, resource, property }: Finding) => `${level} ${rule} ${resource}.${property}`;
const SIGNER =
  'the signer: the Resource and the life of its policies (lint assumes 86400 s at most), and its hash';

const SERVER = 'a.example.com, CustomOriginConfig: { OriginProtocolPolicy: https-only }';

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

/** The findings that a change of the clean template causes, in order. */
const CASES: Record<string, { change: [from: string, to: string][]; finds: string[]; seconds?: number }> = {
  'the public site comes from the private bucket': {
    change: [['TargetOriginId: site', 'TargetOriginId: media']],
    finds: ['error unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'the same bucket under two names': {
    change: [['!GetAtt Site.RegionalDomainName', 'media.s3.amazonaws.com']],
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
  'a function resolves dot segments behind the signature': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var parts = [];
          decodeURIComponent(event.request.uri).split('/').forEach(function (part) { part === '..' ? parts.pop() : parts.push(part); });
          event.request.uri = parts.join('/');
          return event.request;
        }`,
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function takes the folder from the query': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var user = event.request.querystring.user;
          if (user) event.request.uri = '/private/' + user.value + '/a.jpg';
          return event.request;
        }`,
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function that decodes, and refuses what then goes up': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var path = decodeURIComponent(event.request.uri);
          if (/(^|[\\/\\\\])\\.\\.?([\\/\\\\]|$)/.test(path)) return { statusCode: 400 };
          return event.request;
        }`,
      ],
    ],
    finds: [],
  },
  'a function that writes paths in lower case': {
    change: [
      [
        'function handler(event) { return event.request; }',
        'function handler(event) { event.request.uri = event.request.uri.toLowerCase(); return event.request; }',
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function that goes up in paths of numbers alone, of one kind of file': {
    change: [
      ['/private/*', '/private/*.mp4'],
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var uri = event.request.uri.replace(/%2e/gi, '.');
          if (!/^\\/private\\/[0-9./]+[a-z]\\.mp4$/.test(uri)) return { statusCode: 404 };
          event.request.uri = uri.replace(/[0-9]+\\/\\.\\.\\//, '');
          return event.request;
        }`,
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function of the public site that refuses a slash in disguise': {
    change: [
      [
        'DefaultCacheBehavior:\n          TargetOriginId: site',
        'DefaultCacheBehavior:\n          TargetOriginId: media\n          FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt OnRequest.FunctionARN }]',
      ],
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          if (/%/.test(event.request.uri)) return { statusCode: 400 };
          return event.request;
        }`,
      ],
    ],
    finds: ['warning unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'a function of a public path that strips what is in front of a private one': {
    change: [
      [
        '        CacheBehaviors:',
        `        CacheBehaviors:
          - PathPattern: /open/*
            TargetOriginId: media
            ViewerProtocolPolicy: https-only
            CachePolicyId: !Ref Cache
            FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt OnRequest.FunctionARN }]`,
      ],
      [
        'function handler(event) { return event.request; }',
        `function handler(event) { event.request.uri = event.request.uri.replace('/open', ''); return event.request; }`,
      ],
    ],
    finds: ['error unsigned-shares-origin Web.DistributionConfig.CacheBehaviors[0].TargetOriginId'],
  },
  'one server for what is signed and what is not': {
    change: [
      ['!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}', SERVER],
      ['!GetAtt Site.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}', SERVER],
    ],
    finds: ['warning unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
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
  'a key that another stack imports': {
    change: [
      ['Items: [!Ref Key]', 'Items: [!ImportValue other]'],
      ['Resources:', 'Outputs: { Key: { Value: !Ref Key } }\nResources:'],
    ],
    finds: [],
  },
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
  'browsers ask each time': {
    change: [['private, max-age=900', 'private, no-cache, max-age=31536000']],
    finds: [],
  },
  'a cookie of the signature in the cache key': {
    change: [['CookieBehavior: none', 'CookieBehavior: whitelist, Cookies: [CloudFront-Policy]']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'any origin, with credentials, by headers written out': {
    change: [
      ["Items: ['https://app.example.com']", 'Items: []'],
      [
        'Items: [{ Header: Cache-Control',
        "Items: [{ Header: Access-Control-Allow-Origin, Value: '*', Override: true }, { Header: Cache-Control",
      ],
    ],
    finds: ['error cors-any-origin Headers.ResponseHeadersPolicyConfig.CustomHeadersConfig'],
  },
  'RSA beside P-256': {
    change: [
      ['Items: [!Ref Key]', 'Items: [!Ref Key, !Ref Rsa]'],
      [
        'Resources:',
        `Resources:
  Rsa:
    Type: AWS::CloudFront::PublicKey
    Properties: { PublicKeyConfig: { Name: K2, CallerReference: y, EncodedKey: ${JSON.stringify(rsaKey('K2').publicPem)} } }`,
      ],
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
  'cookies in the cache key': {
    change: [['CookieBehavior: none', 'CookieBehavior: all']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'the signature in the cache key': {
    change: [['QueryStrings: [v]', 'QueryStrings: [v, Signature]']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'any query in the cache key': {
    change: [['QueryStringBehavior: whitelist, QueryStrings: [v]', 'QueryStringBehavior: all']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'any query, the older way': {
    change: [
      ['CachePolicyId: !Ref Cache', 'ForwardedValues: { QueryString: true, Cookies: { Forward: none } }'],
    ],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].ForwardedValues'],
  },
  'everything in the key of a cache that keeps nothing': {
    change: [
      ['CookieBehavior: none', 'CookieBehavior: all'],
      ['DefaultTTL: 3600\n        MaxTTL: 31536000', 'DefaultTTL: 0\n        MaxTTL: 0'],
    ],
    finds: [],
  },
  'a TTL of two days': {
    change: [['MinTTL: 0\n        DefaultTTL: 3600', 'MinTTL: 172800\n        DefaultTTL: 172800']],
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'a TTL of an hour, where policies live for less': {
    change: [],
    seconds: 900,
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'browsers keep it for a year': {
    change: [['private, max-age=900', 'max-age=31536000, immutable']],
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].ResponseHeadersPolicyId'],
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
  'a key in no group': {
    change: [
      [
        'Resources:',
        "Resources:\n  Old:\n    Type: AWS::CloudFront::PublicKey\n    Properties: { PublicKeyConfig: { Name: K0, CallerReference: y, EncodedKey: 'x' } }",
      ],
    ],
    finds: ['note unused-key Old.PublicKeyConfig'],
  },
  'a group that nobody trusts': {
    change: [['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []']],
    finds: ['warning unused-key Group.KeyGroupConfig'],
  },
  'a group that another stack imports': {
    change: [
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []'],
      ['Resources:', 'Outputs: { Keys: { Value: !Ref Group, Export: { Name: keys } } }\nResources:'],
    ],
    finds: [],
  },
  'any origin, with credentials': {
    change: [["Items: ['https://app.example.com']", "Items: ['*']"]],
    finds: ['error cors-any-origin Headers.ResponseHeadersPolicyConfig.CorsConfig.AccessControlAllowOrigins'],
  },
  'any origin, without credentials': {
    change: [
      ["Items: ['https://app.example.com']", "Items: ['*']"],
      ['AccessControlAllowCredentials: true', 'AccessControlAllowCredentials: false'],
    ],
    finds: [],
  },
  'a function gives back whatever origin asks': {
    change: [
      [
        'function handler(event) { return event.response; }',
        `function handler(event) {
          event.response.headers['access-control-allow-origin'] = { value: event.request.headers.origin.value };
          event.response.headers['access-control-allow-credentials'] = { value: 'true' };
          return event.response;
        }`,
      ],
    ],
    finds: ['error cors-any-origin OnResponse.FunctionCode'],
  },
  'RSA alone': {
    change: [
      [/EncodedKey: ".*?"/.exec(CLEAN)?.[0] ?? '', `EncodedKey: ${JSON.stringify(rsaKey('K1').publicPem)}`],
    ],
    finds: ['note rsa-sha1 Group.KeyGroupConfig.Items'],
  },
};

t.test('a clean template has no finding, and nothing that was not looked at but the signer', async (t) => {
  t.strictSame(await linted(CLEAN), { findings: [], unseen: [SIGNER] });
});

const KEPT_GROUP: [from: string, to: string] = [
  'Resources:',
  'Outputs: { Keys: { Value: !Ref Group } }\nResources:',
];

t.test('what cannot be tried is said by name', async (t) => {
  const code = 'function handler(event) { return event.request; }';
  const unseen = async (...change: [from: string, to: string][]) => {
    const result = await linted(changed(...change));
    t.strictSame(result.findings, []);
    return result.unseen.filter((one) => one !== SIGNER);
  };
  t.strictSame(await unseen([code, 'function handler(event) { throw new Error(); }']), [
    'Function OnRequest: it fails for every request',
  ]);
  t.strictSame(await unseen([code, 'function handler(event) {']), [
    'Function OnRequest: its code cannot be loaded',
  ]);
  t.strictSame(
    await unseen([
      '!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
      'a.example.com, CustomOriginConfig: { OriginProtocolPolicy: https-only }',
    ]),
    [
      'Web.DistributionConfig.Origins[0]: whether this server also answers requests that do not come through CloudFront',
    ],
  );
  t.strictSame(await unseen(['!GetAtt Site.RegionalDomainName', '!ImportValue site']), [
    'Web.DistributionConfig.Origins[1].DomainName: the import site has no value; give one',
  ]);
  t.strictSame(
    await unseen(
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: !Split [",", !ImportValue groups]'],
      KEPT_GROUP,
    ),
    ['Web.DistributionConfig.CacheBehaviors[0].TrustedKeyGroups: the import groups has no value; give one'],
  );
  t.strictSame(await unseen(['TargetOriginId: media', 'TargetOriginId: !ImportValue target']), [
    'Web.DistributionConfig.CacheBehaviors[0].TargetOriginId: the import target has no value; give one',
  ]);
  const whole = `Resources: { Web: { Type: AWS::CloudFront::Distribution, Properties: { DistributionConfig: !ImportValue all } } }`;
  t.strictSame(await linted(whole), {
    findings: [],
    unseen: ['Web.DistributionConfig: the import all has no value; give one'],
  });
  t.strictSame(await unseen(['CachePolicyId: !Ref Cache', 'CachePolicyId: !ImportValue cache']), [
    'Web: DistributionConfig.CacheBehaviors[0].CachePolicyId: the import cache has no value; give one',
  ]);
});

for (const [name, { change, finds, seconds }] of Object.entries(CASES)) {
  t.test(name, async (t) => {
    const result = linted(changed(...change), seconds);
    results.set(name, result);
    t.strictSame((await result).findings.map(short), finds);
  });
}

t.test('each rule has a template that breaks it, a page of AWS, and one sentence what to do', async (t) => {
  const findings = (await Promise.all(results.values())).flatMap((one) => one.findings);
  t.strictSame([...new Set(findings.map(({ rule }) => rule))].toSorted(), Object.keys(RULES).toSorted());
  for (const finding of findings) t.match(finding.do, /^[A-Z][^!]*\.$/);
  for (const { page } of Object.values(RULES)) t.match(page, /^https:\/\/docs\.aws\.amazon\.com\/[\w/.#-]+$/);
});
