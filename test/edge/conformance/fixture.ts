import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  CACHING_DISABLED,
  edgeFunction,
  LAB_BEHAVIOR,
  labResources,
  OBJECT,
  SIGNED,
} from '../../../services/operator/probe/lab-template.ts';
import { type LabKeyPairs, newLabKeys } from '../../../services/operator/probe/lab-world.ts';

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
  keys: LabKeyPairs;
  close(): void;
}

/** 4,000 bytes that compress well. */
export const LONG_TEXT = 'compress me '.repeat(400).slice(0, 4_000);

const FILES: Record<string, string> = {
  [OBJECT.key]: OBJECT.content,
  'index.html': '<h1>root</h1>',
  'missing.html': 'nothing here',
  'plain.txt': '0123456789',
  'long.txt': LONG_TEXT,
  'short.txt': 'short',
  'folder/index.html': 'of the folder',
  'private/a.txt': 'private a',
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
  const keys = newLabKeys();
  const template = templateOf(keys);
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
  for (const name of ['ec', 'rsa'] as const) write(`keys/${name}.pem`, keys[name]);
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
    keys,
    close: api.close,
  };
}

/** The code of further functions, by their logical ids. */
const FUNCTIONS: Record<string, string> = {
  MoveElsewhere: `function handler(event) {
    event.request.uri = '/echo/elsewhere';
    return event.request;
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
      lacking: [typeof fetch, typeof setTimeout, typeof XMLHttpRequest],
    };
    try { told.evaluated = eval('1'); } catch (error) { told.evaluated = 'refused'; }
    try { told.constructed = new Function('return 1')(); } catch (error) { told.constructed = 'refused'; }
    return { statusCode: 200, body: JSON.stringify(told) };
  }`,
  Read: `import cf from 'cloudfront';
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
};

const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const ALL_VIEWER_EXCEPT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
const CORS_S3_ORIGIN = '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf';
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];

function behavior(pathPattern: string, more: object = {}): object {
  const origin = { TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all' };
  return { PathPattern: pathPattern, ...origin, CachePolicyId: CACHING_OPTIMIZED, ...more };
}

function byFunction(pathPattern: string, name: string, more: object = {}) {
  const association = {
    EventType: 'viewer-request',
    FunctionARN: { 'Fn::GetAtt': [name, 'FunctionARN'] },
  };
  return behavior(pathPattern, { FunctionAssociations: [association], ...more });
}

const TO_API = { TargetOriginId: 'api', AllowedMethods: METHODS };
const TO_ECHO = {
  ...TO_API,
  CachePolicyId: CACHING_DISABLED,
  OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST,
};

const OF_LAB = { ...LAB_BEHAVIOR, TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all' };

const BEHAVIORS = [
  { ...OF_LAB, ...SIGNED, PathPattern: '/lab/*' },
  { ...OF_LAB, PathPattern: '/open/*' },
  behavior('/private/*', SIGNED),
  byFunction('/moved-elsewhere/*', 'MoveElsewhere'),
  byFunction('/runtime/*', 'Runtime'),
  byFunction('/store/*', 'Read'),
  behavior('/cors/*', {
    ResponseHeadersPolicyId: { Ref: 'Cors' },
    AllowedMethods: METHODS.slice(0, 3),
  }),
  behavior('/echo/*', TO_ECHO),
  behavior('/kept/*', { ...TO_API, CachePolicyId: { Ref: 'Kept' } }),
  behavior('/status/*', TO_API),
  byFunction('/query/*', 'Query', TO_ECHO),
  byFunction('/selected/*', 'Select', { CachePolicyId: CACHING_DISABLED }),
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

function templateOf({ publicPems }: LabKeyPairs): object {
  const stores = { KeyValueStoreAssociations: [{ KeyValueStoreARN: { 'Fn::GetAtt': ['Store', 'Arn'] } }] };
  const functions = Object.entries(FUNCTIONS).map(([name, code]) => [name, edgeFunction(name, code, stores)]);
  return {
    Resources: { ...RESOURCES, ...labResources('lab', publicPems), ...Object.fromEntries(functions) },
  };
}
