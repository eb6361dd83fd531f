/** An option of the command that helps against a fault. */
export interface Help {
  option: 'bucket' | 'origin' | 'value' | 'ignore';
  /** What the option names: a bucket, an origin's id, a value or a property. */
  name: string;
}

/** Says everything that a template has and the local CloudFront does not take. */
export class TemplateError extends Error {
  readonly helps: readonly Help[];

  constructor(message: string, helps: readonly Help[] = []) {
    super(message);
    this.helps = helps;
  }
}
