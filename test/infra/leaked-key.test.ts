import { randomBytes } from 'node:crypto';
import t, { type Test } from 'tap';
import { parseEpochSeconds } from '../../core/epoch-seconds.ts';
import { parseUserId } from '../../core/user-id.ts';
import { isRecord } from '../../edge/local/template/shape.ts';
import { createCookieIssuer } from '../../services/auth/cookies/issuer.ts';
import { createKeySigner } from '../../services/auth/cookies/key-signer.ts';
import { ConfigError, parseConfig } from '../../services/auth/settings/config.ts';
import { isPublicSuffix } from '../../services/auth/settings/public-suffix.ts';
import { ALICE, NOW_EPOCH, ORIGIN, startEdge } from '../edge/local/support/edge.ts';
import { synthesizeForTest } from '../support/cached-build.ts';
import { ecKey, localValues, type TestKey } from '../support/local-values.ts';

const own = `/users/${ALICE}/a.txt`;

/** A deployment with these keys: an edge, and the settings of the service without the secret. */
async function deployed(t: Test, keys: TestKey[]) {
  const template = await synthesizeForTest(localValues(keys));
  const keyPairIds = Object.fromEntries(keys.map(({ keyPairId }) => [keyPairId, keyPairId]));
  const edge = await startEdge({ template, bindings: { keyPairIds } });
  t.teardown(() => edge.close());
  const resources = Object.values(isRecord(template['Resources']) ? template['Resources'] : {});
  const service = resources.find(
    (resource) => isRecord(resource) && JSON.stringify(resource).includes('"lambda.handler"'),
  );
  const properties = isRecord(service) && isRecord(service['Properties']) ? service['Properties'] : {};
  const environment = isRecord(properties['Environment']) ? properties['Environment']['Variables'] : {};
  const settings = Object.entries(isRecord(environment) ? environment : {}).map(
    ([name, value]): [string, string] => [name, typeof value === 'string' ? value : `the ${name}`],
  );
  return { edge, settings: { ...Object.fromEntries(settings), AWS_REGION: 'us-east-1' } };
}

/** The members of the secret. */
const secretOf = ({ privateKey }: TestKey): Record<string, string> => ({
  SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  OIDC_CLIENT_SECRET: 'a-secret-of-the-client',
  LOGIN_SECRET: randomBytes(32).toString('base64url'),
});

function faultsOf(settings: Record<string, string>): string[] {
  try {
    parseConfig(settings, isPublicSuffix);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.faults : [String(error)];
  }
}

/** Cookies that the service signs with this key. */
async function cookiesBy({ keyPairId, privateKey }: TestKey): Promise<{ Cookie: string }> {
  const issuer = createCookieIssuer({
    appOrigin: 'http://localhost:3000',
    filesOrigin: ORIGIN,
    cookieLifetimeSeconds: 900,
    signer: createKeySigner({ keyPairId, privateKey }),
    now: () => NOW_EPOCH * 1_000,
  });
  const { cookies } = await issuer.issue({
    id: parseUserId(ALICE),
    start: parseEpochSeconds(NOW_EPOCH - 3_600),
  });
  return { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') };
}

const [leaked, other, fresh] = [ecKey('KLEAKED'), ecKey('KOTHER'), ecKey('KFRESH')];

for (const [name, before, after] of [
  ['the only key', [leaked], [fresh]],
  ['the first of two', [leaked, other], [fresh, other]],
] as const) {
  t.test(`${name} leaked: new key, secret and ARN in one deployment (docs/deploy.md)`, async (t) => {
    const old = await deployed(t, [...before]);
    t.strictSame(faultsOf({ ...old.settings, ...secretOf(leaked) }), []);
    t.equal(
      (await old.edge.get(own, await cookiesBy(leaked))).status,
      200,
      'the holder of the key has the files',
    );

    const { edge, settings } = await deployed(t, [...after]);
    t.strictSame(faultsOf({ ...settings, ...secretOf(fresh) }), [], 'the service starts');
    const halves = 'SIGNING_KEY is not the other half of SIGNING_PUBLIC_KEY';
    t.strictSame(
      faultsOf({ ...settings, ...secretOf(leaked) }),
      [halves],
      'the old secret would stop the service',
    );
    const stolen = await edge.get(own, await cookiesBy(leaked));
    t.strictSame([stolen.status, /<Code>(\w+)</.exec(stolen.body)?.[1]], [403, 'InvalidKey']);
    t.equal((await edge.get(own, await cookiesBy(fresh))).status, 200, 'renewed cookies open');
  });
}
