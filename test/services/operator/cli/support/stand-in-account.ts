import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Test } from 'tap';

/**
 * The account at the beginning of a test: the answer to GET of each path, as the API references of CloudFront and S3
 * have it.
 */
export interface Account {
  endpoint: string;
  answers: Record<string, string>;
  /** The parts that these credentials may not read: 403. */
  denied: RegExp | undefined;
  /** The parts that are too busy to answer: 503. */
  busy: RegExp | undefined;
  /** Where the buckets are. S3 sends requests that are signed for another region there. */
  bucketRegion: string;
  asked: string[];
}

export const list = (name: string, ...items: string[]) =>
  `<Quantity>${items.length}</Quantity>${items.length === 0 ? '' : `<Items>${items.map((item) => `<${name}>${item}</${name}>`).join('')}</Items>`}`;

const API = '/2020-05-31';
const XMLNS = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"';

const behavior = (own: string, functions: string[]) => `
  <TargetOriginId>media</TargetOriginId>
  <TrustedSigners><Enabled>false</Enabled>${list('AwsAccountNumber')}</TrustedSigners>
  <TrustedKeyGroups><Enabled>true</Enabled>${list('KeyGroup', 'group-1')}</TrustedKeyGroups>
  <ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>
  <AllowedMethods>${list('Method', 'HEAD', 'GET')}<CachedMethods>${list('Method', 'HEAD', 'GET')}</CachedMethods></AllowedMethods>
  <SmoothStreaming>false</SmoothStreaming><Compress>true</Compress>
  <LambdaFunctionAssociations>${list('LambdaFunctionAssociation')}</LambdaFunctionAssociations>
  <FunctionAssociations>${list('FunctionAssociation', ...functions)}</FunctionAssociations>
  <FieldLevelEncryptionId></FieldLevelEncryptionId>${own}`;

