import { isDeepStrictEqual } from 'node:util';
import { KMS } from '@aws-sdk/client-kms';
import { S3 } from '@aws-sdk/client-s3';
import { bucketRules } from '@cloudfront-cookie-gateway/infra/bucket-rules';
import { errorName, type Finding, look } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import type { StackState } from '../aws/stacks.ts';
import type { Subject } from './subject.ts';

const RIGHTS = 'the rights of the statement ExistingBucket (docs/deploy.policies.json)';

/**
 * Checks a bucket that a person already has (`bucketName`): the stack writes nothing to it, so everything that the stack
 * would give a bucket of its own must be there. Its policy names the distribution, so it can only be complete once the
 * stack is up.
 */
export async function checkExistingBucket(
  { values, place }: Subject,
  stack: StackState | undefined,
): Promise<Finding[]> {
  const { bucketName } = values;
  if (bucketName === undefined) return [];
  const value = 'bucketName';
  return look({ value }, RIGHTS, async () => {
    try {
      const bucket = await readBucket(bucketName, place.region);
      const faults = [...accessFaults(bucket, values), ...lifecycleFaults(bucket, values)].map(
        ([problem, what]) => ({ value, problem: `the bucket ${problem}`, do: what }),
      );
      return [...faults, ...missingStatements(value, stack?.outputs['BucketPolicy'], bucket.policy)];
    } catch (error) {
      if (!['NoSuchBucket', 'NotFound', 'PermanentRedirect'].includes(errorName(error))) throw error;
      const problem = `there is no bucket ${bucketName} in ${place.region}`;
      return [{ value, problem, do: 'correct it, or remove it: the stack then makes a bucket' }];
    }
  });
}

/** What the bucket has. A part is undefined if it has nothing of the kind. */
async function readBucket(Bucket: string, region: string) {
  const s3 = new S3({ ...CALLS, region });
  const known = <T>(answer: Promise<T>): Promise<T | undefined> =>
    answer.catch((error: unknown) => {
      if (/^NoSuch(?!Bucket$)|NotFoundError$/.test(errorName(error))) return undefined;
      throw error;
    });
  const [access, versioning, lifecycle, cors, encryption, notifications, policy] = await Promise.all([
    known(s3.getPublicAccessBlock({ Bucket })),
    s3.getBucketVersioning({ Bucket }),
    known(s3.getBucketLifecycleConfiguration({ Bucket })),
    known(s3.getBucketCors({ Bucket })),
    known(s3.getBucketEncryption({ Bucket })),
    s3.getBucketNotificationConfiguration({ Bucket }),
    known(s3.getBucketPolicy({ Bucket })),
  ]);
  const [encrypted] = encryption?.ServerSideEncryptionConfiguration?.Rules ?? [];
  return {
    access: access?.PublicAccessBlockConfiguration,
    isVersioned: versioning.Status === 'Enabled',
    lifecycle: (lifecycle?.Rules ?? []).filter(({ Status }) => Status === 'Enabled'),
    cors: cors?.CORSRules ?? [],
    encryption: encrypted?.ApplyServerSideEncryptionByDefault,
    hasEvents: notifications.EventBridgeConfiguration !== undefined,
    policy: policy?.Policy,
  };
}

type Bucket = Awaited<ReturnType<typeof readBucket>>;
type Values = Subject['values'];
type BucketFault = [problem: string, what: string];

/** Who may read and write, with which key, and who hears of it. */
function accessFaults({ access, cors, encryption, hasEvents }: Bucket, values: Values): BucketFault[] {
  const { bucketName, appOrigin = '', keepDeletedDays = 0 } = values;
  const faults: BucketFault[] = [];
  const closed = {
    ...{ BlockPublicAcls: true, IgnorePublicAcls: true },
    ...{ BlockPublicPolicy: true, RestrictPublicBuckets: true },
  };
  if (!isDeepStrictEqual({ ...access }, closed)) {
    const command = `aws s3api put-public-access-block --bucket ${bucketName} --public-access-block-configuration`;
    faults.push(['does not block all public access', `${command} '${JSON.stringify(closed)}'`]);
  }
  const ofS3 = 'a key of S3';
  const { SSEAlgorithm, KMSMasterKeyID } = encryption ?? {};
  const used = SSEAlgorithm?.startsWith('aws:kms') ? (KMSMasterKeyID ?? SSEAlgorithm) : ofS3;
  const { kmsKeyArn = ofS3 } = values;
  if (!kmsKeyArn.endsWith(used)) {
    const problem = `encrypts with ${used}, not with ${kmsKeyArn}`;
    faults.push([problem, 'set its default encryption to that key, or correct kmsKeyArn']);
  }
  const rule = bucketRules({ appOrigin, keepDeletedDays }).cors;
  if (!cors.some((one) => holds(one, rule)))
    faults.push([`lets no page of ${appOrigin} upload`, `add to its CORS rules: ${JSON.stringify(rule)}`]);
  const needsEvents = values.events === true || values.scan !== undefined || Boolean(values.backup);
  if (needsEvents && !hasEvents) {
    const what = 'switch it on (console: Properties, Event notifications, Amazon EventBridge)';
    faults.push(['does not tell EventBridge of its files', what]);
  }
  return faults;
}

