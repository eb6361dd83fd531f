import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

export const FFMPEG = '/usr/bin/ffmpeg';
const BYTES_PER_SECOND = 2_000_000;

/** A film of a test picture, padded to a constant rate, so that a browser cannot hold all of it. */
export function makeFilm(file: string, seconds: number): void {
  const source = ['-f', 'lavfi', '-i', `testsrc2=s=320x180:r=25`, '-t', String(seconds)];
  const rate = ['-b:v', '17M', '-minrate', '17M', '-maxrate', '17M', '-bufsize', '17M'];
  const coding = '-c:v libx264 -preset ultrafast -x264-params nal-hrd=cbr -pix_fmt yuv420p'.split(' ');
  execFileSync(FFMPEG, ['-v', 'error', ...source, ...coding, ...rate, '-movflags', '+faststart', file]);
  const { size } = statSync(file);
  if (size < seconds * BYTES_PER_SECOND) throw new Error(`the film has ${size} bytes only`);
}

interface Teardown {
  teardown(fn: () => void): void;
}

/**
 * Puts a file into the bucket of a stack, as if a person had uploaded it.
 * @param directory of the stack
 */
export async function putFile(
  t: Teardown,
  directory: string,
  { key, type, body, size }: { key: string; type: string; body: Readable | Uint8Array; size: number },
): Promise<void> {
  const { endpoint, ...credentials } = JSON.parse(readFileSync(join(directory, 's3.json'), 'utf8'));
  const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  t.teardown(() => s3.destroy());
  await s3.send(
    new PutObjectCommand({
      Bucket: 'gateway-files',
      Key: key,
      Body: body,
      ContentLength: size,
      ContentType: type,
    }),
  );
}
