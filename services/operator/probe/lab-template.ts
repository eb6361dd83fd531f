/** The one object in the bucket. */
export const OBJECT = { key: 'object.txt', content: 'the object of the lab' };

/** A header that only the response headers policy sets. */
export const POLICY_HEADER = 'x-lab-policy';

export interface LabKeys {
  /** SubjectPublicKeyInfo as PEM. */
  ec: string;
  rsa: string;
}

export const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ref = (Ref: string) => ({ Ref });
const attribute = (logicalId: string, name: string) => ({ 'Fn::GetAtt': [logicalId, name] });

/**
 * The request header `x-lab` tells this function what to do. Without the header it answers with the event that it saw.
 * `object`, `missing` and `replace` go on to the bucket under another path.
 */
const VIEWER_REQUEST = `import cf from 'cloudfront';
var store = cf.kvs();
async function handler(event) {
  var request = event.request;
  var wanted = request.headers['x-lab'] ? request.headers['x-lab'].value : '';
  while (wanted === 'endless') {}
  if (wanted === 'throw') throw new Error('as the lab wants it');
  if (wanted === 'invalid') return 'neither a request nor a response';
  if (wanted === 'forbidden') return { statusCode: 200, headers: { 'x-cache': { value: 'of its own' } } };
  if (wanted === 'object' || wanted === 'missing' || wanted === 'replace') {
    request.uri = wanted === 'missing' ? '/missing.txt' : '/object.txt';
    request.querystring = { rewritten: { value: '1' } };
    request.headers['x-lab-rewritten'] = { value: '1' };
    return request;
  }
  var seen = { event: event, raw: request.rawQueryString() };
  if (wanted.indexOf('key ') === 0) {
    seen = { value: await store.exists(wanted.slice(4)) ? await store.get(wanted.slice(4)) : '' };
  }
  return {
    statusCode: 200,
    headers: { 'content-type': { value: 'application/json' } },
    body: JSON.stringify(seen)
  };
}
`;

/** Writes what it saw into a response header. */
const VIEWER_RESPONSE = `function handler(event) {
  var request = event.request;
  var response = event.response;
  var saw = {
    uri: request.uri,
    query: Object.keys(request.querystring).sort().join(' '),
    header: request.headers['x-lab-rewritten'] ? 'rewritten' : 'viewer',
    raw: typeof request.rawQueryString,
    policy: response.headers['x-lab-policy'] ? true : false
  };
  response.headers['x-lab-saw'] = { value: JSON.stringify(saw) };
  if (request.headers['x-lab'] && request.headers['x-lab'].value === 'replace') {
    response.statusCode = 201;
    response.headers['content-length'] = { value: '8' };
    response.body = { encoding: 'text', data: 'replaced' };
  }
  return response;
}
`;

/**
 * A throw-away stack: one distribution under its own name, with two behaviors. The default one is signed, `/open/*` is
 * not. The functions answer with what they saw. The template is written by hand, so that CloudFormation needs neither a
 * bootstrap nor assets.
 * @param name the stack's name; every name that must be unique in an account begins with it
 */
export function labTemplate(name: string, keys: LabKeys): Record<string, unknown> {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Throw-away: asks CloudFront what it does. Empty the bucket, then delete the stack.',
    Resources: {
      ...bucket(name),
      ...labResources(name, keys),
      Distribution: distribution(name),
    },
    Outputs: {
      Domain: { Value: attribute('Distribution', 'DomainName') },
      BucketName: { Value: ref('Bucket') },
      EcKeyPairId: { Value: ref('Ec') },
      RsaKeyPairId: { Value: ref('Rsa') },
      KeyValueStoreArn: { Value: attribute('Store', 'Arn') },
    },
  };
}

