import { Environment } from '@cloudfront-cookie-gateway/auth/settings/environment';
import {
  cookieSeconds,
  form,
  type Kind,
  recheckSeconds,
  wholeNumber,
} from '@cloudfront-cookie-gateway/auth/settings/schema';
import { parsePublicKey } from '@cloudfront-cookie-gateway/core/signing-key';
import * as Type from 'typebox';

/*
 * The values of a deployment. A `title` says what a value is for, and an editor shows it. A `description` says what the
 * value must be, and follows `must be` in a message. A value with a default may be left out. A value that becomes a
 * setting of the service has the schema of that setting.
 */

const SETTINGS = Environment.properties;
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** A host name of a domain, in lower case. */
const HOST_NAME = '((?!-)[a-z0-9-]{1,63}(?<!-)\\.)+[a-z][a-z0-9-]*[a-z0-9]';

/** The whole name of one resource (AWS General Reference, "Amazon Resource Names"). */
function arn(service: string, resource: string, description: string, title: string) {
  const start = `arn:aws(-cn|-us-gov)?:${service}:[a-z]{2}(-[a-z]+)+-\\d:\\d{12}:`;
  return form(`${start}${resource}`, `the whole ARN of one ${description}`, title);
}

function kmsKey(title: string) {
  const description = 'KMS key (of the key, not of an alias)';
  return arn('kms', `key/(${UUID}|mrk-[0-9a-f]{32})`, description, title);
}

function certificate(title: string) {
  return arn('acm', `certificate/${UUID}`, 'ACM certificate', title);
}

function titled<T extends Type.TSchema>(title: string, schema: T) {
  return Type.With(schema, { title });
}

function flag(title: string) {
  return Type.Boolean({ title, description: 'true or false', default: false });
}

/** A public key of the trusted key group. */
const PublicKey = Type.Object(
  {
    name: form('[A-Za-z0-9_-]{1,128}', 'letters, digits, - and _', 'The name by which people know the key'),
    pem: Type.Refine(
      // Nothing may follow the key, such as the private key: the whole text is in the template.
      Type.String({
        title: 'SubjectPublicKeyInfo',
        description: 'a public key as PEM, RSA 2048 or ECDSA P-256',
        pattern: '^\\s*-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\\s*$',
      }),
      isPublicKey,
    ),
  },
  { description: '{ name, pem }' },
);
export type PublicKeyValue = Type.Static<typeof PublicKey>;

function isPublicKey(pem: string): boolean {
  try {
    parsePublicKey(pem);
    return true;
  } catch {
    return false;
  }
}

/** The values from which the files host is made. */
export const FilesHostSchema = Type.Object({
  appOrigin: SETTINGS.APP_ORIGIN,
  filesOrigin: SETTINGS.FILES_ORIGIN,
  publicKeys: Type.Array(PublicKey, {
    title: 'The keys that the edge trusts. The service signs with the first.',
    description: 'a list of 1 to 5 { name, pem }: npm run deploy makes it, and a key group takes no more',
    minItems: 1,
    maxItems: 5,
  }),
  cookieLifetimeSeconds: titled('How long cookies open files, in seconds', cookieSeconds('deployed')),
  browserCache: Type.Optional(
    Type.Literal('revalidate', {
      title: 'With revalidate, browsers ask for every file again, and get a 304.',
      description: 'revalidate, or left out',
    }),
  ),
  /** Amazon S3 User Guide, "General purpose bucket naming rules". A dot breaks the certificate of S3's own host name. */
  bucketName: Type.Optional(
    form(
      '(?!xn--|sthree-|amzn-s3-demo-)(?!.*(-s3alias|--ol-s3|--x-s3|--table-s3|-an)$)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]',
      '3 to 63 lower-case letters, digits and -, without a dot, and none that S3 reserves',
      'A bucket that you already have, for the files. The stack makes one if it is left out.',
    ),
  ),
  kmsKeyArn: Type.Optional(
    kmsKey('A symmetric key in AWS KMS with which S3 encrypts the files, instead of a key of S3'),
  ),
  /** Amazon S3, IAM and CloudFront share these bounds (Resource Groups Tagging API Reference, Tag). */
  tags: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^(?![aA][wW][sS]:)[A-Za-z0-9 _.:/=+@\\-]{1,128}$' }),
      Type.String({ pattern: '^[A-Za-z0-9 _.:/=+@\\-]{0,256}$' }),
      {
        title: 'Tags of all resources, such as { "cost-center": "1234" }',
        description:
          'one object of at most 45 texts of letters, digits, spaces and _ . : / = + - @; no name may begin with aws:',
        maxProperties: 45,
        additionalProperties: false,
      },
    ),
  ),
  permissionsBoundaryArn: Type.Optional(
    form(
      'arn:aws:iam::(\\d{12}|aws):policy/[!-~]{1,512}',
      'the whole ARN of one IAM policy',
      'A policy that bounds what each role of the stack may do',
    ),
  ),
  keepDeletedDays: wholeNumber(0, 365, {
    default: 7,
    title: 'The days for which the bucket keeps deleted and replaced files. 0 means none.',
  }),
  events: flag(
    'Whether S3 tells EventBridge of each file that comes or goes. AWS bills each event, also without a rule.',
  ),
  scan: Type.Optional(
    Type.Literal('guardduty', {
      title: 'With guardduty, a file is served only after GuardDuty has scanned it and found nothing.',
      description: 'guardduty, or left out',
    }),
  ),
  serveNotScanned: flag(
    'With scan: whether files are served that GuardDuty cannot scan, such as encrypted archives.',
  ),
  ipv6: flag('IPv6 for the files host. A share that is limited to IPv4 addresses opens for nobody on IPv6.'),
  edgeCredential: Type.Union([Type.Literal('read'), Type.Literal('trusted')], {
    title:
      'trusted only if the probe shows that functions do not see the credential. A session is then not revoked before its cookies expire, and there are no teams.',
    description: 'read, trusted, or left out',
    default: 'read',
  }),
});
export type FilesHostValues = Type.Static<typeof FilesHostSchema>;

