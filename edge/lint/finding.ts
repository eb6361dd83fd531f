/**
 * The weight of a finding: a stranger reads private files, or CloudFront refuses it · little keeps strangers out, or
 * CloudFront probably refuses it · the protection is weaker than necessary.
 */
export type Level = 'error' | 'warning' | 'note';

export interface Finding {
  rule: RuleId;
  level: Level;
  /** The logical id in a template, the id in an account. */
  resource: string;
  /** The path below the resource's Properties: `DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy`. */
  property: string;
  problem: string;
  /** One sentence. */
  do: string;
}

const GUIDE = 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide';

/** The subject of each rule in a few words, and the page of AWS that describes it. */
export const RULES = {
  'unsigned-shares-origin': {
    title: 'An unsigned behavior shares an origin with a signed one',
    page: `${GUIDE}/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern`,
  },
  'function-crosses-prefix': {
    title: 'A function sends a request to files that its signature does not cover',
    page: `${GUIDE}/functions-event-structure.html`,
  },
  'public-bucket': {
    title: 'The bucket answers everybody',
    page: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
  },
  'no-origin-access-control': {
    title: 'CloudFront sends unsigned requests to the bucket',
    page: `${GUIDE}/private-content-restricting-access-to-s3.html`,
  },
  'no-source-arn': {
    title: 'The bucket answers every distribution',
    page: `${GUIDE}/private-content-restricting-access-to-s3.html#oac-permission-to-access-s3`,
  },
  'signing-defeats-cache': {
    title: 'The cache keeps a copy for each signature or viewer',
    page: `${GUIDE}/controlling-the-cache-key.html`,
  },
  'ttl-outlives-policy': {
    title: 'A copy lives longer than the right to see it',
    page: `${GUIDE}/Expiration.html`,
  },
  'logs-hold-signatures': {
    title: 'A log contains signatures that open private files',
    page: `${GUIDE}/standard-logging.html`,
  },
  'http-allowed': {
    title: 'Plain HTTP is allowed',
    page: `${GUIDE}/using-https.html`,
  },
  'unused-key': {
    title: 'A key that nobody uses',
    page: `${GUIDE}/private-content-trusted-signers.html`,
  },
  'cors-any-origin': {
    title: "Any web page may read with the viewer's cookies",
    page: `${GUIDE}/understanding-response-headers-policies.html`,
  },
  'function-syntax': {
    title: 'A function whose code cannot be loaded',
    page: `${GUIDE}/writing-function-code.html`,
  },
  'function-language': {
    title: 'A function uses JavaScript that its runtime does not take',
    page: `${GUIDE}/functions-javascript-runtime-features.html`,
  },
  'function-not-published': {
    title: 'A function is not published',
    page: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudfront-function.html',
  },
  'dangling-origin': {
    title: 'A behavior names an origin that is not there',
    page: `${GUIDE}/DownloadDistValuesCacheBehavior.html#DownloadDistValuesTargetOriginId`,
  },
  'duplicate-path-pattern': {
    title: 'Two behaviors have one path pattern',
    page: `${GUIDE}/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern`,
  },
  'old-tls-to-origin': {
    title: 'An old protocol between CloudFront and the origin',
    page: `${GUIDE}/DownloadDistValuesOrigin.html#DownloadDistValuesOriginSSLProtocols`,
  },
  'certificate-region': {
    title: 'The certificate is in a region that CloudFront does not look at',
    page: `${GUIDE}/cnames-and-https-requirements.html`,
  },
  'rsa-sha1': {
    title: 'Signatures are RSA with SHA-1',
    page: `${GUIDE}/private-content-setting-signed-cookie-custom-policy.html`,
  },
} as const;

export type RuleId = keyof typeof RULES;
