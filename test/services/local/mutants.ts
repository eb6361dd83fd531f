import { type Mutant, mutantsOf } from '../../support/mutants.ts';

const LOCAL = 'services/local';
const TESTS = 'test/services/local';

/** Faults in the local S3 and in the KeyValueStore API. Each would accept a request that AWS refuses. */
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf(`${LOCAL}/store/signature-v4.ts`, `${TESTS}/s3/signatures.test.ts`, [
    [
      'takes any signature',
      'if (!isSignatureOf(claim.signature, signingKey, stringToSign)) {',
      'if (claim.signature === "") {',
    ],
    [
      'takes a presigned URL that has expired',
      'if (expires !== undefined && ageSeconds > expires)',
      'if (expires !== undefined && ageSeconds > 10 * expires)',
    ],
    [
      'takes a clock that is an hour wrong',
      'const CLOCK_SKEW_SECONDS = 900;',
      'const CLOCK_SKEW_SECONDS = 9_000;',
    ],
    [
      'takes unsigned headers that have an effect',
      'if (unsigned.length > 0) {',
      'if (unsigned.length > 100) {',
    ],
    [
      'takes a signature for another region',
      "if (scope.join('/') !== expected) {",
      'if (scope.length !== 4) {',
    ],
  ]),
  ...mutantsOf(`${LOCAL}/s3/payload.ts`, `${TESTS}/s3/multipart-uploads.test.ts`, [
    ['takes a wrong checksum', '(headers[name] ?? trailers.get(name))', 'digest.value() && name !== name'],
  ]),
  ...mutantsOf(`${LOCAL}/s3/bucket.ts`, `${TESTS}/s3/conditions.test.ts`, [
    [
      'overwrites a file although the condition forbids it',
      '(ifNoneMatch !== undefined && existing !== undefined)',
      '(ifNoneMatch === "" && existing !== undefined)',
    ],
    [
      'sees no conflict with a delete',
      'if (ifNoneMatch !== undefined && isOvertaken) {',
      'if (ifNoneMatch === "" && isOvertaken) {',
    ],
  ]),
  ...mutantsOf(`${LOCAL}/s3/bucket-policy.ts`, `${TESTS}/s3/bucket-policy.test.ts`, [
    ['allows everything that no statement denies', 'applying.length > 0 && applying.every', 'applying.every'],
    [
      'ignores a denial',
      "if (bucketStatements.some((statement) => statement.effect === 'Deny' && applies(statement))) return false;",
      '',
    ],
  ]),
  ...mutantsOf(`${LOCAL}/key-value-store/operations.ts`, `${TESTS}/key-value-store/signatures.test.ts`, [
    [
      'writes without If-Match',
      "if (ifMatch === undefined) throw new KeyValueStoreError('ValidationException', 'If-Match is missing.');\n    store.update(changes, ifMatch);",
      'store.update(changes, ifMatch ?? store.describe().etag);',
    ],
  ]),
  ...mutantsOf(`${LOCAL}/key-value-store/operations.ts`, `${TESTS}/key-value-store/server.test.ts`, [
    ['gives the first page again', 'key > after', 'key >= after'],
    ['gives 51 on a page', 'limit > 50', 'limit > 51'],
  ]),
  ...mutantsOf(`${LOCAL}/s3/payload.ts`, `${TESTS}/s3/payload.test.ts`, [
    [
      'takes other bytes than the signed ones',
      "sha256.digest('hex') !== payloadHash",
      "sha256.digest('hex') === ''",
    ],
  ]),
  ...mutantsOf(`${LOCAL}/s3/payload.ts`, `${TESTS}/s3/payload.test.ts`, [
    ['takes fewer bytes than announced', 'if (received !== length) throw', 'if (received > length) throw'],
  ]),
  ...mutantsOf(`${LOCAL}/s3/bucket.ts`, `${TESTS}/s3/objects.test.ts`, [
    [
      'overwrites another version',
      "ifMatch.replaceAll('\"', '') !== existing?.etag.replaceAll('\"', '')",
      'ifMatch === existing?.size.toString()',
    ],
  ]),
];
