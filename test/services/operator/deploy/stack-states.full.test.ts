import { StackStatus } from '@aws-sdk/client-cloudformation';
import t from 'tap';
import { DeployError } from '../../../../services/operator/deploy/make/making.ts';
import { BOOTSTRAPPED, STACK, startDeployments, WHOLE } from './support/deployments.ts';
import { nothingYet } from './support/recorded.ts';
import { REGION } from './support/world.ts';

const { aws, run, emptyAccount, inventory } = await startDeployments(t);

// The parts of every deployment below. Their stacks are in the state that a test sets.
const world = await emptyAccount();
t.strictSame((await run(world)).steps, WHOLE);
const made = inventory();
const LATER = WHOLE.slice(7);

/** The CDK makes everything that is missing; or the command it waits for; or the words that end the run. */
type Outcome = 'goes on' | 'waits' | RegExp;

const DELETE = (stack: string) =>
  new RegExp(
    `see why \\(aws .* describe-stack-events ${stack}\\).* aws cloudformation delete-stack ${stack}`,
  );
const CONTINUE = (stack: string) => new RegExp(`aws cloudformation continue-update-rollback ${stack}$`);
const ROLL_BACK = (stack: string) => new RegExp(`To do: aws cloudformation rollback-stack ${stack}$`);

/** What each state of one of the gateway's stacks leads to. */
const OUTCOMES: Record<StackStatus, 'goes on' | 'waits' | ((stack: string) => RegExp)> = {
  CREATE_COMPLETE: 'goes on',
  CREATE_FAILED: DELETE,
  CREATE_IN_PROGRESS: 'waits',
  DELETE_COMPLETE: 'goes on',
  DELETE_FAILED: DELETE,
  DELETE_IN_PROGRESS: 'waits',
  IMPORT_COMPLETE: 'goes on',
  IMPORT_IN_PROGRESS: 'waits',
  IMPORT_ROLLBACK_COMPLETE: 'goes on',
  IMPORT_ROLLBACK_FAILED: (stack) =>
    new RegExp(`delete-stack ${stack} .*import again: docs/deploy.md, "Adopting a retained bucket"$`),
  IMPORT_ROLLBACK_IN_PROGRESS: 'waits',
  REVIEW_IN_PROGRESS: 'goes on',
  ROLLBACK_COMPLETE: 'goes on',
  ROLLBACK_FAILED: DELETE,
  ROLLBACK_IN_PROGRESS: 'waits',
  UPDATE_COMPLETE: 'goes on',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'waits',
  UPDATE_FAILED: ROLL_BACK,
  UPDATE_IN_PROGRESS: 'waits',
  UPDATE_ROLLBACK_COMPLETE: 'goes on',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'waits',
  UPDATE_ROLLBACK_FAILED: CONTINUE,
  UPDATE_ROLLBACK_IN_PROGRESS: 'waits',
};

/** A failed bootstrap leaves a bucket that stops the next one. */
const OUTCOMES_OF_BOOTSTRAP: typeof OUTCOMES = { ...OUTCOMES, ROLLBACK_COMPLETE: DELETE };

/** Where each state under way may end. */
const ENDS: Record<string, StackStatus> = { DELETE_IN_PROGRESS: 'DELETE_COMPLETE' };

const STACKS: [key: string, outcomes: typeof OUTCOMES][] = [
  [`${REGION} ${STACK}`, OUTCOMES],
  [`us-east-1 ${STACK}-Watch`, OUTCOMES],
  ['us-east-1 CDKToolkit', OUTCOMES_OF_BOOTSTRAP],
];

for (const [key, outcomes] of STACKS) {
  const [region = '', name = ''] = key.split(' ');
  for (const status of Object.values(StackStatus)) {
    const outcome = outcomes[status];
    const wanted: Outcome =
      typeof outcome === 'string' ? outcome : outcome(`--stack-name ${name} --region ${region}`);
    t.test(`${key} is ${status}: ${wanted}`, async (t) => {
      aws.recorded = nothingYet();
      aws.recorded.stacks.set(key, { ...BOOTSTRAPPED, status });
      const end = ENDS[status] ?? 'UPDATE_ROLLBACK_COMPLETE';
      if (wanted instanceof RegExp) {
        const lines: string[] = [];
        await t.rejects(run(world, { lines }), {
          message: /^correct everything that is named after "stop" \(1\)/,
        });
        const [stop = '', ...others] = lines.filter((line) => line.startsWith('stop: '));
        t.match(stop, `stop: stack ${name}: it is ${status}`);
        t.match(stop, wanted);
        t.strictSame([others, inventory()], [[], made]);
        return;
      }
      let waits = 0;
      const onWait = () => {
        if (++waits === 2) aws.recorded.stacks.set(key, { ...BOOTSTRAPPED, status: end });
      };
      const { steps, lines } = await run(world, wanted === 'waits' ? { onWait } : {});
      const told = `stack ${name} in ${region} is ${status}: waiting until that has ended`;
      t.equal(lines.filter((line) => line === told).length, wanted === 'waits' ? 1 : 0);
      const isMade =
        wanted === 'waits' ? end !== 'DELETE_COMPLETE' : /^(?:CREATE|UPDATE|IMPORT)/.test(status);
      const isToBootstrap = !(name === 'CDKToolkit' && isMade);
      t.strictSame(
        steps,
        LATER.filter((step) => isToBootstrap || step !== `cdk-bootstrap-aws://123456789012/${region}`),
      );
      t.strictSame(inventory(), made, 'nothing is made twice');
    });
  }
}

