/**
 * What AWS documents nowhere. Each default is what the best measurements say, or else the choice under which a
 * mistake shows; each other value is what reality may turn out to be. Whatever is built on CloudFront should hold
 * under every single one.
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
  /** The path, query and headers in the event of the viewer-response function. Default `viewer`. */
  viewerResponseSees: 'viewer' | 'rewritten';
  /** Which of several signing cookies or parameters of one name counts. Default `first`. */
  duplicates: 'first' | 'last';
  /** Which of the two counts where both come. Default `policy`. */
  policyWithExpires: 'policy' | 'expires';
  /** Upper and lower case are one in the value of Hash-Algorithm and in the host that Resource names. Default false. */
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
  viewerResponseSees: 'viewer',
  duplicates: 'first',
  policyWithExpires: 'policy',
  caseIgnored: false,
  partialProtocol: false,
  addressWithoutMask: false,
  responseHeadersPolicyFirst: true,
  responseHeadersPolicyOnRefusals: false,
};
