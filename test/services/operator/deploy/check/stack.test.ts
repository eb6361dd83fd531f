import t from 'tap';
import { checkBucket } from '../../../../../services/operator/deploy/check/stack.ts';

const MADE = 'cloudfrontcookiegateway-filesd3f2ec95-9hmnxrakbxtv';
const OUT = 'leave bucketName out, as before';
const SET = 'set bucketName to files, as before';

for (const [bucketName, there, what, stackName = 'CloudFrontCookieGateway'] of [
  [undefined, MADE, undefined],
  ['files', 'files', undefined],
  [MADE, MADE, undefined],
  ['files', MADE, OUT],
  ['other', 'files', SET],
  [undefined, 'files', SET],
  [undefined, 'cloudfrontcookiegateway-files', 'set bucketName to cloudfrontcookiegateway-files, as before'],
  [undefined, `of-${MADE}`, `set bucketName to of-${MADE}, as before`],
  [undefined, `${MADE}-2`, `set bucketName to ${MADE}-2, as before`],
  // CloudFormation keeps 24 characters of the stack's name.
  [
    undefined,
    'cloudfrontcookiegatewayo-filesd3f2ec95-9hmnxrakbxtv',
    undefined,
    'CloudFrontCookieGatewayOfMine',
  ],
] as const) {
  t.test(`bucketName ${bucketName} while the bucket is ${there}: ${what ?? 'it stays'}`, (t) => {
    const subject = {
      values: bucketName === undefined ? {} : { bucketName },
      stackName,
      place: { account: '123456789012', region: 'eu-central-1' },
      hosts: { isDomain: false },
    };
    const stack = { status: 'UPDATE_COMPLETE', meaning: 'up', outputs: { BucketName: there } } as const;
    t.strictSame(
      checkBucket(subject, stack).map((finding) => finding.do),
      what === undefined ? [] : [what],
    );
    t.strictSame(checkBucket(subject, { ...stack, meaning: 'never made' }), []);
    t.strictSame(checkBucket(subject, undefined), []);
    t.end();
  });
}
