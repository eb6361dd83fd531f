import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { DUE_INDEX } from '../services/auth/adapters/dynamodb.ts';
import type { StackValues } from './values.ts';

export interface ServiceCode {
  values: StackValues;
  /** Directory with the bundled auth service: `lambda.mjs` and what it reads. */
  serviceDirectory: string;
}

export function createSessionsTable(scope: Construct): dynamodb.Table {
  const table = new dynamodb.Table(scope, 'Sessions', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'ttl',
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // Sparse: only what is still to be done is in it.
  table.addGlobalSecondaryIndex({
    indexName: DUE_INDEX.name,
    partitionKey: { name: DUE_INDEX.partitionKey, type: dynamodb.AttributeType.STRING },
    sortKey: { name: DUE_INDEX.sortKey, type: dynamodb.AttributeType.NUMBER },
    projectionType: dynamodb.ProjectionType.KEYS_ONLY,
  });
  return table;
}

/** The auth service as a Lambda function, with the least privilege. */
export function createService(
  scope: Construct,
  { values, serviceDirectory }: ServiceCode,
  bucket: s3.Bucket,
  table: dynamodb.Table,
  { signingKey, revocations }: { signingKey: cloudfront.PublicKey; revocations: cloudfront.KeyValueStore },
): lambda.Function {
  const logGroup = new logs.LogGroup(scope, 'AuthLogs', {
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new iam.Role(scope, 'AuthRole', {
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
    new iam.PolicyStatement({
      actions: ['dynamodb:Query'],
      resources: [`${table.tableArn}/index/${DUE_INDEX.name}`],
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['DescribeKeyValueStore', 'UpdateKeys', 'DeleteKey'].map(
        (action) => `cloudfront-keyvaluestore:${action}`,
      ),
      resources: [revocations.keyValueStoreArn],
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['PutObject', 'DeleteObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'].map(
        (action) => `s3:${action}`,
      ),
      resources: [bucket.arnForObjects('users/*')],
    }),
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
  if (values.signingKmsKeyArn !== undefined) {
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['kms:Sign', 'kms:GetPublicKey'],
        resources: [values.signingKmsKeyArn],
      }),
    );
  }
  const service = new lambda.Function(scope, 'Auth', {
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
      KEY_VALUE_STORE_ARN: revocations.keyValueStoreArn,
      KEY_PAIR_ID: signingKey.publicKeyId,
      SIGNING_PUBLIC_KEY: values.publicKeys[0]?.pem ?? '',
      ...(values.signingKmsKeyArn === undefined ? {} : { SIGNING_KMS_KEY_ID: values.signingKmsKeyArn }),
      COOKIE_LIFETIME_SECONDS: String(values.cookieLifetimeSeconds),
      SECRET_ID: values.secretArn,
      ...(values.userIdClaim === undefined ? {} : { USER_ID_CLAIM: values.userIdClaim }),
    },
  });
  // Tells the edge of what it missed, and has it forget what has expired.
  new events.Rule(scope, 'Reconcile', {
    schedule: events.Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(service, { retryAttempts: 0 })],
  });
  return service;
}

/** The app host: an HTTP API under its own name alone. */
export function createHttpApi(
  scope: Construct,
  values: StackValues,
  service: lambda.Function,
): apigateway.DomainName {
  const domainName = new apigateway.DomainName(scope, 'AppHost', {
    domainName: new URL(values.appOrigin).hostname,
    certificate: acm.Certificate.fromCertificateArn(scope, 'AppCertificate', values.appCertificateArn),
  });
  new apigateway.HttpApi(scope, 'Api', {
    defaultIntegration: new HttpLambdaIntegration('AuthIntegration', service),
    // Only the app host answers: the API's own name would be a second origin for the same session.
    disableExecuteApiEndpoint: true,
    defaultDomainMapping: { domainName },
  });
  return domainName;
}
