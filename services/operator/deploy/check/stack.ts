import { EDGE_REGION } from '../../../../infra/edge-metrics.ts';
import { bucketFault } from '../../../../infra/kept-bucket.ts';
import { type Finding, look } from '../around/finding.ts';
import type { Place } from '../around/place.ts';
import { BOOTSTRAP, describeStack, isFree, remedy, type StackState } from '../around/stacks.ts';
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

/** Every stack that a deployment touches, with its region: the gateway's two, and the CDK's own in both regions. */
export function stacksOf(stackName: string, { region }: Pick<Place, 'region'>): [string, string][] {
  return [
    [stackName, region],
    [`${stackName}-Watch`, EDGE_REGION],
    ...[...new Set([region, EDGE_REGION])].map((one): [string, string] => [BOOTSTRAP, one]),
  ];
}

/** Checks that all stacks can be deployed to: no change of them is under way or stuck. */
export async function checkStacks({ values, place }: Subject): Promise<Finding[]> {
  const found = await Promise.all(
    stacksOf(values.stackName, place).map(([name, region]) => {
      const resource = `stack ${name}`;
      return look({ resource }, 'cloudformation:DescribeStacks', async () => {
        const state = await describeStack(name, region);
        if (!state) return [];
        const what =
          name === BOOTSTRAP ? remedyOfBootstrap(state, place, region) : remedy(state, name, region);
        const where = name === BOOTSTRAP ? ` in ${region}` : '';
        return what ? [{ resource, problem: `it is ${state.status}${where}`, do: what }] : [];
      });
    }),
  );
  return found.flat();
}

/**
 * A bootstrap that failed leaves its bucket, which stops the next one. So a person deletes both, unlike the gateway's
 * own stack, which the CDK makes anew.
 */
function remedyOfBootstrap(state: StackState, { account }: Place, region: string): string | undefined {
  const isGone = ['never made', 'to be deleted'].includes(state.meaning);
  const words = remedy(isGone ? { ...state, meaning: 'to be deleted' } : state, BOOTSTRAP, region);
  const bucket = `cdk-hnb659fds-assets-${account}-${region}`;
  return isGone ? `${words}; delete the bucket ${bucket} too, if it is left` : words;
}
