import t from 'tap';
import { parseTemplate } from '../../../../edge/local/template/parse-template.ts';
import { folderOf, serve, serverOf } from '../support/serve.ts';

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
