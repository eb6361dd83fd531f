import { PUBLIC_KEYS } from '../../../infra/support/production.ts';

const [{ pem } = { pem: '' }] = PUBLIC_KEYS;

export const SOURCE_ARN = `StringEquals: { AWS:SourceArn: !Sub 'arn:aws:cloudfront::\${AWS::AccountId}:distribution/\${Web}' }`;

/** By its name: a change of the clean template, and the findings that it causes, in order. */
export type Cases = Record<string, { change: [from: string, to: string][]; finds: string[] }>;

/** Private media beside a public site, each in a bucket of its own. lint finds nothing here. */
export const CLEAN = `
Resources:
  Key:
    Type: AWS::CloudFront::PublicKey
    Properties: { PublicKeyConfig: { Name: K1, CallerReference: x, EncodedKey: ${JSON.stringify(pem)} } }
  Group:
    Type: AWS::CloudFront::KeyGroup
    Properties: { KeyGroupConfig: { Name: g, Items: [!Ref Key] } }
  Media:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: media
      PublicAccessBlockConfiguration: { BlockPublicPolicy: true, RestrictPublicBuckets: true, IgnorePublicAcls: true }
  MediaPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Media
      PolicyDocument:
        Statement:
          - { Effect: Deny, Principal: '*', Action: 's3:*', Resource: '*', Condition: { Bool: { aws:SecureTransport: 'false' } } }
          - Effect: Allow
            Principal: { Service: cloudfront.amazonaws.com }
            Action: s3:GetObject
            Resource: !Sub '\${Media.Arn}/*'
            Condition: { ${SOURCE_ARN} }
  Site:
    Type: AWS::S3::Bucket
  Access:
    Type: AWS::CloudFront::OriginAccessControl
    Properties:
      OriginAccessControlConfig: { Name: a, OriginAccessControlOriginType: s3, SigningBehavior: always, SigningProtocol: sigv4 }
  Cache:
    Type: AWS::CloudFront::CachePolicy
    Properties:
      CachePolicyConfig:
        Name: c
        MinTTL: 0
        DefaultTTL: 3600
        MaxTTL: 31536000
        ParametersInCacheKeyAndForwardedToOrigin:
          EnableAcceptEncodingGzip: true
          CookiesConfig: { CookieBehavior: none }
          HeadersConfig: { HeaderBehavior: none }
          QueryStringsConfig: { QueryStringBehavior: whitelist, QueryStrings: [v] }
  Headers:
    Type: AWS::CloudFront::ResponseHeadersPolicy
    Properties:
      ResponseHeadersPolicyConfig:
        Name: h
        CorsConfig:
          AccessControlAllowCredentials: true
          AccessControlAllowOrigins: { Items: ['https://app.example.com'] }
          AccessControlAllowMethods: { Items: [GET] }
          AccessControlAllowHeaders: { Items: [Range] }
          OriginOverride: true
        CustomHeadersConfig: { Items: [{ Header: Cache-Control, Value: 'private, max-age=900', Override: true }] }
  OnRequest:
    Type: AWS::CloudFront::Function
    Properties:
      Name: on-request
      AutoPublish: true
      FunctionConfig: { Runtime: cloudfront-js-2.0 }
      FunctionCode: |
        function handler(event) { return event.request; }
  OnResponse:
    Type: AWS::CloudFront::Function
    Properties:
      Name: on-response
      AutoPublish: true
      FunctionConfig: { Runtime: cloudfront-js-2.0 }
      FunctionCode: |
        function handler(event) { return event.response; }
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - { Id: media, DomainName: !GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {} }
          - { Id: site, DomainName: !GetAtt Site.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {} }
        CacheBehaviors:
          - PathPattern: /private/*
            TargetOriginId: media
            ViewerProtocolPolicy: https-only
            TrustedKeyGroups: [!Ref Group]
            CachePolicyId: !Ref Cache
            ResponseHeadersPolicyId: !Ref Headers
            FunctionAssociations:
              - { EventType: viewer-request, FunctionARN: !GetAtt OnRequest.FunctionARN }
              - { EventType: viewer-response, FunctionARN: !GetAtt OnResponse.FunctionARN }
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: redirect-to-https
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
`;

/** @throws Error if there is nothing to change, because the test would then show nothing */
export function changed(...changes: [from: string, to: string][]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the template has no ${from}`);
    return text.replace(from, () => to);
  }, CLEAN);
}
