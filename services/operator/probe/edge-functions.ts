import type { CloudFront, DistributionSummary } from '@aws-sdk/client-cloudfront';

const Stage = 'LIVE';

const EVENT_TYPES = ['viewer-request', 'viewer-response'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** CloudFront's report of one call of `TestFunction`. */
export interface TestedCall {
  /** The share of the allowed time that the function used, in percent. */
  utilization: number;
  /** Whether the call ended with an error. */
  hasFailed: boolean;
  /** The function's result, as JSON. */
  output: string;
}

/** The functions of a deployed distribution. They are tested without a request. */
export interface EdgeFunctions {
  /** The reason why the functions cannot be tested, in words. */
  hindrance(): Promise<string | undefined>;
  test(type: EventType, event: object): Promise<TestedCall>;
}

/**
 * The functions of the distribution that has this host as an alias or as its own name.
 * @param host such as `files.app.example.com`
 */
export function createEdgeFunctions(host: string): EdgeFunctions {
  let found: ReturnType<typeof find> | undefined;
  const versionOf = async (type: EventType) => {
    found ??= find(host);
    const { cloudFront, names } = await found;
    const Name = names[type];
    const { ETag: IfMatch } = await cloudFront.describeFunction({ Name, Stage });
    return { cloudFront, version: { Name, Stage, IfMatch } as const };
  };
  return {
    async hindrance() {
      try {
        for (const type of EVENT_TYPES) await versionOf(type);
        return undefined;
      } catch (error) {
        const why = error instanceof Error ? error.name : 'an error';
        return `test-function: ${why}; it needs cloudfront:ListDistributions, DescribeFunction and TestFunction`;
      }
    },
    async test(type, event) {
      const { cloudFront, version } = await versionOf(type);
      const { TestResult: result } = await cloudFront.testFunction({
        ...version,
        EventObject: Buffer.from(JSON.stringify(event)),
      });
      return {
        utilization: Number(result?.ComputeUtilization),
        hasFailed: Boolean(result?.FunctionErrorMessage),
        output: result?.FunctionOutput ?? '',
      };
    },
  };
}

async function find(host: string) {
  // Loaded late, because only the probe of a deployment needs it.
  const { CloudFront } = await import('@aws-sdk/client-cloudfront');
  const cloudFront = new CloudFront({ region: 'us-east-1' });
  return { cloudFront, names: await functionNames(cloudFront, host) };
}

async function functionNames(cloudFront: CloudFront, host: string): Promise<Record<EventType, string>> {
  const distribution = await findDistribution(cloudFront, host);
  const associations = distribution.DefaultCacheBehavior?.FunctionAssociations?.Items ?? [];
  const nameOf = (type: EventType) => {
    const arn = associations.find(({ EventType }) => EventType === type)?.FunctionARN;
    const name = arn?.split('function/')[1];
    if (!name) throw new Error(`no function at ${type}`);
    return name;
  };
  return { 'viewer-request': nameOf('viewer-request'), 'viewer-response': nameOf('viewer-response') };
}

async function findDistribution(cloudFront: CloudFront, host: string): Promise<DistributionSummary> {
  let Marker: string | undefined;
  do {
    const { DistributionList: page } = await cloudFront.listDistributions({ Marker });
    const found = page?.Items?.find(
      ({ Aliases, DomainName }) => DomainName === host || Aliases?.Items?.includes(host),
    );
    if (found) return found;
    Marker = page?.NextMarker || undefined;
  } while (Marker !== undefined);
  throw new Error(`no distribution of this account is ${host}`);
}
