export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Whom a credential belongs to. The policies decide by this. */
export type Principal =
  /** The person at this machine, who may do everything. */
  | { kind: 'operator' }
  /** A role of the template. It may do what the IAM policies attached to it allow. */
  | { kind: 'role'; logicalId: string }
  /** An AWS service that acts for a resource. It may do what the bucket policy allows. */
  | { kind: 'service'; service: string; sourceArn: string };

export interface KnownCredential extends Credentials {
  principal: Principal;
}
