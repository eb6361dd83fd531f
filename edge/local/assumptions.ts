/**
 * The facts that AWS does not document: for each, the default and the other choice. A default follows the best
 * measurements. If there are none, the default is the value that shows mistakes. CloudFront may also behave as the other
 * value says. So a design on CloudFront should hold under every single value.
 */
const CHOICES = {
  /** The viewer-request function runs before the signature is checked. */
  functionBeforeSignature: [false, true],
  /** The function and the origin receive the path normalised as in RFC 3986, 6.2.2. The default: as it was sent. */
  normalisedUri: [false, true],
  /** Resource is compared with the URL whose path is normalised. The default: as it was sent. */
  signatureOnNormalisedUri: [false, true],
  /**
   * Functions see the signing parameters neither in `rawQueryString()` nor in `querystring`. By default,
   * `rawQueryString()` holds them.
   */
  signingParametersHidden: [false, true],
  /** Functions do not see the cookies that CloudFront takes as its own. */
  signingCookiesHidden: [false, true],
  /**
   * The path, query and headers in the event of the viewer-response function: those that the viewer-request function
   * returned, which one person has observed, or the viewer's.
   */
  viewerResponseSees: ['rewritten', 'viewer'],
  /** Which of several signing cookies or parameters with the same name counts. */
  duplicates: ['first', 'last'],
  /**
   * If a request has several whole sets of signing cookies, as browsers send them for nested paths, a set that opens the
   * file counts. The default: the set that `duplicates` says.
   */
  fittingSet: [false, true],
  /** Whether Policy or Expires counts, if both are sent. */
  policyWithExpires: ['policy', 'expires'],
  /** Case does not count in the value of Hash-Algorithm and in the host of Resource. */
  caseIgnored: [false, true],
  /** A wildcard beside letters in the protocol of Resource, as in `http*://` or `h*://`, counts. */
  partialProtocol: [false, true],
  /** An address without a mask in IpAddress is a range of one. By default, such a policy is malformed. */
  addressWithoutMask: [false, true],
  /** The response headers policy is applied before the viewer-response function runs. */
  responseHeadersPolicyFirst: [true, false],
  /** The response headers policy is applied to refusals of the signature, too. */
  responseHeadersPolicyOnRefusals: [false, true],
} as const;

export type AssumptionName = keyof typeof CHOICES;
export type Assumptions = { [Name in AssumptionName]: (typeof CHOICES)[Name][number] };

export const DEFAULT_ASSUMPTIONS = parseChoices(0);
/** The other choice of each switch. */
export const OTHER_CHOICES = parseChoices(1);

function parseChoices(index: 0 | 1): Readonly<Assumptions> {
  return Object.fromEntries(
    Object.entries(CHOICES).map(([name, both]) => [name, both[index]]),
  ) as Assumptions;
}

export function isAssumptionName(name: string): name is AssumptionName {
  return Object.hasOwn(CHOICES, name);
}

/**
 * Reads switches that a person wrote: `name=value,…`.
 * @param faults gets one message for each fault
 */
export function parseAssumptions(text: string, faults: string[]): Partial<Assumptions> {
  const read: Partial<Record<AssumptionName, unknown>> = {};
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [name = '', value = ''] = part.split(/=(.*)/s).map((one) => one.trim());
    if (!isAssumptionName(name)) {
      const known = Object.keys(CHOICES).join(', ');
      faults.push(`${JSON.stringify(name)} is not an assumption; the assumptions are ${known}`);
      continue;
    }
    const choice = CHOICES[name].find((one) => String(one) === value);
    if (choice === undefined) faults.push(`${name} must be ${CHOICES[name].join(' or ')}`);
    else if (read[name] !== undefined) faults.push(`${name} is given twice`);
    else read[name] = choice;
  }
  return read as Partial<Assumptions>;
}
