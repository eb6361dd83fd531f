import t from 'tap';
import { type EpochSeconds, parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import type { Signer } from '../../../../core/policy-signer.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { createCookieIssuer } from '../../../../services/auth/cookies/issuer.ts';
import { createKeySigner } from '../../../../services/auth/cookies/key-signer.ts';
import { ecKey } from '../../../support/local-values.ts';

const NOW = 1_767_200_000;
const ALICE = parseUserId('alice');
const START = parseEpochSeconds(NOW - 3_600);
const OPTIONS = {
  appOrigin: 'https://app.example.com',
  filesOrigin: 'https://files.app.example.com',
  cookieLifetimeSeconds: 900,
};
const SCOPE = {
  path: '/users/alice/',
  domain: 'app.example.com',
  httpOnly: true,
  secure: true,
  sameSite: 'lax',
};

const issuerOf = (signer: Signer, clock = { seconds: NOW }) =>
  createCookieIssuer({ ...OPTIONS, signer, now: () => clock.seconds * 1_000 + 999 });

t.test('a set: one folder, one window, scoped to the folder and to the session', async (t) => {
  const issuer = issuerOf(createKeySigner(ecKey('KEC')));
  const { cookies, issuedAtEpoch, expiresAtEpoch } = await issuer.issue({ id: ALICE, start: START });
  t.strictSame({ issuedAtEpoch, expiresAtEpoch }, { issuedAtEpoch: NOW, expiresAtEpoch: NOW + 900 });
  const [policy, signature, ...fixed] = cookies;
  t.match(policy, { name: 'CloudFront-Policy', options: SCOPE });
  t.match(signature, { name: 'CloudFront-Signature', options: SCOPE });
  t.strictSame(fixed, [
    { name: 'CloudFront-Key-Pair-Id', value: 'KEC', options: SCOPE },
    { name: 'CloudFront-Hash-Algorithm', value: 'SHA256', options: SCOPE },
  ]);
  t.notOk(cookies.some(({ options }) => 'expires' in options || 'maxAge' in options));
  t.equal(
    Buffer.from(
      cookies[0]?.value.replaceAll('_', '=').replaceAll('-', '+').replaceAll('~', '/') ?? '',
      'base64',
    ).toString(),
    `{"Statement":[{"Resource":"https://files.app.example.com/users/alice/*","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW + 900}},"DateGreaterThan":{"AWS:EpochTime":${NOW - 3_600}}}}]}`,
  );
  t.strictSame(
    issuer.clear(ALICE),
    cookies.map(({ name }) => ({ name, value: '', options: { ...SCOPE, expires: new Date(0) } })),
  );
});

t.test('cookies never outlive their session', async (t) => {
  const issuer = issuerOf(createKeySigner(ecKey('KEC')));
  const endsAt = parseEpochSeconds(NOW + 100);
  t.equal((await issuer.issue({ id: ALICE, start: START, endsAt })).expiresAtEpoch, NOW + 100);
});

t.test('callers without types: no id that widens the policy, no milliseconds', async (t) => {
  const issuer = issuerOf(createKeySigner(ecKey('KEC')));
  const untyped = (id: unknown, start: unknown = START, endsAt: unknown = NOW + 100) =>
    issuer.issue({ id: id as UserId, start: start as EpochSeconds, endsAt: endsAt as EpochSeconds });
  for (const id of ['*', '', 'a/b', 'a?', '..', 'x'.repeat(65), undefined, null, {}, ['alice*'], 42]) {
    await t.rejects(untyped(id), TypeError, JSON.stringify(id));
    t.throws(() => issuer.clear(id as UserId), TypeError, JSON.stringify(id));
  }
  for (const time of [Date.now(), '1767200000', null, 1.5, -1]) {
    await t.rejects(untyped('alice', time), RangeError, `start ${time}`);
    await t.rejects(untyped('alice', START, time), RangeError, `endsAt ${time}`);
  }
});

t.test('impossible options are an error at once that names the option', async (t) => {
  const create = (changes: { [Name in keyof typeof OPTIONS]?: unknown }) => () =>
    createCookieIssuer({
      ...OPTIONS,
      ...(changes as Partial<typeof OPTIONS>),
      signer: createKeySigner(ecKey('K')),
    });
  t.throws(create({ filesOrigin: 'https://files.example.org' }), {
    message: 'filesOrigin must be a child of the app host, such as https://files.app.example.com',
  });
  const form = 'must be an origin, such as https://app.example.com, with no path and no slash at the end';
  t.throws(create({ appOrigin: undefined, filesOrigin: '' }), {
    message: `appOrigin ${form}\nfilesOrigin ${form}`,
  });
  for (const cookieLifetimeSeconds of [undefined, null, '900', 0, -1, 0.5, 900.5, 86_401, Number.NaN])
    t.throws(create({ cookieLifetimeSeconds }), RangeError, String(cookieLifetimeSeconds));
});

t.test('cookies end with their session, and the page is told when to renew them', async (t) => {
  const issuer = issuerOf(createKeySigner(ecKey('K')));
  const issue = (changes: { endsAt?: EpochSeconds } = {}) =>
    issuer.issue({ id: ALICE, start: START, ...changes });
  const time = (seconds: number) => new Date(seconds * 1_000).toISOString();
  t.match((await issue()).session, {
    user: { id: ALICE },
    files: { origin: 'https://files.app.example.com', prefix: `/users/${ALICE}/` },
    cookies: { issuedAt: time(NOW), expiresAt: time(NOW + 900), refreshAt: time(NOW + 600) },
    session: { expiresAt: time(NOW + 900) },
  });
  t.equal((await issue({ endsAt: parseEpochSeconds(NOW + 700) })).expiresAtEpoch, NOW + 700);
});
