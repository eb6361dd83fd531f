import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { edgeFunction, publicKey } from '../../../services/operator/probe/lab-template.ts';

/**
 * The things that every emulator gets: a template, a folder for its bucket, entries for its store, and a server as its
 * other origin.
 */
export interface Fixture {
  directory: string;
  templateFile: string;
  /** A cloud assembly with the template, as `cdk synth` leaves one. */
  assembly: string;
  folder: string;
  storeFile: string;
  /** The server behind the origin `api`. */
  api: string;
  keys: Record<KeyName, KeyObject>;
  close(): void;
}

/** 4,000 bytes that compress well. */
export const LONG_TEXT = 'compress me '.repeat(400).slice(0, 4_000);

const FILES: Record<string, string> = {
  'index.html': '<h1>root</h1>',
  'missing.html': 'nothing here',
  'plain.txt': '0123456789',
  'long.txt': LONG_TEXT,
  'short.txt': 'short',
  'folder/index.html': 'of the folder',
  'private/a.txt': 'private a',
  'private/ab/c.txt': 'private c',
  'private/b c.txt': 'private b c',
  'private2/a.txt': 'open',
  'response/a.txt': 'response',
  'cors/a.txt': 'cors',
  's3-cors/a.txt': 's3 cors',
};

/**
 * Answers `/status/404` with that status, and paths below `/broken` with 503. Other paths get the request, and its
 * count.
 */
