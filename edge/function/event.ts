/** A header, cookie or query value in the form of CloudFront Functions (event structure, DG cloudfront-functions). */
export interface EdgeValue {
  value: string;
  /** All values, if one name came several times. */
  multiValue?: { value: string }[];
}

export interface EdgeRequest {
  method: string;
  /** The path as the viewer sent it, with its percent-escapes. */
  uri: string;
  querystring: { [name: string]: EdgeValue | undefined };
  headers: { [name: string]: EdgeValue | undefined };
  cookies: { [name: string]: EdgeValue | undefined };
}

export interface ViewerRequest extends EdgeRequest {
  /** The query as the viewer sent it, not parsed. Undefined without a `?`. */
  rawQueryString(): string | undefined;
}

export interface EdgeResponse {
  statusCode: number;
  statusDescription?: string;
  headers: { [name: string]: EdgeValue | undefined };
  body?: string | { encoding: 'text' | 'base64'; data: string };
}

export interface ViewerRequestEvent {
  request: ViewerRequest;
}

export interface ViewerResponseEvent {
  /** AWS does not say which request this is: the viewer's, or the one that the viewer-request function made of it. */
  request: EdgeRequest & Partial<ViewerRequest>;
  response: EdgeResponse;
}

/** A CloudFront KeyValueStore with its helper methods (DG: functions-custom-methods). */
export interface KeyValueStore {
  exists(key: string): Promise<boolean>;
  /** Rejects if the key is missing. */
  get(key: string): Promise<string>;
}
