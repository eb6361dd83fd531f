import { recordAt, textOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { type Found, GUIDE, type Rule } from './finding.ts';
import type { Distribution } from './stack.ts';

/** CloudFront refuses these, which takes a deployment to find out. */
function ruleOf(name: string, page: string, check: (distribution: Distribution) => Found[]): Rule {
  return { name, page: `${GUIDE}/${page}`, check: ({ distributions }) => distributions.flatMap(check) };
}

export const duplicatePathPattern = ruleOf(
  'duplicate-path-pattern',
  'DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern',
  ({ logicalId: resource, behaviors }) => {
    // The default behavior is the last one, and its pattern is in no template.
    const patterns = behaviors.slice(0, -1).map(({ pathPattern }) => pathPattern.replace(/^\//, ''));
    return patterns.flatMap((pattern, index) => {
      if (pattern === '' || patterns.indexOf(pattern) === index) return [];
      const property = `${behaviors[index]?.property}.PathPattern`;
      const problem = `An earlier behavior has the pattern ${pattern} too, so this one never gets a request.`;
      const remedy = 'Remove one of the two behaviors, or change its pattern.';
      return [{ level: 'error', resource, property, problem, do: remedy }];
    });
  },
);

export const certificateRegion = ruleOf(
  'certificate-region',
  'cnames-and-https-requirements.html',
  ({ logicalId: resource, config }) => {
    const certificate = textOf(recordAt(config, 'ViewerCertificate')['AcmCertificateArn']);
    const [, region = 'us-east-1'] = /arn:aws:acm:([^:]*):/.exec(certificate) ?? [];
    if (region === 'us-east-1') return [];
    return [
      {
        rule: 'certificate-region',
        level: 'error',
        resource,
        property: 'DistributionConfig.ViewerCertificate.AcmCertificateArn',
        problem: `The certificate is in ${region}, and CloudFront takes certificates of us-east-1 only.`,
        do: 'Make the certificate in us-east-1, and name that one.',
      },
    ];
  },
);
