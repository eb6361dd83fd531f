import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../../infra/synth.ts';
import { parseStackValues, type StackValues } from '../../../infra/values.ts';

/** Fixed keys, so that templates are the same each time. Nobody has the private halves. */
export const PUBLIC_KEYS = [
  {
    name: 'gateway-1',
    pem: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEI/XXED8xFxwbtAIDkgmNMHUuV129\nWI/DM6npYJv6bOAWopL75dhfBEbNK/GBjTuZaDNBhodSLuy6jy9IfAWxUA==\n-----END PUBLIC KEY-----\n',
  },
  {
    name: 'gateway-2',
    pem: '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb4agTQ4USpmnmC9hUH/bI6VmpTOP\nJCK6zoMdzREEWGHa6K5Cn+WH9JI3PleXS4ZsfbdwB723QEaab1ozFSiLDQ==\n-----END PUBLIC KEY-----\n',
  },
];

/** A person's values.json with the required values, and two keys. */
export const PRODUCTION = {
  appOrigin: 'https://app.example.com',
  filesOrigin: 'https://files.app.example.com',
  appCertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a0a0a0a-1111-2222-3333-444444444444',
  filesCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0b0b0b0b-1111-2222-3333-444444444444',
  oidcIssuer: 'https://login.example.com',
  oidcClientId: 'gateway',
  allow: { claim: 'groups', value: 'staff' },
  secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:gateway-1-AbCdEf',
  publicKeys: PUBLIC_KEYS,
};

export const WEB_ACL =
  'arn:aws:wafv2:us-east-1:123456789012:global/webacl/gateway/0d0d0d0d-1111-2222-3333-444444444444';

/** Values with which the templates have all of their resources. */
export const EVERYTHING = {
  ...PRODUCTION,
  alarmEmail: 'operator@example.com',
  hostedZoneId: 'Z0123456789',
  ipv6: true,
  reserveSchedule: true,
  moverConcurrency: 50,
  scan: 'guardduty',
  serveNotScanned: true,
  webAclArn: WEB_ACL,
  signingKmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0c0c0c0c-1111-2222-3333-444444444444',
  backup: true,
  kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0e0e0e0e-1111-2222-3333-444444444444',
  permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/Bounds',
};

export interface SynthesizedResource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  DependsOn?: string[];
}

export interface Synthesized {
  Parameters?: Record<string, unknown>;
  Conditions?: Record<string, unknown>;
  Resources: Record<string, SynthesizedResource>;
  Outputs?: Record<string, unknown>;
}

/** Values that differ from the defaults, where those of `EVERYTHING` do not. */
export const OTHERWISE = {
  ...PRODUCTION,
  alarmEmail: 'operator@example.com',
  monthlyBudget: 2_000,
  keepDeletedDays: 0,
  hostedZoneId: 'Z0123456789',
  protectTable: true,
  reservedConcurrency: 20,
  requestsPerSecond: 4_000,
  logDays: 90,
  scan: 'guardduty',
  browserCache: 'revalidate',
  maxUserBytes: 6,
  maxTeamBytes: 5,
};

type Templates = Record<'gateway' | 'watch', Synthesized>;

/** A synthesis takes a quarter of a second, so all files of one process share it. */
const synthesized = new Map<string, Templates>();

/** Both templates of the cloud assembly, by the names of their stacks. */
export function templatesOf(changes: Partial<StackValues> | Record<string, unknown> = {}): Templates {
  const key = JSON.stringify({ ...PRODUCTION, ...changes });
  const templates = synthesized.get(key) ?? synthesizeBoth(JSON.parse(key));
  synthesized.set(key, templates);
  return templates;
}

function synthesizeBoth(raw: object): Templates {
  const values = parseStackValues(raw);
  const directory = mkdtempSync(join(tmpdir(), 'gateway-synth-'));
  try {
    synthesize(values, new URL('../../../edge/function', import.meta.url).pathname, directory);
    const read = (stack: string): Synthesized =>
      JSON.parse(readFileSync(join(directory, `${stack}.template.json`), 'utf8'));
    return { gateway: read(values.stackName), watch: read(`${values.stackName}-Watch`) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The function that runs a program of the bundle. */
export function functionOf(from: Synthesized, program: 'lambda' | 'mover' | 'reconcile' | 'scanned') {
  const named = ofType(from, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties['Handler'] === `${program}.handler`,
  );
  const properties = plain(named?.Properties) as Record<string, unknown>;
  return { ...properties, settings: Object(properties['Environment']).Variables };
}

/** All resources of a type, in the order of the template. */
export function ofType({ Resources }: Synthesized, type: string): SynthesizedResource[] {
  return Object.values(Resources).filter(({ Type }) => Type === type);
}

/** Writes intrinsic functions as `<Name.Attribute>`, and logical ids without the hash at their end. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  const named = (id: unknown) => String(id).replace(/[0-9A-F]{8}$/, '');
  if (Ref !== undefined) return `<${named(Ref)}>`;
  if (Array.isArray(attribute)) return `<${named(attribute[0])}.${attribute[1]}>`;
  if (Array.isArray(join) && Array.isArray(join[1])) return join[1].map(plain).join(String(join[0]));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** The one resource of a type, with its properties as text. */
export function propertiesOf(from: Synthesized, type: string): Record<string, unknown> {
  const [only, ...more] = ofType(from, type);
  if (!only || more.length > 0) throw new Error(`${more.length + 1} of ${type}`);
  return plain(only.Properties) as Record<string, unknown>;
}
