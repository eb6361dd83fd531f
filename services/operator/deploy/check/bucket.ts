import { isDeepStrictEqual } from 'node:util';
import { KMS } from '@aws-sdk/client-kms';
import { S3 } from '@aws-sdk/client-s3';
import { bucketRules } from '@cloudfront-cookie-gateway/infra/bucket-rules';
import { errorName, type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import type { StackState } from '../around/stacks.ts';
import type { Subject } from './subject.ts';

/** In docs/deploy.policies.json. */
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
  const { bucketName: Bucket, appOrigin = '', keepDeletedDays = 0 } = values;
  if (Bucket === undefined) return [];
  const value = 'bucketName';
  return look({ value }, RIGHTS, async () => {
    const s3 = new S3({ ...CALLS, region: place.region });
    const put = (command: string, json: object) =>
      `aws s3api ${command} --bucket ${Bucket} ${argument(json)}`;
    /** What S3 answers; undefined if the bucket has nothing of the kind. */
    const known = <T>(answer: Promise<T>): Promise<T | undefined> =>
      answer.catch((error: unknown) => {
        if (/^NoSuch(?!Bucket$)|NotFoundError$/.test(errorName(error))) return undefined;
        throw error;
      });
    try {
      const [access, versioning, lifecycle, cors, encryption, notifications, policy] = await Promise.all([
        known(s3.getPublicAccessBlock({ Bucket })),
        s3.getBucketVersioning({ Bucket }),
        known(s3.getBucketLifecycleConfiguration({ Bucket })),
        known(s3.getBucketCors({ Bucket })),
        known(s3.getBucketEncryption({ Bucket })),
        s3.getBucketNotificationConfiguration({ Bucket }),
        known(s3.getBucketPolicy({ Bucket })),
      ]);
      const findings: Finding[] = [];
      const need = (isThere: boolean, problem: string, what: string) => {
        if (!isThere) findings.push({ value, problem: `the bucket ${problem}`, do: what });
      };
      const closed = {
        ...{ BlockPublicAcls: true, IgnorePublicAcls: true },
        ...{ BlockPublicPolicy: true, RestrictPublicBuckets: true },
      };
      const isClosed = isDeepStrictEqual({ ...access?.PublicAccessBlockConfiguration }, closed);
      need(
        isClosed,
        'does not block all public access',
        put('put-public-access-block', { 'public-access-block-configuration': closed }),
      );
      const Status = keepDeletedDays > 0 ? 'Enabled' : 'Suspended';
      const isVersioned = versioning.Status === 'Enabled';
      need(
        isVersioned === keepDeletedDays > 0,
        isVersioned
          ? 'keeps versions, though keepDeletedDays is 0'
          : 'keeps no versions, so keepDeletedDays has no effect',
        put('put-bucket-versioning', { 'versioning-configuration': { Status } }),
      );
      const rules = bucketRules({ appOrigin, keepDeletedDays });
      const wanted = [rules.unfinished, ...(keepDeletedDays > 0 ? [rules.deleted] : [])];
      for (const [index, rule] of wanted.entries()) {
        const isThere = lifecycle?.Rules?.some(
          (one) => one.Status === 'Enabled' && isOfAll(one) && holds(one, rule),
        );
        const line = JSON.stringify({ ID: `gateway-${index + 1}`, Status: 'Enabled', Filter: {}, ...rule });
        need(
          isThere === true,
          `has no lifecycle rule ${Object.keys(rule)[0]} as the trash needs it`,
          `add to its lifecycle rules: ${line}`,
        );
      }
      const expiring = lifecycle?.Rules?.find(
        ({ Status, Expiration }) => Status === 'Enabled' && (Expiration?.Days ?? Expiration?.Date),
      );
      need(
        expiring === undefined,
        `deletes files that are in use, by its lifecycle rule ${expiring?.ID}`,
        'remove Expiration from this rule, or the rule',
      );
      const [first] = encryption?.ServerSideEncryptionConfiguration?.Rules ?? [];
      const { SSEAlgorithm, KMSMasterKeyID } = first?.ApplyServerSideEncryptionByDefault ?? {};
      const ofS3 = 'a key of S3';
      const used = SSEAlgorithm?.startsWith('aws:kms') ? (KMSMasterKeyID ?? SSEAlgorithm) : ofS3;
      const { kmsKeyArn = ofS3 } = values;
      need(
        kmsKeyArn.endsWith(used),
        `encrypts with ${used}, not with ${kmsKeyArn}`,
        'set its default encryption to that key, or correct kmsKeyArn',
      );
      const hasCors = cors?.CORSRules?.some((one) => holds(one, rules.cors));
      need(
        hasCors === true,
        `lets no page of ${appOrigin} upload`,
        `add to its CORS rules: ${JSON.stringify(rules.cors)}`,
      );
      const needsEvents = values.events === true || values.scan !== undefined || Boolean(values.backup);
      need(
        !needsEvents || notifications.EventBridgeConfiguration !== undefined,
        'does not tell EventBridge of its files',
        'switch on "Send notifications to Amazon EventBridge" (console: Properties, Event notifications)',
      );
      return [...findings, ...missingStatements(value, stack?.outputs['BucketPolicy'], policy?.Policy)];
    } catch (error) {
      if (!['NoSuchBucket', 'NotFound', 'PermanentRedirect'].includes(errorName(error))) throw error;
      const problem = `there is no bucket ${Bucket} in ${place.region}`;
      return [{ value, problem, do: 'correct it, or remove it: the stack then makes a bucket' }];
    }
  });
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

/** An option of the AWS command line. */
function argument(options: object): string {
  return Object.entries(options)
    .map(([name, json]) => `--${name} '${JSON.stringify(json)}'`)
    .join(' ');
}
