import type { Test } from 'tap';
import type { LocalBindings } from '../../../../edge/local/create-local-cloudfront.ts';
import type { Decision } from '../../../../edge/local/decision.ts';
import type { LambdaEvent } from '../../../../edge/local/template/lambdas.ts';
import { type Serving, serve, serverOf } from './serve.ts';
import { distributionTemplate } from './template.ts';

/** Keeps what the origin says, and takes the query and X-Own to it. */
const CACHE = {
  Type: 'AWS::CloudFront::CachePolicy',
  Properties: {
    CachePolicyConfig: {
      ...{ Name: 'Cache', MinTTL: 0, DefaultTTL: 60, MaxTTL: 600 },
      ParametersInCacheKeyAndForwardedToOrigin: {
        ...{ EnableAcceptEncodingBrotli: false, EnableAcceptEncodingGzip: false },
        CookiesConfig: { CookieBehavior: 'all' },
        HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['X-Own', 'CloudFront-Viewer-Country'] },
        QueryStringsConfig: { QueryStringBehavior: 'all' },
      },
    },
  },
};

type Functions = { [Event in LambdaEvent]?: string | Record<string, unknown> };

/** A distribution with a server and a bucket, and with a function, inline or as its properties, for each event. */
export function lambdaTemplate(functions: Functions, behavior: Record<string, unknown> = {}): unknown {
  const entries = Object.entries(functions);
  const resources = entries.flatMap(([, given], index) => {
    const code = typeof given === 'string' ? { Code: { ZipFile: given }, Timeout: 3 } : given;
    const properties = { Runtime: 'nodejs22.x', Handler: 'index.handler', Role: 'r', ...code };
    return [
      [`On${index}`, { Type: 'AWS::Lambda::Function', Properties: properties }],
      [`V${index}`, { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: `On${index}` } } }],
    ];
  });
  const app = {
    ...{ Id: 'app', DomainName: 'app.example.com', OriginPath: '/v1' },
    CustomOriginConfig: { OriginProtocolPolicy: 'https-only' },
    OriginCustomHeaders: [{ HeaderName: 'X-Key', HeaderValue: 'k' }],
  };
  const files = { Id: 'files', DomainName: 'files.s3.eu-west-1.amazonaws.com', S3OriginConfig: {} };
  const associations = entries.map(([EventType], index) => ({
    EventType,
    LambdaFunctionARN: { Ref: `V${index}` },
  }));
  return distributionTemplate(
    [app, files],
    {
      CachePolicyId: { Ref: 'Cache' },
      AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
      LambdaFunctionAssociations: associations,
      ...behavior,
    },
    { ...Object.fromEntries(resources), Cache: CACHE },
  );
}

export interface LambdaServing extends Serving {
  printed: string[];
  decisions: Decision[];
}

/** Serves it. The server answers with what it got, unless a test gives another. */
export async function serveLambdas(
  t: Test,
  template: unknown,
  bindings: Partial<LocalBindings> = {},
): Promise<LambdaServing> {
  const printed: string[] = [];
  const decisions: Decision[] = [];
  const app = { url: await serverOf(t) };
  const web = await serve(
    t,
    template,
    { ...bindings, origins: { app, files: { folder: '.' }, ...bindings.origins } },
    {
      onPrint: (name, line) => printed.push(`${name} ${line}`),
      onDecision: (decision) => decisions.push(decision),
    },
  );
  return { ...web, printed, decisions };
}
