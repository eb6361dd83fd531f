// Weekly, because npm loads 230 MB of React Native and its tools. The screen itself runs on a telephone only.
// Last result, 2026-11-29: React Native 0.88.1: types, Metro and Hermes take the screen. Its network runs in Node, also by the
// fetch, URL and AbortSignal of React Native, without `crypto`.

import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { idTokenByDevice } from '../../support/bearer.ts';
import { png, signIn } from '../../support/client.ts';
import { startTestStack } from '../../support/test-stack.ts';
import { appProject } from '../support/app-project.ts';

// npm, which asks the registry, and Metro.
t.setTimeout(900_000);

const PACKAGES = [
  ...['react-native@0.88.1', 'react@19.3.1', '@types/react@19', 'typescript@5.9.3'],
  ...['metro-config', 'babel-preset'].map((name) => `@react-native/${name}@0.88.1`),
  '@react-native/typescript-config@0.87.1',
];
const HERMES = 'node_modules/hermes-compiler/hermesc/linux64-bin/hermesc';

interface Listed {
  pictures: { name: string; source: { uri: string; headers: Record<string, string> } }[];
  expiresAtMs: number;
}

const files = globSync(['docs/examples/react-native/*', 'test/docs/react-native/project/*']);
t.equal(files.filter((file) => file.startsWith('docs')).length, 2);
const directory = await appProject(
  t,
  PACKAGES,
  files.map((file) => [basename(file), readFileSync(file, 'utf8')]),
);
const run = (program: string, ...args: string[]) => promisify(execFile)(program, args, { cwd: directory });
const bundle = (...args: string[]) => run(process.execPath, 'bundle.js', ...args);

t.test('the screen is right by the types of React Native', async (t) => {
  await t.resolves(run(join(directory, 'node_modules/.bin/tsc'), '-p', '.'));
});

for (const platform of ['android', 'ios']) {
  t.test(`Metro finds all of its parts for ${platform}, and Hermes compiles them`, async (t) => {
    await bundle('index.js', platform, `${platform}.js`);
    t.match(readFileSync(join(directory, `${platform}.js`), 'utf8'), 'grant-type:token-exchange');
    await t.resolves(run(join(directory, HERMES), '-w', '-emit-binary', '-out', 'app.hbc', `${platform}.js`));
  });
}

t.test('its network', async (t) => {
  const stack = await startTestStack(t);
  const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
  const alice = await signIn(stack, 'alice');
  await alice.upload({ name: 'a.png', type: 'image/png', bytes: png('of alice') });
  await alice.upload({ name: 'a.txt', type: 'text/plain', bytes: new TextEncoder().encode('no picture') });
  const bob = await signIn(stack, 'bob');
  const { url: foreign } = await bob.upload({ name: 'b.png', type: 'image/png', bytes: png('of bob') });

  /** Runs the program, and asks for what it lists as <Image> would. */
  async function showsOwn(t: Test, program: string): Promise<void> {
    const token = await idTokenByDevice(issuer, 'alice');
    const { stdout } = await run(process.execPath, program, stack.appOrigin, token);
    const { pictures, expiresAtMs }: Listed = JSON.parse(stdout);
    t.strictSame(
      pictures.map(({ name }) => name),
      ['a.png'],
    );
    t.ok(expiresAtMs > Date.now());
    const { uri = '', headers } = pictures[0]?.source ?? {};
    const shown = await fetch(uri, { headers: headers ?? {} });
    t.strictSame([shown.status, new Uint8Array(await shown.arrayBuffer())], [200, png('of alice')]);
    t.equal((await fetch(uri)).status, 403, 'without the header');
    t.equal((await fetch(foreign, { headers: headers ?? {} })).status, 403, 'the folder of another user');
  }

  await t.test('in Node', (t) => showsOwn(t, 'program.js'));
  await t.test('by the fetch, URL and AbortSignal of React Native', async (t) => {
    await bundle('program-there.js', 'android', 'there.js');
    await showsOwn(t, 'there.js');
  });
});
