/** A header, cookie or query value as CloudFront Functions hand it over (event structure, DG cloudfront-functions). */
export interface EdgeValue {
  value: string;
  multiValue?: { value: string }[];
}

export interface EdgeRequest {
  method: string;
  /** The path as the viewer sent it: percent-escapes are kept. */
  uri: string;
  querystring: { [name: string]: EdgeValue | undefined };
  headers: { [name: string]: EdgeValue | undefined };
  cookies: { [name: string]: EdgeValue | undefined };
}

export interface EdgeResponse {
  statusCode: number;
  statusDescription?: string;
  headers: { [name: string]: EdgeValue | undefined };
  body?: string | { encoding: 'text' | 'base64'; data: string };
}

export interface ViewerRequestEvent {
  request: EdgeRequest;
}

export interface ViewerResponseEvent {
  request: EdgeRequest;
  response: EdgeResponse;
}
