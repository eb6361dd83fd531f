import { DETAILS_KEYS } from '@cloudfront-cookie-gateway/auth/details/table';
import { DUE_INDEX } from '@cloudfront-cookie-gateway/auth/table/dynamodb';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { TEAMS_KEY } from '@cloudfront-cookie-gateway/core/file-name';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { allow, allowList, FILES, grantKey } from './grants.ts';
import { acknowledgeFindings } from './nag-reasons.ts';
import { serviceSettings } from './service-settings.ts';
import type { StackValues } from './values.ts';

export interface ServiceCode {
  values: StackValues;
  /** The directory of the bundled auth service: `lambda.mjs` and the files that it reads. */
  serviceDirectory: string;
}

/** The users' records, and what the edge knows of them. */
export interface Stores {
  table: dynamodb.Table;
  /** What is known of files beside what S3 lists. */
  details: dynamodb.Table;
  revocations: cloudfront.KeyValueStore;
}

export function createSessionsTable(scope: Construct, values: StackValues): dynamodb.Table {
  const table = createTable(scope, 'Sessions', values, {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
  });
  // The index is sparse: it holds only what is still to be done.
  table.addGlobalSecondaryIndex({
    indexName: DUE_INDEX.name,
    partitionKey: { name: DUE_INDEX.partitionKey, type: dynamodb.AttributeType.STRING },
    sortKey: { name: DUE_INDEX.sortKey, type: dynamodb.AttributeType.NUMBER },
    projectionType: dynamodb.ProjectionType.INCLUDE,
    nonKeyAttributes: DUE_INDEX.more,
  });
  return table;
}

/** What is known of files beside what S3 lists: a row for each name in each folder. */
export function createDetailsTable(scope: Construct, values: StackValues): dynamodb.Table {
  return createTable(scope, 'Details', values, {
    partitionKey: { name: DETAILS_KEYS.partition, type: dynamodb.AttributeType.STRING },
    sortKey: { name: DETAILS_KEYS.sort, type: dynamodb.AttributeType.STRING },
  });
}

