import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { createRole, type ServiceCode } from './app-host.ts';

const EVERY = Duration.minutes(1);

/**
 * Makes the function that tells the edge what it missed, and what has expired. All functions of an account share one
 * pool of instances. With `reserveSchedule`, one instance is this function's own, and a flood of requests cannot take it.
 */
export function createReconciler(
  scope: Construct,
  { values, serviceDirectory }: ServiceCode,
  table: dynamodb.Table,
  revocations: cloudfront.KeyValueStore,
): lambda.Function {
  const log = { retention: values.logDays, removalPolicy: RemovalPolicy.DESTROY };
  const { role, logGroup } = createRole(scope, 'Reconciler', log, table, revocations);
  const reconciler = new lambda.Function(scope, 'Reconciler', {
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'reconcile.handler',
    code: lambda.Code.fromAsset(serviceDirectory),
    role,
    logGroup,
    memorySize: 256,
    timeout: Duration.seconds(50),
    ...(values.reserveSchedule ? { reservedConcurrentExecutions: 1 } : {}),
    environment: { TABLE_NAME: table.tableName, KEY_VALUE_STORE_ARN: revocations.keyValueStoreArn },
  });
  // The schedule calls the function again in the next minute. So Lambda itself must not try again.
  reconciler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: EVERY });
  new events.Rule(scope, 'Schedule', {
    schedule: events.Schedule.rate(EVERY),
    targets: [new LambdaFunction(reconciler, { retryAttempts: 0, maxEventAge: EVERY })],
  });
  return reconciler;
}
