import { CloudFormation, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CALLS } from './place.ts';

export interface StackState {
  /** CloudFormation's own word for the state, such as `CREATE_COMPLETE`. */
  status: string;
  outputs: Record<string, string>;
}

/** Undefined if there is no such stack, or only a change set for one. */
export async function describeStack(name: string, region: string): Promise<StackState | undefined> {
  try {
    const { Stacks } = await new CloudFormation({ ...CALLS, region }).describeStacks({ StackName: name });
    const [stack] = Stacks ?? [];
    const status = stack?.StackStatus;
    if (!status || ['REVIEW_IN_PROGRESS', 'DELETE_COMPLETE'].includes(status)) return undefined;
    const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
      OutputKey,
      OutputValue,
    ]);
    return { status, outputs: Object.fromEntries(outputs) };
  } catch (error) {
    // DescribeStacks has no error of its own for a missing stack.
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

/** The ids of the resources of one type that a stack has made, by their logical ids. */
export async function resourcesOf(
  StackName: string,
  region: string,
  type: string,
): Promise<Map<string, string>> {
  const client = new CloudFormation({ ...CALLS, region });
  const ids = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId: id } of StackResourceSummaries)
      if (ResourceType === type && id) ids.set(LogicalResourceId, id);
  }
  return ids;
}

/** The template with which a stack was deployed last. */
export async function readTemplateOf(StackName: string, region: string): Promise<unknown> {
  const { TemplateBody = '' } = await new CloudFormation({ ...CALLS, region }).getTemplate({ StackName });
  return JSON.parse(TemplateBody);
}

/** Whether a deployment, or its rollback, has not ended. */
export function isUnderWay(stack: StackState | undefined): boolean {
  return stack?.status.endsWith('_IN_PROGRESS') === true;
}

/** Whether nothing exists that would be the stack's own: the first deployment was rolled back, and the CDK makes it anew. */
export function isFree(stack: StackState | undefined): boolean {
  return stack === undefined || stack.status === 'ROLLBACK_COMPLETE';
}

/** The CDK's own stack in each account and region (AWS CDK developer guide, "Bootstrapping"). */
export const BOOTSTRAP = 'CDKToolkit';
/** The first bootstrap whose version the CDK's default synthesizer accepts. */
const BOOTSTRAP_VERSION = 6;

/**
 * Whether the CDK can deploy to a region. A bootstrap that is older than this project needs does not count, since
 * another `cdk bootstrap` brings it up to date.
 */
export async function isBootstrapped(region: string): Promise<boolean> {
  const stack = await describeStack(BOOTSTRAP, region);
  return (
    /(?:CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack?.status ?? '') &&
    Number(stack?.outputs['BootstrapVersion']) >= BOOTSTRAP_VERSION
  );
}
