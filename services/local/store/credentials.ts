import * as Type from 'typebox';
import { Check } from 'typebox/schema';

export const Credentials = Type.Object({ accessKeyId: Type.String(), secretAccessKey: Type.String() });
export type Credentials = Type.Static<typeof Credentials>;

export function isCredentials(value: unknown): value is Credentials {
  return Check(Credentials, value);
}

/** Whom a credential belongs to. The policies decide by this. */
export type Principal =
  /** The person at this machine, who may do everything. */
  | { kind: 'operator' }
  /**
   * Roles of the template. A process of this machine does what several functions do on AWS. It may do what the IAM
   * policies attached to one of the roles allow.
   */
  | { kind: 'role'; logicalIds: string[] }
  /** An AWS service that acts for a resource. It may do what the bucket policy allows. */
  | { kind: 'service'; service: string; sourceArn: string };

export interface KnownCredential extends Credentials {
  principal: Principal;
}
