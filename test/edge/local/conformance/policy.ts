import {
  assumptions,
  COOKIES,
  credential,
  fact,
  NOT_DOCUMENTED,
  policy,
  type Section,
  SHAPE,
  START,
  signature,
} from './fact.ts';

export const POLICY: Section = {
  title: 'The policy',
  facts: [
    fact('A', COOKIES, 'A policy has exactly one statement, in a list.', SHAPE),
    fact(
      'A',
      COOKIES,
      'DateLessThan is required, in whole seconds.',
      SHAPE,
      policy('dates are exclusive whole seconds'),
    ),
    fact(
      'A',
      COOKIES,
      'DateGreaterThan is optional. A request in the very second of DateGreaterThan is still refused.',
      START,
      policy('dates are exclusive whole seconds'),
    ),
    fact(
      'A',
      COOKIES,
      'IpAddress is optional: one IPv4 range, written with its mask.',
      signature('an IP condition holds for IPv4 viewers in its range'),
      policy('what is no IPv4 range is malformed'),
    ),
    fact(
      'D',
      NOT_DOCUMENTED,
      'It is unknown whether an address without a mask is a range of one address.',
      policy('addressWithoutMask: an address is a range of one'),
      assumptions('partialProtocol and addressWithoutMask: forms that AWS does not describe'),
    ),
    fact(
      'A',
      COOKIES,
      'IpAddress takes no IPv6 range. A viewer on IPv6 never fulfils an IpAddress condition.',
      credential('an IP condition never matches an IPv6 viewer'),
      SHAPE,
    ),
    fact(
      'A',
      COOKIES,
      'A policy without Resource covers everything that its key may sign.',
      signature('a policy without Resource covers what its key may sign'),
    ),
  ],
};
