import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { noCeph, startCeph } from '../../../support/ceph.ts';
import { sweepSuite } from '../../../support/sweep-suite.ts';

// More objects than S3 lists at once.
t.test('every version of every object below a prefix goes, on Ceph', { skip: noCeph }, async (t) => {
  const { endpoint, ...credentials } = await startCeph(t);
  const s3 = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  t.teardown(() => s3.destroy());
  const bucketName = 'gateway-files';
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucketName, VersioningConfiguration }));
  await sweepSuite(t, { s3, bucketName }, { isVersioned: true, many: 1_050 });
});
