import {
  assumptions,
  BY_BROWSERS,
  BY_DESIGN,
  BY_HAND,
  CANNED_COOKIES,
  COOKIES,
  credential,
  EVERY_SIGNER,
  fact,
  IN,
  KEYS,
  keys,
  NOT_DOCUMENTED,
  noted,
  QUOTAS,
  request,
  rules,
  type Section,
  SIGNED_COOKIES,
  SIGNED_URLS,
  signature,
  signers,
} from './fact.ts';

export const SIGNED: Section = {
  title: 'Signed cookies and signed URLs',
  facts: [
    fact(
      'A',
      COOKIES,
      'A custom policy comes in CloudFront-Policy, -Signature and -Key-Pair-Id.',
      signature(BY_HAND),
      signers(EVERY_SIGNER),
    ),
    fact(
      'A',
      COOKIES,
      'CloudFront-Hash-Algorithm is SHA1 or SHA256. The default is SHA-1, so a signature with SHA-256 needs this cookie.',
      signature(BY_HAND),
      signers(EVERY_SIGNER),
    ),
    fact(
      'A',
      SIGNED_COOKIES,
      'The names of the cookies are case-sensitive.',
      signature('names are case-sensitive, and the first of several values counts'),
    ),
    fact(
      'A',
      CANNED_COOKIES,
      'A canned policy has CloudFront-Expires in the place of CloudFront-Policy.',
      credential('a canned policy is no custom one, though its text is remembered'),
      signers(EVERY_SIGNER),
    ),
    fact(
      'A',
      CANNED_COOKIES,
      'CloudFront builds a canned policy anew from the requested URL. A canned policy opens one file and has no wildcards.',
      signature('a policy goes before Expires, and a wildcard in a canned URL is a character'),
    ),
    fact(
      'A',
      KEYS,
      'Public keys are RSA of 2,048 bits or ECDSA on P-256.',
      keys('a key that CloudFront would not take is named'),
      signature(BY_HAND),
    ),
    fact(
      'A/B',
      KEYS,
      'RSA signatures are PKCS #1 v1.5; ECDSA signatures are ASN.1 DER.',
      credential('an ECDSA signature is DER, and a signature is of its own kind of key'),
      signers(EVERY_SIGNER),
    ),
    fact(
      'A/B',
      KEYS,
      'CloudFront uses SHA-1 to verify an ECDSA signature without CloudFront-Hash-Algorithm.',
      signers(EVERY_SIGNER),
      signature(BY_HAND),
    ),
    fact(
      'B',
      'AWS KMS Developer Guide: asymmetric key specs',
      'KMS cannot sign with SHA-1, so a key in KMS needs CloudFront-Hash-Algorithm with SHA256.',
      IN('services/auth/adapters/kms-signer.full.test.ts')(
        "moto's KMS signs, and the public key that CloudFront has verifies",
      ),
    ),
    fact(
      'A',
      COOKIES,
      'Base64 has - for +, _ for = and ~ for /; it is not base64url.',
      signature('with a signature that is not its base64: MalformedSignature'),
      signers(EVERY_SIGNER),
    ),
    fact(
      'A',
      COOKIES,
      'The signature covers exactly the bytes that are encoded, spaces included.',
      credential('the signed bytes are those that were encoded, to the last space'),
    ),
    fact(
      'A',
      SIGNED_URLS,
      'A URL with Expires, Policy, Signature, Key-Pair-Id or Hash-Algorithm in its query is a signed URL. CloudFront ignores the signing cookies of such a request.',
      credential('any signing parameter in the query, and the cookies are ignored'),
    ),
    fact(
      'A',
      SIGNED_COOKIES,
      'CloudFront checks the end of a policy when a request begins. A running download is completed.',
      IN('edge/local/cache/streaming.test.ts')(
        'a download goes on past the end of its policy, and its next range is refused',
      ),
    ),
    fact(
      'A',
      SIGNED_COOKIES,
      'CloudFront checks the next range request again, and refuses it after the end of the policy.',
      IN('edge/local/cache/streaming.test.ts')(
        'a download goes on past the end of its policy, and its next range is refused',
      ),
    ),
    fact(
      'B',
      QUOTAS,
      'A request has at most 20,480 bytes (413). Its URL has at most 8,192 bytes (414).',
      request('what is too long is refused as CloudFront refuses it'),
    ),
    noted(
      BY_BROWSERS,
      fact(
        'A/C',
        QUOTAS,
        'A browser keeps 4,096 bytes of a cookie. A whole set of cookies is much smaller, with either kind of key.',
        credential('a set of cookies is small beside what a browser keeps of each, 4,096 bytes'),
      ),
    ),
    noted(
      BY_BROWSERS,
      fact(
        'A',
        COOKIES,
        'A cookie without Domain goes to the host that set it. A cookie with Domain goes to all hosts below the domain. Domain cannot be cloudfront.net, which is a public suffix.',
        rules,
      ),
    ),
    noted(
      BY_BROWSERS,
      fact(
        'B',
        NOT_DOCUMENTED,
        'Browsers obey Path=/users/<id>/. A * in Path is a character and no wildcard.',
        rules,
      ),
    ),
    fact(
      'D',
      NOT_DOCUMENTED,
      'It is unknown which of several cookies with one name counts.',
      assumptions('duplicates: the first or the last, of cookies and of parameters'),
    ),
    noted(
      BY_DESIGN,
      fact(
        'D',
        NOT_DOCUMENTED,
        'So this project never nests cookie sets on one host. This project removes the set of the former user when the account changes.',
        IN('integration/own-image.test.ts')(
          'somebody else who signs in in this browser finds nothing of the former user',
        ),
      ),
    ),
    noted(
      BY_BROWSERS,
      fact(
        'B',
        NOT_DOCUMENTED,
        'SameSite=Lax lets cookies go along with an <img> between hosts of one site.',
        rules,
        IN('browser/own-image.test.ts')(
          'a person signs in, uploads a picture and a PDF, sees them, and signs out',
        ),
      ),
    ),
  ],
};
