import {
  assumptions,
  COOKIES,
  fact,
  IN,
  NOT_DOCUMENTED,
  objects,
  pattern,
  SECTIONS_OF_PATTERN,
  type Section,
  SHAPE,
  signature,
} from './fact.ts';

export const MATCHING: Section = {
  title: 'How a policy is matched',
  facts: [
    fact(
      'A',
      COOKIES,
      '* stands for any number of characters, / included. ? stands for exactly one character. Both may stand anywhere.',
      SECTIONS_OF_PATTERN,
      pattern('every pattern agrees with the rule written as plainly as it can be'),
    ),
    fact(
      'A',
      COOKIES,
      'Wildcards cannot be escaped. An id that contains a wildcard widens its policy.',
      SECTIONS_OF_PATTERN,
      IN('services/auth/domain/cloudfront-cookies.test.ts')(
        'callers without types: no id that widens the policy, no milliseconds',
      ),
    ),
    fact(
      'A',
      COOKIES,
      'A policy without a slash before its * covers other folders, too.',
      signature('a policy without the slash before its wildcard opens other folders, hence the slash'),
    ),
    fact(
      'A',
      COOKIES,
      'CloudFront matches protocol, domain, path and query separately. A wildcard stays in its section.',
      SECTIONS_OF_PATTERN,
    ),
    fact(
      'A',
      COOKIES,
      'A * at the end of the path covers every query. A * at the end of the domain covers every path and query.',
      SECTIONS_OF_PATTERN,
    ),
    fact('A', COOKIES, 'A path without a * at its end covers no query.', SECTIONS_OF_PATTERN),
    fact(
      'A',
      COOKIES,
      'Resource in a cookie begins with http:// or https://, so * alone is refused. Resource in a signed URL may begin with *.',
      pattern('in signed URLs Resource may begin with a wildcard, which may stand for protocol and domain'),
    ),
    fact(
      'D',
      NOT_DOCUMENTED,
      'It is unknown whether a wildcard beside letters in the protocol counts, as in h*://.',
      pattern('partialProtocol: a wildcard beside letters in the protocol counts'),
      assumptions('partialProtocol and addressWithoutMask: forms that AWS does not describe'),
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'CloudFront compares the URL as the viewer sent it, percent-encoded, without the signing parameters.',
      signature('other parameters keep their bytes and order, wherever the signing ones stand'),
      SECTIONS_OF_PATTERN,
    ),
    fact(
      'B-',
      NOT_DOCUMENTED,
      'CloudFront does not resolve dot segments before it compares the URL.',
      assumptions('signatureOnNormalisedUri: Resource is compared with the path resolved'),
    ),
    fact(
      'A',
      COOKIES,
      'A policy has no condition on the method.',
      objects('HEAD is answered from the object that GET has kept, and else passed on'),
      SHAPE,
    ),
  ],
};
