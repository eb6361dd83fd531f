import cf from 'cloudfront';
import type { EdgeRequest, EdgeResponse, ViewerRequestEvent } from './event.ts';
import { decide } from './gate.ts';

const store = cf.kvs();

/** The viewer-request function: CloudFront calls it with each request, before the cache. */
export function handler(event: ViewerRequestEvent): Promise<EdgeRequest | EdgeResponse> {
  return decide(event.request, store, Date.now() / 1000);
}
