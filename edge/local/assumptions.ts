/**
 * The facts that AWS does not document. A default follows the best measurements. If there are none, the default is the
 * value that shows mistakes. CloudFront may also behave as the other value says. So a design on CloudFront should hold
 * under every single value.
 */
export interface Assumptions {
  /** The viewer-request function runs before the signature is checked. Default false. */
  functionBeforeSignature: boolean;
  /** The function and the origin receive the path normalised as in RFC 3986, 6.2.2. Default false: as it was sent. */
  normalisedUri: boolean;
  /** Resource is compared with the URL whose path is normalised. Default false: as it was sent. */
  signatureOnNormalisedUri: boolean;
  /**
   * Functions see the signing parameters neither in `rawQueryString()` nor in `querystring`. Default false:
   * `rawQueryString()` holds them.
   */
  signingParametersHidden: boolean;
  /** Functions do not see the cookies that CloudFront takes as its own. Default false. */
  signingCookiesHidden: boolean;
  /**
   * The path, query and headers in the event of the viewer-response function: the viewer's, or those that the
   * viewer-request function returned. Default `rewritten`, which one person has observed.
   */
  viewerResponseSees: 'viewer' | 'rewritten';
  /** Which of several signing cookies or parameters with the same name counts. Default `first`. */
  duplicates: 'first' | 'last';
  /**
   * If a request has several whole sets of signing cookies, as browsers send them for nested paths, a set that opens the
   * file counts. Default false: the set that `duplicates` says.
   */
  fittingSet: boolean;
  /** Whether Policy or Expires counts, if both are sent. Default `policy`. */
  policyWithExpires: 'policy' | 'expires';
  /** Case does not count in the value of Hash-Algorithm and in the host of Resource. Default false. */
  caseIgnored: boolean;
  /** The response headers policy is applied before the viewer-response function runs. Default true. */
  responseHeadersPolicyFirst: boolean;
  /** A wildcard beside letters in the protocol of Resource, as in `http*://` or `h*://`, counts. Default false. */
  partialProtocol: boolean;
  /** An address without a mask in IpAddress is a range of one. Default false: such a policy is malformed. */
  addressWithoutMask: boolean;
  /** The response headers policy is applied to refusals of the signature, too. Default false. */
  responseHeadersPolicyOnRefusals: boolean;
}

export const DEFAULT_ASSUMPTIONS: Readonly<Assumptions> = {
  functionBeforeSignature: false,
  normalisedUri: false,
  signatureOnNormalisedUri: false,
  signingParametersHidden: false,
  signingCookiesHidden: false,
  viewerResponseSees: 'rewritten',
  duplicates: 'first',
  fittingSet: false,
  policyWithExpires: 'policy',
  caseIgnored: false,
  partialProtocol: false,
  addressWithoutMask: false,
  responseHeadersPolicyFirst: true,
  responseHeadersPolicyOnRefusals: false,
};

/** The other choice of each switch. */
export const OTHER_CHOICES: Readonly<Assumptions> = {
  functionBeforeSignature: true,
  normalisedUri: true,
  signatureOnNormalisedUri: true,
  signingParametersHidden: true,
  signingCookiesHidden: true,
  viewerResponseSees: 'viewer',
  duplicates: 'last',
  fittingSet: true,
  policyWithExpires: 'expires',
  caseIgnored: true,
  partialProtocol: true,
  addressWithoutMask: true,
  responseHeadersPolicyFirst: false,
  responseHeadersPolicyOnRefusals: true,
};

export type AssumptionName = keyof Assumptions;

export function isAssumptionName(name: string): name is AssumptionName {
  return Object.hasOwn(DEFAULT_ASSUMPTIONS, name);
}

/**
 * Reads switches that a person wrote: `name=value,…`.
 * @param faults gets one message for each fault
 */
export function parseAssumptions(text: string, faults: string[]): Partial<Assumptions> {
  const read: Partial<Record<AssumptionName, Assumptions[AssumptionName]>> = {};
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [name = '', value = ''] = part.split(/=(.*)/s).map((one) => one.trim());
    if (!isAssumptionName(name)) {
      const known = Object.keys(DEFAULT_ASSUMPTIONS).join(', ');
      faults.push(`${JSON.stringify(name)} is not an assumption; the assumptions are ${known}`);
      continue;
    }
    const choices = [DEFAULT_ASSUMPTIONS[name], OTHER_CHOICES[name]];
    const choice = choices.find((one) => String(one) === value);
    if (choice === undefined) faults.push(`${name} must be ${choices.join(' or ')}`);
    else if (read[name] !== undefined) faults.push(`${name} is given twice`);
    else read[name] = choice;
  }
  return read as Partial<Assumptions>;
}
