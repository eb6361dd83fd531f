import {
  CloudFrontKeyValueStoreClient,
  type CloudFrontKeyValueStoreClientConfig,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
// The service takes Signature Version 4A only. The client finds its signer through this import.
import '@aws-sdk/signature-v4a';

/**
 * A client of the CloudFront KeyValueStore data plane.
 * @param options.endpoint another server of that API; by itself the client puts the account id in front of the host
 * @param options.credentials if they are left out, the SDK uses its own chain
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
