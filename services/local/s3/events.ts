import { randomUUID } from 'node:crypto';
import { type Change, isObject, NULL_ID } from './bucket.ts';

/**
 * What S3 sends to EventBridge (Amazon S3 User Guide, "EventBridge event message structure"), without the members that
 * name a request.
 */
export interface S3Event {
  version: '0';
  id: string;
  'detail-type': 'Object Created' | 'Object Deleted';
  source: 'aws.s3';
  account: string;
  /** ISO 8601, in whole seconds. */
  time: string;
  region: string;
  resources: string[];
  detail: {
    version: '0';
    bucket: { name: string };
    object: {
      key: string;
      /** Bytes. */
      size?: number;
      etag?: string;
      'version-id'?: string;
      /** Of two events of one key, the later one has the greater text. */
      sequencer: string;
    };
    requester: string;
    reason: Change['reason'];
    'deletion-type'?: NonNullable<Change['deletion']>;
  };
}

/** Makes events of the changes of a bucket, each greater than those before it. */
export function createEvents(place: {
  bucketName: string;
  region: string;
  accountId: string;
  now: () => number;
}): (change: Change) => S3Event {
  const { bucketName, region, accountId, now } = place;
  let last = 0;
  return ({ version, reason, deletion }) => {
    last = Math.max(last + 1, now() * 1_000);
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': deletion ? 'Object Deleted' : 'Object Created',
      source: 'aws.s3',
      account: accountId,
      time: `${new Date(now()).toISOString().slice(0, 19)}Z`,
      region,
      resources: [`arn:aws:s3:::${bucketName}`],
      detail: {
        version: '0',
        bucket: { name: bucketName },
        object: {
          key: version.key,
          ...(isObject(version) && !deletion ? { size: version.size } : {}),
          ...(isObject(version) ? { etag: version.etag.replaceAll('"', '') } : {}),
          ...(version.versionId === NULL_ID ? {} : { 'version-id': version.versionId }),
          sequencer: last.toString(16).padStart(16, '0').toUpperCase(),
        },
        requester: reason === 'Lifecycle Expiration' ? 's3.amazonaws.com' : accountId,
        reason,
        ...(deletion ? { 'deletion-type': deletion } : {}),
      },
    };
  };
}
