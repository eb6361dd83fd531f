import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { clientOf, noCeph, startCeph } from '../../../support/ceph.ts';
import { Bucket } from '../support/local-s3.ts';
import { askAll } from '../support/version-questions.ts';

t.test('Ceph answers as the local S3 does, but for what it lacks', { skip: noCeph }, async (t) => {
  const s3 = clientOf(t, await startCeph(t));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  for (const [[name, , answer, lack], given] of await askAll(s3, Bucket)) {
    if (lack === undefined) t.equal(given, answer, name);
    else t.not(given, answer, `${name}: ${lack}`);
  }
});
