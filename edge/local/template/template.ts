import { noValue, resolve, type Scope, Unresolved, unresolvedIn } from './intrinsics.ts';
import { isRecord } from './shape.ts';
import { TemplateError } from './template-error.ts';

/** The values that a synthesized CloudFormation template leaves open. This machine gives them. */
export interface TemplateNames {
  region: string;
  accountId: string;
  /** The value of `Ref` of a resource, by logical id, if the made-up name will not do. */
  refs?: Record<string, string>;
  /** The values of parameters and of imports by their names, and of attributes by `LogicalId.Attribute`. */
  values?: Readonly<Record<string, string>>;
  /**
   * If true, a value that cannot be resolved becomes an `Unresolved`, and a shape reader names it. If false, such a
   * value throws.
   */
  isLenient?: boolean;
}

export interface Resource {
  logicalId: string;
  type: string;
  /** The value of `Ref`: the physical id. */
  ref: string;
  /** The properties with every intrinsic function resolved. */
  properties: Record<string, unknown>;
}

export interface ResolvedTemplate {
  /** All resources of a CloudFormation type whose condition holds, in the template's order. */
  ofType(type: string): Resource[];
  /** The one resource of a type. Throws if there is none, or if there are several. */
  only(type: string): Resource;
}

interface RawResource {
  Type: string;
  Properties: Record<string, unknown>;
  Condition?: string;
}

/**
 * Reads a synthesized CloudFormation template. It resolves intrinsic functions when somebody asks for a resource, so
 * unused resources need not be modelled. It names an intrinsic or attribute that it does not know.
 */
export function readTemplate(template: unknown, names: TemplateNames): ResolvedTemplate {
  const resources = parseResources(template);
  const scope = scopeOf(isRecord(template) ? template : {}, resources, names);

  function strictly<T>(value: T): T {
    const unknown = names.isLenient ? undefined : unresolvedIn(value);
    if (unknown) throw errorOf(unknown);
    return value;
  }

  function ofType(type: string): Resource[] {
    return [...resources]
      .filter(([, { Type, Condition }]) => Type === type && isThere(Condition))
      .map(([logicalId, { Properties }]) => ({
        logicalId,
        type,
        ref: String(strictly(scope.ref(logicalId))),
        properties: strictly(recordIn(resolve(Properties, scope))),
      }));
  }

  function isThere(condition: string | undefined): boolean {
    const holds = condition === undefined || scope.condition(condition);
    // Without the condition, it is not known whether the resource exists. The fault has no path, so it is thrown.
    if (holds instanceof Unresolved) throw errorOf(holds);
    return holds;
  }

  return {
    ofType,
    only(type) {
      const found = ofType(type);
      const [resource] = found;
      if (!resource || found.length > 1)
        throw new Error(`template: ${found.length} resources of type ${type}, not one`);
      return resource;
    },
  };
}

function errorOf({ reason, valueName: name }: Unresolved): TemplateError {
  return new TemplateError(`template: ${reason}`, name === undefined ? [] : [{ option: 'value', name }]);
}

/** The answers to the questions of intrinsic functions. */
function scopeOf(
  template: Record<string, unknown>,
  resources: ReadonlyMap<string, RawResource>,
  names: TemplateNames,
): Scope {
  const parameters = recordIn(template['Parameters']);
  const conditions = recordIn(template['Conditions']);
  const mappings = recordIn(template['Mappings']);
  const pseudo = pseudoParameters(names);
  const scope: Scope = {
    ref(logicalId) {
      if (Object.hasOwn(pseudo, logicalId)) return pseudo[logicalId];
      if (Object.hasOwn(parameters, logicalId))
        return parameterOf(logicalId, parameters[logicalId], names.values?.[logicalId]);
      const resource = resources.get(logicalId);
      if (!resource) return new Unresolved(`Ref ${logicalId} names no resource or pseudo parameter`);
      const given = names.refs?.[logicalId];
      if (given !== undefined) return given;
      const nameProperty = NAME_PROPERTIES[resource.Type];
      const name = nameProperty === undefined ? undefined : resource.Properties[nameProperty];
      const resolved = name === undefined ? noValue : resolve(name, scope);
      if (resolved === noValue) return madeUpName(logicalId, resource.Type);
      return resolved instanceof Unresolved ? resolved : String(resolved);
    },
    attribute(logicalId, name) {
      const given = names.values?.[`${logicalId}.${name}`];
      if (given !== undefined) return given;
      const resource = resources.get(logicalId);
      const ref = resource && scope.ref(logicalId);
      if (ref instanceof Unresolved) return ref;
      const found = typeof ref === 'string' ? attributeOf(resource?.Type ?? '', name, ref, names) : undefined;
      const valueName = resource && `${logicalId}.${name}`;
      return found ?? new Unresolved(`Fn::GetAtt ${logicalId}.${name} is not modelled`, valueName);
    },
    condition(name) {
      if (!Object.hasOwn(conditions, name)) return new Unresolved(`there is no condition ${name}`);
      const found = resolve(conditions[name], scope);
      return found instanceof Unresolved ? found : found === true;
    },
    mapping(map, first, second) {
      const found = recordIn(recordIn(mappings[map])[first])[second];
      return found ?? new Unresolved(`the mapping ${map} has no ${first}, ${second}`);
    },
    imported: (name) =>
      names.values?.[name] ?? new Unresolved(`the import ${name} has no value; give one`, name),
  };
  return scope;
}

