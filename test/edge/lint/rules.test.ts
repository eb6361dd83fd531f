import t from 'tap';
import type { Finding } from '../../../edge/lint/finding.ts';
import { type LintResult, lint, RULES } from '../../../edge/lint/lint.ts';
import { parseTemplate } from '../../../edge/local/template/parse-template.ts';
import { BUCKETS } from './cases/buckets.ts';
import { DEPLOYMENT, LANGUAGE } from './cases/deployment.ts';
import { DOORS } from './cases/doors.ts';
import { FUNCTIONS } from './cases/functions.ts';
import { CORS, TRANSPORT } from './cases/settings.ts';
import { CLEAN, changed } from './cases/templates.ts';

const linted = (text: string) => lint(parseTemplate(text));
/** By the name of the case. */
const results = new Map<string, Promise<LintResult>>();
const short = ({ rule, level, resource, property }: Finding) => `${level} ${rule} ${resource}.${property}`;
const SIGNER = 'the signer: which files its policies open, and for how long';

/** Only these cases are about what lint finds when it runs the function of the requests, which takes most of its time. */
const TRIED = { ...DOORS, ...FUNCTIONS };
const ON_REQUEST = '- { EventType: viewer-request, FunctionARN: !GetAtt OnRequest.FunctionARN }';

const CASES = { ...BUCKETS, ...CORS, ...DEPLOYMENT, ...DOORS, ...FUNCTIONS, ...LANGUAGE, ...TRANSPORT };

t.test('a clean template has no finding, and nothing that was not looked at but the signer', async (t) => {
  t.strictSame(await linted(CLEAN), { findings: [], unseen: [SIGNER] });
});

t.test('what cannot be tried is said by name', async (t) => {
  const code = 'function handler(event) { return event.request; }';
  const unseen = async (...change: [from: string, to: string][]) => {
    const result = await linted(changed(...change));
    t.strictSame(result.findings, []);
    return result.unseen.filter((one) => one !== SIGNER);
  };
  t.strictSame(await unseen([code, 'function handler(event) { throw new Error(); }']), [
    'Function OnRequest: it fails for every request',
  ]);
  t.strictSame(
    await unseen([
      '!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
      'a.example.com, CustomOriginConfig: { OriginProtocolPolicy: https-only }',
    ]),
    [
      'Web.DistributionConfig.Origins[0]: whether this server also answers requests that do not come through CloudFront',
    ],
  );
  t.strictSame(await unseen(['!GetAtt Site.RegionalDomainName', '!ImportValue site']), [
    'Web.DistributionConfig.Origins[1].DomainName: the import site has no value; give one',
  ]);
  t.strictSame(
    await unseen(['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: !Split [",", !ImportValue groups]']),
    ['Web.DistributionConfig.CacheBehaviors[0].TrustedKeyGroups: the import groups has no value; give one'],
  );
  t.strictSame(await unseen(['TargetOriginId: media', 'TargetOriginId: !ImportValue target']), [
    'Web.DistributionConfig.CacheBehaviors[0].TargetOriginId: the import target has no value; give one',
  ]);
  t.strictSame(
    await unseen([
      '!GetAtt Site.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
      'a.example.com, CustomOriginConfig: { OriginProtocolPolicy: https-only }',
    ]),
    [],
    'everybody may ask the server of a public site',
  );
  t.strictSame(await unseen(['!GetAtt Media.RegionalDomainName', 'other.s3.us-east-1.amazonaws.com']), [
    'bucket other: its policy is not in this template',
  ]);
  t.strictSame(
    await unseen(
      ['!GetAtt Media.RegionalDomainName', 'other.s3.us-east-1.amazonaws.com'],
      ['Bucket: !Ref Media', 'Bucket: other'],
    ),
    [],
    'a policy of a bucket that is elsewhere',
  );
  t.strictSame(await unseen(['!GetAtt Media.RegionalDomainName', '!ImportValue media']), [
    'Web.DistributionConfig.Origins[0].DomainName: the import media has no value; give one',
  ]);
  t.strictSame(
    await unseen([
      '            FunctionAssociations:',
      '            LambdaFunctionAssociations: [{ EventType: origin-request, LambdaFunctionARN: a }]\n            FunctionAssociations:',
    ]),
    ['Web.DistributionConfig.CacheBehaviors[0].LambdaFunctionAssociations: Lambda@Edge is not run here'],
  );
  t.strictSame(
    await unseen(['function handler(event) { return event.response; }', 'function handler() { throw 1; }']),
    ['Function OnResponse: it fails for a plain answer'],
  );
  const whole = `Resources: { Web: { Type: AWS::CloudFront::Distribution, Properties: { DistributionConfig: !ImportValue all } } }`;
  t.strictSame(await linted(whole), {
    findings: [],
    unseen: ['Web.DistributionConfig: the import all has no value; give one'],
  });
});

for (const [name, { change, finds }] of Object.entries(CASES)) {
  t.test(name, async (t) => {
    const text = changed(...change);
    const result = linted(name in TRIED ? text : text.replace(ON_REQUEST, ''));
    results.set(name, result);
    t.strictSame((await result).findings.map(short), finds);
  });
}

t.test('the words name what was found', async (t) => {
  const signed = 'the signed behavior /private/*';
  for (const [name, ...words] of [
    ['the public site comes from the private bucket', `/private%2Fa is served`, `a file of ${signed}.`],
    ['the private files are a folder below a public one', '/films/private/a is served'],
    ['another distribution before the same bucket', `/private/a is served`, `a file of ${signed} of Web.`],
    ['a public folder of a private bucket', 'as the signed behavior *:'],
    ['code with a fault', 'The code cannot be loaded: OnRequest (line 2): Unexpected end'],
    [
      'code that opens a store before the handler, and has none',
      'be loaded: OnRequest (line 1): Error: no Key',
    ],
    ['optional chaining', 'Line 1 of the code has optional chaining (a?.b), ', 'njs', '(grade B)'],
    ['eval', 'AWS says so (grade A)'],
    ['a certificate of another region', 'in eu-west-1'],
    ['plain HTTP to the signed files', 'a signed URL'],
    ['a function that writes paths in lower case', 'a policy of /private/BBBBBBBBBBBBBBBBBBBBBBBBBB/* is'],
    ['a function takes the folder from the query', '/a.jpg?user=', 'into /private/'],
    [
      'a function resolves dot segments behind the signature',
      'a policy of /private/aaaaaaaaaaaaaaaaaaaaaaaaaa/* is',
    ],
  ] as const) {
    const [finding] = (await results.get(name))?.findings ?? [];
    for (const word of words) t.ok(finding?.problem.includes(word), `${name}: ${finding?.problem}`);
  }
});

t.test('each rule has a template that breaks it, a page of AWS, and one sentence what to do', async (t) => {
  const findings = (await Promise.all(results.values())).flatMap((one) => one.findings);
  t.strictSame(
    [...new Set(findings.map(({ rule }) => rule))].toSorted(),
    RULES.map(({ name }) => name).toSorted(),
  );
  for (const finding of findings) t.match(finding.do, /^[A-Z][^!]*\.$/, JSON.stringify(finding));
  for (const { page } of RULES) t.match(page, /^https:\/\/docs\.aws\.amazon\.com\/[\w/.#-]+$/);
});
