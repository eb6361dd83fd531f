/** A header, cookie or query value as CloudFront Functions hand it over (event structure, DG cloudfront-functions). */
export interface EdgeValue {
  value: string;
  /** All values, where one name came several times. */
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

export interface ViewerRequest extends EdgeRequest {
  /** The query as the viewer sent it, unparsed; undefined without a `?`. */
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
  /** AWS does not say whether this is the viewer's request, or what the viewer-request function made of it. */
  request: EdgeRequest & Partial<ViewerRequest>;
  response: EdgeResponse;
}

/** A CloudFront KeyValueStore, as its helper methods show it (DG: functions-custom-methods). */
export interface KeyValueStore {
  exists(key: string): Promise<boolean>;
  /** Rejects where the key is missing. */
  get(key: string): Promise<string>;
}
