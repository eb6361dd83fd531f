import type { Stack } from './stack.ts';

/** What a rule finds in a template. */
export interface Found {
  /** An error: a stranger reads private files, or CloudFront refuses the template. A warning: it is likely. */
  level: 'error' | 'warning';
  /** The logical id. */
  resource: string;
  /** The path below the resource's Properties: `DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy`. */
  property: string;
  problem: string;
  /** One sentence. */
  do: string;
}

export interface Finding extends Found {
  rule: string;
  /** The page of AWS that describes the subject of the rule. */
  page: string;
}

export interface Rule {
  name: string;
  page: string;
  /** A rule without enough facts finds nothing, and adds to `stack.unseen` what it could not see. */
  check(stack: Stack): Found[] | Promise<Found[]>;
}

export const GUIDE = 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide';
