import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { BUCKET, OPERATOR, REGION, startS3 } from './local-s3.ts';

const AWS = '/usr/bin/aws';
const run = promisify(execFile);

t.test(
  'the AWS CLI copies, lists, synchronizes and removes',
  { skip: existsSync(AWS) ? false : `needs ${AWS} (Debian: awscli)` },
  async (t) => {
    const { store, port } = await startS3();
    t.teardown(() => store.close());
    const directory = mkdtempSync(join(tmpdir(), 'gateway-awscli-'));
    const aws = async (...args: string[]) => {
      const { stdout } = await run(AWS, ['--endpoint-url', `http://localhost:${port}`, ...args], {
        env: {
          PATH: '/usr/bin:/bin',
          HOME: directory,
          LANG: 'C.UTF-8',
          AWS_ACCESS_KEY_ID: OPERATOR.accessKeyId,
          AWS_SECRET_ACCESS_KEY: OPERATOR.secretAccessKey,
          AWS_DEFAULT_REGION: REGION,
        },
      });
      return stdout;
    };
    const small = join(directory, "写真 it's+1.txt");
    writeFileSync(small, 'small');
    // Above the CLI's threshold of 8 MB it uploads in parts.
    const big = join(directory, 'big.bin');
    writeFileSync(big, randomBytes(9 * 1024 * 1024));
    const tree = join(directory, 'tree');
    mkdirSync(tree);
    for (const name of ['a', 'b']) writeFileSync(join(tree, name), name);

    const folder = `s3://${BUCKET}/users/abc`;
    await aws('s3', 'cp', small, `${folder}/`);
    await aws('s3', 'cp', big, `${folder}/big.bin`);
    await aws('s3', 'sync', tree, `${folder}/tree`);
    t.match(await aws('s3', 'ls'), BUCKET);
    const listed = await aws('s3', 'ls', '--recursive', `${folder}/`);
    t.match(listed, /9437184 users\/abc\/big\.bin\n.*tree\/a\n.*tree\/b\n.*写真 it's\+1\.txt\n/s);
    t.match(await aws('s3', 'ls', `${folder}/`), 'PRE tree/');
    await aws('s3', 'cp', `${folder}/big.bin`, join(directory, 'back.bin'));
    t.ok(readFileSync(big).equals(readFileSync(join(directory, 'back.bin'))));
    t.equal(await aws('s3', 'sync', tree, `${folder}/tree`), '', 'nothing is left to do');
    await aws('s3', 'rm', '--recursive', `${folder}/tree`);
    await aws('s3', 'rm', `${folder}/big.bin`);
    t.equal((await aws('s3', 'ls', '--recursive', `s3://${BUCKET}`)).split('\n').length, 2);
    t.match(
      await aws('s3api', 'head-object', '--bucket', BUCKET, '--key', "users/abc/写真 it's+1.txt"),
      'text/plain',
    );
  },
);