/** What the behaviors of the lab refer to. Emulators get it too, in a template that asks more of them. */
export function labResources(name: string, keys: LabKeys): Record<string, object> {
  return {
    Ec: publicKey(`${name}-ec`, keys.ec),
    Rsa: publicKey(`${name}-rsa`, keys.rsa),
    Keys: {
      Type: 'AWS::CloudFront::KeyGroup',
      Properties: { KeyGroupConfig: { Name: name, Items: [ref('Ec'), ref('Rsa')] } },
    },
    Store: { Type: 'AWS::CloudFront::KeyValueStore', Properties: { Name: name } },
    Headers: {
      Type: 'AWS::CloudFront::ResponseHeadersPolicy',
      Properties: {
        ResponseHeadersPolicyConfig: {
          Name: name,
          CustomHeadersConfig: { Items: [{ Header: POLICY_HEADER, Value: 'applied', Override: true }] },
        },
      },
    },
    ViewerRequest: edgeFunction(`${name}-request`, VIEWER_REQUEST, {
      KeyValueStoreAssociations: [{ KeyValueStoreARN: attribute('Store', 'Arn') }],
    }),
    ViewerResponse: edgeFunction(`${name}-response`, VIEWER_RESPONSE, {}),
  };
}

/** A private bucket, which the distribution alone may read. */
function bucket(name: string): Record<string, object> {
  const sourceArn = `arn:aws:cloudfront::\${AWS::AccountId}:distribution/\${Distribution}`;
  return {
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    },
    BucketPolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: ref('Bucket'),
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'cloudfront.amazonaws.com' },
              Action: 's3:GetObject',
              Resource: { 'Fn::Join': ['', [attribute('Bucket', 'Arn'), '/*']] },
              Condition: { StringEquals: { 'AWS:SourceArn': { 'Fn::Sub': sourceArn } } },
            },
          ],
        },
      },
    },
    OriginAccess: {
      Type: 'AWS::CloudFront::OriginAccessControl',
      Properties: {
        OriginAccessControlConfig: {
          Name: name,
          OriginAccessControlOriginType: 's3',
          SigningBehavior: 'always',
          SigningProtocol: 'sigv4',
        },
      },
    },
  };
}

export function publicKey(name: string, pem: string): object {
  const config = { CallerReference: name, Name: name, EncodedKey: pem };
  return { Type: 'AWS::CloudFront::PublicKey', Properties: { PublicKeyConfig: config } };
}

export function edgeFunction(name: string, code: string, stores: object): object {
  return {
    Type: 'AWS::CloudFront::Function',
    Properties: {
      Name: name,
      AutoPublish: true,
      FunctionCode: code,
      FunctionConfig: { Comment: 'It answers with what it saw', Runtime: 'cloudfront-js-2.0', ...stores },
    },
  };
}

/** A behavior whose functions are the lab's. Without trusted key groups it is open. */
export const LAB_BEHAVIOR = {
  TargetOriginId: 'bucket',
  ViewerProtocolPolicy: 'https-only',
  CachePolicyId: CACHING_DISABLED,
  ResponseHeadersPolicyId: ref('Headers'),
  Compress: false,
  FunctionAssociations: [
    { EventType: 'viewer-request', FunctionARN: attribute('ViewerRequest', 'FunctionARN') },
    { EventType: 'viewer-response', FunctionARN: attribute('ViewerResponse', 'FunctionARN') },
  ],
};
export const SIGNED = { TrustedKeyGroups: [ref('Keys')] };

function distribution(name: string): object {
  return {
    Type: 'AWS::CloudFront::Distribution',
    Properties: {
      DistributionConfig: {
        Enabled: true,
        Comment: name,
        HttpVersion: 'http2and3',
        Origins: [
          {
            Id: 'bucket',
            DomainName: attribute('Bucket', 'RegionalDomainName'),
            OriginAccessControlId: attribute('OriginAccess', 'Id'),
            S3OriginConfig: { OriginAccessIdentity: '' },
          },
        ],
        DefaultCacheBehavior: { ...LAB_BEHAVIOR, ...SIGNED },
        CacheBehaviors: [{ ...LAB_BEHAVIOR, PathPattern: '/open/*' }],
      },
    },
  };
}
