import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { noCeph, type RealS3, startCeph } from '../../../support/ceph.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { BUCKET, OPERATOR, REGION, startS3 } from '../support/local-s3.ts';

const run = promisify(execFile);
const missing = ['aws', 'rclone', 's3cmd'].filter((name) => !existsSync(`/usr/bin/${name}`));
const noTools =
  missing.length > 0 ? `needs ${missing.join(', ')} in /usr/bin (Debian: awscli, rclone, s3cmd)` : false;

t.setTimeout(600_000);

interface Place {
  home: string;
  s3: RealS3;
  /** Files: small ones in `tree/`, one with an odd name, and one large enough for an upload and a copy in parts. */
  tree: string;
  odd: string;
  big: string;
}

const BIG_BYTES = 17 * 1024 * 1024;

function placeOf(t: Test, s3: RealS3): Place {
  const home = temporaryDirectory(t);
  const [tree, odd, big] = [join(home, 'tree'), join(home, "写真 it's+1.txt"), join(home, 'big.bin')];
  mkdirSync(join(tree, 'sub'), { recursive: true });
  for (const name of ['a', 'b', 'sub/c']) writeFileSync(join(tree, name), name);
  writeFileSync(odd, 'odd');
  writeFileSync(big, randomBytes(BIG_BYTES));
  return { home, s3, tree, odd, big };
}

function environmentOf({ home, s3 }: Place) {
  return {
    PATH: '/usr/bin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
  };
}

function toolOf(place: Place, name: string, options: string[]) {
  return async (...args: string[]): Promise<string> =>
    (await run(`/usr/bin/${name}`, [...options, ...args], { env: environmentOf(place) })).stdout;
}

/** What `/usr/bin/aws` does, for one line of arguments after another. Its start costs more than most commands. */
const MANY_AWS = `
import contextlib, io, json, sys
import awscli.clidriver
for line in sys.stdin:
    sys.argv = ['aws', *json.loads(line)]
    out = io.TextIOWrapper(io.BytesIO(), encoding='utf-8', write_through=True)
    with contextlib.redirect_stdout(out):
        status = awscli.clidriver.main()
    print(json.dumps([status, out.buffer.getvalue().decode()]), flush=True)
`;

function startAws(t: Test, place: Place) {
  const child = spawn('/usr/bin/python3', ['-c', MANY_AWS], { env: environmentOf(place) });
  t.teardown(() => child.kill());
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (...args: string[]): Promise<string> => {
    errors = '';
    child.stdin.write(`${JSON.stringify(['--endpoint-url', place.s3.endpoint, ...args])}\n`);
    const { value = '["no answer"]' } = await answers.next();
    const [status, stdout] = JSON.parse(value);
    if (status !== 0) throw new Error(`aws ${args.join(' ')}: ${status}: ${errors}`);
    return stdout;
  };
}

async function useAws(t: Test, place: Place): Promise<void> {
  const { home, tree, odd, big } = place;
  const aws = startAws(t, place);
  const folder = `s3://${BUCKET}/users/aws`;
  await aws('s3', 'cp', odd, `${folder}/`);
  await aws('s3', 'cp', big, `${folder}/big.bin`);
  await aws('s3', 'sync', tree, `${folder}/tree`);
  t.equal(await aws('s3', 'sync', tree, `${folder}/tree`), '', 'nothing is left to do');
  t.match(await aws('s3', 'ls'), BUCKET);
  t.match(await aws('s3', 'ls', `${folder}/`), /PRE tree\/\n/);
  await aws('s3', 'cp', `${folder}/big.bin`, `${folder}/copy.bin`);
  await aws('s3', 'mv', `${folder}/copy.bin`, `${folder}/moved.bin`);
  await aws('s3', 'mv', `${folder}/tree/a`, `${folder}/tree/z`);
  await aws('s3', 'cp', '--recursive', `${folder}/tree`, `${folder}/tree2`);
  await aws('s3', 'cp', `${folder}/moved.bin`, join(home, 'aws.bin'));
  t.ok(readFileSync(big).equals(readFileSync(join(home, 'aws.bin'))), 'the bytes are right');
  const listed = await aws('s3', 'ls', '--recursive', `${folder}/`);
  t.strictSame(listed.match(/(?<=users\/aws\/).*$/gm), [
    'big.bin',
    'moved.bin',
    'tree/b',
    'tree/sub/c',
    'tree/z',
    'tree2/b',
    'tree2/sub/c',
    'tree2/z',
    "写真 it's+1.txt",
  ]);
  const head = ['s3api', 'head-object', '--bucket', BUCKET, '--key', "users/aws/写真 it's+1.txt"];
  t.match(await aws(...head), 'text/plain');
  await aws('s3', 'rm', '--recursive', folder);
  t.equal(await aws('s3', 'ls', '--recursive', `s3://${BUCKET}`).catch(() => ''), '');
}

