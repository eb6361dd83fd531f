import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { hasTeams, parseConfig } from '../../../../services/auth/settings/config.ts';
import { Environment } from '../../../../services/auth/settings/environment.ts';
import { isPublicSuffix } from '../../../../services/auth/settings/public-suffix.ts';
import { EC, faults, GOOD, pem } from '../support/settings.ts';

t.test('proxies, allow rules and types, as they are written', async (t) => {
  const set = parseConfig(
    {
      ...GOOD,
      TRUSTED_PROXIES: '10.0.0.0/16,192.0.2.7,192.0.2.8/32,2001:db8::/32,::1,::2/128',
      ALLOWED_EMAIL_DOMAINS: 'Example.com,example.org',
      ALLOWED_TYPES: 'image/png,application/zip',
    },
    isPublicSuffix,
  );
  const proxies = ['10.0.0.0/16', '192.0.2.7', '192.0.2.8/32', '2001:db8::/32', '::1', '::2/128'];
  t.strictSame(set.trustedProxies, proxies);
  t.strictSame(set.allowRule, { emailDomains: ['example.com', 'example.org'] });
  t.strictSame(set.allowedTypes, ['image/png', 'application/zip']);
  t.equal(parseConfig({ ...GOOD, ALLOWED_TYPES: '*' }, isPublicSuffix).allowedTypes, undefined, 'any');
  t.strictSame(parseConfig({ ...GOOD, ALLOWED_CLAIM: 'groups=a=b' }, isPublicSuffix).allowRule, {
    claim: 'groups',
    value: 'a=b',
  });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  t.strictSame(faults({ ...GOOD, SIGNING_KEY: pem(rsa) }), []);
});

t.test('a public client has no secret, and a secret that is replaced still opens', async (t) => {
  t.strictSame(faults({ ...GOOD, OIDC_CLIENT_SECRET: '', OIDC_TOKEN_ENDPOINT_AUTH_METHOD: 'none' }), []);
  t.match(faults({ ...GOOD, OIDC_CLIENT_SECRET: '' }), [/^OIDC_CLIENT_SECRET is missing/]);
  const keysOf = (env: object) => parseConfig({ ...GOOD, ...env }, isPublicSuffix).sealingKeys;
  const [now, before] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];
  t.strictSame(keysOf({}), [now]);
  t.strictSame(keysOf({ LOGIN_SECRET_PREVIOUS: before.toString('base64url') }), [now, before]);
  t.match(faults({ ...GOOD, LOGIN_SECRET_PREVIOUS: 'short' }), [
    /^LOGIN_SECRET_PREVIOUS must be the previous/,
  ]);
});

t.test('which teams there are', async (t) => {
  const teamsOf = (env: object) => parseConfig({ ...GOOD, ...env }, isPublicSuffix).teams;
  const TEAM_CLAIM = 'https://example.com/groups';
  t.strictSame(teamsOf({}), { areMade: true }, 'people make them, unless a setting says otherwise');
  t.strictSame(teamsOf({ TEAMS: 'made' }), { areMade: true });
  t.strictSame(teamsOf({ TEAMS: 'off' }), { areMade: false });
  const has = (env: object) => hasTeams(parseConfig({ ...GOOD, ...env }, isPublicSuffix));
  t.strictSame([has({}), has({ TEAMS: 'off' }), has({ TEAMS: 'provider', TEAM_CLAIM })], [true, false, true]);
  const ofProvider = { claim: TEAM_CLAIM, role: 'editor' };
  t.strictSame(teamsOf({ TEAMS: 'provider', TEAM_CLAIM }), { areMade: false, ofProvider });
  t.strictSame(teamsOf({ TEAMS: 'both', TEAM_CLAIM, TEAM_ROLE: 'viewer', USER_ID_CLAIM: 'employee' }), {
    areMade: true,
    ofProvider: { ...ofProvider, role: 'viewer' },
  });
});

