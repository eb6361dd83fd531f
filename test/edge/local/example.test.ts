/**
 * An example for other projects that test their own distribution. Copy this file, and put in your template and your
 * origin.
 */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import t from 'tap';
import { createLocalCloudFront } from '../../../edge/local/create-local-cloudfront.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/**
 * The output of `cdk synth`, or a template written by hand: a public site, and `/members/` for viewers with cookies.
 */
const template = {
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'my-site' } },
    MembersKey: {
      Type: 'AWS::CloudFront::PublicKey',
      Properties: {
        PublicKeyConfig: {
          Name: 'members',
          CallerReference: '1',
          EncodedKey: publicKey.export({ type: 'spki', format: 'pem' }),
        },
      },
    },
    Members: {
      Type: 'AWS::CloudFront::KeyGroup',
      Properties: { KeyGroupConfig: { Name: 'members', Items: [{ Ref: 'MembersKey' }] } },
    },
    Access: {
      Type: 'AWS::CloudFront::OriginAccessControl',
      Properties: {
        OriginAccessControlConfig: {
          Name: 'access',
          OriginAccessControlOriginType: 's3',
          SigningBehavior: 'always',
          SigningProtocol: 'sigv4',
        },
      },
    },
    Site: {
      Type: 'AWS::CloudFront::Distribution',
      Properties: {
        DistributionConfig: {
          Enabled: true,
          Origins: [
            {
              Id: 'bucket',
              DomainName: { 'Fn::GetAtt': ['Bucket', 'RegionalDomainName'] },
              OriginAccessControlId: { 'Fn::GetAtt': ['Access', 'Id'] },
              S3OriginConfig: {},
            },
          ],
          CacheBehaviors: [
            {
              PathPattern: 'members/*',
              TargetOriginId: 'bucket',
              ViewerProtocolPolicy: 'https-only',
              TrustedKeyGroups: [{ Ref: 'Members' }],
              CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', // CachingDisabled
            },
          ],
          DefaultCacheBehavior: {
            TargetOriginId: 'bucket',
            ViewerProtocolPolicy: 'redirect-to-https',
            CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6', // CachingOptimized
          },
        },
      },
    },
  },
};

/** A stand-in for S3. It answers with the path of the request. */
const origin = createServer(({ url }, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' }).end(`S3 was asked for ${url}`);
});
await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
t.teardown(() => origin.close());
const originAddress = origin.address();
const originPort = typeof originAddress === 'object' ? originAddress?.port : undefined;

/** The address that viewers type. Policies are signed for it. */
const site = 'https://www.example.com';

const edge = createLocalCloudFront({
  template,
  bindings: {
    origin: site,
    origins: {
      'my-site.s3.us-east-1.amazonaws.com': {
        endpoint: `http://127.0.0.1:${originPort}`,
        bucket: 'my-site',
        accessKeyId: 'AKIALOCAL',
        secretAccessKey: 'local',
      },
    },
    keyPairIds: { members: 'K2JCJMDEHXQW5F' },
    region: 'us-east-1',
    accountId: '123456789012',
    httpCountsAsHttps: true,
  },
});
const { port } = await edge.listen(0);
t.teardown(() => edge.close());

/** Node's fetch cannot set the Host header, so `request` sends the request. */
async function get(path: string, cookie = ''): Promise<{ status: number | undefined; body: string }> {
  const headers = { host: 'www.example.com', cookie };
  const [response] = await once(request({ host: '127.0.0.1', port, path, headers }).end(), 'response');
  return { status: response.statusCode, body: await text(response) };
}

function cookieFor(resource: string, expires: number): string {
  const condition = { DateLessThan: { 'AWS:EpochTime': expires } };
  const policy = JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] });
  const cookies = getSignedCookies({
    policy,
    keyPairId: 'K2JCJMDEHXQW5F',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  return Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
}

const soon = Math.floor(Date.now() / 1_000) + 60;
const members = cookieFor(`${site}/members/*`, soon);

t.test('the site is for everybody', async (t) => {
  t.match(await get('/index.html'), { status: 200, body: 'S3 was asked for /my-site/index.html' });
});

t.test('members need their cookies', async (t) => {
  t.match(await get('/members/a.pdf', members), { status: 200, body: '/my-site/members/a.pdf' });
  t.match(await get('/members/a.pdf'), { status: 403, body: '<Code>MissingKey</Code>' });
  const expired = cookieFor(`${site}/members/*`, soon - 120);
  t.match(await get('/members/a.pdf', expired), { status: 403, body: '<Code>AccessDenied</Code>' });
  const elsewhere = cookieFor(`${site}/other/*`, soon);
  t.match(await get('/members/a.pdf', elsewhere), { status: 403, body: '<Code>AccessDenied</Code>' });
});
