import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { buildEdgeFunction, type EdgeFunctionName } from '../edge/build.ts';
import { contentSecurityPolicy } from '../edge/function/content.ts';
import type { StackValues } from './values.ts';

/** The edge keeps an object this long before it asks S3 again, in seconds. */
const EDGE_TTL_SECONDS = 5;

export interface GatewayStackProps extends StackProps {
  values: StackValues;
  /** Directory with the bundled auth service: `lambda.mjs` and what it reads. */
  serviceDirectory: string;
}

/** The one description of the edge and of what stands behind it. The local stack reads its template as well. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, props: GatewayStackProps) {
    super(scope, id, props);
    const { values } = props;
    const bucket = this.#bucket(values);
    const { distribution, publicKeys } = this.#distribution(values, bucket);
    const [signingKey] = publicKeys;
    if (!signingKey) throw new Error('publicKeys is empty: the service needs one to sign with');
    const table = this.#table();
    const service = this.#service(props, bucket, table, signingKey);
    const domainName = this.#httpApi(values, service);

    const outputs: Record<string, string> = {
      BucketName: bucket.bucketName,
      TableName: table.tableName,
      DistributionId: distribution.distributionId,
      FilesHostTarget: distribution.distributionDomainName,
      AppHostTarget: domainName.regionalDomainName,
      KeyPairId: signingKey.publicKeyId,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }

  #bucket(values: StackValues): s3.Bucket {
    return new s3.Bucket(this, 'Files', {
      ...(values.bucketName === undefined ? {} : { bucketName: values.bucketName }),
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      cors: [
        {
          allowedOrigins: [values.appOrigin],
          allowedMethods: [s3.HttpMethods.POST],
          allowedHeaders: ['content-type'],
          exposedHeaders: ['ETag'],
          maxAge: 3600,
        },
      ],
    });
  }

  #distribution(values: StackValues, bucket: s3.Bucket) {
    const publicKeys = values.publicKeys.map(
      ({ name, pem }) =>
        new cloudfront.PublicKey(this, `PublicKey-${name}`, { publicKeyName: name, encodedKey: pem }),
    );
    const keyGroup = new cloudfront.KeyGroup(this, 'TrustedKeyGroup', { items: publicKeys });
    const revocations = new cloudfront.KeyValueStore(this, 'Revocations', {
      comment: 'What each user may no longer use: read by the viewer-request function',
    });
    const cachePolicy = new cloudfront.CachePolicy(this, 'CachePolicy', {
      minTtl: Duration.seconds(EDGE_TTL_SECONDS),
      defaultTtl: Duration.seconds(EDGE_TTL_SECONDS),
      maxTtl: Duration.seconds(EDGE_TTL_SECONDS),
      // What is in the key reaches S3 as well: only the version, which S3 ignores.
      queryStringBehavior: cloudfront.CacheQueryStringBehavior.allowList('v'),
      cookieBehavior: cloudfront.CacheCookieBehavior.none(),
      headerBehavior: cloudfront.CacheHeaderBehavior.none(),
      // Compression would make ETags weak.
      enableAcceptEncodingGzip: false,
      enableAcceptEncodingBrotli: false,
    });
    const functionOf = (id: string, name: EdgeFunctionName, keyValueStore?: cloudfront.KeyValueStore) =>
      new cloudfront.Function(this, id, {
        runtime: cloudfront.FunctionRuntime.JS_2_0,
        code: cloudfront.FunctionCode.fromInline(buildEdgeFunction(name, values)),
        ...(keyValueStore ? { keyValueStore } : {}),
      });
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Files host: one behavior, all of it signed',
      domainNames: [new URL(values.filesOrigin).hostname],
      certificate: acm.Certificate.fromCertificateArn(this, 'FilesCertificate', values.filesCertificateArn),
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        // The CDK's own types do not hold under exactOptionalPropertyTypes, hence the cast.
        origin: S3BucketOrigin.withOriginAccessControl(bucket as s3.IBucket, {
          // With ListBucket a missing key is 404 NoSuchKey instead of 403.
          originAccessLevels: [cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
        }),
        allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cachedMethods: cloudfront.CachedMethods.CACHE_GET_HEAD,
        compress: false,
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        trustedKeyGroups: [keyGroup],
        cachePolicy,
        responseHeadersPolicy: this.#responseHeadersPolicy(values),
        functionAssociations: [
          {
            eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
            function: functionOf('ViewerRequest', 'viewer-request', revocations),
          },
          {
            eventType: cloudfront.FunctionEventType.VIEWER_RESPONSE,
            function: functionOf('ViewerResponse', 'viewer-response'),
          },
        ],
      },
      errorResponses: [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((httpStatus) => ({
        httpStatus,
        ttl: Duration.seconds(0),
      })),
    });
    if (values.filesOrigin.startsWith('http:')) {
      Validations.of(distribution).acknowledge({
        id: 'CloudFormation-Validate::E3013',
        reason: 'The local stack has localhost for an alias; it is never deployed',
      });
    }
    return { distribution, publicKeys };
  }

  #responseHeadersPolicy(values: StackValues): cloudfront.ResponseHeadersPolicy {
    const isPublic = values.filesOrigin.startsWith('https:');
    return new cloudfront.ResponseHeadersPolicy(this, 'ResponseHeaders', {
      securityHeadersBehavior: {
        contentTypeOptions: { override: true },
        referrerPolicy: {
          referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER,
          override: true,
        },
        // For errors. The viewer-response function sets its own by type; AWS does not say which of the two runs
        // first: without override the function's stays, whichever it is. On a 304, for which the function sets none,
        // browsers may store this one, so it must suit every type: no sandbox, and media allowed.
        contentSecurityPolicy: {
          contentSecurityPolicy: contentSecurityPolicy('media', values.appOrigin),
          override: false,
        },
        ...(isPublic
          ? {
              strictTransportSecurity: {
                accessControlMaxAge: Duration.days(365),
                includeSubdomains: true,
                override: true,
              },
            }
          : {}),
      },
      customHeadersBehavior: {
        customHeaders: [{ header: 'Cross-Origin-Resource-Policy', value: 'same-site', override: true }],
      },
      corsBehavior: {
        accessControlAllowCredentials: true,
        accessControlAllowOrigins: [values.appOrigin],
        accessControlAllowMethods: ['GET', 'HEAD'],
        accessControlAllowHeaders: ['Range', 'If-None-Match'],
        accessControlExposeHeaders: ['ETag', 'Content-Length', 'Content-Range'],
        originOverride: true,
      },
    });
  }

  #table(): dynamodb.Table {
    return new dynamodb.Table(this, 'Sessions', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #service(
    { values, serviceDirectory }: GatewayStackProps,
    bucket: s3.Bucket,
    table: dynamodb.Table,
    signingKey: cloudfront.PublicKey,
  ): lambda.Function {
    const logGroup = new logs.LogGroup(this, 'AuthLogs', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'AuthRole', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
        resources: [table.tableArn],
      }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects('users/*')] }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': 'users/*' } },
      }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [values.secretArn] }),
    );
    return new lambda.Function(this, 'Auth', {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'lambda.handler',
      code: lambda.Code.fromAsset(serviceDirectory),
      role,
      logGroup,
      memorySize: 512,
      timeout: Duration.seconds(15),
      environment: {
        APP_ORIGIN: values.appOrigin,
        FILES_ORIGIN: values.filesOrigin,
        OIDC_ISSUER: values.oidcIssuer,
        OIDC_CLIENT_ID: values.oidcClientId,
        TABLE_NAME: table.tableName,
        BUCKET_NAME: bucket.bucketName,
        KEY_PAIR_ID: signingKey.publicKeyId,
        COOKIE_LIFETIME_SECONDS: String(values.cookieLifetimeSeconds),
        SECRET_ID: values.secretArn,
        ...(values.userIdClaim === undefined ? {} : { USER_ID_CLAIM: values.userIdClaim }),
      },
    });
  }

  #httpApi(values: StackValues, service: lambda.Function): apigateway.DomainName {
    const domainName = new apigateway.DomainName(this, 'AppHost', {
      domainName: new URL(values.appOrigin).hostname,
      certificate: acm.Certificate.fromCertificateArn(this, 'AppCertificate', values.appCertificateArn),
    });
    new apigateway.HttpApi(this, 'Api', {
      defaultIntegration: new HttpLambdaIntegration('AuthIntegration', service),
      // Only the app host answers: the API's own name would be a second origin for the same session.
      disableExecuteApiEndpoint: true,
      defaultDomainMapping: { domainName },
    });
    return domainName;
  }
}
