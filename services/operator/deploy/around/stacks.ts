import {
  CloudFormation,
  paginateListStackResources,
  type StackEvent,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { CALLS } from './place.ts';

/** What a state of CloudFormation means for the next deployment. */
type Meaning =
  /** There is nothing, or only a change set. */
  | 'absent'
  /** The first deployment was rolled back. The CDK deletes such a stack, and makes it anew. */
  | 'never made'
  | 'under way'
  | 'up'
  /** A person has to run a command first. */
  | 'to be deleted'
  | 'to be rolled back'
  | 'to be rolled back further'
  | 'to be imported again'
  /** A state that this version does not know. */
  | 'unknown';

/** CloudFormation user guide, "Stack status codes"; the CDK does the same with each of them. */
const MEANINGS: Record<StackStatus, Meaning> = {
  REVIEW_IN_PROGRESS: 'absent',
  DELETE_COMPLETE: 'absent',
  ROLLBACK_COMPLETE: 'never made',
  CREATE_IN_PROGRESS: 'under way',
  ROLLBACK_IN_PROGRESS: 'under way',
  DELETE_IN_PROGRESS: 'under way',
  UPDATE_IN_PROGRESS: 'under way',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'under way',
  UPDATE_ROLLBACK_IN_PROGRESS: 'under way',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'under way',
  IMPORT_IN_PROGRESS: 'under way',
  IMPORT_ROLLBACK_IN_PROGRESS: 'under way',
  CREATE_COMPLETE: 'up',
  UPDATE_COMPLETE: 'up',
  UPDATE_ROLLBACK_COMPLETE: 'up',
  IMPORT_COMPLETE: 'up',
  IMPORT_ROLLBACK_COMPLETE: 'up',
  CREATE_FAILED: 'to be deleted',
  ROLLBACK_FAILED: 'to be deleted',
  DELETE_FAILED: 'to be deleted',
  UPDATE_FAILED: 'to be rolled back',
  UPDATE_ROLLBACK_FAILED: 'to be rolled back further',
  IMPORT_ROLLBACK_FAILED: 'to be imported again',
};

export interface StackState {
  /** CloudFormation's own word for the state, such as `CREATE_COMPLETE`. */
  status: string;
  meaning: Exclude<Meaning, 'absent'>;
  outputs: Record<string, string>;
}

/** Undefined if there is no such stack, or only a change set for one. */
export async function describeStack(name: string, region: string): Promise<StackState | undefined> {
  try {
    const { Stacks } = await new CloudFormation({ ...CALLS, region }).describeStacks({ StackName: name });
    const [stack] = Stacks ?? [];
    const status = stack?.StackStatus;
    const meaning = status && (MEANINGS[status] ?? 'unknown');
    if (!meaning || meaning === 'absent') return undefined;
    const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
      OutputKey,
      OutputValue,
    ]);
    return { status, meaning, outputs: Object.fromEntries(outputs) };
  } catch (error) {
    // DescribeStacks has no error of its own for a missing stack.
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

/** The ids of the resources of one type that a stack has made. */
export async function resourcesOf(StackName: string, region: string, type: string): Promise<string[]> {
  const client = new CloudFormation({ ...CALLS, region });
  const ids: string[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const { ResourceType, PhysicalResourceId: id } of StackResourceSummaries)
      if (ResourceType === type && id) ids.push(id);
  }
  return ids;
}

/** Whether nothing exists that would be the stack's own. */
export function isFree(stack: StackState | undefined): boolean {
  return stack === undefined || stack.meaning === 'never made';
}

/** What a person has to do before the next deployment; undefined if nothing. */
export function remedy({ meaning }: StackState, name: string, region: string): string | undefined {
  const stack = `--stack-name ${name} --region ${region}`;
  const why = `see why (aws cloudformation describe-stack-events ${stack})`;
  switch (meaning) {
    case 'up':
    case 'never made':
      return undefined;
    case 'under way':
      return 'wait until it has ended';
    case 'to be deleted':
      return `${why} and correct that, then aws cloudformation delete-stack ${stack}`;
    // A stack that is up must not be deleted: the hosts would be gone.
    case 'to be rolled back':
      return `aws cloudformation rollback-stack ${stack}`;
    case 'to be rolled back further':
      return `${why} and correct that, then aws cloudformation continue-update-rollback ${stack}`;
    case 'to be imported again':
      return `${why} and correct that, then aws cloudformation delete-stack ${stack} (bucket, table and audit log stay), and import again: docs/deploy.md, "Adopting a retained bucket"`;
    case 'unknown':
      return 'look at it in the CloudFormation console: this version does not know this state';
  }
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
  return stack?.meaning === 'up' && Number(stack.outputs['BootstrapVersion']) >= BOOTSTRAP_VERSION;
}

/** CloudFormation's reasons for the resources that failed in the last deployment of a stack. */
export async function failureReasons(StackName: string, region: string): Promise<string[]> {
  const client = new CloudFormation({ ...CALLS, region });
  const reasons: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.describeStackEvents({ StackName, NextToken });
    for (const event of page.StackEvents ?? []) {
      const { ResourceStatus: status, ResourceStatusReason: reason } = event;
      if (reason && status?.endsWith('_FAILED')) reasons.push(reason);
      // The newest event comes first, so the rest is of earlier deployments.
      if (isBeginning(event)) return reasons;
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return reasons;
}

function isBeginning({ PhysicalResourceId: id, StackId, ResourceStatus: status }: StackEvent): boolean {
  return id === StackId && (status === 'CREATE_IN_PROGRESS' || status === 'UPDATE_IN_PROGRESS');
}
