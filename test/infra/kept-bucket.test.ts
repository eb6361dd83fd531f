import t from 'tap';
import { bucketFault } from '../../infra/kept-bucket.ts';

const stackName = 'CloudFrontCookieGateway';
const MADE = 'cloudfrontcookiegateway-filesd3f2ec95-9hmnxrakbxtv';

t.test('the bucket of a deployed stack stays, or the values are refused', async (t) => {
  for (const [bucketName, there, fault] of [
    [undefined, MADE, undefined],
    ['files', 'files', undefined],
    [MADE, MADE, undefined],
    ['files', MADE, 'leave bucketName out, as before'],
    ['other', 'files', 'set bucketName to files, as before'],
    [undefined, 'files', 'set bucketName to files, as before'],
    [
      undefined,
      'cloudfrontcookiegateway-files',
      'set bucketName to cloudfrontcookiegateway-files, as before',
    ],
  ] as const) {
    t.equal(
      bucketFault({ stackName, bucketName }, there),
      fault,
      `${bucketName} while the bucket is ${there}`,
    );
  }
});
