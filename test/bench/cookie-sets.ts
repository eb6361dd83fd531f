import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import { toEpochSeconds } from '../../core/epoch-seconds.ts';
import { parseUserId, type UserId } from '../../core/user-id.ts';
import { createKeySigner } from '../../services/auth/adapters/key-signer.ts';
import { createCookieIssuer } from '../../services/auth/cookie-issuer.ts';
import { missing } from '../support/missing.ts';
import { type BenchResult, type Goal, measurementOf } from './support/result.ts';

type SdkKey = Parameters<typeof getSignedCookies>[0]['privateKey'];

const ROUNDS = 7;
const ROUND_MS = 400;
const OPENSSL = '/usr/bin/openssl';
const PYTHON = '/usr/bin/python3';
const PYTHON_MODULES = ['botocore', 'cryptography'].map((name) => `/usr/lib/python3/dist-packages/${name}`);
const BOTO3 = fileURLToPath(new URL('support/boto3-signer.py', import.meta.url));
const FILES_ORIGIN = 'https://files.app.example.com';
const START = toEpochSeconds(Date.now()) - 3_600;
const IDS = Array.from({ length: 4_096 }, (_, index) => parseUserId(`user-${index}`));

interface Contender {
  name: string;
  goal?: Goal;
  /** Returns sets a second. */
  round: () => Promise<number> | number;
}

/**
 * Cookie sets signed per second on one core, compared with the SDKs and OpenSSL. The policy is built anew for each
 * user. Rounds of all contenders take turns, so that other work affects each alike. Seconds are CPU time of the process
 * that signs.
 */
export async function run(): Promise<BenchResult[]> {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const issuer = createCookieIssuer({
    appOrigin: 'https://app.example.com',
    filesOrigin: FILES_ORIGIN,
    cookieLifetimeSeconds: 900,
    signer: createKeySigner({ keyPairId: 'K', privateKey: ec }),
  });
  const start = toEpochSeconds(START * 1_000);
  const pem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
  const contenders: Contender[] = [
    {
      name: 'createCookieIssuer, P-256',
      round: () => perSecond((id) => issuer.issue({ id, start })),
    },
    {
      name: 'SDK as documented: PEM, RSA-2048',
      goal: { atLeast: 15 },
      round: () =>
        perSecond((id) => getSignedCookies({ policy: policyOf(id), keyPairId: 'K', privateKey: pem })),
    },
    {
      name: 'SDK with a parsed P-256 key',
      goal: { atLeast: 0.9 },
      round: () => {
        const privateKey = parseSdkKey(ec);
        return perSecond((id) =>
          getSignedCookies({ policy: policyOf(id), keyPairId: 'K', privateKey, algorithm: 'SHA256' }),
        );
      },
    },
    ...installed([PYTHON, ...PYTHON_MODULES], {
      name: 'boto3, CloudFrontSigner with a parsed RSA-2048 key',
      round: () => boto3Round(pem),
    }),
    ...installed([OPENSSL], { name: 'openssl speed ecdsap256, signatures alone', round: opensslRound }),
  ];
  const rates = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contender] of contenders.entries()) rates[index]?.push(await contender.round());
  }
  const [ours = measurementOf('', []), ...theirs] = contenders.map(({ name }, index) =>
    measurementOf(name, rates[index] ?? []),
  );
  const baselines = theirs.map((measurement, index) => {
    const goal = contenders[index + 1]?.goal;
    const ratio = Math.round((ours.median / measurement.median) * 100) / 100;
    return { ...measurement, ratio, ...(goal === undefined ? {} : { goal }) };
  });
  return [{ name: 'cookie sets signed', unit: 'sets per second and core', ours, baselines }];
}

/** The contender, if its files are installed. Otherwise none, with a message. */
function installed(files: string[], contender: Contender): Contender[] {
  const lacking = missing(...files);
  if (lacking) console.log(`skipped: ${contender.name}: ${lacking}`);
  return lacking ? [] : [contender];
}

/** Built with JSON.stringify, as in the SDK's documentation. */
function policyOf(id: UserId): string {
  return JSON.stringify({
    Statement: [
      {
        Resource: `${FILES_ORIGIN}/users/${id}/*`,
        Condition: {
          DateLessThan: { 'AWS:EpochTime': Math.floor(Date.now() / 1_000) + 900 },
          DateGreaterThan: { 'AWS:EpochTime': START },
        },
      },
    ],
  });
}

async function perSecond(sign: (id: UserId) => unknown): Promise<number> {
  const before = process.cpuUsage();
  const end = performance.now() + ROUND_MS;
  let sets = 0;
  while (performance.now() < end) {
    for (const id of IDS.slice(0, 64)) await sign(id);
    sets += 64;
  }
  const { user, system } = process.cpuUsage(before);
  return (sets / (user + system)) * 1_000_000;
}

function boto3Round(pem: string): number {
  const args = [BOTO3, FILES_ORIGIN, String(START), String(ROUND_MS)];
  return Number(execFileSync(PYTHON, args, { input: pem, encoding: 'utf8' }));
}

/** OpenSSL 3 prints `+F4:<n>:256:<signatures a second>:<verifications a second>`, in CPU time as well. */
function opensslRound(): number {
  const output = execFileSync(OPENSSL, ['speed', '-mr', '-seconds', '1', 'ecdsap256'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return Number(/^\+F4:\d+:256:([\d.]+):/m.exec(output)?.[1]);
}

/** The SDK passes its key to node:crypto unchanged, though its types say text. */
function parseSdkKey(key: KeyObject): SdkKey {
  return key as unknown as SdkKey;
}
