import { parseStackValues, type StackValues } from '../../infra/values.ts';
import type { SigningKey } from '../operator/keys/key-files.ts';
import type { LocalSettings } from './settings.ts';
import { ACCOUNT_ID, BUCKET, OIDC_CLIENT_ID, REGION } from './state.ts';

/** The values that make the stack's template describe this machine. */
export function localStackValues(
  settings: LocalSettings,
  keys: Pick<SigningKey, 'keyPairId' | 'publicPem'>[],
): StackValues {
  const certificate = `arn:aws:acm:${REGION}:${ACCOUNT_ID}:certificate/00000000-0000-0000-0000-000000000000`;
  return parseStackValues({
    appOrigin: settings.appOrigin,
    filesOrigin: settings.filesOrigin,
    appCertificateArn: certificate,
    filesCertificateArn: certificate,
    oidcIssuer: settings.provider?.issuer ?? `http://localhost:${settings.ports.identityProvider}`,
    oidcClientId: settings.provider?.clientId ?? OIDC_CLIENT_ID,
    allow: 'everybody',
    secretArn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:local-000000`,
    // The key pair id is the key's name. On AWS, CloudFront makes the id.
    publicKeys: keys.map(({ keyPairId, publicPem }) => ({ name: keyPairId, pem: publicPem })),
    cookieLifetimeSeconds: settings.cookieLifetimeSeconds,
    browserCache: settings.browserCache,
    bucketName: BUCKET,
    keepDeletedDays: 0,
  });
}
