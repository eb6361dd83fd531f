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
      'DateGreaterThan is optional; the second that it names is still refused.',
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
      'Whether an address without a mask is a range of one.',
      policy('addressWithoutMask: an address is a range of one'),
      assumptions('partialProtocol and addressWithoutMask: forms that AWS does not describe'),
    ),
    fact(
      'A',
      COOKIES,
      'There are no IPv6 ranges; a viewer on IPv6 fulfils no such condition.',
      credential('an IP condition never matches an IPv6 viewer'),
      SHAPE,
    ),
    fact(
      'A',
      COOKIES,
      'Without Resource a policy covers all that its key may sign.',
      signature('a policy without Resource covers what its key may sign'),
    ),
  ],
};