/** At some providers, everybody means the whole world. So the rule must be given in words. */
const Allow = Type.Union(
  [
    Type.Literal('everybody'),
    Type.Object(
      { emailDomains: Type.Array(Type.String({ pattern: '^[^\\s,@]+\\.[^\\s,@]+$' }), { minItems: 1 }) },
      { additionalProperties: false },
    ),
    Type.Object(
      { claim: Type.String({ pattern: '^[^=\\s]+$' }), value: Type.String({ pattern: '\\S' }) },
      { additionalProperties: false },
    ),
  ],
  {
    title: 'Who of the provider’s users may sign in',
    description:
      'one rule of who may sign in: "everybody", { "emailDomains": ["example.com"] } or { "claim": "groups", "value": "staff" }',
  },
);

/** The identity provider, and the rule of who may sign in. */
const PROVIDER = {
  oidcIssuer: SETTINGS.OIDC_ISSUER,
  oidcClientId: form(
    '[!-~]([ -~]*[!-~])?',
    'the client id alone: printable ASCII, without a line break or a space around it',
  ),
  oidcScopes: Type.Optional(titled('The scopes that a sign-in asks for', SETTINGS.OIDC_SCOPES)),
  nativeClientIds: Type.Optional(
    Type.Array(form('[!-+\\--~]+', 'a client id: printable ASCII, without spaces and commas'), {
      minItems: 1,
      title:
        'Clients of the provider that are no browser. Their ID tokens begin sessions by POST /auth/token.',
      description: 'a list of client ids',
    }),
  ),
  allow: Allow,
  oidcLogoutStyle: Type.Optional(
    Type.Literal('cognito', {
      title: 'cognito if the provider is Amazon Cognito',
      description: 'cognito, or left out',
    }),
  ),
  userIdClaim: Type.Optional(
    form(
      '[A-Za-z0-9_.:\\/\\-]{1,128}',
      'the name of a claim, or left out',
      'A claim of the ID token that names users, instead of issuer and subject',
    ),
  ),
  teamClaim: Type.Optional(
    titled(
      'A claim with a name or a list of names. Each is a team, if teams is provider or both.',
      SETTINGS.TEAM_CLAIM,
    ),
  ),
  userIdIssuer: Type.Optional(
    titled(
      'The old issuer, after its address has changed. Everybody then keeps their id.',
      SETTINGS.USER_ID_ISSUER,
    ),
  ),
  providerRecheckSeconds: Type.Optional(
    titled(
      'How often the provider is asked again about a live session, in seconds',
      recheckSeconds('deployed'),
    ),
  ),
};

