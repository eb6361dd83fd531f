export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Who a credential is, for the policies. */
export type Principal =
  /** The person at this machine: everything. */
  | { kind: 'operator' }
  /** A role of the template, allowed what the template's IAM policies attached to it allow. */
  | { kind: 'role'; logicalId: string }
  /** An AWS service acting for a resource, allowed what the bucket policy allows. */
  | { kind: 'service'; service: string; sourceArn: string };

export interface KnownCredential extends Credentials {
  principal: Principal;
}
