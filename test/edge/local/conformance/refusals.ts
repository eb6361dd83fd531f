import {
  BEHAVIOR,
  BY_HAND,
  credential,
  distribution,
  fact,
  local,
  localS3,
  NOT_DOCUMENTED,
  NOT_MODELLED,
  noted,
  request,
  type Section,
  SHAPE,
  START,
  signature,
} from './fact.ts';

export const REFUSALS: Section = {
  title: 'Refusals',
  facts: [
    fact(
      'B',
      NOT_DOCUMENTED,
      'Key-Pair-Id absent or empty: MissingKey, "Missing Key-Pair-Id query parameter or cookie value".',
      signature('without a key pair id: MissingKey'),
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'A key outside the key groups: InvalidKey, "Unknown Key".',
      signature('with a key outside the key groups: InvalidKey'),
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'A signature that cannot be decoded: MalformedSignature, "Could not unencode Signature".',
      signature('with a signature that is not its base64: MalformedSignature'),
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'A policy that is no JSON, of another shape, without DateLessThan or in milliseconds: MalformedPolicy, "Malformed Policy".',
      SHAPE,
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'A signature that is wrong, or of another hash; expired, not yet valid; another URL or address: AccessDenied, "Access denied".',
      START,
      signature(BY_HAND),
      local('decision')('the signature: every clause, with both sides'),
    ),
    fact(
      'D',
      NOT_DOCUMENTED,
      'Words for a signature or policy that is missing beside a key pair id. Chosen: AccessDenied.',
      signature('with a signature that is not its base64: MalformedSignature'),
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'All are 403, XML on one line, without RequestId.',
      signature('without a key pair id: MissingKey'),
      credential('whatever is put into a credential, the answer is one of the table'),
    ),
    fact(
      'C',
      NOT_DOCUMENTED,
      'They carry Server, X-Cache, Via, X-Amz-Cf-Pop and X-Amz-Cf-Id, and no CORS.',
      signature('a refusal tells that CloudFront refused, and carries no CORS'),
    ),
    fact(
      'A',
      BEHAVIOR,
      'A method that the behavior does not allow: 403.',
      request('methods that are not allowed are refused before the signature is looked at'),
    ),
    fact(
      'A',
      'Amazon S3 API Reference: GetObject',
      'For a key that is not there S3 answers 403 to who may only GetObject, and 404 NoSuchKey to who may ListBucket.',
      localS3('tells who may not list nothing about which keys there are'),
    ),
    noted(
      NOT_MODELLED,
      fact(
        'A/C',
        'GeneratingCustomErrorResponses',
        'Error pages are set for a whole distribution, apply to refused signatures too, and do not redirect.',
        distribution(
          'error pages of the distribution are refused by name, and how long errors are kept is not',
        ),
      ),
    ),
  ],
};
