import { CloudFormation } from '@aws-sdk/client-cloudformation';
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
    if (!status || status === 'REVIEW_IN_PROGRESS' || status === 'DELETE_COMPLETE') return undefined;
    const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
      OutputKey,
      OutputValue,
    ]);
    return { status, outputs: Object.fromEntries(outputs) };
  } catch (error) {
    // DescribeStacks has no error of its own for a missing stack.
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Whether nothing exists that would be the stack's own. The CDK deletes a stack that is `ROLLBACK_COMPLETE`, and makes
 * it anew.
 */
export function isFree(stack: StackState | undefined): boolean {
  return stack === undefined || stack.status === 'ROLLBACK_COMPLETE';
}

export function isUnderWay({ status }: StackState): boolean {
  return status.endsWith('_IN_PROGRESS');
}
