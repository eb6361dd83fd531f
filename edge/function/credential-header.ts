/**
 * With this request header, the viewer-request function tells the viewer-response function which kind of credential let
 * the request in. Viewers cannot send the header, so its value can be believed.
 */
export const CREDENTIAL_HEADER = 'x-gateway-credential';
