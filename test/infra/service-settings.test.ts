import t from 'tap';
import { serviceSettings, settingsFault } from '../../infra/service-settings.ts';
import { parseStackValues } from '../../infra/values.ts';
import { ofType, PRODUCTION, templatesOf } from './support/production.ts';

const MADE = { TABLE_NAME: '', BUCKET_NAME: '', KEY_VALUE_STORE_ARN: '', KEY_PAIR_ID: '' };
const policyOf = (length: number) => ({ contentSecurityPolicy: 'x'.repeat(length) });

t.test('values that Lambda would refuse are named, the largest first', async (t) => {
  const fault = (changes: object) => {
    try {
      parseStackValues({ ...PRODUCTION, ...changes });
      return 'no fault';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  t.equal(
    fault(policyOf(5_000)),
    'contentSecurityPolicy is too long: the settings of the service have 5832 bytes, and Lambda takes 4096 (contentSecurityPolicy 5030, publicKeys 207, oidcIssuer 43)',
  );
  const emailDomains = Array.from({ length: 300 }, (_, index) => `domain-${index}.example.com`);
  t.equal(
    fault({ allow: { emailDomains } }),
    'allow is too long: the settings of the service have 7588 bytes, and Lambda takes 4096 (allow 6817, publicKeys 207, oidcIssuer 43)',
  );
  t.equal(
    fault({ allow: { emailDomains: emailDomains.slice(0, 100) }, ...policyOf(1_500) }),
    'allow is too long: the settings of the service have 4517 bytes, and Lambda takes 4096 (allow 2217, contentSecurityPolicy 1530, publicKeys 207)',
  );
});

t.test('what fits, fits, with the longest names that CloudFormation could make', async (t) => {
  const values = parseStackValues(PRODUCTION);
  let length = 3_000;
  while (settingsFault({ ...values, ...policyOf(length + 1) }) === undefined) length += 1;
  const [service] = ofType(templatesOf(policyOf(length)).gateway, 'AWS::Lambda::Function');
  const { Variables } = Object(service?.Properties['Environment']);
  const made = {
    TABLE_NAME: 'CloudFrontCookieGateway-Sessions8896A56D-1ABCDEFGHIJKL',
    BUCKET_NAME: 'b'.repeat(63),
    KEY_VALUE_STORE_ARN:
      'arn:aws:cloudfront::123456789012:key-value-store/0c0c0c0c-1111-2222-3333-444444444444',
    KEY_PAIR_ID: 'K2JCJMDEHXQW5F',
  };
  t.equal(Buffer.byteLength(JSON.stringify({ ...Variables, ...made })), 4_096);
  t.strictSame(Object.keys(Variables), Object.keys(serviceSettings({ ...values, ...policyOf(1) }, MADE)));
});
