import type { EdgeRequest, EdgeResponse, KeyValueStore, ViewerRequestEvent } from './event.ts';
import { decide } from './gate.ts';

/** The runtime's module for KeyValueStores (DG: functions-custom-methods). The build puts its import in front. */
declare const cf: { kvs(): KeyValueStore };

const store = cf.kvs();

/** The viewer-request function. CloudFront calls it with each request, before the cache. */
export function handler(event: ViewerRequestEvent): Promise<EdgeRequest | EdgeResponse> {
  return decide(event.request, store, Date.now() / 1000);
}
