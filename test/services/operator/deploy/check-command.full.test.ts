import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { check } from '../../../../services/operator/deploy/check/check.ts';
import { runCommand } from '../../../support/clone.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { startAws } from './support/aws.ts';
import { createWorld, FILES, makeSound } from './support/world.ts';

const aws = await startAws(t);
const NO_CREDENTIALS = {
  ...{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' },
  ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
};
const NOT_LOOKED_AT =
  'AWS accepts no credentials of this shell (CredentialsProviderError): certificates, secret, key, zone and stacks were not checked';

t.test('without credentials it checks what it can, and names the rest', async (t) => {
  await aws.reset();
  const world = createWorld();
  const values = await makeSound(world);
  const before = Object.fromEntries(Object.keys(NO_CREDENTIALS).map((name) => [name, process.env[name]]));
  t.teardown(() => {
    Object.assign(process.env, before);
    delete process.env['AWS_EC2_METADATA_DISABLED'];
  });
  Object.assign(process.env, NO_CREDENTIALS);
  world.authorities = { [FILES]: ['letsencrypt.org'] };
  world.discovery = () => new Response('', { status: 404 });
  const found = await check({ ...values, logDays: 31 }, world);
  t.matchOnly(
    found.map((one) => `${'value' in one ? one.value : one.resource} ${one.problem}`),
    [
      /^logDays must be one of /,
      `credentials ${NOT_LOOKED_AT}`,
      /^oidcIssuer its discovery document cannot be read \(status 404\): /,
      'domain a CAA record keeps Amazon from issuing certificates for it',
    ],
  );
});

t.test(
  'the real command: one line for each finding, status 1; status 2 if there is nothing to check',
  async (t) => {
    const directory = temporaryDirectory(t);
    const file = join(directory, 'values.json');
    const run = async (text: string, ...more: string[]) => {
      writeFileSync(file, text);
      const command = [process.execPath, 'services/operator/main.ts', 'check', file, ...more];
      const { exit, output } = runCommand(process.cwd(), command, NO_CREDENTIALS);
      return { status: await exit, lines: output().trim().split('\n') };
    };
    // Without a host, so that DNS is not asked.
    const asJson = await run('{ "colour": "red" }', '--json');
    t.equal(asJson.status, 1);
    const [first, ...others] = asJson.lines.map((line) => JSON.parse(line));
    t.strictSame(Object.keys(first), ['value', 'problem', 'do']);
    t.match(others, [...others.slice(0, -1).map(() => ({ value: String })), { resource: 'credentials' }]);
    const inWords = await run('{ "colour": "red" }');
    t.equal(inWords.status, 1);
    t.equal(inWords.lines.length, asJson.lines.length);
    t.equal(
      inWords.lines[0],
      'stop: colour: is not a value of this stack. To do: remove it, or correct its spelling: docs/deploy.md, "values.json", lists all values',
    );
    t.equal((await run('{')).status, 2);
    t.equal((await run('[]')).status, 2);
    t.equal((await run('{}', '--colour')).status, 2);
  },
);
