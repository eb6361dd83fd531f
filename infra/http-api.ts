import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './nag-reasons.ts';
import type { StackValues } from './values.ts';

/** The most requests in a burst that API Gateway takes in an account (API Gateway quotas). It cannot be raised. */
const MOST_IN_A_BURST = 5_000;

/** The log leaves out the query, which holds codes and states, and cookies. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  error: '$context.error.message',
};

export interface AppHost {
  domainName: apigateway.DomainName;
  api: apigateway.HttpApi;
  accessLogs: logs.LogGroup;
}

/** The app host: an HTTP API that answers under one name only. */
export function createHttpApi(scope: Construct, values: StackValues, service: lambda.Function): AppHost {
  const { requestsPerSecond } = values;
  const domainName = new apigateway.DomainName(scope, 'AppHost', {
    domainName: new URL(values.appOrigin).hostname,
    certificate: acm.Certificate.fromCertificateArn(scope, 'AppCertificate', values.appCertificateArn),
    securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
  });
  const api = new apigateway.HttpApi(scope, 'Api', {
    apiName: values.stackName,
    defaultIntegration: new HttpLambdaIntegration('AuthIntegration', service),
    // Only the app host's name answers. The API's own name would be a second origin for the same session.
    disableExecuteApiEndpoint: true,
    createDefaultStage: false,
  });
  acknowledgeFindings(api, { APIG4: 'The service itself checks sessions, and most of its pages need none.' });
  // With this prefix, AWS adds no statement for the log to the account's policy for logs, which is limited in size.
  const accessLogs = new logs.LogGroup(scope, 'ApiLogs', {
    logGroupName: `/aws/vendedlogs/${values.stackName}-api`,
    retention: values.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  new apigateway.HttpStage(scope, 'ApiStage', {
    httpApi: api,
    autoDeploy: true,
    // Above this limit, the API answers 429, and the service is neither called nor paid for.
    throttle: {
      rateLimit: requestsPerSecond,
      burstLimit: Math.min(2 * requestsPerSecond, MOST_IN_A_BURST),
    },
    domainMapping: { domainName },
    accessLogSettings: {
      destination: new apigateway.LogGroupLogDestination(accessLogs),
      format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
    },
  });
  return { domainName, api, accessLogs };
}
