import { rsaKey } from '../../support/local-values.ts';
import { PUBLIC_KEYS, WEB_ACL } from './production.ts';

export const CERTIFICATE = 'certificate/0a0a0a0a-1111-2222-3333-444444444444';

export const arn = (service: string, resource: string, region = 'eu-central-1', account = '123456789012') =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

export const secret = (name: string) => arn('secretsmanager', `secret:${name}`);
export const KMS_KEY = arn('kms', 'key/0c0c0c0c-1111-2222-3333-444444444444');
export const ORIGIN = 'must be a host name of a domain, without a port: AWS listens on 443 alone';
const PUBLIC = 'must be public: localhost and .test are for the local stack';
const ONE_CERTIFICATE = 'must be the whole ARN of one ACM certificate';

const ONE_SECRET =
  'secretArn must be the whole ARN of one secret in Secrets Manager, with the six characters at its end and nothing behind them';

const ONE_KEY = 'signingKmsKeyArn must be the whole ARN of one KMS key (of the key, not of an alias)';
const NO_FUNCTIONS = 'belongs to China or GovCloud, where CloudFront has no functions';
const ACCOUNT = 'must be in the account of secretArn';
const REGION = 'must be in the region of secretArn, where the stack is';
const ALONE = 'oidcIssuer must be the issuer alone, with no user, no query and no /.well-known/…';

const CLIENT_ID =
  'oidcClientId must be the client id alone: printable ASCII, without a line break or a space around it';

const BUCKET =
  'bucketName must be 3 to 63 lower-case letters, digits and -, without a dot, and none that S3 reserves';

const DOMAIN = 'domain must be the name of the app host alone, such as app.example.com';
export const SHORT = { appOrigin: undefined, filesOrigin: undefined };
const ZONE = 'hostedZoneId must be the id of one Route 53 zone, such as Z0123456789ABCDEFGHIJ';
const WEB_ACL_FORM =
  'webAclArn must be the whole ARN of one web ACL, such as arn:aws:wafv2:us-east-1:…:global/webacl/…';

const GLOBAL = 'webAclArn must be a web ACL of global scope, and so in us-east-1: CloudFront takes no other';

const CLAIM = 'userIdClaim must be the name of a claim, or left out';

const ALLOW =
  'who of the provider\'s users may sign in: "everybody", { "emailDomains": ["example.com"] } or { "claim": "groups", "value": "staff" }';

