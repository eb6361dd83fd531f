import { generateKeyPairSync } from 'node:crypto';
import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import t from 'tap';
import { parseTemplate } from '../../../../edge/local/template/parse-template.ts';
import { folderOf, serve, serverOf } from '../support/serve.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** A template as people write it for SAM: older settings, short forms, conditions, a condition on a whole resource. */
const SAM = `
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String, Default: test }
  ApiDomain: { Type: String }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub '\${AWS::AccountId}-\${Stage}-site'
  Identity:
    Type: AWS::CloudFront::CloudFrontOriginAccessIdentity
    Properties: { CloudFrontOriginAccessIdentityConfig: { Comment: x } }
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        DefaultRootObject: index.html
        HttpVersion: http2
        PriceClass: !If [IsProd, PriceClass_All, PriceClass_100]
        Aliases: !If [IsProd, [www.example.com], !Ref AWS::NoValue]
        Restrictions: { GeoRestriction: { RestrictionType: none } }
        Origins:
          - Id: site
            DomainName: !GetAtt Site.RegionalDomainName
            S3OriginConfig:
              OriginAccessIdentity: !Join ['', ['origin-access-identity/cloudfront/', !Ref Identity]]
          - Id: api
            DomainName: !Ref ApiDomain
            CustomOriginConfig: { OriginProtocolPolicy: https-only }
        CacheBehaviors:
          - PathPattern: api/*
            TargetOriginId: api
            ViewerProtocolPolicy: https-only
            AllowedMethods: [GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE]
            DefaultTTL: 0
            MaxTTL: 60
            ForwardedValues:
              QueryString: true
              QueryStringCacheKeys: [page]
              Headers: [Authorization]
              Cookies: { Forward: whitelist, WhitelistedNames: ['sess*'] }
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: redirect-to-https
          Compress: true
          MinTTL: 5
          ForwardedValues: { QueryString: false, Cookies: { Forward: none } }
        CustomErrorResponses:
          - { ErrorCode: 404, ResponseCode: 200, ResponsePagePath: /index.html, ErrorCachingMinTTL: 0 }
`;

t.test('SAM in YAML, with the settings that came before policies', async (t) => {
  let asked = 0;
  const url = await serverOf(t, (request, response) => {
    asked++;
    response.writeHead(200, { 'cache-control': 'max-age=600', 'set-cookie': 'sess=2' });
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  const folder = folderOf(t, { 'index.html': '<p>'.padEnd(2_000, 'x') });
  let nowMs = Date.now();
  const site = await serve(t, parseTemplate(SAM), {
    origins: { '123456789012-test-site': { folder }, 'api.example': { url } },
    values: { ApiDomain: 'api.example' },
    now: () => nowMs,
  });
  const zipped = await site.ask('/', { headers: { 'accept-encoding': 'br, gzip' } });
  t.match(
    zipped,
    { status: 200, headers: { 'content-encoding': 'gzip' } },
    'the older settings know no Brotli',
  );
  const api = async (path: string, headers = {}) => {
    const { body, headers: told } = await site.ask(path, { headers });
    return { ...JSON.parse(body.toString()), told };
  };
  const headers = {
    authorization: 'a',
    cookie: 'sess1=x; other=y',
    accept: 'x',
    'x-own': '1',
    'user-agent': 'me',
  };
  const first = await api('/api/list?page=1&sort=up', headers);
  t.strictSame([first.url, first.told['set-cookie']], ['/api/list?page=1&sort=up', ['sess=2']]);
  t.match(first.headers, {
    authorization: 'a',
    cookie: 'sess1=x',
    'x-own': '1',
    'user-agent': 'Amazon CloudFront',
  });
  t.equal(first.headers.accept, undefined);
  await api('/api/list?page=1&sort=down', headers);
  t.equal(asked, 1, 'only what is listed is in the key');
  await api('/api/list?page=2', headers);
  await api('/api/list?page=1&sort=up', { ...headers, cookie: 'sess1=y' });
  t.equal(asked, 3);
  nowMs += 61_000;
  await api('/api/list?page=1&sort=up', headers);
  t.equal(asked, 4, 'MaxTTL is the bound of what the origin says');
});

t.test('a template whose values nobody gave is refused, with all of its faults', async (t) => {
  await t.rejects(serve(t, parseTemplate(SAM), {}), {
    message: [
      'bindings.origins["123456789012-test-site.s3.us-east-1.amazonaws.com"]: it is missing',
      'bindings.origins["api"]: it is missing, for the origin api',
    ].join('\n'),
  });
  t.throws(() => parseTemplate('a: [1'), /template: /);
});

const distribution = (groups: unknown[], more: object = {}) => ({
  Type: 'AWS::CloudFront::Distribution',
  Properties: {
    DistributionConfig: {
      Enabled: true,
      Origins: [
        {
          ...{ Id: 'media', DomainName: { 'Fn::GetAtt': ['Media', 'RegionalDomainName'] } },
          ...{ S3OriginConfig: {}, OriginAccessControlId: { 'Fn::GetAtt': ['Control', 'Id'] } },
        },
      ],
      DefaultCacheBehavior: {
        ...{ TargetOriginId: 'media', ViewerProtocolPolicy: 'https-only', TrustedKeyGroups: groups },
        CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
      },
      ...more,
    },
  },
});

const MEDIA = {
  Resources: {
    Media: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'media' } },
    Policy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Media' },
        PolicyDocument: {
          Statement: [
            {
              ...{ Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' } },
              ...{ Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' },
            },
          ],
        },
      },
    },
    Control: {
      Type: 'AWS::CloudFront::OriginAccessControl',
      Properties: {
        OriginAccessControlConfig: {
          ...{ Name: 'c', OriginAccessControlOriginType: 's3' },
          ...{ SigningBehavior: 'always', SigningProtocol: 'sigv4' },
        },
      },
    },
    Key: {
      Type: 'AWS::CloudFront::PublicKey',
      Properties: { PublicKeyConfig: { Name: 'key', CallerReference: '1', EncodedKey: pem } },
    },
    Group: {
      Type: 'AWS::CloudFront::KeyGroup',
      Properties: { KeyGroupConfig: { Name: 'group', Items: [{ Ref: 'Key' }] } },
    },
    Private: distribution([{ Ref: 'Group' }]),
    Public: distribution([], { WebACLId: 'arn:x' }),
  },
};

t.test('two distributions: private media, and a public one whose firewall is not run', async (t) => {
  const folder = folderOf(t, { 'film.mp4': 'a film' });
  const bindings = { origins: { media: { folder } }, keyPairIds: { key: 'K1' } };
  const closed = await serve(t, MEDIA, bindings, { distribution: 'Private' });
  t.match((await closed.ask('/film.mp4')).body.toString(), 'MissingKey');
  const signed = getSignedUrl({
    ...{ url: 'http://localhost:8080/film.mp4', keyPairId: 'K1', algorithm: 'SHA256' as const },
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    dateLessThan: new Date(Date.now() + 60_000).toISOString(),
  });
  const { pathname, search } = new URL(signed);
  const opened = await closed.ask(`${pathname}${search}`);
  t.strictSame([opened.status, opened.body.toString()], [200, 'a film']);
  await t.rejects(serve(t, MEDIA, bindings), /2 resources of type AWS::CloudFront::Distribution/);
  const open = await serve(t, MEDIA, bindings, { distribution: 'Public' });
  t.equal((await open.ask('/film.mp4')).body.toString(), 'a film');
  t.match((await open.ask('/none')).body.toString(), 'NoSuchKey', 'a bucket that may be listed says 404');
});
