import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import t, { type Test } from 'tap';
import { folderOf, parseBucket, synthesized } from '../local/support/serve.ts';
import { servedBy } from './support/served.ts';

const README = readFileSync('edge/command/README.md', 'utf8');

const SAM = `
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String }
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties: { Handler: app.handler, Runtime: nodejs22.x, CodeUri: ./app, FunctionUrlConfig: { AuthType: NONE } }
  Web:
    Type: AWS::CloudFront::Distribution
    Condition: IsDev
    Properties:
      DistributionConfig:
        Enabled: true
        DefaultRootObject: index.html
        Origins:
          - { Id: site, DomainName: site.s3.us-east-1.amazonaws.com, S3OriginConfig: {} }
          - { Id: api, DomainName: !Select [2, !Split ["/", !GetAtt ApiUrl.FunctionUrl]], CustomOriginConfig: { OriginProtocolPolicy: https-only } }
        CacheBehaviors:
          - { PathPattern: api/*, TargetOriginId: api, ViewerProtocolPolicy: https-only, CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad }
        DefaultCacheBehavior: { TargetOriginId: site, ViewerProtocolPolicy: https-only, CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6 }
`;

/** Runs the line of the README that serves a template, and asks for the first page. */
async function pageOf(t: Test, template: string, text: string): Promise<string> {
  const [, options = ''] =
    new RegExp(`^npx edge-local ${template.replaceAll('.', '\\.')} (--.*)$`, 'm').exec(README) ?? [];
  t.not(options, '', `README has a line for ${template}`);
  const folder = folderOf(t, { [template]: text, 'public/index.html': 'the page' });
  return (await servedBy(t, folder, [template, ...options.split(' ')])).page('/index.html');
}

t.test('the line for SAM serves a template of SAM', async (t) => {
  t.equal(await pageOf(t, 'template.yaml', SAM), 'the page');
});

t.test('the line for the CDK serves what the CDK synthesizes', async (t) => {
  const template = synthesized((stack) => {
    const bucket = parseBucket(new Bucket(stack, 'Files'));
    const origin = S3BucketOrigin.withOriginAccessControl(bucket);
    new Distribution(stack, 'Web', { defaultBehavior: { origin } });
  });
  t.equal(await pageOf(t, join('cdk.out', 'SiteStack.template.json'), JSON.stringify(template)), 'the page');
});