/** The account has one distribution, E1, which is signed throughout, before the bucket `media`. */
export function answersOf(code: string, publicPem: string): Record<string, string> {
  const onRequest =
    '<FunctionARN>arn:aws:cloudfront::123456789012:function/on-request</FunctionARN><EventType>viewer-request</EventType>';
  return {
    [`${API}/distribution/E1`]: `<Distribution ${XMLNS}><Id>E1</Id><ARN>arn:aws:cloudfront::123456789012:distribution/E1</ARN><Status>Deployed</Status>
      <DomainName>d111.cloudfront.net</DomainName><DistributionConfig><CallerReference>r</CallerReference>
      <Aliases>${list('CNAME', 'files.example.com')}</Aliases><DefaultRootObject></DefaultRootObject>
      <Origins>${list('Origin', '<Id>media</Id><DomainName>media.s3.eu-central-1.amazonaws.com</DomainName><OriginPath></OriginPath><CustomHeaders><Quantity>0</Quantity></CustomHeaders><S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity></S3OriginConfig><ConnectionAttempts>3</ConnectionAttempts><ConnectionTimeout>10</ConnectionTimeout><OriginShield><Enabled>false</Enabled></OriginShield><OriginAccessControlId>oac-1</OriginAccessControlId>')}</Origins>
      <OriginGroups><Quantity>0</Quantity></OriginGroups>
      <DefaultCacheBehavior>${behavior('<CachePolicyId>cache-1</CachePolicyId><ResponseHeadersPolicyId>headers-1</ResponseHeadersPolicyId>', [onRequest])}</DefaultCacheBehavior>
      <CacheBehaviors><Quantity>0</Quantity></CacheBehaviors>
      <CustomErrorResponses>${list('CustomErrorResponse', '<ErrorCode>404</ErrorCode><ResponsePagePath></ResponsePagePath><ResponseCode></ResponseCode><ErrorCachingMinTTL>0</ErrorCachingMinTTL>')}</CustomErrorResponses>
      <Comment></Comment><Logging><Enabled>false</Enabled><IncludeCookies>false</IncludeCookies><Bucket></Bucket><Prefix></Prefix></Logging>
      <PriceClass>PriceClass_All</PriceClass><Enabled>true</Enabled>
      <ViewerCertificate><ACMCertificateArn>arn:aws:acm:us-east-1:123456789012:certificate/1</ACMCertificateArn><SSLSupportMethod>sni-only</SSLSupportMethod><MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion></ViewerCertificate>
      <Restrictions><GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity></GeoRestriction></Restrictions>
      <WebACLId></WebACLId><HttpVersion>http2and3</HttpVersion><IsIPV6Enabled>true</IsIPV6Enabled><Staging>false</Staging></DistributionConfig></Distribution>`,
    [`${API}/cache-policy/cache-1`]: `<CachePolicy ${XMLNS}><Id>cache-1</Id><CachePolicyConfig><Name>c</Name><DefaultTTL>60</DefaultTTL><MaxTTL>60</MaxTTL><MinTTL>1</MinTTL>
      <ParametersInCacheKeyAndForwardedToOrigin><EnableAcceptEncodingGzip>true</EnableAcceptEncodingGzip><HeadersConfig><HeaderBehavior>none</HeaderBehavior></HeadersConfig>
      <CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig><QueryStringsConfig><QueryStringBehavior>whitelist</QueryStringBehavior><QueryStrings>${list('Name', 'v')}</QueryStrings></QueryStringsConfig>
      </ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig></CachePolicy>`,
    [`${API}/response-headers-policy/headers-1`]: `<ResponseHeadersPolicy ${XMLNS}><Id>headers-1</Id><ResponseHeadersPolicyConfig><Name>h</Name>
      <CorsConfig><AccessControlAllowOrigins>${list('Origin', 'https://app.example.com')}</AccessControlAllowOrigins><AccessControlAllowHeaders>${list('Header', 'Range')}</AccessControlAllowHeaders>
      <AccessControlAllowMethods>${list('Method', 'GET')}</AccessControlAllowMethods><AccessControlAllowCredentials>true</AccessControlAllowCredentials><OriginOverride>true</OriginOverride></CorsConfig>
      </ResponseHeadersPolicyConfig></ResponseHeadersPolicy>`,
    [`${API}/key-group/group-1`]: `<KeyGroup ${XMLNS}><Id>group-1</Id><KeyGroupConfig><Name>g</Name><Items><PublicKey>K1</PublicKey></Items></KeyGroupConfig></KeyGroup>`,
    [`${API}/public-key/K1`]: `<PublicKey ${XMLNS}><Id>K1</Id><PublicKeyConfig><CallerReference>r</CallerReference><Name>first</Name><EncodedKey>${publicPem}</EncodedKey></PublicKeyConfig></PublicKey>`,
    [`${API}/origin-access-control/oac-1`]: `<OriginAccessControl ${XMLNS}><Id>oac-1</Id><OriginAccessControlConfig><Name>a</Name><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior><OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlConfig></OriginAccessControl>`,
    [`${API}/function/on-request?Stage=LIVE`]: code,
    [`${API}/function/on-request/describe?Stage=LIVE`]: `<FunctionSummary ${XMLNS}><Name>on-request</Name><Status>DEPLOYED</Status><FunctionConfig><Comment></Comment><Runtime>cloudfront-js-2.0</Runtime><KeyValueStoreAssociations>${list('KeyValueStoreAssociation')}</KeyValueStoreAssociations></FunctionConfig></FunctionSummary>`,
    '/media/?policy': JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          ...{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::media/*' },
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Condition: {
            StringEquals: { 'AWS:SourceArn': 'arn:aws:cloudfront::123456789012:distribution/E1' },
          },
        },
      ],
    }),
    '/media/?publicAccessBlock':
      '<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>',
    '/media/?acl':
      '<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>o</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>',
  };
}

/** AWS's API on loopback until the test ends. */
export async function startAccount(t: Test, answers: Record<string, string>): Promise<Account> {
  const account: Account = {
    ...{ endpoint: '', answers, denied: undefined, busy: undefined },
    ...{ bucketRegion: 'eu-central-1', asked: [] },
  };
  const server = createServer(({ method, url = '', headers }, response) => {
    // The SDK names the operation of S3 in the query.
    const path = url
      .replace(/&?x-id=\w+/, '')
      .replace(/=(?=$|&)/, '')
      .replace(/\?$/, '');
    account.asked.push(`${method} ${path}`);
    if (account.busy?.test(path)) {
      response.writeHead(503, { 'content-type': 'text/xml' });
      response.end(`<ErrorResponse ${XMLNS}><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>`);
      return;
    }
    const isOfS3 = !path.startsWith(API);
    if (isOfS3 && !headers.authorization?.includes(`/${account.bucketRegion}/s3/`)) {
      response.writeHead(301, { 'x-amz-bucket-region': account.bucketRegion });
      response.end('<Error><Code>PermanentRedirect</Code></Error>');
      return;
    }
    const isSigned = /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//.test(headers.authorization ?? '');
    const answer = account.answers[path];
    if (isSigned && answer !== undefined && !account.denied?.test(path)) {
      response.setHeader(
        'content-type',
        path.startsWith(`${API}/function/on-request?`) ? 'application/octet-stream' : 'text/xml',
      );
      response.end(answer);
      return;
    }
    const code = account.denied?.test(path) || !isSigned ? 'AccessDenied' : missing(path);
    const error = `<Code>${code}</Code><Message>not for you</Message>`;
    response.writeHead(code === 'AccessDenied' ? 403 : 404, { 'content-type': 'text/xml' });
    response.end(
      isOfS3
        ? `<Error>${error}</Error>`
        : `<ErrorResponse ${XMLNS}><Error><Type>Sender</Type>${error}</Error><RequestId>r</RequestId></ErrorResponse>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  account.endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return account;
}

function missing(path: string): string {
  if (path.endsWith('?policy')) return 'NoSuchBucketPolicy';
  return path.endsWith('?publicAccessBlock') ? 'NoSuchPublicAccessBlockConfiguration' : 'NoSuchDistribution';
}

/** The environment of a shell that is signed in to the account. */
export function environmentOf({ endpoint }: Account): Record<string, string> {
  return {
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'made-up' },
    ...{
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
}
