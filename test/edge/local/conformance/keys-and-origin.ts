import {
  BUCKET,
  BY_DESIGN,
  fact,
  IN,
  KEYS,
  keys,
  local,
  localS3,
  noted,
  ORIGIN_ACCESS,
  QUOTAS,
  type Section,
} from './fact.ts';

export const KEYS_AND_ORIGIN: Section = {
  title: 'Keys and origin access',
  facts: [
    fact(
      'A',
      QUOTAS,
      'A key group has at most 5 keys. A behavior has at most 4 key groups.',
      keys('more keys or groups than CloudFront takes are refused'),
    ),
    noted('not modelled: a quota of the account', fact('A', QUOTAS, 'An account has 10 key groups.')),
    noted(
      BY_DESIGN,
      fact(
        'A',
        'cnames-and-https-requirements',
        'The certificate of a distribution is in us-east-1. The certificate of an HTTP API is in the region of the API.',
        IN('infra/values.test.ts')(
          'each wrong value is one message, which names the value and never quotes it',
        ),
      ),
    ),
    noted(
      BY_DESIGN,
      fact(
        'A',
        'AWS CloudFormation User Guide: AWS::KMS::Key',
        'CloudFormation has no attribute for the public half of a KMS key, so the public half is one of the values.',
        IN('infra/app-host.test.ts')('a signing key in KMS: the service knows it, and its public half'),
      ),
    ),
    fact(
      'A',
      KEYS,
      'A rotation adds a key, switches the signer, waits for the last old cookie, and removes the old key.',
      IN('services/operator/keys/rotation.test.ts')('add, deployed, switch, deployed, wait, remove'),
      IN('services/operator/cli/rotation.full.test.ts')('a rotation under load refuses no request'),
    ),
    fact(
      'A',
      KEYS,
      'CloudFront refuses every cookie whose key was removed.',
      keys('keys are replaced between two requests, also for policies that are remembered'),
    ),
    noted(
      BY_DESIGN,
      fact(
        'A',
        KEYS,
        'CloudFront cannot revoke one user. The viewer-request function does that.',
        IN('services/auth/sign-out.test.ts')(
          'logout: copied cookies of this session are refused at the edge, other sessions go on',
        ),
      ),
    ),
    fact(
      'A',
      ORIGIN_ACCESS,
      'Origin access control always signs.',
      BUCKET,
      local('origin/origin')('the signature is the one that the SDK makes'),
    ),
    fact(
      'A',
      ORIGIN_ACCESS,
      'The bucket policy allows cloudfront.amazonaws.com with the AWS:SourceArn of the distribution. The owner of the bucket owns its objects.',
      BUCKET,
      localS3('lets each principal do what the template says, and nothing else'),
    ),
  ],
};