function pseudoParameters({ region, accountId }: TemplateNames): Record<string, unknown> {
  return {
    'AWS::Region': region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': 'local',
    // Templates make names of the parts of the UUID.
    'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/local/51af3dc0-da77-11e4-872e-1234567db123`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': noValue,
  };
}

function parameterOf(name: string, parameter: unknown, given: string | undefined): unknown {
  const { Type: type, Default: fallback } = recordIn(parameter);
  // The default of such a parameter is the name of a parameter in Systems Manager.
  const isStored = String(type).startsWith('AWS::SSM::Parameter::Value');
  if (given === undefined && (fallback === undefined || isStored)) {
    return new Unresolved(`the parameter ${name} has no value; give one`, name);
  }
  const value = given ?? fallback;
  if (!String(type).includes('List')) return String(value);
  return String(value)
    .split(',')
    .map((item) => item.trim());
}

function recordIn(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function parseResources(template: unknown): Map<string, RawResource> {
  const resources = isRecord(template) ? template['Resources'] : undefined;
  if (!isRecord(resources))
    throw new Error('template: it has no Resources; is it a synthesized CloudFormation template?');
  return new Map(
    Object.entries(resources).map(([logicalId, resource]) => {
      if (!isRecord(resource) || typeof resource['Type'] !== 'string') {
        throw new Error(`template: resource ${logicalId} has no Type`);
      }
      const { Type, Condition } = resource;
      const raw = { Type, Properties: recordIn(resource['Properties']) };
      return [logicalId, typeof Condition === 'string' ? { ...raw, Condition } : raw];
    }),
  );
}

/** The properties that name a resource, if the name is also the value of `Ref`. */
const NAME_PROPERTIES: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SSM::Parameter': 'Name',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Serverless::Function': 'FunctionName',
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
  },
  'AWS::CloudFront::CloudFrontOriginAccessIdentity': {
    S3CanonicalUserId: (ref) => `canonical-user-of-${ref}`,
  },
  'AWS::CloudFront::Distribution': {
    DomainName: (ref) => `${ref.toLowerCase()}.cloudfront.net`,
  },
  'AWS::Logs::LogGroup': {
    Arn: (ref, { region, accountId }) => `arn:aws:logs:${region}:${accountId}:log-group:${ref}:*`,
  },
  'AWS::IAM::Role': {
    Arn: (ref, { accountId }) => `arn:aws:iam::${accountId}:role/${ref}`,
  },
  'AWS::Lambda::Function': { Arn: lambdaArn },
  'AWS::Serverless::Function': { Arn: lambdaArn },
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

function lambdaArn(ref: string, { region, accountId }: Place): string {
  return `arn:aws:lambda:${region}:${accountId}:function:${ref}`;
}

function functionArn(ref: string, { accountId }: Place): string {
  return `arn:aws:cloudfront::${accountId}:function/${ref}`;
}

function attributeOf(type: string, name: string, ref: string, place: Place): string | undefined {
  // `Ref` of everything of CloudFront is its id.
  if (name === 'Id' && type.startsWith('AWS::CloudFront::')) return ref;
  return ATTRIBUTES[type]?.[name]?.(ref, place);
}

function madeUpName(logicalId: string, type: string): string {
  return type === 'AWS::S3::Bucket' ? logicalId.toLowerCase() : logicalId;
}
