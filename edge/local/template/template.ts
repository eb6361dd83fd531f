/** What a synthesized CloudFormation template leaves open, and this machine has to say. */
export interface TemplateNames {
  region: string;
  accountId: string;
  /** What `Ref` of a resource gives, by logical id, where the name that is made up from the template will not do. */
  refs?: Record<string, string>;
}

export interface Resource {
  logicalId: string;
  type: string;
  /** What `Ref` gives: the physical id. */
  ref: string;
  /** With every intrinsic function resolved. */
  properties: Record<string, unknown>;
}

export interface ResolvedTemplate {
  /** All resources of a CloudFormation type, in the template's order. */
  ofType(type: string): Resource[];
  /** The one resource of a type; throws where there are none or several. */
  only(type: string): Resource;
}

interface RawResource {
  Type: string;
  Properties: Record<string, unknown>;
}

/**
 * Reads a synthesized CloudFormation template. Intrinsic functions are resolved when a resource is asked for, so
 * that what nobody asks for need not be modelled; an intrinsic or attribute that is not known throws, by name.
 */
export function readTemplate(template: unknown, names: TemplateNames): ResolvedTemplate {
  const resources = parseResources(template);
  const pseudo: Record<string, string> = {
    'AWS::Region': names.region,
    'AWS::AccountId': names.accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  };

  function ref(logicalId: string): string {
    const pseudoValue = pseudo[logicalId];
    if (pseudoValue !== undefined) return pseudoValue;
    const resource = resources.get(logicalId);
    if (!resource) throw new Error(`template: Ref ${logicalId} names no resource or pseudo parameter`);
    const given = names.refs?.[logicalId];
    if (given !== undefined) return given;
    const nameProperty = NAME_PROPERTIES[resource.Type];
    const name = nameProperty === undefined ? undefined : resource.Properties[nameProperty];
    return name === undefined ? madeUpName(logicalId, resource.Type) : String(resolve(name));
  }

  function attribute(logicalId: string, name: string): string {
    const resource = resources.get(logicalId);
    const give = resource && ATTRIBUTES[resource.Type]?.[name];
    if (!give) throw new Error(`template: Fn::GetAtt ${logicalId}.${name} is not modelled`);
    return give(ref(logicalId), names);
  }

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'))) {
      return intrinsic(name, argument);
    }
    return Object.fromEntries(entries.map(([key, inner]) => [key, resolve(inner)]));
  }

  function intrinsic(name: string, argument: unknown): unknown {
    if (name === 'Ref' && typeof argument === 'string') return ref(argument);
    if (name === 'Fn::GetAtt' && Array.isArray(argument))
      return attribute(String(argument[0]), String(argument[1]));
    if (name === 'Fn::GetAtt' && typeof argument === 'string') {
      const dot = argument.indexOf('.');
      return attribute(argument.slice(0, dot), argument.slice(dot + 1));
    }
    if (name === 'Fn::Join' && Array.isArray(argument) && Array.isArray(argument[1])) {
      return argument[1].map((part) => String(resolve(part))).join(String(argument[0]));
    }
    if (name === 'Fn::Sub' && typeof argument === 'string') {
      return argument.replace(/\$\{([^!}][^}]*)\}/g, (_whole, target: string) => {
        const dot = target.indexOf('.');
        return dot < 0 ? ref(target) : attribute(target.slice(0, dot), target.slice(dot + 1));
      });
    }
    throw new Error(`template: the intrinsic ${name} is not modelled`);
  }

  function ofType(type: string): Resource[] {
    return [...resources]
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({
        logicalId,
        type,
        ref: ref(logicalId),
        properties: Object.fromEntries(
          Object.entries(resource.Properties).map(([name, value]) => [name, resolve(value)]),
        ),
      }));
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

/** Where a resource's own name is what `Ref` gives. */
const NAME_PROPERTIES: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
};

type Attribute = (ref: string, names: TemplateNames) => string;

/** `Fn::GetAtt` of the resources that stand at the edge or that its policies name (CloudFormation reference). */
const ATTRIBUTES: Record<string, Record<string, Attribute>> = {
  'AWS::S3::Bucket': {
    Arn: (ref) => `arn:aws:s3:::${ref}`,
    DomainName: (ref) => `${ref}.s3.amazonaws.com`,
    RegionalDomainName: (ref, { region }) => `${ref}.s3.${region}.amazonaws.com`,
  },
  'AWS::DynamoDB::Table': {
    Arn: (ref, { region, accountId }) => `arn:aws:dynamodb:${region}:${accountId}:table/${ref}`,
  },
  'AWS::CloudFront::Function': {
    FunctionARN: (ref, { accountId }) => `arn:aws:cloudfront::${accountId}:function/${ref}`,
  },
  'AWS::CloudFront::KeyValueStore': {
    Arn: (ref, { accountId }) => `arn:aws:cloudfront::${accountId}:key-value-store/${ref}`,
    Id: (ref) => ref,
  },
  'AWS::CloudFront::OriginAccessControl': { Id: (ref) => ref },
  'AWS::CloudFront::Distribution': {
    Id: (ref) => ref,
    DomainName: (ref) => `${ref.toLowerCase()}.cloudfront.net`,
  },
  'AWS::Logs::LogGroup': {
    Arn: (ref, { region, accountId }) => `arn:aws:logs:${region}:${accountId}:log-group:${ref}:*`,
  },
};

function madeUpName(logicalId: string, type: string): string {
  return type === 'AWS::S3::Bucket' ? logicalId.toLowerCase() : logicalId;
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
      const properties = resource['Properties'];
      return [logicalId, { Type: resource['Type'], Properties: isRecord(properties) ? properties : {} }];
    }),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
