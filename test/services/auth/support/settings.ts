import { generateKeyPairSync } from 'node:crypto';
import { ConfigError, parseConfig } from '../../../../services/auth/settings/config.ts';
import { isPublicSuffix } from '../../../../services/auth/settings/public-suffix.ts';

export const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();

export const EC = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

export const GOOD = {
  APP_ORIGIN: 'https://app.example.com',
  FILES_ORIGIN: 'https://files.app.example.com',
  OIDC_ISSUER: 'https://login.example.com',
  OIDC_CLIENT_ID: 'id',
  OIDC_CLIENT_SECRET: 'secret-of-oidc',
  TABLE_NAME: 'sessions',
  DETAILS_TABLE_NAME: 'details',
  MOVER_FUNCTION_NAME: 'mover',
  BUCKET_NAME: 'files',
  KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::000000000000:key-value-store/test',
  KEY_PAIR_ID: 'K1',
  AWS_REGION: 'eu-central-1',
  SIGNING_KEY: EC,
  LOGIN_SECRET: Buffer.alloc(32, 7).toString('base64url'),
};

export function faults(env: Record<string, string | undefined>): string[] {
  try {
    parseConfig(env, isPublicSuffix);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
