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
      '* stands for any number of characters, / among them, ? for exactly one, anywhere.',
      SECTIONS_OF_PATTERN,
      pattern('every pattern agrees with the rule written as plainly as it can be'),
    ),
    fact(
      'A',
      COOKIES,
      'Nothing escapes them: an id that holds one widens its policy.',
      SECTIONS_OF_PATTERN,
      IN('services/auth/domain/cloudfront-cookies.test.ts')(
        'callers without types: no id that widens the policy, no milliseconds',
      ),
    ),
    fact(
      'A',
      COOKIES,
      'Without a slash before the * a policy covers other folders, too.',
      signature('a policy without the slash before its wildcard opens other folders, hence the slash'),
    ),
    fact(
      'A',
      COOKIES,
      'Protocol, domain, path and query are matched apart: a wildcard stays in its section.',
      SECTIONS_OF_PATTERN,
    ),
    fact(
      'A',
      COOKIES,
      'A * at the end of the path covers every query, at the end of the domain path and query as well.',
      SECTIONS_OF_PATTERN,
    ),
    fact('A', COOKIES, 'Without it a URL with a query is not covered.', SECTIONS_OF_PATTERN),
    fact(
      'A',
      COOKIES,
      'In cookies Resource begins with http:// or https://, so * alone is refused; in signed URLs it may begin with *.',
      pattern('in signed URLs Resource may begin with a wildcard, which may stand for protocol and domain'),
    ),
    fact(
      'D',
      NOT_DOCUMENTED,
      'Whether a wildcard beside letters in the protocol counts, as in h*://.',
      pattern('partialProtocol: a wildcard beside letters in the protocol counts'),
      assumptions('partialProtocol and addressWithoutMask: forms that AWS does not describe'),
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'Compared is the URL as the viewer sent it, percent-encoded, without the signing parameters.',
      signature('other parameters keep their bytes and order, wherever the signing ones stand'),
      SECTIONS_OF_PATTERN,
    ),
    fact(
      'B-',
      NOT_DOCUMENTED,
      'Dot segments are not resolved for it.',
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
