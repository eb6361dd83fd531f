import {
  assumptions,
  BEHAVIOR,
  BY_DESIGN,
  behavior,
  EVENT,
  fact,
  functions,
  IN,
  local,
  NOT_DOCUMENTED,
  noted,
  ONE_BEHAVIOR,
  objects,
  PATTERNS,
  request,
  S3_GUIDE,
  type Section,
  s3Objects,
} from './fact.ts';

export const ORDER: Section = {
  title: 'Order, and which URI goes where',
  facts: [
    fact(
      'A',
      PATTERNS,
      'Behavior and origin are chosen by the normalised path.',
      behavior('the normalised path chooses, and the raw one goes on'),
    ),
    fact(
      'C',
      NOT_DOCUMENTED,
      'CloudFront checks the method after the choice of the behavior.',
      request('methods that are not allowed are refused before the signature is looked at'),
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'CloudFront checks the signature after the method, on the URL as the viewer sent it. The function never sees a refused request.',
      assumptions('functionBeforeSignature: the function answers before anybody is refused'),
    ),
    fact(
      'A',
      'writing-function-code',
      'Cache and origin take the URI that the viewer-request function returned.',
      functions('a request that the function changes is the one that is asked for'),
    ),
    fact(
      'A',
      EVENT,
      'A new URI from the function does not change the behavior or its origin.',
      behavior('a URI that a function changed goes to the origin of the behavior that was chosen'),
    ),
    fact(
      'A',
      BEHAVIOR,
      'A URI that no function changed reaches the origin byte for byte.',
      objects('raw bytes of the path reach the origin as they are'),
    ),
    noted(
      BY_DESIGN,
      fact(
        'D',
        NOT_DOCUMENTED,
        'A rewrite comes after the authorisation. So the function keeps every path inside its prefix. This rule holds under either order.',
        local('isolation')('…: isolation holds with …'),
        IN('core/owner-path.test.ts')('refuses every path that is not one path under one user'),
      ),
    ),
    fact(
      'C',
      NOT_DOCUMENTED,
      '/users%2Fa misses the pattern /users/* and falls to the default behavior. So an unsigned behavior must not share the bucket.',
      behavior(
        'a spelling that misses the pattern falls to an unsigned behavior, which is why ours has none',
      ),
      ONE_BEHAVIOR,
    ),
    fact(
      'A/B',
      S3_GUIDE,
      'Keys of S3 are UTF-8 and have at most 1,024 bytes.',
      IN('core/owner-path.test.ts')('a key has at most 1,024 bytes of UTF-8'),
    ),
    fact(
      'A/B',
      S3_GUIDE,
      'S3 keeps .. and // as they are and decodes a path once. A + in a path is a space.',
      s3Objects('keeps odd keys apart and bytes as they are, over a restart'),
      IN('integration/real-s3.full.test.ts')('the whole path with Ceph as the S3'),
    ),
  ],
};