/** Every value that would fail later, or that would quietly do something else. */
export const WRONG: [changes: Record<string, unknown>, message: string][] = [
  [
    { appOrigin: 'https://app.example.com:8443', filesOrigin: 'https://files.app.example.com' },
    `appOrigin ${ORIGIN}`,
  ],
  [{ filesOrigin: 'https://files.app.example.com:8443' }, `filesOrigin ${ORIGIN}`],
  [{ filesOrigin: 'https://a_b.app.example.com' }, `filesOrigin ${ORIGIN}`],
  [
    { filesOrigin: `https://${'a'.repeat(49)}.app.example.com` },
    'filesOrigin has a host of more than 64 characters: ACM makes no certificate for it',
  ],
  [{ filesOrigin: 5 }, 'filesOrigin must be a string'],
  [{ filesOrigin: null }, 'filesOrigin must be a string'],
  [{ filesOrigin: undefined }, 'filesOrigin is missing'],
  [{ filesOrigin: ' ' }, 'filesOrigin is empty'],

  [
    { appCertificateArn: arn('acm', CERTIFICATE, 'eu-central-1', '210987654321') },
    `appCertificateArn ${ACCOUNT}`,
  ],
  [{ appCertificateArn: arn('acm', CERTIFICATE, 'eu-west-1') }, `appCertificateArn ${REGION}`],
  [{ appCertificateArn: `${arn('acm', CERTIFICATE)} ` }, `appCertificateArn ${ONE_CERTIFICATE}`],
  [{ appCertificateArn: arn('acm', CERTIFICATE).slice(0, -1) }, `appCertificateArn ${ONE_CERTIFICATE}`],
  [{ appCertificateArn: arn('acm', 'certificate/*') }, `appCertificateArn ${ONE_CERTIFICATE}`],
  [{ appCertificateArn: arn('acm', 'certificate/…') }, `appCertificateArn ${ONE_CERTIFICATE}`],
  [{ appCertificateArn: arn('iam', CERTIFICATE) }, `appCertificateArn ${ONE_CERTIFICATE}`],
  [
    { appCertificateArn: arn('acm', CERTIFICATE, 'cn-north-1').replace('arn:aws:', 'arn:aws-cn:') },
    `appCertificateArn ${NO_FUNCTIONS}`,
  ],
  [
    { filesCertificateArn: arn('acm', CERTIFICATE) },
    'filesCertificateArn must be an ACM certificate in us-east-1: CloudFront takes no other',
  ],
  [
    { filesCertificateArn: arn('acm', CERTIFICATE, 'us-east-1', '210987654321') },
    `filesCertificateArn ${ACCOUNT}`,
  ],
  [{ filesCertificateArn: 7 }, 'filesCertificateArn must be a string'],

  [{ secretArn: '*' }, ONE_SECRET],
  [{ secretArn: secret('*') }, ONE_SECRET],
  [{ secretArn: secret('gateway') }, ONE_SECRET],
  [{ secretArn: `${secret('gateway-1-AbCdEf')}:SIGNING_KEY::` }, ONE_SECRET],
  [{ secretArn: `${secret('gateway-1-AbCdEf')}\n` }, ONE_SECRET],
  [{ secretArn: secret('gateway-1-AbCdEf').replace('secretsmanager', 'ssm') }, ONE_SECRET],
  [{ secretArn: '{"OIDC_CLIENT_SECRET":"hunter2"}' }, ONE_SECRET],
  [
    {
      secretArn: secret('gateway-1-AbCdEf')
        .replace('arn:aws:', 'arn:aws-us-gov:')
        .replace('eu-central-1', 'us-gov-west-1'),
    },
    `secretArn ${NO_FUNCTIONS}`,
  ],

  [{ signingKmsKeyArn: arn('kms', 'key/*') }, ONE_KEY],
  [{ signingKmsKeyArn: arn('kms', 'alias/gateway') }, ONE_KEY],
  [{ signingKmsKeyArn: `${KMS_KEY} ` }, ONE_KEY],
  [{ signingKmsKeyArn: KMS_KEY.slice(0, -4) }, ONE_KEY],
  [{ signingKmsKeyArn: KMS_KEY.replace('eu-central-1', 'us-east-1') }, `signingKmsKeyArn ${REGION}`],
  [{ signingKmsKeyArn: KMS_KEY.replace('123456789012', '210987654321') }, `signingKmsKeyArn ${ACCOUNT}`],
  [{ signingKmsKeyArn: '' }, 'signingKmsKeyArn is empty'],
  [{ signingKmsKeyArn: null }, 'signingKmsKeyArn must be a string'],

  [{ oidcIssuer: 'login.example.com' }, 'oidcIssuer must be a URL, such as https://login.example.com'],
  [
    { oidcIssuer: 'https://login.example.com ' },
    'oidcIssuer must be a URL, such as https://login.example.com',
  ],
  [{ oidcIssuer: ' ' }, 'oidcIssuer is empty'],
  [
    { oidcIssuer: 'http://login.example.com' },
    'oidcIssuer must be https (http is for a provider on this machine)',
  ],
  [{ oidcIssuer: 'https://login.example.com?tenant=1' }, ALONE],
  [{ oidcIssuer: 'https://user:hunter2@login.example.com' }, ALONE],
  [{ oidcIssuer: 'https://login.example.com/#a' }, ALONE],
  [{ oidcIssuer: 'https://login.example.com/.well-known/openid-configuration' }, ALONE],
  [{ oidcIssuer: 'http://localhost:9000' }, `oidcIssuer ${PUBLIC}`],

  [{ oidcClientId: ' ' }, 'oidcClientId is empty'],
  [{ oidcClientId: 'gateway\n' }, CLIENT_ID],
  [{ oidcClientId: ' gateway' }, CLIENT_ID],
  [{ oidcClientId: '…' }, CLIENT_ID],
  [{ oidcClientId: 12 }, 'oidcClientId must be a string'],

  [{ allow: undefined }, `allow is missing: ${ALLOW}`],
  [{ allow: 'all' }, `allow must be one rule: ${ALLOW}`],
  [{ allow: { emailDomains: [] } }, `allow must be one rule: ${ALLOW}`],
  [{ allow: { emailDomains: ['a@example.com'] } }, `allow must be one rule: ${ALLOW}`],
  [{ allow: { claim: 'groups' } }, `allow must be one rule: ${ALLOW}`],
  [
    { allow: { claim: 'groups', value: 'staff', emailDomain: 'example.com' } },
    `allow must be one rule: ${ALLOW}`,
  ],
  [{ allow: { claim: 'a=b', value: 'c' } }, `allow must be one rule: ${ALLOW}`],
  [{ allow: { emailDomains: ['example.com'], claim: 'a', value: 'b' } }, `allow must be one rule: ${ALLOW}`],

  [{ bucketName: '' }, 'bucketName is empty'],
  [{ bucketName: 'my.files' }, BUCKET],
  [{ bucketName: 'My-files' }, BUCKET],
  [{ bucketName: 'ab' }, BUCKET],
  [{ bucketName: '-files' }, BUCKET],
  [{ bucketName: 'xn--files' }, BUCKET],
  [{ bucketName: 'sthree-files' }, BUCKET],
  [{ bucketName: 'amzn-s3-demo-files' }, BUCKET],
  [{ bucketName: 'files-s3alias' }, BUCKET],
  [{ bucketName: 'files--ol-s3' }, BUCKET],
  [{ bucketName: 'files--x-s3' }, BUCKET],

  [{ oidcScopes: 'email' }, 'oidcScopes must be scopes with a space between them, openid among them'],
  [{ providerRecheckSeconds: 59 }, 'providerRecheckSeconds must be a whole number, 60 to 43200'],
  [{ userIdClaim: ' ' }, 'userIdClaim is empty'],
  [{ userIdClaim: 'optional: a claim to name users by' }, CLAIM],
  [{ userIdClaim: '…' }, CLAIM],
  [{ oidcLogoutStyle: 'standard' }, 'oidcLogoutStyle must be cognito, or left out'],
  [
    { userIdIssuer: 'https://old.example.com/?a' },
    'userIdIssuer must be the issuer alone, with no user, no query and no /.well-known/…',
  ],

  [{ stackName: 'a b' }, 'stackName must be 1 to 40 letters, digits and -, a letter first'],
  [{ stackName: `a${'b'.repeat(40)}` }, 'stackName must be 1 to 40 letters, digits and -, a letter first'],
  [{ cookieLifetimeSeconds: 10 }, 'cookieLifetimeSeconds must be a whole number, 300 to 86400'],
  [{ cookieLifetimeSeconds: '900' }, 'cookieLifetimeSeconds must be a whole number, 300 to 86400'],
  [{ browserCache: 'immutable' }, 'browserCache is revalidate, or left out'],
  [{ edgeCredential: 'none' }, 'edgeCredential is read, trusted, or left out'],
  [{ ipv6: 'no' }, 'ipv6 must be true or false'],
  [{ protectTable: null }, 'protectTable must be true or false'],
  [{ keepDeletedDays: -1 }, 'keepDeletedDays must be a whole number, 0 to 365'],
  [{ keepDeletedDays: null }, 'keepDeletedDays must be a whole number, 0 to 365'],
  [{ webAclArn: 'e5b5f1b2-1111-2222-3333-444444444444' }, WEB_ACL_FORM],
  [{ webAclArn: WEB_ACL.replace('wafv2', 'waf') }, WEB_ACL_FORM],
  [{ webAclArn: `${WEB_ACL}*` }, WEB_ACL_FORM],
  [{ webAclArn: '' }, 'webAclArn is empty'],
  [{ webAclArn: WEB_ACL.replace('global', 'regional') }, GLOBAL],
  [{ webAclArn: WEB_ACL.replace('us-east-1', 'eu-central-1') }, GLOBAL],
  [{ webAclArn: WEB_ACL.replace('123456789012', '210987654321') }, `webAclArn ${ACCOUNT}`],
  [{ requestsPerSecond: 9 }, 'requestsPerSecond must be a whole number, 10 to 10000'],
  [{ requestsPerSecond: 10_001 }, 'requestsPerSecond must be a whole number, 10 to 10000'],
  [{ reserveSchedule: 1 }, 'reserveSchedule must be true or false'],
  [{ reservedConcurrency: 1 }, 'reservedConcurrency must be a whole number, 2 to 10000'],
  [
    { logDays: 31 },
    'logDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653',
  ],
  [
    { contentSecurityPolicy: "default-src 'self';\nscript-src *" },
    'contentSecurityPolicy must be a Content-Security-Policy in one line',
  ],
  [{ alarmEmail: 'nobody' }, 'alarmEmail must be one e-mail address'],
  [{ extra: 1 }, 'extra is not a value of this stack'],
  [{ hostedZoneId: '/hostedzone/Z1' }, ZONE],
  [{ hostedZoneId: 'example.com' }, ZONE],
  [
    { domain: 'app.example.com' },
    'domain stands for appOrigin and filesOrigin: leave these two out, or domain',
  ],
  [{ ...SHORT, domain: 'https://app.example.com' }, DOMAIN],
  [{ ...SHORT, domain: 'App.example.com' }, DOMAIN],
  [{ ...SHORT, domain: 'localhost' }, DOMAIN],
  [{ ...SHORT, domain: 'app.example.com.' }, DOMAIN],
  [{ ...SHORT, domain: 5 }, DOMAIN],
  [
    { ...SHORT, domain: 'github.io' },
    'domain is a public suffix, and browsers refuse cookies for its children; use a name below it',
  ],
  [
    { ...SHORT, domain: `${'a'.repeat(47)}.example.com` },
    'domain has more than 58 characters: ACM makes no certificate for files.<domain>',
  ],
  [{ ...SHORT, domain: 'app.test' }, `domain ${PUBLIC}`],

  [
    { publicKeys: undefined },
    'publicKeys is missing: a list of 1 to 5 { name, pem }, which npm run deploy makes',
  ],
  [{ publicKeys: [] }, 'publicKeys must be a list of 1 to 5 { name, pem }: a key group takes no more'],
  [
    { publicKeys: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ ...PUBLIC_KEYS[0], name })) },
    'publicKeys must be a list of 1 to 5 { name, pem }: a key group takes no more',
  ],
  [
    { publicKeys: [{ ...PUBLIC_KEYS[0], name: 'a b' }] },
    'publicKeys[0].name must be letters, digits, - and _',
  ],
  [
    { publicKeys: [PUBLIC_KEYS[0], { ...PUBLIC_KEYS[1], name: 'gateway-1' }] },
    'publicKeys[1].name is that of another key',
  ],
  [
    { publicKeys: [{ name: 'a', pem: rsaKey('K').privateKey.export({ type: 'pkcs8', format: 'pem' }) }] },
    'publicKeys[0].pem must be a public key as PEM, RSA 2048 or ECDSA P-256',
  ],
];
