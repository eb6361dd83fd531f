export interface Section {
  title: string;
  facts: readonly Fact[];
}

export interface Fact {
  /**
   * A: AWS says so in words. B: several independent observations. C: one observation, or inference. D: not established.
   * The choice is an assumption with a switch, or nothing depends on it.
   */
  known: string;
  /** A page of the CloudFront Developer Guide, another source by its name, or `not documented`. */
  source: string;
  fact: string;
  /** `file › title of the test`. The file is below test/. */
  shown: readonly string[];
  /** For facts that are not CloudFront's, or not the local CloudFront's. */
  note?: string;
}

export function fact(known: string, source: string, text: string, ...shown: string[]): Fact {
  return { known, source, fact: text, shown };
}

export function noted(note: string, { known, source, fact, shown }: Fact): Fact {
  return { known, source, fact, shown, note };
}

export const NOT_DOCUMENTED = 'not documented';
export const BY_BROWSERS = 'by browsers';
export const BY_DESIGN = 'by design of this project';

/** Files by a short name. */
export const IN = (file: string) => (title: string) => `${file} › ${title}`;
export const local = (file: string) => IN(`edge/local/${file}.test.ts`);
export const signature = local('signature/signature');
export const credential = local('signature/signing-parameters');
export const policy = local('signature/policy-statement');
export const pattern = local('signature/resource-pattern');
export const assumptions = local('assumptions');
export const functions = local('functions/edge-functions');
export const load = local('functions/function-load');
export const promises = local('functions/function-promises');
export const result = local('functions/function-result');
export const world = local('functions/function-world');
export const lifetimes = local('cache/lifetimes');
export const conditions = local('cache/conditions');
export const objects = local('cache/objects');
export const behavior = local('behavior');
export const distribution = local('template/distribution');
export const keys = local('template/trusted-keys');
export const request = local('viewer/viewer-request');
export const cacheKey = local('cache/cache-key');
export const freshness = local('cache/freshness');
export const headers = local('template/response-headers-policy');
export const signers = local('signature/independent-signers.full');
export const sites = local('shapes/sites');
export const apps = local('shapes/apps');
export const byHand = local('shapes/by-hand');
export const stack = IN('infra/gateway-stack.test.ts');
export const localS3 = IN('services/local/s3/server.test.ts');
export const s3Objects = IN('services/local/s3/objects.test.ts');
export const rules = IN('browser/cookie-rules.test.ts')('which cookies a browser brings to the files host');

export const COOKIES = 'private-content-setting-signed-cookie-custom-policy';
export const CANNED_COOKIES = 'private-content-setting-signed-cookie-canned-policy';
export const SIGNED_COOKIES = 'private-content-signed-cookies';
export const SIGNED_URLS = 'private-content-signed-urls';
export const KEYS = 'private-content-trusted-signers';
export const QUOTAS = 'cloudfront-limits';
export const EVENT = 'functions-event-structure';
export const RUNTIME = 'functions-javascript-runtime-20';
export const EDGE_RESTRICTIONS = 'edge-function-restrictions-all';
export const BEHAVIOR = 'RequestAndResponseBehaviorS3Origin';
export const PATTERNS = 'DownloadDistValuesCacheBehavior';
export const ORIGIN_ACCESS = 'private-content-restricting-access-to-s3';
export const S3_GUIDE = 'Amazon S3 User Guide: object keys';

export const EVERY_SIGNER = '…: what it signs opens a file until it expires';
export const BY_HAND = 'what is signed by hand with … and … opens the file';
export const SHAPE = signature('with a policy of another shape: MalformedPolicy');
export const SECTIONS_OF_PATTERN = pattern('a wildcard stands for characters of its own section');
export const FAILING_FUNCTION = functions('a viewer-request function that … is answered with …');
export const BUCKET = stack('the bucket is private and lets in the distribution alone');
export const ONE_BEHAVIOR = stack('the distribution has one behavior, all of it signed');
export const START = signature(
  'a policy opens from its start, exclusive, to its end, exclusive, also once it is remembered',
);
