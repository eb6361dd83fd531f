import { EDGE_REGION } from '../../../infra/edge-metrics.ts';
import { bucketFault } from '../../../infra/kept-bucket.ts';
import { type Finding, look } from '../around/finding.ts';
import { describeStack, isFree, type StackState } from '../around/stacks.ts';
import type { Subject } from './subject.ts';

/**
 * Checks that the bucket of a stack that is up stays the same. A new name makes an empty bucket, and the files stay in
 * the old one.
 */
export function checkBucket({ values }: Pick<Subject, 'values'>, stack: StackState | undefined): Finding[] {
  const there = isFree(stack) ? undefined : stack?.outputs['BucketName'];
  const what = there === undefined ? undefined : bucketFault(values, there);
  const problem = `the stack’s files are in ${there}, and another name would make an empty bucket beside it`;
  return what === undefined ? [] : [{ value: 'bucketName', problem, do: what }];
}

/** Checks that both stacks can be deployed to: no change of them is under way or stuck. */
export async function checkStacks({ values, place }: Subject): Promise<Finding[]> {
  const stacks: [name: string, region: string][] = [
    [values.stackName, place.region],
    [`${values.stackName}-Watch`, EDGE_REGION],
  ];
  const found = await Promise.all(
    stacks.map(([name, region]) => {
      const resource = `stack ${name}`;
      return look({ resource }, 'cloudformation:DescribeStacks', async () => {
        const state = await describeStack(name, region);
        const what = state && whatToDo(state.status, `--stack-name ${name} --region ${region}`);
        return what ? [{ resource, problem: `it is ${state.status}`, do: what }] : [];
      });
    }),
  );
  return found.flat();
}

/** `ROLLBACK_COMPLETE` is left out, since the CDK deletes that stack and makes it anew. */
function whatToDo(status: string, stack: string): string | undefined {
  if (status.endsWith('_IN_PROGRESS')) return 'wait until it has ended';
  if (status === 'UPDATE_ROLLBACK_FAILED') return `aws cloudformation continue-update-rollback ${stack}`;
  if (!status.endsWith('_FAILED')) return undefined;
  return `see why (aws cloudformation describe-stack-events ${stack}), then aws cloudformation delete-stack ${stack}`;
}
