import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import type { TestKey } from '../../../support/local-values.ts';
import { missing } from '../../../support/missing.ts';

const run = promisify(execFile);

export type Hash = 'SHA1' | 'SHA256';

/** The input of a signer: with `policy` a custom policy, otherwise a canned policy for the URL. */
export interface Wish {
  url: string;
  policy?: string;
  key: TestKey;
  hash: Hash;
  untilEpoch: number;
}

/** A program from outside this project. */
export interface Signer {
  name: string;
  skip: string | false;
  keys: readonly ('rsa' | 'ec')[];
  hashes: readonly Hash[];
  /** Makes the signed URL, if the program makes signed URLs. */
  url?(wish: Wish): Promise<string>;
  /** Makes the Cookie header, if the program makes cookies. */
  cookie?(wish: Wish): Promise<string>;
}

/** @param directory the place for keys and scripts of the signers */
export function independentSigners(directory: string): Signer[] {
  return [awsCommandLine(directory), boto3(directory), sdk(), openssl(directory)];
}

function keyFile(directory: string, { keyPairId, privateKey }: TestKey, type: 'pkcs1' | 'pkcs8'): string {
  const file = join(directory, `${keyPairId}-${type}.pem`);
  const isRsa = privateKey.asymmetricKeyType === 'rsa';
  const pem = privateKey.export({ type: isRsa ? type : 'pkcs8', format: 'pem' });
  writeFileSync(file, pem, { mode: 0o600 });
  return file;
}

const isoTime = (epochSeconds: number) => new Date(epochSeconds * 1_000).toISOString();

function cookieHeader(parameters: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return pairs.map(([name, value]) => `${name}=${value}`).join('; ');
}

/** Reads PKCS#1 only, and makes its own custom policy if a policy has more than an end. */
function awsCommandLine(directory: string): Signer {
  return {
    name: 'the AWS command line',
    skip: missing('/usr/bin/aws'),
    keys: ['rsa'],
    hashes: ['SHA1'],
    async url({ url, policy, key, untilEpoch }) {
      const { stdout } = await run('/usr/bin/aws', [
        ...['cloudfront', 'sign', '--url', url, '--key-pair-id', key.keyPairId],
        ...['--private-key', `file://${keyFile(directory, key, 'pkcs1')}`],
        ...['--date-less-than', isoTime(untilEpoch)],
        ...(policy
          ? ['--date-greater-than', isoTime(untilEpoch - 4_500), '--ip-address', '127.0.0.0/8']
          : []),
      ]);
      return stdout.trim();
    },
  };
}

/** The script that AWS and many articles show. Cookies consist of the same parts. */
const BOTO3_SCRIPT = `
import sys
from datetime import datetime, timezone
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from botocore.signers import CloudFrontSigner
kind, key_file, key_id, url, policy, until = sys.argv[1:7]
def signer(message):
    with open(key_file, 'rb') as file:
        key = serialization.load_pem_private_key(file.read(), password=None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(hashes.SHA1()))
    return key.sign(message, padding.PKCS1v15(), hashes.SHA1())
cloudfront = CloudFrontSigner(key_id, signer)
end = datetime.fromtimestamp(int(until), timezone.utc)
if kind == 'url' and policy:
    print(cloudfront.generate_presigned_url(url, policy=policy))
elif kind == 'url':
    print(cloudfront.generate_presigned_url(url, date_less_than=end))
else:
    text = (policy or cloudfront.build_policy(url, end)).encode('utf8')
    encode = lambda data: cloudfront._url_b64encode(data).decode('utf8')
    first = 'CloudFront-Policy=' + encode(text) if policy else 'CloudFront-Expires=' + until
    print('; '.join([first, 'CloudFront-Signature=' + encode(signer(text)), 'CloudFront-Key-Pair-Id=' + key_id]))
`;

function boto3(directory: string): Signer {
  const script = join(directory, 'sign.py');
  writeFileSync(script, BOTO3_SCRIPT);
  const signed = async (kind: 'url' | 'cookie', { url, policy = '', key, untilEpoch }: Wish) => {
    const file = keyFile(directory, key, 'pkcs8');
    const { stdout } = await run('/usr/bin/python3', [
      ...[script, kind, file, key.keyPairId, url, policy, String(untilEpoch)],
    ]);
    return stdout.trim();
  };
  return {
    name: "boto3's CloudFrontSigner",
    skip: missing('/usr/lib/python3/dist-packages/boto3/__init__.py'),
    keys: ['rsa', 'ec'],
    hashes: ['SHA1'],
    url: (wish) => signed('url', wish),
    cookie: (wish) => signed('cookie', wish),
  };
}

function sdk(): Signer {
  const common = ({ key, hash }: Wish) => ({
    keyPairId: key.keyPairId,
    privateKey: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    algorithm: hash,
  });
  return {
    name: '@aws-sdk/cloudfront-signer',
    skip: false,
    keys: ['rsa', 'ec'],
    hashes: ['SHA1', 'SHA256'],
    async url(wish) {
      const { url, policy, untilEpoch } = wish;
      if (policy !== undefined) return getSignedUrl({ ...common(wish), url, policy });
      return getSignedUrl({ ...common(wish), url, dateLessThan: isoTime(untilEpoch) });
    },
    async cookie(wish) {
      const { url, policy, untilEpoch } = wish;
      if (policy !== undefined) return cookieHeader({ ...getSignedCookies({ ...common(wish), policy }) });
      return cookieHeader({
        ...getSignedCookies({ ...common(wish), url, dateLessThan: isoTime(untilEpoch) }),
      });
    },
  };
}

/**
 * AWS's recipe for a shell (DG: Create a signature for a signed cookie that uses a custom policy, and its siblings).
 */
const RECIPE = `printf %s "$POLICY" | openssl dgst -"$HASH" -sign "$KEY_FILE" | openssl base64 -A | tr -- '+=/' '-_~'`;
const ENCODE = `printf %s "$POLICY" | openssl base64 -A | tr -- '+=/' '-_~'`;

function openssl(directory: string): Signer {
  const parts = async ({ url, policy, key, hash, untilEpoch }: Wish) => {
    const canned = `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${untilEpoch}}}}]}`;
    const env = {
      PATH: '/usr/bin:/bin',
      POLICY: policy ?? canned,
      HASH: hash.toLowerCase(),
      KEY_FILE: keyFile(directory, key, 'pkcs8'),
    };
    const shell = async (command: string) => (await run('/bin/sh', ['-c', command], { env })).stdout;
    return {
      ...(policy === undefined ? { Expires: String(untilEpoch) } : { Policy: await shell(ENCODE) }),
      Signature: await shell(RECIPE),
      'Key-Pair-Id': key.keyPairId,
      ...(hash === 'SHA1' ? {} : { 'Hash-Algorithm': hash }),
    };
  };
  return {
    name: 'OpenSSL and a shell',
    skip: missing('/usr/bin/openssl'),
    keys: ['rsa', 'ec'],
    hashes: ['SHA1', 'SHA256'],
    async url(wish) {
      const query = new URLSearchParams(await parts(wish)).toString();
      return `${wish.url}${wish.url.includes('?') ? '&' : '?'}${query.replaceAll('%7E', '~')}`;
    },
    async cookie(wish) {
      const pairs = Object.entries(await parts(wish)).map(([name, value]) => [`CloudFront-${name}`, value]);
      return cookieHeader(Object.fromEntries(pairs));
    },
  };
}
