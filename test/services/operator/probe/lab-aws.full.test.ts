import process from 'node:process';
import t from 'tap';
import { startAwsLab } from '../../../../services/operator/probe/lab-aws.ts';
import { probeLab } from '../../../../services/operator/probe/probe.ts';
import { runCommand } from '../../../support/clone.ts';
import { type LabAwsStandIn, labEnvironment, startLabAws } from './support/lab-aws.ts';

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

t.test('after every call that fails, the stack is removed', async (t) => {
  for (const last of ['CreateStack', 'PUT object']) {
    const aws = await startLabAws(t);
    aws.onAsked = (asked) => asked !== last;
    await t.rejects(probed(aws), Error, last);
    t.equal(aws.stacks.size, 0, last);
  }
});

t.test('the real command: after Ctrl-C nothing is left', async (t) => {
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
  const isMade = made();
  const stopped = run();
  await isMade;
  t.equal(aws.stacks.size, 1);
  stopped.child.kill('SIGINT');
  t.equal(await stopped.exit, 2);
  t.match(stopped.output(), /^probe: stopped$/m);
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
    const command = [process.execPath, 'services/operator/main.ts', 'probe', '--lab'];
    const asked = runCommand(process.cwd(), command, { ...nothing, AWS_REGION: region });
    t.equal(await asked.exit, 2, region);
    t.equal(asked.output().trim().split('\n').at(-1), said, region);
  }
});
