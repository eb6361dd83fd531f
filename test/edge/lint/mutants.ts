import { type Mutant, mutantsOf } from '../../support/mutants.ts';

const RULES = 'test/edge/lint/rules.test.ts';

/** Faults in the rules of lint for what CloudFront refuses. Each would hide a finding, or find what is no fault. */
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf('edge/lint/deployment.ts', RULES, [
    ['finds each function unpublished', "if (!isTrue(properties['AutoPublish']))", 'if (resource)'],
    [
      'takes code with a fault',
      'if (fault !== undefined)\n    found.push',
      'if (fault === code)\n    found.push',
    ],
    ['runs a function that has a store without one', '...(hasStore ? STORE : {})', '...{}'],
    ['looks at the members of no group', '...groups.flatMap((group, at) =>', '...[].flatMap((group, at) =>'],
    ['does not know groups as targets', 'const ids = [...origins, ...groups].map', 'const ids = origins.map'],
    [
      'tells a dangling id where one cannot be resolved',
      "if (ids.some((id) => typeof id !== 'string')) return [];",
      '',
    ],
    ['takes a slash in front for another pattern', "pathPattern.replace(/^\\//, '')", 'pathPattern'],
    ['takes SSLv3', "const OLD = ['SSLv3', 'TLSv1', 'TLSv1.1'];", "const OLD = ['TLSv1', 'TLSv1.1'];"],
    ['finds old protocols where none is spoken', " || custom['OriginProtocolPolicy'] === 'http-only'", ''],
    [
      'takes a certificate of any region',
      "if (region === 'us-east-1') return [];",
      "if (region !== '') return [];",
    ],
    ['grades nothing as an error', "level: known === 'said' ? 'error' : 'warning'", "level: 'warning'"],
  ]),
  ...mutantsOf('edge/lint/language.ts', RULES, [
    ['takes a property for a variable', "before !== '.' && before !== '?.' && ", ''],
    ['takes what the code declares for the language', '!declared.has(text) && ', ''],
    ['takes for…of', 'return !isCounting && head', 'return isCounting && head'],
    ['finds rest parameters', " && text === '...' && !isParameter(code, index)", " && text === '...'"],
    ['takes a destructured parameter', 'return caught || first ||', 'return caught ||'],
    [
      'refuses what only the other runtime refuses',
      '({ only }) => only === undefined || only === runtime',
      '() => runtime.length > 0',
    ],
  ]),
];
