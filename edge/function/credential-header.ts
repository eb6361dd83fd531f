/**
 * By this request header the viewer-request function tells the viewer-response function what kind of credential let a
 * request in. Viewers may not send it, so where it is seen it can be believed.
 */
export const CREDENTIAL_HEADER = 'x-gateway-credential';