/** How long files and their versions stay. */
function lifecycleFaults({ isVersioned, lifecycle }: Bucket, values: Values): BucketFault[] {
  const { bucketName, appOrigin = '', keepDeletedDays = 0 } = values;
  const faults: BucketFault[] = [];
  const isKept = keepDeletedDays > 0;
  if (isVersioned !== isKept) {
    const problem = isVersioned
      ? 'keeps versions, though keepDeletedDays is 0'
      : 'keeps no versions, so keepDeletedDays has no effect';
    const configuration = JSON.stringify({ Status: isKept ? 'Enabled' : 'Suspended' });
    const command = `aws s3api put-bucket-versioning --bucket ${bucketName} --versioning-configuration`;
    faults.push([problem, `${command} '${configuration}'`]);
  }
  const { unfinished, deleted } = bucketRules({ appOrigin, keepDeletedDays });
  for (const [index, rule] of [unfinished, ...(isKept ? [deleted] : [])].entries()) {
    if (lifecycle.some((one) => isOfAll(one) && holds(one, rule))) continue;
    const line = JSON.stringify({ ID: `gateway-${index + 1}`, Status: 'Enabled', Filter: {}, ...rule });
    const problem = `has no lifecycle rule ${Object.keys(rule)[0]} as the trash needs it`;
    faults.push([problem, `add to its lifecycle rules: ${line}`]);
  }
  const expiring = lifecycle.find(({ Expiration }) => Expiration?.Days ?? Expiration?.Date);
  if (expiring) {
    const problem = `deletes files that are in use, by its lifecycle rule ${expiring.ID}`;
    faults.push([problem, 'remove Expiration from this rule, or the rule']);
  }
  return faults;
}

/** Checks the key of the files (`kmsKeyArn`): it can encrypt, and its policy lets CloudFront decrypt. */
export async function checkFilesKey(
  { values, place }: Subject,
  stack: StackState | undefined,
): Promise<Finding[]> {
  const { kmsKeyArn: KeyId } = values;
  if (KeyId === undefined) return [];
  const value = 'kmsKeyArn';
  return look({ value }, 'kms:DescribeKey and kms:GetKeyPolicy', async () => {
    const kms = new KMS({ ...CALLS, region: place.region });
    try {
      const { KeyMetadata: key } = await kms.describeKey({ KeyId });
      if (key?.KeySpec !== 'SYMMETRIC_DEFAULT' || key.KeyState !== 'Enabled') {
        const problem = `the key is ${key?.KeySpec} and ${key?.KeyState}, not SYMMETRIC_DEFAULT and Enabled`;
        return [
          { value, problem, do: 'name another key, or remove it: S3 then encrypts with a key of its own' },
        ];
      }
      const { Policy } = await kms.getKeyPolicy({ KeyId, PolicyName: 'default' });
      return missingStatements(value, stack?.outputs['KeyPolicy'], Policy);
    } catch (error) {
      if (errorName(error) !== 'NotFoundException') throw error;
      return [{ value, problem: 'no key has this ARN', do: 'correct it, or remove it' }];
    }
  });
}

/**
 * @param printed the statements that the stack has printed; undefined before it is up
 * @param policy that of the bucket or of the key
 */
function missingStatements(
  value: string,
  printed: string | undefined,
  policy: string | undefined,
): Finding[] {
  const output = value === 'bucketName' ? 'BucketPolicy' : 'KeyPolicy';
  if (printed === undefined) {
    const problem = 'no policy lets the distribution read yet, since there is no distribution';
    return [
      {
        value,
        problem,
        do: `after the deployment, add the statements of its output ${output}`,
        isNote: true,
      },
    ];
  }
  const there = statementsOf(policy ?? '{}');
  const wanted = statementsOf(printed);
  const without = (some: unknown[], others: unknown[]) =>
    some
      .filter((statement) => !others.some((one) => isDeepStrictEqual(inOneForm(one), inOneForm(statement))))
      .map((statement) => JSON.stringify(statement));
  const missing = without(wanted, there).map((text) => {
    return { value, problem: 'a statement is missing in its policy', do: `add ${text}` };
  });
  if (value === 'kmsKeyArn') return missing;
  // An older statement would, for example, also let the distribution read what was not scanned.
  const [distribution = ''] = /arn:[^"]+:distribution\/\w+/.exec(printed) ?? [];
  const isOfOurs = (text: string) => text.includes('"Allow"') && text.includes(`"${distribution}"`);
  const problem = 'a statement lets the distribution do more than it may';
  const more = without(there, wanted).filter(isOfOurs);
  return [...missing, ...more.map((text) => ({ value, problem, do: `remove ${text}` }))];
}

/** @param text a policy, or only its statements */
function statementsOf(text: string): unknown[] {
  const policy: unknown = JSON.parse(text);
  return Array.isArray(policy) ? policy : [Object(policy).Statement ?? []].flat();
}

/** A statement without its name, and with lists in one order. IAM takes a list of one text as the text. */
function inOneForm(statement: unknown): unknown {
  const { Sid: _, ...rest } = Object(statement);
  return JSON.parse(JSON.stringify(rest), (_name, part) => {
    if (!Array.isArray(part)) return part;
    return part.length === 1 ? part[0] : part.toSorted();
  });
}

/** Whether a rule has at least what another one has. */
function holds(rule: object, wanted: object): boolean {
  return Object.entries(wanted).every(([name, part]) => {
    const given: unknown = Object(rule)[name];
    if (Array.isArray(part)) return part.every((one) => Array.isArray(given) && given.includes(one));
    return typeof part === 'object'
      ? typeof given === 'object' && given !== null && holds(given, part)
      : given === part;
  });
}

function isOfAll({
  Filter,
  Prefix = '',
}: {
  Filter?: object | undefined;
  Prefix?: string | undefined;
}): boolean {
  return (
    Prefix === '' &&
    [undefined, ''].includes(Object(Filter).Prefix) &&
    Object.keys({ ...Filter }).every((name) => name === 'Prefix')
  );
}