function createTable(
  scope: Construct,
  id: string,
  { protectTable }: StackValues,
  keys: Pick<dynamodb.TableProps, 'partitionKey' | 'sortKey'>,
): dynamodb.Table {
  return new dynamodb.Table(scope, id, {
    ...keys,
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'ttl',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: protectTable,
    // A first deployment that fails leaves nothing behind.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
}

/** Rights on rows of that table. */
export function grantDetails(role: iam.Role, details: dynamodb.Table, actions: readonly string[]): void {
  allow(
    role,
    actions.map((action) => `dynamodb:${action}`),
    [details.tableArn],
  );
}

/** Rights on users' records, and on the edge's store. The store is written from the records. */
export function grantRecords(role: iam.Role, { table, revocations }: Omit<Stores, 'details'>): void {
  const actions = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'].map((action) => `dynamodb:${action}`);
  allow(role, actions, [table.tableArn]);
  allow(role, ['dynamodb:Query'], [`${table.tableArn}/index/${DUE_INDEX.name}`]);
  const edge = ['DescribeKeyValueStore', 'UpdateKeys'].map((action) => `cloudfront-keyvaluestore:${action}`);
  allow(role, edge, [revocations.keyValueStoreArn]);
}

interface FunctionParts
  extends Pick<
    lambda.FunctionOptions,
    'memorySize' | 'timeout' | 'reservedConcurrentExecutions' | 'environment'
  > {
  /** The program in the bundle. */
  program: 'lambda' | 'reconcile' | 'mover' | 'scanned';
  /** Whether the log outlives the stack. */
  keepsLog?: true;
  /** What the role may do beside writing the log. */
  grants: readonly ((role: iam.Role) => void)[];
}

/** Makes one of the functions, with its log and a role of its own. */
export function createFunction(
  scope: Construct,
  name: string,
  { values, serviceDirectory }: ServiceCode,
  { program, keepsLog, grants, ...options }: FunctionParts,
): lambda.Function {
  const logGroup = new logs.LogGroup(scope, `${name}Logs`, {
    retention: values.logDays,
    removalPolicy: keepsLog ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  });
  const role = new iam.Role(scope, `${name}Role`, {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  });
  logGroup.grantWrite(role);
  for (const grant of grants) grant(role);
  return new lambda.Function(scope, name, {
    ...{ runtime: lambda.Runtime.NODEJS_24_X, architecture: lambda.Architecture.ARM_64 },
    ...{ handler: `${program}.handler`, code: lambda.Code.fromAsset(serviceDirectory) },
    ...{ role, logGroup, ...options },
  });
}

/** The settings that name the stores. */
export function storeSettings({ table, details, revocations, bucket }: Stores & { bucket: s3.IBucket }) {
  return {
    TABLE_NAME: table.tableName,
    DETAILS_TABLE_NAME: details.tableName,
    BUCKET_NAME: bucket.bucketName,
    KEY_VALUE_STORE_ARN: revocations.keyValueStoreArn,
  };
}

/** It writes the files of users and teams, and reads nothing. */
function grantFiles(role: iam.Role, bucket: s3.IBucket): void {
  const actions = ['PutObject', 'DeleteObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'];
  allow(
    role,
    actions.map((action) => `s3:${action}`),
    FILES.map((keys) => bucket.arnForObjects(keys)),
  );
  allowList(role, bucket, 's3:ListBucket', FILES);
  acknowledgeFindings(role, {
    'IAM5[Resource::<Files8E6940B8.Arn>/users/*]':
      'It acts for each user in turn: it writes below users/, and reads nothing.',
    'IAM5[Resource::<Files8E6940B8.Arn>/teams/*]':
      'It acts for each team in turn: it writes below teams/, and reads nothing.',
  });
}

/** It deletes the files of teams that were deleted, and reads nothing. A lifecycle rule ends their uploads in parts. */
function grantDeletion(role: iam.Role, bucket: s3.IBucket): void {
  allow(role, ['s3:DeleteObject'], [bucket.arnForObjects(`${TEAMS_KEY}*`)]);
  allowList(role, bucket, 's3:ListBucket', `${TEAMS_KEY}*`);
  acknowledgeFindings(role, {
    'IAM5[Resource::<Files8E6940B8.Arn>/teams/*]': 'It deletes the files of each deleted team.',
  });
}

function grantSecrets(role: iam.Role, { secretArn, signingKmsKeyArn }: StackValues): void {
  allow(role, ['secretsmanager:GetSecretValue'], [secretArn]);
  if (signingKmsKeyArn !== undefined) allow(role, ['kms:Sign', 'kms:GetPublicKey'], [signingKmsKeyArn]);
}

/** The auth service as a Lambda function with the fewest rights. */
export function createService(
  scope: Construct,
  code: ServiceCode,
  parts: Stores & { bucket: s3.IBucket; signingKey: cloudfront.PublicKey; mover: lambda.Function },
): lambda.Function {
  const { bucket, details, signingKey, mover } = parts;
  const { values } = code;
  return createFunction(scope, 'Auth', code, {
    program: 'lambda',
    // It holds the audit log.
    keepsLog: true,
    grants: [
      (role) => grantRecords(role, parts),
      (role) => grantFiles(role, bucket),
      (role) => grantDetails(role, details, ['GetItem', 'PutItem', 'DeleteItem', 'Query']),
      (role) => allow(role, ['lambda:InvokeFunction'], [mover.functionArn]),
      (role) => grantSecrets(role, values),
      (role) => grantKey(role, values),
    ],
    memorySize: 512,
    timeout: Duration.seconds(15),
    ...defined({ reservedConcurrentExecutions: values.reservedConcurrency }),
    environment: serviceSettings(values, {
      ...storeSettings(parts),
      KEY_PAIR_ID: signingKey.publicKeyId,
      MOVER_FUNCTION_NAME: mover.functionName,
    }),
  });
}

const EVERY = Duration.minutes(1);

/**
 * Makes the function that tells the edge what it missed, and what has expired. It also deletes the files of deleted
 * teams. All functions of an account share one pool of instances. With `reserveSchedule`, one instance is this
 * function's own, and a flood of requests cannot take it.
 */
export function createReconciler(
  scope: Construct,
  code: ServiceCode,
  parts: Stores & { bucket: s3.IBucket },
): lambda.Function {
  const reconciler = createFunction(scope, 'Reconciler', code, {
    program: 'reconcile',
    grants: [
      (role) => grantRecords(role, parts),
      (role) => grantDeletion(role, parts.bucket),
      (role) => grantDetails(role, parts.details, ['Query', 'DeleteItem']),
    ],
    memorySize: 256,
    timeout: Duration.seconds(50),
    ...(code.values.reserveSchedule ? { reservedConcurrentExecutions: 1 } : {}),
    environment: storeSettings(parts),
  });
  // The schedule calls the function again in the next minute. So Lambda itself must not try again.
  reconciler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: EVERY });
  new events.Rule(scope, 'Schedule', {
    schedule: events.Schedule.rate(EVERY),
    targets: [new LambdaFunction(reconciler, { retryAttempts: 0, maxEventAge: EVERY })],
  });
  return reconciler;
}
