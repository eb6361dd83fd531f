import type { Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  KeyGroup,
  PublicKey,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin, S3StaticWebsiteOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import t from 'tap';
import { lint } from '../../../edge/lint/lint.ts';
import { PUBLIC_KEYS, templatesOf } from '../../infra/support/production.ts';
import { parseBucket, synthesized } from '../local/support/serve.ts';

const linted = (template: unknown) => lint(template);
const { REDIRECT_TO_HTTPS: viewerProtocolPolicy } = ViewerProtocolPolicy;

t.test("the gateway's own stack", async (t) => {
  const { gateway, watch } = templatesOf();
  const { findings, unseen } = await linted(gateway);
  t.strictSame(findings, []);
  t.strictSame(
    unseen.map((one) => one.replace(/^Function \w+?(?=[0-9A-F]{8}:)[0-9A-F]+/, 'Function')),
    [
      'the signer: which files its policies open, and for how long',
      'Function: the entries of its KeyValueStore; the function was tried without entries',
    ],
  );
  t.strictSame((await linted(watch)).findings, []);
});

/** A common setup, in which nothing is private and nothing is wrong. */
const NORMAL: Record<string, (stack: Stack) => void> = {
  'a static site, with a function for its index pages'(stack) {
    const bucket = parseBucket(new Bucket(stack, 'Site', { enforceSSL: true }));
    const code = `function handler(event) {
      var request = event.request;
      if (request.uri.endsWith('/')) request.uri += 'index.html';
      else if (!request.uri.includes('.')) request.uri += '/index.html';
      return request;
    }`;
    new Distribution(stack, 'Web', {
      defaultRootObject: 'index.html',
      enableLogging: true,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy,
        functionAssociations: [
          {
            function: new EdgeFunction(stack, 'Index', { code: FunctionCode.fromInline(code) }),
            eventType: FunctionEventType.VIEWER_REQUEST,
          },
        ],
      },
      errorResponses: [{ httpStatus: 403, responseHttpStatus: 200, responsePagePath: '/index.html' }],
    });
  },
  'a website of S3, which is public because S3 knows no other way'(stack) {
    const bucket = new Bucket(stack, 'Site', {
      websiteIndexDocument: 'index.html',
      publicReadAccess: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ACLS_ONLY,
    });
    new Distribution(stack, 'Web', {
      defaultBehavior: { origin: new S3StaticWebsiteOrigin(parseBucket(bucket)), viewerProtocolPolicy },
    });
  },
  'a single-page app beside its API'(stack) {
    const api = new HttpApi(stack, 'Api');
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(parseBucket(new Bucket(stack, 'Assets'))),
        viewerProtocolPolicy,
      },
      additionalBehaviors: {
        '/api/*': {
          origin: new HttpOrigin(`${api.apiId}.execute-api.us-east-1.amazonaws.com`),
          allowedMethods: AllowedMethods.ALLOW_ALL,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          viewerProtocolPolicy,
        },
      },
    });
  },
  'private films beside a public site'(stack) {
    const [{ pem }] = [...PUBLIC_KEYS, { pem: '' }];
    const publicKey = new PublicKey(stack, 'Key', { encodedKey: pem });
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(parseBucket(new Bucket(stack, 'Site'))),
        viewerProtocolPolicy,
      },
      additionalBehaviors: {
        'films/*': {
          origin: S3BucketOrigin.withOriginAccessControl(parseBucket(new Bucket(stack, 'Films'))),
          trustedKeyGroups: [new KeyGroup(stack, 'Keys', { items: [publicKey] })],
          viewerProtocolPolicy,
        },
      },
    });
  },
};

for (const [name, build] of Object.entries(NORMAL))
  t.test(name, async (t) => t.strictSame((await linted(synthesized(build))).findings, []));
