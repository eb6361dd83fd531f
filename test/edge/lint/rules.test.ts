import t from 'tap';
import { type Finding, RULES } from '../../../edge/lint/finding.ts';
import { type LintResult, lint } from '../../../edge/lint/lint.ts';
import { parseTemplate } from '../../../edge/local/template/parse-template.ts';
import { BUCKETS } from './cases/buckets.ts';
import { DOORS } from './cases/doors.ts';
import { FUNCTIONS } from './cases/functions.ts';
import { CACHING, CORS, KEYS, LOGS, TRANSPORT } from './cases/settings.ts';
import { CLEAN, changed } from './cases/templates.ts';

const linted = (text: string, policySeconds = 86_400) => lint(parseTemplate(text), { policySeconds });
/** By the name of the case. */
const results = new Map<string, Promise<LintResult>>();
const short = ({ rule, level, resource, property }: Finding) => `${level} ${rule} ${resource}.${property}`;
const SIGNER =
  'the signer: the Resource and the life of its policies (lint assumes 86400 s at most), and its hash';

const CASES = { ...BUCKETS, ...CACHING, ...CORS, ...DOORS, ...FUNCTIONS, ...KEYS, ...LOGS, ...TRANSPORT };

t.test('a clean template has no finding, and nothing that was not looked at but the signer', async (t) => {
  t.strictSame(await linted(CLEAN), { findings: [], unseen: [SIGNER] });
});

const KEPT_GROUP: [from: string, to: string] = [
  'Resources:',
  'Outputs: { Keys: { Value: !Ref Group } }\nResources:',
];

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
  t.strictSame(await unseen([code, 'function handler(event) {']), [
    'Function OnRequest: its code cannot be loaded',
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
    await unseen(
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: !Split [",", !ImportValue groups]'],
      KEPT_GROUP,
    ),
    ['Web.DistributionConfig.CacheBehaviors[0].TrustedKeyGroups: the import groups has no value; give one'],
  );
  t.strictSame(await unseen(['TargetOriginId: media', 'TargetOriginId: !ImportValue target']), [
    'Web.DistributionConfig.CacheBehaviors[0].TargetOriginId: the import target has no value; give one',
  ]);
  const whole = `Resources: { Web: { Type: AWS::CloudFront::Distribution, Properties: { DistributionConfig: !ImportValue all } } }`;
  t.strictSame(await linted(whole), {
    findings: [],
    unseen: ['Web.DistributionConfig: the import all has no value; give one'],
  });
  t.strictSame(await unseen(['CachePolicyId: !Ref Cache', 'CachePolicyId: !ImportValue cache']), [
    'Web: DistributionConfig.CacheBehaviors[0].CachePolicyId: the import cache has no value; give one',
  ]);
});

for (const [name, { change, finds, seconds }] of Object.entries(CASES)) {
  t.test(name, async (t) => {
    const result = linted(changed(...change), seconds);
    results.set(name, result);
    t.strictSame((await result).findings.map(short), finds);
  });
}

t.test('each rule has a template that breaks it, a page of AWS, and one sentence what to do', async (t) => {
  const findings = (await Promise.all(results.values())).flatMap((one) => one.findings);
  t.strictSame([...new Set(findings.map(({ rule }) => rule))].toSorted(), Object.keys(RULES).toSorted());
  for (const finding of findings) t.match(finding.do, /^[A-Z][^!]*\.$/);
  for (const { page } of Object.values(RULES)) t.match(page, /^https:\/\/docs\.aws\.amazon\.com\/[\w/.#-]+$/);
});