async function useRclone(t: Test, place: Place): Promise<void> {
  const { home, tree, odd, big, s3 } = place;
  const config = join(home, 'rclone.conf');
  const settings = ['type = s3', 'provider = Other', `endpoint = ${s3.endpoint}`, `region = ${REGION}`];
  const keys = [`access_key_id = ${s3.accessKeyId}`, `secret_access_key = ${s3.secretAccessKey}`];
  writeFileSync(config, ['[local]', ...settings, ...keys, 'acl = private', ''].join('\n'));
  const rclone = toolOf(place, 'rclone', ['--config', config, '--s3-upload-cutoff', '8M']);
  const folder = `local:${BUCKET}/users/rclone`;
  await rclone('copy', odd, folder);
  await rclone('copy', big, folder);
  await rclone('sync', tree, `${folder}/tree`);
  await rclone('check', tree, `${folder}/tree`);
  await rclone('moveto', `${folder}/tree/a`, `${folder}/tree/z`);
  await rclone('copyto', `${folder}/big.bin`, `${folder}/copy.bin`);
  await rclone('copy', `${folder}/copy.bin`, join(home, 'rclone'));
  t.ok(readFileSync(big).equals(readFileSync(join(home, 'rclone', 'copy.bin'))), 'the bytes are right');
  t.strictSame((await rclone('lsf', '-R', '--files-only', folder)).trim().split('\n').toSorted(), [
    'big.bin',
    'copy.bin',
    'tree/b',
    'tree/sub/c',
    'tree/z',
    "写真 it's+1.txt",
  ]);
  await rclone('touch', '--no-create', `${folder}/tree/b`);
  await rclone('purge', folder);
  t.equal(await rclone('lsf', '-R', `local:${BUCKET}`), '');
}

async function useS3cmd(t: Test, place: Place): Promise<void> {
  const { home, tree, odd, big, s3 } = place;
  const config = join(home, 's3cfg');
  const { host } = new URL(s3.endpoint);
  const settings = { host_base: host, host_bucket: host, use_https: 'False', bucket_location: REGION };
  const all = { ...settings, access_key: s3.accessKeyId, secret_key: s3.secretAccessKey };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(config, ['[default]', ...lines, ''].join('\n'));
  const s3cmd = toolOf(place, 's3cmd', ['-c', config, '--no-progress']);
  const folder = `s3://${BUCKET}/users/s3cmd`;
  await s3cmd('put', odd, `${folder}/`);
  await s3cmd('put', '--multipart-chunk-size-mb=6', big, `${folder}/big.bin`);
  await s3cmd('sync', `${tree}/`, `${folder}/tree/`);
  t.match(await s3cmd('ls'), BUCKET);
  await s3cmd('mv', `${folder}/tree/a`, `${folder}/tree/z`);
  await s3cmd('cp', `${folder}/big.bin`, `${folder}/copy.bin`);
  await s3cmd('get', `${folder}/copy.bin`, join(home, 's3cmd.bin'));
  t.ok(readFileSync(big).equals(readFileSync(join(home, 's3cmd.bin'))), 'the bytes are right');
  mkdirSync(join(home, 'back'));
  await s3cmd('sync', `${folder}/tree/`, `${join(home, 'back')}/`);
  t.strictSame(readdirSync(join(home, 'back')), ['b', 'sub', 'z']);
  const listed = await s3cmd('ls', '-r', `${folder}/`);
  t.strictSame(listed.match(/(?<=users\/s3cmd\/).*$/gm), [
    'big.bin',
    'copy.bin',
    'tree/b',
    'tree/sub/c',
    'tree/z',
    "写真 it's+1.txt",
  ]);
  await s3cmd('del', '-r', '--force', folder);
  t.equal(await s3cmd('ls', '-r', `s3://${BUCKET}`), '');
}

const TOOLS = [
  ['aws', useAws],
  ['rclone', useRclone],
  ['s3cmd', useS3cmd],
] as const;

t.test('against the local S3', { skip: noTools }, async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const s3 = { ...OPERATOR, endpoint: `http://localhost:${port}` };
  for (const [name, use] of TOOLS) await t.test(name, (t) => use(t, placeOf(t, s3)));
});

t.test('against Ceph', { skip: noTools || noCeph }, async (t) => {
  const s3 = await startCeph(t);
  for (const [name, use] of TOOLS) await t.test(name, (t) => use(t, placeOf(t, s3)));
});
