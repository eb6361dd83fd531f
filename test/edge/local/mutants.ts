import { type Mutant, mutantsOf } from '../../support/mutants.ts';

const LOCAL = 'edge/local';
const TESTS = 'test/edge/local';

/** Faults in the local CloudFront. Each would give an answer that AWS does not give. */
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf(`${LOCAL}/signature/signature.ts`, `${TESTS}/signature/signature.test.ts`, [
    ['takes any signature', 'if (!verify(hash, bytes, key, signature)) throw', 'if (hash === "") throw'],
    [
      'takes a key that nobody trusts',
      'if (!key)\n',
      'if (trustedKeys.size === 0 || !key && keyPairId === "")\n',
    ],
    [
      'takes SHA-256 where nothing is said',
      "if (hashAlgorithm === undefined) return 'sha1';",
      "if (hashAlgorithm === undefined) return 'sha256';",
    ],
  ]),
  ...mutantsOf(`${LOCAL}/signature/verified-policies.ts`, `${TESTS}/signature/verified-policies.test.ts`, [
    [
      'knows a policy by its signature, whatever its text',
      'signed.text !== text || signed.key',
      'signed.key',
    ],
    ['knows a policy by its signature, whoever the key belongs to', ' || signed.key !== key', ''],
  ]),
  ...mutantsOf(`${LOCAL}/signature/policy-statement.ts`, `${TESTS}/signature/policy-statement.test.ts`, [
    ['opens in the second of its end', 'if (nowEpoch >= lessThanEpoch)', 'if (nowEpoch > lessThanEpoch)'],
    ['opens in the second of its beginning', 'nowEpoch <= greaterThanEpoch', 'nowEpoch < greaterThanEpoch'],
    ['takes the first of two statements', 'statements.length !== 1', 'statements.length < 1'],
    [
      'takes conditions that CloudFront does not know',
      '!isRecord(condition) || !hasOnly(condition, CONDITIONS)',
      '!isRecord(condition)',
    ],
    ['takes a time beyond 2038', 'epoch > MAX_EPOCH', 'epoch > 10 * MAX_EPOCH'],
    [
      'takes an address from everywhere',
      '(ipv4Bits(ipAddress) & mask) === network',
      '(ipv4Bits(ipAddress) & mask) >= 0',
    ],
  ]),
  ...mutantsOf(`${LOCAL}/signature/resource-pattern.ts`, `${TESTS}/signature/resource-pattern.test.ts`, [
    [
      'lets a star cross into the query',
      'if (i !== queryStart || place === pattern.length - 1)',
      'if (i >= 0 || place === pattern.length - 1)',
    ],
    ['compares no domain', "if (!matches(wanted.domain, given.domain)) return 'domain';", ''],
    [
      'takes a star for the protocol in cookies',
      "if (kind === 'cookies' && wanted.protocol.startsWith('*'))",
      "if (kind === 'cookies' && wanted.protocol.startsWith('**'))",
    ],
    ['takes `?` for none', "wanted === '?' || wanted === text[i]", 'wanted === text[i]'],
  ]),
  ...mutantsOf(`${LOCAL}/signature/signing-parameters.ts`, `${TESTS}/signature/signing-parameters.test.ts`, [
    [
      'reads cookies beside a signed URL',
      "const query = kind === 'cookies' ? rawQuery : withoutSigning(rawQuery);\n  if (kind === 'cookies') {",
      "const query = kind === 'cookies' ? rawQuery : withoutSigning(rawQuery);\n  if (kind.length > 0) {",
    ],
  ]),
  ...mutantsOf(`${LOCAL}/signature/signing-parameters.ts`, `${TESTS}/assumptions.test.ts`, [
    ['takes the last of two', "assumptions.duplicates === 'last'", "assumptions.duplicates !== 'last'"],
    ['takes a part of a set', 'if (count < 2 || others.length > 0)', 'if (count < 2)'],
    ['takes the first set alone', 'values[n]', 'values[0]'],
  ]),
  ...mutantsOf(`${LOCAL}/template/cors.ts`, `${TESTS}/template/cors.test.ts`, [
    ['takes an origin that only begins as allowed', ' && text.endsWith(end)', ''],
    ['takes a header that no rule has', 'names.every((name)', '[].every((name)'],
  ]),
  ...mutantsOf(`${LOCAL}/lambda/lambda-result.ts`, `${TESTS}/lambda/refusals.test.ts`, [
    [
      'lets a function drop Host',
      'if (headers.has(name) && !(name in named))',
      'if (!headers.has(name) && name in named)',
    ],
    ['takes an answer of any size', 'sizeOf(response) > RESPONSE_BYTES[side]', 'sizeOf(response) < 0'],
  ]),
  ...mutantsOf(`${LOCAL}/lambda/lambda-runtime.ts`, `${TESTS}/lambda/triggers.test.ts`, [
    ['gives one environment two calls', 'idle.pop() ??', '[...environments][0] ??'],
  ]),
  ...mutantsOf(`${LOCAL}/origin/targets.ts`, `${TESTS}/lambda/triggers.test.ts`, [
    ['asks a second origin in place of a function', ' && !error.isOfFunction', ''],
  ]),
];