t.test('a state that this version does not know stops it', async (t) => {
  aws.recorded = nothingYet();
  aws.recorded.stacks.set(`${REGION} ${STACK}`, { ...BOOTSTRAPPED, status: 'HIBERNATED' });
  const lines: string[] = [];
  await t.rejects(run(world, { lines }), DeployError);
  t.match(
    lines.filter((line) => line.startsWith('stop: ')),
    [/^stop: stack \w+: it is HIBERNATED\. To do: look at it in the CloudFormation console/],
  );
});

t.test('a bootstrap that is older than the CDK accepts is brought up to date', async (t) => {
  for (const [outputs, isOld] of [
    [{}, true],
    [{ BootstrapVersion: '5' }, true],
    [{ BootstrapVersion: '6' }, false],
  ] as const) {
    aws.recorded = nothingYet();
    for (const region of [REGION, 'us-east-1'])
      aws.recorded.stacks.set(`${region} CDKToolkit`, { status: 'UPDATE_COMPLETE', outputs });
    t.strictSame((await run(world)).steps, isOld ? LATER : LATER.slice(2), JSON.stringify(outputs));
  }
});

t.test('a failed bootstrap names the bucket that is left of it', async (t) => {
  aws.recorded = nothingYet();
  aws.recorded.stacks.set(`${REGION} CDKToolkit`, { status: 'ROLLBACK_COMPLETE' });
  const lines: string[] = [];
  await t.rejects(run(world, { lines }), DeployError);
  t.match(
    lines.at(-1),
    new RegExp(`; delete the bucket cdk-hnb659fds-assets-123456789012-${REGION} too, if it is left$`),
  );
});

t.test('if CloudFront does not take the account yet, it says so, and a later run goes on', async (t) => {
  aws.recorded = nothingYet();
  const reason =
    'Access denied for operation AWS::CloudFront::Distribution: Your account must be verified before you can add new CloudFront resources.';
  const events = [
    'Stack ROLLBACK_COMPLETE',
    'Table CREATE_IN_PROGRESS Resource creation Initiated',
    'Sessions CREATE_FAILED Resource creation cancelled',
    `Distribution CREATE_FAILED ${reason}`,
    'Stack CREATE_IN_PROGRESS User Initiated',
    'Other CREATE_FAILED Limit exceeded, of an earlier deployment',
  ];
  const lines: string[] = [];
  const onCdk = ([command]: string[]) => {
    if (command !== 'deploy') return;
    aws.recorded.stacks.set(`${REGION} ${STACK}`, { status: 'ROLLBACK_COMPLETE', events });
    throw new DeployError('the CDK failed: see above, then run it again');
  };
  await t.rejects(run(world, { lines, onCdk }), {
    message:
      'AWS has not verified this account for CloudFront. To do: send these words to AWS Support (https://console.aws.amazon.com/support/home#/), and wait for the answer. Then run it again: it goes on, and keeps secret, key and certificates',
  });
  t.equal(lines.at(-1), `CloudFormation: ${reason}`);
  const { steps } = await run(world);
  t.strictSame([steps, inventory()], [LATER.slice(2), made]);

  t.comment('a quota, and a reason that this version does not know');
  aws.recorded = nothingYet();
  events[3] = 'Key CREATE_FAILED Resource handler returned message: "TooManyPublicKeys"';
  await t.rejects(run(world, { onCdk }), { message: /^a quota of this account is used up\. To do: / });
  const unknown = 'the CDK failed: see above, then run it again';
  aws.denied.add('DescribeStackEvents');
  await t.rejects(run(world, { onCdk }), { message: unknown }, 'without the right to ask for the reason');
  aws.denied.clear();
  const onStart = () => {
    throw new Error('spawn npx ENOENT');
  };
  await t.rejects(
    run(world, { onCdk: onStart }),
    { message: 'spawn npx ENOENT' },
    'CloudFormation is not asked',
  );
  events[3] = 'Key CREATE_FAILED of old age';
  await t.rejects(run(world, { onCdk }), { message: unknown });
});