/** The retentions that CloudWatch Logs offers (PutRetentionPolicy). */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The service, and the stack around both hosts. */
const STACK = {
  /** It is part of every name that is unique in an account. Longer names contain it, and may have 64 characters. */
  stackName: Type.String({
    title: 'The name of the stack. Two deployments in one account have different names.',
    description: '1 to 40 letters, digits and -, a letter first',
    pattern: '^[A-Za-z][A-Za-z0-9-]{0,39}$',
    default: 'CloudFrontCookieGateway',
  }),
  appCertificateArn: certificate('The certificate of the app host, in the region of the stack'),
  filesCertificateArn: certificate('The certificate of the files host, in us-east-1'),
  secretArn: arn(
    'secretsmanager',
    'secret:[A-Za-z0-9\\/_+=.@\\-]+-[A-Za-z0-9]{6}',
    'secret in Secrets Manager, with the six characters at its end and nothing behind them',
    'The secret: JSON with OIDC_CLIENT_SECRET, LOGIN_SECRET, and SIGNING_KEY unless the key is in KMS',
  ),
  signingKmsKeyArn: Type.Optional(
    kmsKey('A P-256 key in AWS KMS instead of SIGNING_KEY. Its public half is the first of publicKeys.'),
  ),
  /** With `edgeCredential: trusted` there are none, so the default is not that of the setting. */
  teams: Type.Optional(
    titled(
      'Folders that several people open: made, by the provider (teamClaim), both, or off',
      SETTINGS.TEAMS,
    ),
  ),
  teamRole: Type.Optional(titled('The role of all members of a team of the provider', SETTINGS.TEAM_ROLE)),
  maxUserBytes: Type.Optional(titled('The most bytes of all files of one user', SETTINGS.MAX_USER_BYTES)),
  maxTeamBytes: Type.Optional(titled('The most bytes of all files of one team', SETTINGS.MAX_TEAM_BYTES)),
  reservedConcurrency: Type.Optional(
    wholeNumber(2, 10_000, {
      title: 'The most Lambda instances of the service. No other function can use them.',
    }),
  ),
  moverConcurrency: Type.Optional(
    wholeNumber(2, 1_000, {
      title:
        'The most Lambda instances of the mover, each for one move at a time. npm run deploy may set it. No other function can use them.',
    }),
  ),
  reserveSchedule: flag('Whether one Lambda instance is kept for the schedule. npm run deploy may set it.'),
  /** docs/cost.md counts what users send. A test holds the default to it. */
  requestsPerSecond: wholeNumber(10, 10_000, {
    default: 500,
    title:
      'The most requests a second to the app host, from everybody together. A burst may have twice as many, 5,000 at most.',
  }),
  webAclArn: Type.Optional(
    arn(
      'wafv2',
      `(global|regional)/webacl/[A-Za-z0-9_\\-]{1,128}/${UUID}`,
      'web ACL, such as arn:aws:wafv2:us-east-1:…:global/webacl/…',
      'A web ACL of AWS WAF before the files host, of global scope and so in us-east-1',
    ),
  ),
  protectTable: flag('Deletion protection of both tables. npm run deploy sets it after its first success.'),
  logDays: Type.Enum(LOG_DAYS, {
    title: 'The days for which logs are kept, the audit log included',
    description: `one of ${LOG_DAYS.join(', ')}`,
    default: 365,
  }),
  alarmEmail: Type.Optional(
    form('[^\\s@]+@[^\\s@]+\\.[^\\s@]+', 'one e-mail address', 'The address that alarms are sent to'),
  ),
  monthlyBudget: wholeNumber(1, 1_000_000, {
    default: 50,
    title:
      'The USD that the whole account may cost in a month. Above it, AWS sends a mail to alarmEmail, and stops nothing.',
  }),
  backup: Type.Union(
    [Type.Boolean(), Type.Object({ days: wholeNumber(1, 3_650) }, { additionalProperties: false })],
    {
      title: 'With true, AWS Backup copies files and tables every night, and keeps each copy for 35 days.',
      description: 'true, false, or { "days": 1 to 3650 }',
      default: false,
    },
  ),
  webDirectory: Type.Optional(
    titled('A built page of your own, from the repository’s directory', SETTINGS.WEB_DIRECTORY),
  ),
  contentSecurityPolicy: Type.Optional(
    titled('Replaces the strict policy of the app host', SETTINGS.CONTENT_SECURITY_POLICY),
  ),
  hostedZoneId: Type.Optional(
    form(
      '[A-Z0-9]{1,32}',
      'the id of one Route 53 zone, such as Z0123456789ABCDEFGHIJ',
      'The Route 53 zone that gets the records of both hosts. Without it, a person makes the records.',
    ),
  ),
};

export const StackSchema = Type.Object({ ...FilesHostSchema.properties, ...PROVIDER, ...STACK });

/** Everything that differs between two deployments, or between a deployment and the local stack. */
export type StackValues = Type.Static<typeof StackSchema>;

/** `domain` stands for both origins. */
export const DomainSchema = form(
  HOST_NAME,
  'the name of the app host alone, such as app.example.com',
  'The app host. It stands for appOrigin and filesOrigin, and the files host is then files.<domain>.',
);

/** The bounds of some values are wider with the origins of a developer's machine. */
export function withBounds<T extends Type.TProperties>(schema: Type.TObject<T>, kind: Kind): Type.TObject {
  const wider = {
    cookieLifetimeSeconds: cookieSeconds(kind),
    providerRecheckSeconds: Type.Optional(recheckSeconds(kind)),
  };
  return Type.Object({ ...schema.properties, ...wider });
}

/** The values that `npm run deploy` makes if they are missing. */
export const MADE = [
  'secretArn',
  'publicKeys',
  'appCertificateArn',
  'filesCertificateArn',
] as const satisfies (keyof StackValues)[];
export type Made = (typeof MADE)[number];

/** The JSON Schema of values.json for editors. A test holds `infra/values.schema.json` to it. */
export function publishedSchema(): object {
  const { required, properties } = StackSchema;
  const mayBeMissing = (name: keyof StackValues) =>
    'default' in properties[name] || [...ORIGINS, ...MADE].some((one) => one === name);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'values.json of a CloudFront Cookie Gateway (docs/deploy.md)',
    type: 'object',
    additionalProperties: false,
    required: required.filter((name) => !mayBeMissing(name)),
    oneOf: [{ required: ['domain'] }, { required: ORIGINS }],
    properties: { $schema: { type: 'string' }, domain: DomainSchema, ...properties },
  };
}

const ORIGINS = ['appOrigin', 'filesOrigin'] as const satisfies (keyof StackValues)[];