t.test('without any setting: one message for each that is missing', async (t) => {
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
    [{ OIDC_ISSUER: 'https://login.example.com/.well-known/x' }, /^OIDC_ISSUER must be the issuer alone/],
    [{ FILES_IPV6: 'yes' }, /^FILES_IPV6 must be true/],
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
    [{ OIDC_TOKEN_ENDPOINT_AUTH_METHOD: 'none' }, /^OIDC_TOKEN_ENDPOINT_AUTH_METHOD must be client_secret_/],
    [{ OIDC_SCOPES: 'profile email' }, /^OIDC_SCOPES must be scopes/],
    [{ NATIVE_CLIENT_IDS: 'tv,id' }, /^NATIVE_CLIENT_IDS must not hold the client id of the browsers/],
    [{ NATIVE_CLIENT_IDS: 'tv, phone' }, /^NATIVE_CLIENT_IDS must be client ids with a comma/],
    [{ NATIVE_CLIENT_IDS: 'tv,' }, /^NATIVE_CLIENT_IDS must be client ids/],
    [{ OIDC_SCOPES: 'openidx' }, /^OIDC_SCOPES/],
    [{ ALLOWED_EMAIL_DOMAINS: '@example.com' }, /^ALLOWED_EMAIL_DOMAINS must be domains/],
    [{ ALLOWED_EMAIL_DOMAINS: 'a.example, b.example' }, /^ALLOWED_EMAIL_DOMAINS/],
    [{ ALLOWED_CLAIM: 'groups' }, /^ALLOWED_CLAIM must be name=value/],
    [{ ALLOWED_CLAIM: 'a=b', ALLOWED_EMAIL_DOMAINS: 'c' }, /^ALLOWED_CLAIM must not be set together/],
    [{ TEAMS: 'provider' }, /^TEAM_CLAIM is missing: the claim/],
    [{ TEAMS: 'both', TEAM_CLAIM: '' }, /^TEAM_CLAIM is missing: the claim/],
    [{ TEAM_CLAIM: 'groups' }, /^TEAM_CLAIM must be left out/],
    [{ TEAMS: 'off', TEAM_CLAIM: 'groups' }, /^TEAM_CLAIM must be left out/],
    [{ TEAMS: 'both', TEAM_CLAIM: 'two words' }, /^TEAM_CLAIM must be the name of a claim/],
    [
      { TEAMS: 'both', TEAM_CLAIM: 'employee', USER_ID_CLAIM: 'employee' },
      /^TEAM_CLAIM must not be the claim that names users/,
    ],
    [{ TEAMS: 'on' }, /^TEAMS must be /],
    [{ TEAM_ROLE: 'owner' }, /^TEAM_ROLE must be /],
    [{ ALLOWED_TYPES: 'image/PNG' }, /^ALLOWED_TYPES must be /],
    [{ ALLOWED_TYPES: 'image/*' }, /^ALLOWED_TYPES must be /],
    [{ ALLOWED_TYPES: '*,image/png' }, /^ALLOWED_TYPES must be /],
    [{ ALLOWED_TYPES: 'text/plain; charset=utf-7' }, /^ALLOWED_TYPES must be /],
    [{ TRUSTED_PROXIES: '1' }, /^TRUSTED_PROXIES must be addresses/],
    [{ TRUSTED_PROXIES: 'loopback' }, /^TRUSTED_PROXIES/],
    [{ TRUSTED_PROXIES: '0.0.0.0/0' }, /^TRUSTED_PROXIES/],
    [{ TRUSTED_PROXIES: '10.0.0.0/33' }, /^TRUSTED_PROXIES/],
    [{ TRUSTED_PROXIES: '2001:db8::/129' }, /^TRUSTED_PROXIES/],
    [{ TRUSTED_PROXIES: 'x10.0.0.1' }, /^TRUSTED_PROXIES/],
    [{ TRUSTED_PROXIES: '10.0.0.1,' }, /^TRUSTED_PROXIES/],
    [{ RATE_LIMIT_PER_MINUTE: '0' }, /^RATE_LIMIT_PER_MINUTE must be a whole number/],
    [{ METRICS_PORT: '70000' }, /^METRICS_PORT must be a whole number/],
  ];
  for (const [changes, pattern] of wrong) {
    const found = faults({ ...GOOD, ...changes });
    t.equal(found.length, 1, String(pattern));
    t.match(found[0], pattern, String(pattern));
    t.notMatch(found.join(), /nonsense-secret|short-secret|secret-of-oidc/, String(pattern));
  }
});

