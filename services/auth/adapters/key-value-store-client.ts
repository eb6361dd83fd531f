import {
  CloudFrontKeyValueStoreClient,
  type CloudFrontKeyValueStoreClientConfig,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
// The service takes Signature Version 4A only, and the client finds its signer by this.
import '@aws-sdk/signature-v4a';

/**
 * A client of the CloudFront KeyValueStore data plane.
 * @param options.endpoint another server of that API; the client alone would put the account id before its host
 * @param options.credentials without them the SDK's own chain
 */
export function createKeyValueStoreClient(
  options: { endpoint?: string } & Pick<
    CloudFrontKeyValueStoreClientConfig,
    'region' | 'credentials' | 'maxAttempts' | 'requestHandler'
  >,
): CloudFrontKeyValueStoreClient {
  const { endpoint, ...rest } = options;
  if (endpoint === undefined) return new CloudFrontKeyValueStoreClient(rest);
  const signing = {
    ...{ name: 'sigv4a', signingName: 'cloudfront-keyvaluestore', properties: {} },
    ...{ signingRegion: '*', signingRegionSet: ['*'] },
  };
  const url = new URL(endpoint);
  return new CloudFrontKeyValueStoreClient({
    ...rest,
    endpointProvider: () => ({ url, properties: { authSchemes: [signing] } }),
  });
}
