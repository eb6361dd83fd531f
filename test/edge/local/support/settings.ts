import type { OriginSettings, S3Binding } from '../../../../edge/local/template/origins.ts';
import type { ViewerRequest } from '../../../../edge/local/viewer/viewer-request.ts';

/** For tests of one step: a GET as the steps before it hand it on. */
export function viewerOf(rawPath: string, changes: Partial<ViewerRequest> = {}): ViewerRequest {
  return {
    ...{ id: 'r1', method: 'GET', origin: 'http://localhost:8080', rawPath, rawQuery: undefined },
    ...{ headers: new Map([['host', ['localhost:8080']]]), ipAddress: '127.0.0.1', port: 1 },
    ...changes,
  };
}

/** A bucket behind origin access control, with CloudFront's defaults. */
export function bucketSettings(binding: S3Binding): OriginSettings {
  return {
    ...{ id: 'bucket', domainName: 'b.s3.us-east-1.amazonaws.com', binding, isS3: true, cors: [] },
    ...{ isSigned: true, isListable: false, path: '', customHeaders: {} },
    ...{ connectionAttempts: 3, responseTimeoutSeconds: 30 },
  };
}
