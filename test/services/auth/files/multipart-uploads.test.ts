import t from 'tap';
import { BUCKET, s3Client, startS3 } from '../../local/support/local-s3.ts';
import { lostAnswersSuite } from '../support/lost-answers-suite.ts';

const { store, port } = await startS3();
t.teardown(() => store.close());
const s3 = s3Client(port);
t.teardown(() => s3.destroy());

await lostAnswersSuite(t, { s3, bucketName: BUCKET, bucketUrl: `http://localhost:${port}/${BUCKET}` });