async function startApi(): Promise<{ url: string; close(): void }> {
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const body = (await buffer(request)).toString();
    const count = (counts.get(url) ?? 0) + 1;
    counts.set(url, count);
    const [, status] = /^\/(?:status\/(\d{3})|broken)/.exec(url) ?? [undefined, '200'];
    response.writeHead(Number(status ?? 503), {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    response.end(JSON.stringify({ method, url, headers, body, count }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Writes the fixture into a folder of its own. The folder stays if the caller wants it. */
export async function createFixture(
  directory = mkdtempSync(join(tmpdir(), 'edge-conformance-')),
): Promise<Fixture> {
  const pairs = {
    KRSA: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
    KEC: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  };
  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
  const template = templateOf({ KRSA: pem(pairs.KRSA.publicKey), KEC: pem(pairs.KEC.publicKey) });
  const write = (name: string, content: string) => {
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const templateFile = write('assembly/Conformance.template.json', JSON.stringify(template, null, 2));
  const properties = { templateFile: 'Conformance.template.json' };
  const artifact = {
    type: 'aws:cloudformation:stack',
    properties,
    environment: 'aws://123456789012/us-east-1',
  };
  write(
    'assembly/manifest.json',
    JSON.stringify({ version: '36.0.0', artifacts: { Conformance: artifact } }),
  );
  for (const [name, content] of Object.entries(FILES)) write(join('site', name), content);
  for (const [name, { privateKey }] of Object.entries(pairs)) {
    write(`keys/${name}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  const data = [
    { key: 'text', value: 'kept text' },
    { key: 'json', value: '{"a":1}' },
  ];
  const api = await startApi();
  return {
    directory,
    templateFile,
    assembly: join(directory, 'assembly'),
    folder: join(directory, 'site'),
    storeFile: write('store.json', JSON.stringify({ data })),
    api: api.url,
    keys: { KRSA: pairs.KRSA.privateKey, KEC: pairs.KEC.privateKey },
    close: api.close,
  };
}

/** The code of the fixture's functions, by their logical ids. `Event` answers with its event. */
const FUNCTIONS: Record<string, string> = {
  Event: `function handler(event) {
    const told = { event: event, raw: typeof event.request.rawQueryString === 'function' ? event.request.rawQueryString() : 'none' };
    return { statusCode: 200, headers: { 'content-type': { value: 'application/json' } }, body: JSON.stringify(told) };
  }`,
  Move: `function handler(event) {
    event.request.uri = '/plain.txt';
    return event.request;
  }`,
  MoveElsewhere: `function handler(event) {
    event.request.uri = '/echo/elsewhere';
    return event.request;
  }`,
  Throw: `function handler(event) {
    throw new Error('on purpose');
  }`,
  Invalid: `function handler(event) {
    return 'no request, and no response';
  }`,
  Forbidden: `function handler(event) {
    return { statusCode: 200, headers: { 'x-cache': { value: 'of my own' } } };
  }`,
  Runtime: `const crypto = require('crypto');
  const querystring = require('querystring');
  function handler(event) {
    const told = {
      sha256: crypto.createHash('sha256').update('a').digest('hex'),
      hmac: crypto.createHmac('sha256', 'k').update('a').digest('hex'),
      verifies: typeof crypto.createVerify,
      base64: btoa('a') + atob('YQ=='),
      buffer: Buffer.from('616263', 'hex').toString(),
      text: new TextDecoder().decode(new TextEncoder().encode('a')),
      query: querystring.stringify({ a: 'b c' }),
      lacking: [typeof fetch, typeof setTimeout, typeof process, typeof XMLHttpRequest],
    };
    try { told.evaluated = eval('1'); } catch (error) { told.evaluated = 'refused'; }
    try { told.constructed = new Function('return 1')(); } catch (error) { told.constructed = 'refused'; }
    return { statusCode: 200, body: JSON.stringify(told) };
  }`,
  Store: `import cf from 'cloudfront';
  async function handler(event) {
    const store = cf.kvs();
    const told = { text: await store.get('text'), json: await store.get('json', { format: 'json' }) };
    told.has = [await store.exists('text'), await store.exists('none')];
    try { told.missing = await store.get('none'); } catch (error) { told.missing = 'rejected'; }
    return { statusCode: 200, body: JSON.stringify(told) };
  }`,
  Query: `function handler(event) {
    event.request.uri = '/echo/query';
    event.request.querystring = 'a=1&b=2';
    return event.request;
  }`,
  Select: `import cf from 'cloudfront';
  function handler(event) {
    cf.selectRequestOriginById('api');
    return event.request;
  }`,
  Numbers: `function handler(event) {
    const bytes = Buffer.alloc(8);
    const next = [bytes.writeInt16BE(-2, 0), bytes.writeUInt32LE(4000000000, 2)];
    const told = [bytes.toString('hex'), bytes.readInt16BE(0), bytes.readUInt32LE(2), next];
    return { statusCode: 200, body: JSON.stringify(told) };
  }`,
  Response: `function handler(event) {
    const response = event.response;
    const seen = response.headers['x-content-type-options'];
    response.headers['x-seen'] = { value: seen ? seen.value : 'nothing' };
    if (event.request.querystring.replace) {
      response.statusCode = 201;
      response.headers['content-length'] = { value: '8' };
      response.body = { encoding: 'text', data: 'replaced' };
    }
    return response;
  }`,
};

export type KeyName = 'KRSA' | 'KEC';

const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_EXCEPT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
const CORS_S3_ORIGIN = '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf';
const SECURITY_HEADERS = '67f7725c-6f97-4210-82d7-5512b31e9d03';
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];

function behavior(pathPattern: string, more: object = {}): object {
  const origin = { TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all' };
  return { PathPattern: pathPattern, ...origin, CachePolicyId: CACHING_OPTIMIZED, ...more };
}

function byFunction(pathPattern: string, name: string, eventType = 'viewer-request', more: object = {}) {
  const association = {
    EventType: eventType,
    FunctionARN: { 'Fn::GetAtt': [name, 'FunctionARN'] },
  };
  return behavior(pathPattern, { FunctionAssociations: [association], ...more });
}

const SIGNED = { TrustedKeyGroups: [{ Ref: 'Group' }] };
const TO_API = { TargetOriginId: 'api', AllowedMethods: METHODS };
const TO_ECHO = {
  ...TO_API,
  CachePolicyId: CACHING_DISABLED,
  OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST,
};

const BEHAVIORS = [
  behavior('/private/*', SIGNED),
  byFunction('/signed-function/*', 'Event', 'viewer-request', SIGNED),
  byFunction('/event/*', 'Event'),
  byFunction('/moved/*', 'Move'),
  byFunction('/moved-elsewhere/*', 'MoveElsewhere'),
  byFunction('/throws/*', 'Throw'),
  byFunction('/invalid/*', 'Invalid'),
  byFunction('/forbidden/*', 'Forbidden'),
  byFunction('/runtime/*', 'Runtime'),
  byFunction('/store/*', 'Store'),
  byFunction('/response/*', 'Response', 'viewer-response', { ResponseHeadersPolicyId: SECURITY_HEADERS }),
  behavior('/cors/*', {
    ResponseHeadersPolicyId: { Ref: 'Cors' },
    AllowedMethods: METHODS.slice(0, 3),
  }),
  behavior('/echo/*', TO_ECHO),
  behavior('/kept/*', { ...TO_API, CachePolicyId: { Ref: 'Kept' } }),
  byFunction('/status/*', 'Response', 'viewer-response', TO_API),
  byFunction('/query/*', 'Query', 'viewer-request', TO_ECHO),
  byFunction('/selected/*', 'Select', 'viewer-request', { CachePolicyId: CACHING_DISABLED }),
  byFunction('/numbers/*', 'Numbers'),
  behavior('/s3-cors/*', {
    AllowedMethods: METHODS.slice(0, 3),
    CachePolicyId: CACHING_DISABLED,
    OriginRequestPolicyId: CORS_S3_ORIGIN,
  }),
  behavior('/group/*', { TargetOriginId: 'group', CachePolicyId: CACHING_DISABLED }),
];

const API = {
  DomainName: 'api.example',
  CustomOriginConfig: { HTTPPort: 80, OriginProtocolPolicy: 'http-only' },
};

/** What the distribution refers to, and the distribution, with one behavior for each subject of the questions. */
const RESOURCES = {
  Site: {
    Type: 'AWS::S3::Bucket',
    Properties: {
      BucketName: 'site',
      CorsConfiguration: {
        CorsRules: [
          {
            AllowedOrigins: ['https://a.example'],
            AllowedMethods: ['GET', 'PUT'],
            AllowedHeaders: ['x-own'],
          },
          { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
        ],
      },
    },
  },
  SitePolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'Site' },
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Action: ['s3:GetObject', 's3:ListBucket'],
            Resource: '*',
          },
        ],
      },
    },
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
  Entries: { Type: 'AWS::CloudFront::KeyValueStore', Properties: { Name: 'entries' } },
  Group: {
    Type: 'AWS::CloudFront::KeyGroup',
    Properties: { KeyGroupConfig: { Name: 'group', Items: [{ Ref: 'KRSA' }, { Ref: 'KEC' }] } },
  },
  Cors: {
    Type: 'AWS::CloudFront::ResponseHeadersPolicy',
    Properties: {
      ResponseHeadersPolicyConfig: {
        Name: 'cors',
        CorsConfig: {
          AccessControlAllowCredentials: false,
          OriginOverride: true,
          AccessControlAllowOrigins: { Items: ['https://a.example'] },
          AccessControlAllowHeaders: { Items: ['x-own'] },
          AccessControlAllowMethods: { Items: ['GET', 'PUT'] },
        },
      },
    },
  },
  Kept: {
    Type: 'AWS::CloudFront::CachePolicy',
    Properties: {
      CachePolicyConfig: {
        Name: 'kept',
        MinTTL: 60,
        DefaultTTL: 60,
        MaxTTL: 600,
        ParametersInCacheKeyAndForwardedToOrigin: {
          EnableAcceptEncodingGzip: false,
          CookiesConfig: { CookieBehavior: 'none' },
          HeadersConfig: { HeaderBehavior: 'none' },
          QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['page'] },
        },
      },
    },
  },
  Web: {
    Type: 'AWS::CloudFront::Distribution',
    Properties: {
      DistributionConfig: {
        Enabled: true,
        DefaultRootObject: 'index.html',
        Origins: [
          {
            Id: 'site',
            DomainName: { 'Fn::GetAtt': ['Site', 'RegionalDomainName'] },
            S3OriginConfig: {},
            OriginAccessControlId: { 'Fn::GetAtt': ['Access', 'Id'] },
          },
          { Id: 'api', ...API },
          { Id: 'broken', ...API, OriginPath: '/broken' },
        ],
        OriginGroups: {
          Quantity: 1,
          Items: [
            {
              Id: 'group',
              FailoverCriteria: { StatusCodes: { Quantity: 1, Items: [503] } },
              Members: { Quantity: 2, Items: [{ OriginId: 'broken' }, { OriginId: 'api' }] },
            },
          ],
        },
        CacheBehaviors: BEHAVIORS,
        DefaultCacheBehavior: {
          TargetOriginId: 'site',
          ViewerProtocolPolicy: 'allow-all',
          Compress: true,
          CachePolicyId: CACHING_OPTIMIZED,
        },
        CustomErrorResponses: [{ ErrorCode: 404, ResponseCode: 404, ResponsePagePath: '/missing.html' }],
      },
    },
  },
};

function templateOf(keys: Record<KeyName, string>): object {
  const entries = { KeyValueStoreAssociations: [{ KeyValueStoreARN: { 'Fn::GetAtt': ['Entries', 'Arn'] } }] };
  return {
    Resources: {
      ...RESOURCES,
      KRSA: publicKey('KRSA', keys.KRSA),
      KEC: publicKey('KEC', keys.KEC),
      ...Object.fromEntries(
        Object.entries(FUNCTIONS).map(([name, code]) => [
          name,
          edgeFunction(name, code, name === 'Store' ? entries : {}),
        ]),
      ),
    },
  };
}
