import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { ConfigError, parseConfig } from '../../../services/auth/config.ts';

const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
const EC = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const GOOD = {
  APP_ORIGIN: 'https://app.example.com',
  FILES_ORIGIN: 'https://files.app.example.com',
  OIDC_ISSUER: 'https://login.example.com',
  OIDC_CLIENT_ID: 'id',
  OIDC_CLIENT_SECRET: 'secret-of-oidc',
  TABLE_NAME: 'sessions',
  BUCKET_NAME: 'files',
  KEY_PAIR_ID: 'K1',
  AWS_REGION: 'eu-central-1',
  SIGNING_KEY: EC,
  LOGIN_SECRET: Buffer.alloc(32, 7).toString('base64url'),
};

function faults(env: Record<string, string | undefined>): string[] {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

t.test('good settings, with the documented defaults', async (t) => {
  t.match(parseConfig(GOOD), {
    cookieLifetimeSeconds: 900,
    listen: { host: 'localhost', port: 3000 },
    s3PathStyle: false,
    origins: { cookieDomain: 'app.example.com' },
  });
  t.equal(parseConfig({ ...GOOD, AWS_ENDPOINT_URL_S3: 'http://localhost:1' }).s3PathStyle, true);
  t.equal(parseConfig({ ...GOOD, USER_ID_CLAIM: 'employee' }).userIdClaim, 'employee');
  t.same(
    faults({ ...GOOD, SIGNING_KEY: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey) }),
    [],
  );
});

t.test('nothing at all: one message for each that is missing', async (t) => {
  const all = faults({});
  t.equal(all.length, Object.keys(GOOD).length);
  for (const name of Object.keys(GOOD))
    t.ok(
      all.some((fault) => fault.startsWith(`${name} is missing: `)),
      name,
    );
});

t.test('each wrong setting is named, and no value is quoted', async (t) => {
  const wrong: [changes: Record<string, string>, pattern: RegExp][] = [
    [{ OIDC_ISSUER: 'login.example.com' }, /^OIDC_ISSUER must be a URL/],
    [{ OIDC_ISSUER: 'http://login.example.com' }, /^OIDC_ISSUER must be https/],
    [{ SIGNING_KEY: 'nonsense-secret' }, /^SIGNING_KEY .*cannot be read/],
    [{ SIGNING_KEY: pem(generateKeyPairSync('ed25519').privateKey) }, /^SIGNING_KEY .*no other type/],
    [
      { SIGNING_KEY: pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey) },
      /^SIGNING_KEY .*no other type/,
    ],
    [
      { SIGNING_KEY: pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey) },
      /^SIGNING_KEY .*no other type/,
    ],
    [{ LOGIN_SECRET: 'short-secret' }, /^LOGIN_SECRET must be 32 random bytes/],
    [{ COOKIE_LIFETIME_SECONDS: '299' }, /^COOKIE_LIFETIME_SECONDS must be a whole number, 300 to 86400/],
    [{ COOKIE_LIFETIME_SECONDS: '86401' }, /^COOKIE_LIFETIME_SECONDS/],
    [{ COOKIE_LIFETIME_SECONDS: '900.5' }, /^COOKIE_LIFETIME_SECONDS/],
    [{ PORT: 'x' }, /^PORT must be a whole number/],
    [{ FILES_ORIGIN: 'https://files.example.org' }, /^FILES_ORIGIN must be a child/],
  ];
  for (const [changes, pattern] of wrong) {
    const found = faults({ ...GOOD, ...changes });
    t.equal(found.length, 1, String(pattern));
    t.match(found[0], pattern);
    t.notMatch(found.join(), /nonsense-secret|short-secret|secret-of-oidc/);
  }
});
