import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import { toEpochSeconds } from '../../core/epoch-seconds.ts';
import { signedPolicy } from '../../core/policy-signer.ts';
import { parseUserId, type UserId } from '../../core/user-id.ts';
import { createCookieIssuer } from '../../services/auth/cookies/issuer.ts';
import { createKeySigner } from '../../services/auth/cookies/key-signer.ts';
import { missing } from '../support/missing.ts';
import { amount, type BenchResult, compare, type Goal, inTurns, type Rounds } from './support/measure.ts';
import { COMPARED } from './support/programs.ts';

const ROUNDS = 7;
const ROUND_MS = amount(400, 50);
const OPENSSL = '/usr/bin/openssl';
const PYTHON = '/usr/bin/python3';
const BOTO3 = fileURLToPath(new URL('support/boto3-signer.py', import.meta.url));
const FILES_ORIGIN = 'https://files.app.example.com';
const START = toEpochSeconds(Date.now()) - 3_600;
const IDS = Array.from({ length: 4_096 }, (_, index) => parseUserId(`user-${index}`));

type Contender = [name: string, round: () => Promise<number> | number, goal?: Goal];

/**
 * Cookie sets signed per second on one core, compared with the SDKs and OpenSSL. The policy is built anew for each
 * user. Rounds of all contenders take turns, so that other work affects each alike. Seconds are CPU time of the process
 * that signs.
 */
export async function run(): Promise<BenchResult[]> {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const signer = createKeySigner({ keyPairId: 'K', privateKey: ec });
  const origins = { appOrigin: 'https://app.example.com', filesOrigin: FILES_ORIGIN };
  const issuer = createCookieIssuer({ ...origins, cookieLifetimeSeconds: 900, signer });
  const start = toEpochSeconds(START * 1_000);
  const pem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
  const bySdk = (id: UserId) => getSignedCookies({ policy: policyOf(id), keyPairId: 'K', privateKey: pem });
  const byNode = createCookieIssuer({
    ...origins,
    cookieLifetimeSeconds: 900,
    signer: {
      sign: async (policy) =>
        signedPolicy(policy, sign('sha256', Buffer.from(policy), ec), {
          keyPairId: 'K',
          hashAlgorithm: 'SHA256',
        }),
    },
  });
  const contenders: Contender[] = [
    ['createCookieIssuer, P-256', () => perSecond((id) => issuer.issue({ id, start }))],
    ['SDK as documented: PEM, RSA-2048', () => perSecond(bySdk), { atLeast: 10 }],
    [
      'the same with a signer that calls node:crypto',
      () => perSecond((id) => byNode.issue({ id, start })),
      { atLeast: 0.65 },
    ],
  ];
  const others: [files: string[], Contender][] = [
    [COMPARED.boto3, ['boto3, CloudFrontSigner with a parsed RSA-2048 key', () => boto3Round(pem)]],
    [COMPARED.openssl, ['openssl speed ecdsap256, signatures alone', opensslRound]],
  ];
  for (const [files, contender] of others) {
    const lacking = missing(...files);
    if (lacking) console.log(`skipped: ${contender[0]}: ${lacking}`);
    else contenders.push(contender);
  }
  const rounds = await inTurns(
    contenders.map(([, round]) => round),
    ROUNDS,
  );
  const [ours = ['', []], ...theirs] = contenders.map(
    ([name, , goal], index): Rounds => [name, rounds[index] ?? [], goal],
  );
  return [compare(['cookie sets signed', 'sets per second and core'], ours, ...theirs)];
}

/** Built with JSON.stringify, as in the SDK's documentation. */
function policyOf(id: UserId): string {
  const Condition = {
    DateLessThan: { 'AWS:EpochTime': Math.floor(Date.now() / 1_000) + 900 },
    DateGreaterThan: { 'AWS:EpochTime': START },
  };
  return JSON.stringify({ Statement: [{ Resource: `${FILES_ORIGIN}/users/${id}/*`, Condition }] });
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
