import { STS } from '@aws-sdk/client-sts';
import type { Place } from '@cloudfront-cookie-gateway/infra/values';
import { errorName, type Finding } from './finding.ts';

const CALL_MS = 20_000;
/** Options for every client. Each call ends in time, and a call that only reads is tried again. */
export const CALLS = {
  maxAttempts: 3,
  requestHandler: { requestTimeout: CALL_MS, throwOnRequestTimeout: true },
};

/** The values that belong to the stack's region. */
const OF_THE_REGION = ['secretArn', 'signingKmsKeyArn', 'appCertificateArn'];

/** The account and region that the values already name. */
export function placeOfValues(raw: Record<string, unknown>): Partial<Place> {
  const arns = [...OF_THE_REGION, 'filesCertificateArn'].flatMap((name) => {
    const [, region, account] = /^arn:aws:[a-z]+:([a-z0-9-]+):(\d{12}):/.exec(String(raw[name])) ?? [];
    return region ? [{ name, region, account }] : [];
  });
  const region = arns.find(({ name }) => OF_THE_REGION.includes(name))?.region;
  const account = arns[0]?.account;
  return { ...(account ? { account } : {}), ...(region ? { region } : {}) };
}

const ONLINE = 'is this machine online, and is the region correct? Then run it again';
const SIGN_IN = 'sign in to AWS in this shell (aws sso login, or AWS_PROFILE), then run it again';

function isOffline(error: unknown): boolean {
  const name = errorName(error);
  // The errors of a socket have names of capitals.
  return name === 'TimeoutError' || name === name.toUpperCase();
}

/** The account and region of the operator's credentials, or the reason why there are none. */
export async function findPlace(raw: Record<string, unknown>): Promise<Place | Finding> {
  const known = placeOfValues(raw);
  const sts = new STS({ ...CALLS, ...(known.region ? { region: known.region } : {}) });
  let region: string;
  try {
    region = await sts.config.region();
  } catch {
    return {
      resource: 'region',
      problem: 'no region is set',
      do: 'set AWS_REGION to the region of the stack',
    };
  }
  try {
    const { Account: account = '' } = await sts.getCallerIdentity({});
    if (known.account === undefined || known.account === account) return { account, region };
    return {
      resource: 'credentials',
      problem: `they belong to account ${account}, but the values name ${known.account}: nothing in AWS was checked`,
      do: 'use the credentials of that account (AWS_PROFILE), or correct the values',
    };
  } catch (error) {
    return {
      resource: 'credentials',
      problem: `AWS accepts no credentials of this shell (${errorName(error)}): certificates, secret, key, zone and stacks were not checked`,
      do: isOffline(error) ? ONLINE : SIGN_IN,
    };
  }
}
