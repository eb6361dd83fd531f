import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { type FileList, parseJson, png, signIn } from '../support/client.ts';
import { missing } from '../support/missing.ts';
import { startTestStack, temporaryDirectory } from '../support/test-stack.ts';

const run = promisify(execFile);
const stack = await startTestStack(t);
const alice = await signIn(stack, 'alice');
const bytes = png('signed elsewhere');
const { url } = await alice.upload({ name: '請求書 1.png', type: 'image/png', bytes });
const keys = join(stack.directory, 'keys');
const rsaFile =
  readdirSync(keys).find(
    (file) =>
      file.endsWith('.pem') && createPrivateKey(readFileSync(join(keys, file))).asymmetricKeyType === 'rsa',
  ) ?? '';
const rsaId = rsaFile.replace('.pem', '');

/** The script that AWS and many articles show, with its three settings at the top. */
const BOTO3_SCRIPT = `
import datetime, sys
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from botocore.signers import CloudFrontSigner
key_file, key_id, url = sys.argv[1:4]
def rsa_signer(message):
    with open(key_file, 'rb') as file:
        private_key = serialization.load_pem_private_key(file.read(), password=None, backend=default_backend())
    return private_key.sign(message, padding.PKCS1v15(), hashes.SHA1())
expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=30)
print(CloudFrontSigner(key_id, rsa_signer).generate_presigned_url(url, date_less_than=expires))
`;

async function opens(t: Test, signed: string): Promise<void> {
  const response = await fetch(signed);
  t.equal(response.status, 200);
  t.strictSame(new Uint8Array(await response.arrayBuffer()), bytes);
  const elsewhere = signed.replace(new URL(url).pathname, `/users/${alice.id}/other.png`);
  t.equal((await fetch(elsewhere)).status, 403, 'for that file only');
}

t.test(
  "the article's boto3 script prints a URL that opens",
  { skip: missing('/usr/lib/python3/dist-packages/boto3/__init__.py') },
  async (t) => {
    const script = join(temporaryDirectory(t), 'sign.py');
    writeFileSync(script, BOTO3_SCRIPT);
    const { stdout } = await run('/usr/bin/python3', [script, join(keys, rsaFile), rsaId, url]);
    await opens(t, stdout.trim());
  },
);

t.test('npm run gateway -- sign-url prints the URL and nothing else', async (t) => {
  const { stdout } = await run(
    process.execPath,
    ['services/operator/main.ts', 'sign-url', new URL(url).pathname],
    {
      env: {
        ...process.env,
        FILES_ORIGIN: stack.filesOrigin,
        KEY_PAIR_ID: rsaId,
        SIGNING_KEY_FILE: join(keys, rsaFile),
      },
    },
  );
  t.equal(stdout.split('\n').length, 2);
  await opens(t, stdout.trim());
});

t.test('a file put with aws s3 cp is listed and shown', { skip: missing('/usr/bin/aws') }, async (t) => {
  const { endpoint, accessKeyId, secretAccessKey } = JSON.parse(
    readFileSync(join(stack.directory, 's3.json'), 'utf8'),
  );
  const file = join(temporaryDirectory(t), 'from-the-shell.png');
  writeFileSync(file, bytes);
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: stack.directory,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  const aws = (...args: string[]) =>
    run('/usr/bin/aws', ['--endpoint-url', endpoint, 's3', ...args], { env });
  await aws('cp', file, `s3://gateway-files/users/${alice.id}/殻から.png`);
  const { files } = await parseJson<FileList>(await alice.request(`${stack.appOrigin}/api/files`));
  const listed = files.find(({ name }) => name === '殻から.png');
  const response = await alice.request(listed?.url ?? '');
  t.equal(response.status, 200);
  t.equal(response.headers.get('content-type'), 'image/png');
  t.strictSame(new Uint8Array(await response.arrayBuffer()), bytes);
  t.match((await aws('ls', `s3://gateway-files/users/${alice.id}/`)).stdout, '殻から.png');
});