t.test('.env.example names every setting, and no other', async (t) => {
  const example = readFileSync(new URL('../../../../.env.example', import.meta.url), 'utf8');
  const lines = [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)];
  const named = new Set(lines.map(([, name = '']) => name));
  // SIGNING_KEY comes from a file there. The image has the page in another directory.
  const elsewhere = ['SIGNING_KEY'];
  for (const name of Object.keys(Environment.properties))
    t.ok(named.has(name) || elsewhere.includes(name), name);
  const ofOthers = /^(AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_ENDPOINT_URL_DYNAMODB|SIGNING_KEY_PATH)$/;
  for (const name of named) t.ok(name in Environment.properties || ofOthers.test(name), name);
  // The example becomes a valid configuration once the operator's own values are filled in.
  const settings = Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
  const { OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, LOGIN_SECRET, BUCKET_NAME, MOVER_FUNCTION_NAME, ...more } =
    GOOD;
  const { KEY_PAIR_ID, SIGNING_KEY, KEY_VALUE_STORE_ARN } = more;
  const secrets = {
    ...{ OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, LOGIN_SECRET, BUCKET_NAME, MOVER_FUNCTION_NAME },
    ...{ KEY_PAIR_ID, SIGNING_KEY, KEY_VALUE_STORE_ARN },
  };
  t.strictSame(faults({ ...settings, ...secrets }), []);
});

t.test('numbers: the first and the last that are accepted, and none beyond them', async (t) => {
  const local = { APP_ORIGIN: 'http://localhost:3000', FILES_ORIGIN: 'http://localhost:8080' };
  for (const [name, least, most, changes] of [
    ['COOKIE_LIFETIME_SECONDS', 300, 86_400, {}],
    ['COOKIE_LIFETIME_SECONDS', 10, 86_400, local],
    ['PROVIDER_RECHECK_SECONDS', 60, 43_200, {}],
    ['PROVIDER_RECHECK_SECONDS', 0, 43_200, local],
    ['MAX_FILE_BYTES', 1, 83_886_080_000, {}],
    ['MAX_USER_BYTES', 1, Number.MAX_SAFE_INTEGER, {}],
    ['MAX_TEAM_BYTES', 1, Number.MAX_SAFE_INTEGER, {}],
    ['RATE_LIMIT_PER_MINUTE', 1, 1_000_000, {}],
    ['PORT', 0, 65_535, {}],
    ['METRICS_PORT', 0, 65_535, {}],
  ] as const) {
    const faultsOf = (value: number) => faults({ ...GOOD, ...changes, [name]: String(value) });
    for (const good of [least, most]) t.strictSame(faultsOf(good), [], `${name} ${good}`);
    for (const bad of [least - 1, most + 1]) {
      const told = faultsOf(bad);
      t.ok(told.length > 0 && told.every((one) => one.startsWith(`${name} must be `)), `${name} ${bad}`);
    }
  }
  t.strictSame(faults({ ...GOOD, PROVIDER_RECHECK_SECONDS: '0' }), [], 'never');
});

t.test('the signing key is set in one place, and its public half may be set too', async (t) => {
  const key = createPrivateKey(EC);
  const { SIGNING_KEY: _, ...rest } = GOOD;
  const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  t.match(parseConfig({ ...GOOD, SIGNING_PUBLIC_KEY: publicPem }, isPublicSuffix).signing, {
    keyPairId: 'K1',
    publicKey: publicPem,
  });
  t.strictSame(parseConfig({ ...rest, SIGNING_KMS_KEY_ID: 'alias/gateway' }, isPublicSuffix).signing, {
    keyPairId: 'K1',
    kmsKeyId: 'alias/gateway',
  });
  t.strictSame(faults({ ...GOOD, SIGNING_KMS_KEY_ID: 'alias/gateway' }), [
    'SIGNING_KEY must not be set together with SIGNING_KMS_KEY_ID: one key signs',
  ]);
  const other = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const otherPem = other.export({ type: 'spki', format: 'pem' }).toString();
  t.strictSame(faults({ ...GOOD, SIGNING_PUBLIC_KEY: otherPem }), [
    'SIGNING_KEY is not the other half of SIGNING_PUBLIC_KEY',
  ]);
  t.matchOnly(faults({ ...GOOD, SIGNING_PUBLIC_KEY: EC }), [/^SIGNING_PUBLIC_KEY must be a public key/]);
});
