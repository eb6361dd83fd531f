import process from 'node:process';
import t from 'tap';
import { removeLabs, startAwsLab } from '../../../../services/operator/probe/lab-aws.ts';
import { probeLab } from '../../../../services/operator/probe/probe.ts';
import { runCommand } from '../../../support/clone.ts';
import { type LabAwsStandIn, labEnvironment, startLabAws } from './support/lab-aws.ts';

/** The calls to AWS, in order. */
const ORDER = ['CreateStack', 'PUT object', 'DescribeStackResources', 'DELETE object', 'DeleteStack'];

/** Not the value of a lab that may be thrown away. */
const KEPT = { 'cloudfront-lab': 'kept', use: 'throw-away' };

/** Runs `probe --lab` in this process. */
async function probed(aws: LabAwsStandIn, signal = new AbortController().signal) {
  Object.assign(process.env, labEnvironment(aws));
  const out: string[] = [];
  const say: string[] = [];
  const status = await probeLab(
    (pems) =>
      startAwsLab(pems, {
        ...{ signal, pollSeconds: 1, say: (line: string) => say.push(line) },
        reach(domain) {
          if (domain !== 'd111111abcdef8.cloudfront.net') throw new Error(`another name: ${domain}`);
          return { origin: aws.stand?.origin ?? '', ...(aws.stand?.at ? { at: aws.stand.at } : {}) };
        },
        openStore(arn) {
          if (aws.stand?.keyValues?.arn !== arn) throw new Error(`another store: ${arn}`);
          return aws.stand.keyValues;
        },
      }),
    { out: (line) => out.push(line), err: () => {}, isJson: true, signal },
  );
  return { status, out, say };
}

t.test('cut off after each call: the rest is found and removed, and nothing else', async (t) => {
  for (const last of ORDER) {
    const aws = await startLabAws(t);
    aws.stacks.set('cloudfront-lab-of-somebody', { status: 'CREATE_COMPLETE', tags: KEPT, isFull: true });
    let isDown = false;
    aws.onAsked = (asked) => {
      isDown ||= asked === last;
      return !isDown;
    };
    await t.rejects(probed(aws), Error, last);
    aws.onAsked = () => true;
    const left = [...aws.stacks.keys()].filter((name) => name !== 'cloudfront-lab-of-somebody');
    t.equal(left.length, 1, `after ${last}`);
    t.strictSame(await removeLabs({ say: () => {}, pollSeconds: 1 }), left, last);
    t.strictSame([...aws.stacks.keys()], ['cloudfront-lab-of-somebody'], last);
    t.strictSame(await removeLabs({ say: () => {} }), [], 'a second run finds nothing');
  }
});

t.test('the real command: after Ctrl-C nothing is left; after a crash --remove removes it', async (t) => {
  const aws = await startLabAws(t);
  aws.ends = 'CREATE_IN_PROGRESS';
  const run = (...args: string[]) =>
    runCommand(
      process.cwd(),
      [process.execPath, 'services/operator/main.ts', 'probe', '--lab', ...args],
      labEnvironment(aws),
    );
  const made = () =>
    new Promise<void>((resolve) => {
      aws.onAsked = (asked) => {
        if (asked === 'CreateStack') resolve();
        return true;
      };
    });
  let isMade = made();
  const stopped = run();
  await isMade;
  t.equal(aws.stacks.size, 1);
  stopped.child.kill('SIGINT');
  t.equal(await stopped.exit, 2);
  t.match(stopped.output(), /^probe: stopped$/m);
  t.equal(aws.stacks.size, 0);

  isMade = made();
  const crashed = run('--json');
  await isMade;
  crashed.child.kill('SIGKILL');
  await crashed.exit;
  t.equal(aws.stacks.size, 1);
  const removing = run('--remove');
  t.equal(await removing.exit, 0);
  t.match(removing.output(), /^probe: removed: cloudfront-lab-[0-9a-f]{8}$/m);
  t.equal(aws.stacks.size, 0);
});

t.test('a shell without a region, or without credentials, is told what to do', async (t) => {
  const nothing = {
    ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
  };
  for (const [region, said] of [
    ['', 'probe: no region is set: set AWS_REGION'],
    ['us-east-1', 'probe: sign in to AWS in this shell (aws sso login, or AWS_PROFILE), then run it again'],
  ] as const) {
    const command = [process.execPath, 'services/operator/main.ts', 'probe', '--lab', '--remove'];
    const asked = runCommand(process.cwd(), command, { ...nothing, AWS_REGION: region });
    t.equal(await asked.exit, 2, region);
    t.equal(asked.output().trim(), said, region);
  }
});
