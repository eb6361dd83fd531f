/** The properties that name a resource, if the name is also the value of `Ref`. */
export const NAME_PROPERTIES: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SSM::Parameter': 'Name',
  'AWS::ApiGateway::Stage': 'StageName',
  'AWS::ApiGatewayV2::Stage': 'StageName',
};

interface Place {
  region: string;
  accountId: string;
}

type Attribute = (ref: string, place: Place) => string;

/**
 * `Fn::GetAtt` of the resources at the edge, and of the resources that edge policies name (CloudFormation reference).
 */
const ATTRIBUTES: Record<string, Record<string, Attribute>> = {
  'AWS::S3::Bucket': {
    Arn: (ref) => `arn:aws:s3:::${ref}`,
    DomainName: (ref) => `${ref}.s3.amazonaws.com`,
    RegionalDomainName: (ref, { region }) => `${ref}.s3.${region}.amazonaws.com`,
    WebsiteURL: (ref, { region }) => `http://${ref}.s3-website-${region}.amazonaws.com`,
  },
  'AWS::DynamoDB::Table': {
    Arn: (ref, { region, accountId }) => `arn:aws:dynamodb:${region}:${accountId}:table/${ref}`,
  },
  'AWS::CloudFront::Function': {
    FunctionARN: functionArn,
    'FunctionMetadata.FunctionARN': functionArn,
  },
  'AWS::CloudFront::KeyValueStore': {
    Arn: (ref, { accountId }) => `arn:aws:cloudfront::${accountId}:key-value-store/${ref}`,
    Id: (ref) => ref,
  },
  'AWS::CloudFront::CloudFrontOriginAccessIdentity': {
    Id: (ref) => ref,
    S3CanonicalUserId: (ref) => `canonical-user-of-${ref}`,
  },
  'AWS::CloudFront::Distribution': {
    Id: (ref) => ref,
    DomainName: (ref) => `${ref.toLowerCase()}.cloudfront.net`,
  },
  'AWS::Logs::LogGroup': {
    Arn: (ref, { region, accountId }) => `arn:aws:logs:${region}:${accountId}:log-group:${ref}:*`,
  },
  'AWS::Lambda::Url': {
    FunctionUrl: (ref, { region }) => `https://${ref.toLowerCase()}.lambda-url.${region}.on.aws/`,
  },
  'AWS::ApiGatewayV2::Api': {
    ApiEndpoint: (ref, { region }) => `https://${ref.toLowerCase()}.execute-api.${region}.amazonaws.com`,
  },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    DNSName: (ref, { region }) => `${ref.toLowerCase()}.${region}.elb.amazonaws.com`,
  },
};

function functionArn(ref: string, { accountId }: Place): string {
  return `arn:aws:cloudfront::${accountId}:function/${ref}`;
}

/** The one attribute of CloudFront's policies and keys is their id. */
const IDS = /^AWS::CloudFront::(?:OriginAccessControl|\w+Policy|PublicKey|KeyGroup|VpcOrigin)$/;

export function attributeOf(type: string, name: string, ref: string, place: Place): string | undefined {
  return name === 'Id' && IDS.test(type) ? ref : ATTRIBUTES[type]?.[name]?.(ref, place);
}

export function madeUpName(logicalId: string, type: string): string {
  return type === 'AWS::S3::Bucket' ? logicalId.toLowerCase() : logicalId;
}
