/** A stranger reads private files, or CloudFront refuses the template · little keeps strangers out, or CloudFront probably refuses it. */
export type Level = 'error' | 'warning';

export interface Finding {
  rule: RuleId;
  level: Level;
  /** The logical id. */
  resource: string;
  /** The path below the resource's Properties: `DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy`. */
  property: string;
  problem: string;
  /** One sentence. */
  do: string;
}

const GUIDE = 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide';

/** The rules, each with the page of AWS that describes its subject. */
export const PAGES = {
  'unsigned-shares-origin': `${GUIDE}/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern`,
  'function-crosses-prefix': `${GUIDE}/functions-event-structure.html`,
  'public-bucket':
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
  'no-origin-access-control': `${GUIDE}/private-content-restricting-access-to-s3.html`,
  'no-source-arn': `${GUIDE}/private-content-restricting-access-to-s3.html#oac-permission-to-access-s3`,
  'http-allowed': `${GUIDE}/using-https.html`,
  'cors-any-origin': `${GUIDE}/understanding-response-headers-policies.html`,
  'function-syntax': `${GUIDE}/writing-function-code.html`,
  'function-language': `${GUIDE}/functions-javascript-runtime-features.html`,
  'function-not-published':
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudfront-function.html',
  'dangling-origin': `${GUIDE}/DownloadDistValuesCacheBehavior.html#DownloadDistValuesTargetOriginId`,
  'duplicate-path-pattern': `${GUIDE}/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern`,
  'certificate-region': `${GUIDE}/cnames-and-https-requirements.html`,
} as const;

export type RuleId = keyof typeof PAGES;
