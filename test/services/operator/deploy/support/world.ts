import { ACM } from '@aws-sdk/client-acm';
import { KMS } from '@aws-sdk/client-kms';
import { Route53 } from '@aws-sdk/client-route-53';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import type { Network } from '../../../../../services/operator/deploy/check/check.ts';
import { publicPem } from '../../../../../services/operator/deploy/check/keys.ts';

export const REGION = 'eu-central-1';
export const APP = 'app.example.com';
export const FILES = 'files.app.example.com';

/** A discovery document with everything that the service can use. */
export const DISCOVERY = {
  issuer: 'https://login.example.com',
  authorization_endpoint: 'https://login.example.com/authorize',
  token_endpoint: 'https://login.example.com/token',
  jwks_uri: 'https://login.example.com/jwks',
  response_types_supported: ['code'],
  end_session_endpoint: 'https://login.example.com/end',
  backchannel_logout_supported: true,
};

/** DNS and a provider as the test sets them, without a network. */
export interface World extends Network {
  nameServers: string[];
  /** Names that have an address. */
  addresses: Record<string, string[]>;
  canonicalNames: Record<string, string[]>;
  discovery: () => Response | Promise<Response>;
}

export function createWorld(): World {
  const world: World = {
    nameServers: [],
    addresses: {},
    canonicalNames: {},
    discovery: () => Response.json(DISCOVERY),
    dns: {
      nameServers: async () => world.nameServers,
      addresses: async (name) => world.addresses[name] ?? world.addresses[name.replace(/^[^.]+/, '*')] ?? [],
      canonicalNames: async (name) => world.canonicalNames[name] ?? [],
    },
    fetch: async () => world.discovery(),
  };
  return world;
}

export type Values = Record<string, unknown>;

/** A zone of example.com to which the domain is delegated. */
export async function makeZone(world: World): Promise<string> {
  const { HostedZone, DelegationSet } = await new Route53({}).createHostedZone({
    Name: 'example.com',
    CallerReference: String(process.hrtime.bigint()),
  });
  world.nameServers = DelegationSet?.NameServers ?? [];
  return HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
}

export async function makeCertificate(region: string, name: string): Promise<string> {
  const request = { DomainName: name, ValidationMethod: 'DNS' as const };
  return (await new ACM({ region }).requestCertificate(request)).CertificateArn ?? '';
}

export async function makeSecret(name: string, text: string, more = {}): Promise<string> {
  return (await new SecretsManager({}).createSecret({ Name: name, SecretString: text, ...more })).ARN ?? '';
}

export async function makeKey(more = {}): Promise<{ arn: string; pem: string }> {
  const key = { KeySpec: 'ECC_NIST_P256' as const, KeyUsage: 'SIGN_VERIFY' as const, ...more };
  const { KeyMetadata } = await new KMS({}).createKey(key);
  const arn = KeyMetadata?.Arn ?? '';
  return { arn, pem: await publicPem(arn, REGION) };
}

const LOGIN_SECRET = Buffer.alloc(32, 7).toString('base64url');
export const MEMBERS = { OIDC_CLIENT_SECRET: 'of-the-client', LOGIN_SECRET };

/** The six values of docs/deploy.md, except `hostedZoneId`: each test makes its own zone. */
export const FIVE = {
  domain: APP,
  oidcIssuer: 'https://login.example.com',
  oidcClientId: 'gateway',
  allow: { emailDomains: ['example.com'] },
  alarmEmail: 'operator@example.com',
};

/** An account in which nothing is missing, and the values that name its parts. */
export async function makeSound(world: World): Promise<Values> {
  const { arn, pem } = await makeKey();
  return {
    ...FIVE,
    hostedZoneId: await makeZone(world),
    secretArn: await makeSecret('gateway/settings', JSON.stringify(MEMBERS)),
    signingKmsKeyArn: arn,
    publicKeys: [{ name: 'key-1', pem }],
    filesCertificateArn: await makeCertificate('us-east-1', FILES),
    appCertificateArn: await makeCertificate(REGION, '*.example.com'),
  };
}
