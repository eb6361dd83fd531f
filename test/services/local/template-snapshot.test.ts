import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { buildEdgeFunction } from '../../../edge/function/build.ts';
import { synthesize } from '../../../infra/synth.ts';
import type { StackValues } from '../../../infra/values.ts';
import { parseLocalSettings } from '../../../services/local/settings.ts';
import {
  fillTemplate,
  KEPT_TEMPLATE,
  KEPT_VALUES,
  localStackValues,
} from '../../../services/local/stack-template.ts';
import { ecKey, rsaKey } from '../../support/local-values.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

type Teardown = Parameters<typeof temporaryDirectory>[0];

/** The stack's template. The hash of the service's code is left out, since it changes with every other commit. */
function synthesized(t: Teardown, values: StackValues): string {
  const code = new URL('../../../edge/function', import.meta.url).pathname;
  const template = JSON.stringify(synthesize(values, code, temporaryDirectory(t)), null, 1);
  return template.replace(/[0-9a-f]{64}\.zip/g, '(asset).zip');
}

/** As the kept template has it: each function by its name. */
function kept(t: Teardown): string {
  const names = (['viewer-request', 'viewer-response'] as const).map(
    (name) => [JSON.stringify(buildEdgeFunction(name, KEPT_VALUES)), JSON.stringify(name)] as const,
  );
  const template = names.reduce(
    (text, [code, name]) => text.replace(code, () => name),
    synthesized(t, KEPT_VALUES),
  );
  return `${template}\n`;
}

t.test('the kept template equals the stack', async (t) => {
  if (process.env['UPDATE_TEMPLATES'] === '1') writeFileSync(KEPT_TEMPLATE, kept(t));
  const written = readFileSync(KEPT_TEMPLATE, 'utf8').split('\n');
  t.strictSame(kept(t).split('\n'), written, 'UPDATE_TEMPLATES=1 writes it');
});

const KEYS = [ecKey('K1'), rsaKey('KOTHER'), ecKey('KCloudFront')];
const PORTS = { APP_PORT: '40001', EDGE_PORT: '40002', IDP_PORT: '40003' };
const NAMES = { APP_ORIGIN: 'https://app.test', FILES_ORIGIN: 'https://files.app.test' };
const OWN_PROVIDER = {
  OIDC_ISSUER: 'https://login.example.com/tenant',
  OIDC_CLIENT_ID: 'of "us" \\ $& alone',
};

for (const [name, env, keys] of [
  ['a usual start', {}, KEYS.slice(0, 2)],
  [
    'other ports, HTTPS, one key, other caching',
    {
      ...PORTS,
      HTTPS: '1',
      COOKIE_LIFETIME_SECONDS: '30',
      BROWSER_CACHE: 'revalidate',
      KEEP_DELETED_DAYS: '0',
    },
    KEYS.slice(0, 1),
  ],
  [
    'other names, the operator’s provider, three keys',
    { ...NAMES, ...OWN_PROVIDER, KEEP_DELETED_DAYS: '30' },
    KEYS,
  ],
] as const) {
  t.test(`${name}: the filled template equals the stack`, async (t) => {
    const values = localStackValues(parseLocalSettings(env), keys);
    // Without two hashes of a key's name, which no program on this machine reads.
    const withoutHashes = (template: string) =>
      template
        .replace(/(PublicKeyK[A-Za-z0-9]+?[0-9a-f]{8})[0-9A-F]{8}/g, '$1')
        .replace(/("CallerReference": )"\w+"/g, '$1""');
    const filled = JSON.stringify(fillTemplate(values), null, 1);
    t.strictSame(withoutHashes(filled).split('\n'), withoutHashes(synthesized(t, values)).split('\n'));
  });
}

t.test('a value without a place in the kept template is refused', async (t) => {
  const values = localStackValues(parseLocalSettings({}), KEYS);
  t.throws(() => fillTemplate({ ...values, edgeCredential: 'trusted' }), /a new value/);
});
