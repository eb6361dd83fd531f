import { fileURLToPath } from 'node:url';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { largeMovesSuite } from './support/large-moves.ts';

const BODY = 'a film, film.mp4';

await largeMovesSuite(t, {
  size: BODY.length,
  authEntry: fileURLToPath(new URL('support/impatient-service.ts', import.meta.url)),
  async put({ s3, bucketName: Bucket }, Key) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: BODY, ContentType: 'video/mp4' }));
  },
});
