// Weekly, because npm loads 200 MB of Deno and Bun. `.ci/run` tests the same client in Node.
// Last result, 2026-11-29: Node 24.21, Deno 2.9.6 and Bun 1.4.5 each upload, list, download, share and sign out.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import t from 'tap';
import { idTokenByDevice } from '../../../support/bearer.ts';
import { installPacked } from '../../../support/packed.ts';
import { startTestStack, temporaryDirectory } from '../../../support/test-stack.ts';

t.setTimeout(600_000);

const run = promisify(execFile);
const directory = await installPacked(t, ['client'], []);
const tools = temporaryDirectory(t);
await run('npm', ['install', '--no-audit', '--no-fund', 'deno@2.9.6', 'bun@1.4.5'], { cwd: tools });
const stack = await startTestStack(t);
const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;

// The upload has two parts.
writeFileSync(
  join(directory, 'program.js'),
  `import process from 'node:process';
import { createGateway } from '@cloudfront-cookie-gateway/client/native';
const [appOrigin, idToken] = process.argv.slice(2);
const gateway = createGateway({ appOrigin, token: async () => idToken });
const bytes = new Uint8Array(9 * 1024 ** 2).map((_, index) => index % 251);
await gateway.files.upload(new Blob([bytes]), { name: 'films/a.bin', type: 'application/octet-stream' });
const { files } = await gateway.files.list({ prefix: 'films/' });
const got = new Uint8Array(await (await gateway.files.download('films/a.bin')).arrayBuffer());
const { url } = await gateway.files.share('films/a.bin');
const { status } = await fetch(url);
await gateway.logout();
const names = files.map(({ name }) => name);
const isSame = got.length === bytes.length && got.every((byte, index) => byte === bytes[index]);
console.log(JSON.stringify({ names, isSame, status }));`,
);

const PROGRAMS = {
  Node: [process.execPath],
  Deno: [
    join(tools, 'node_modules/.bin/deno'),
    'run',
    '--allow-net',
    '--allow-read',
    '--node-modules-dir=manual',
  ],
  Bun: [join(tools, 'node_modules/.bin/bun')],
};

for (const [name, [command = '', ...options]] of Object.entries(PROGRAMS)) {
  t.test(`${name} uploads, lists, downloads, shares and signs out`, async (t) => {
    const idToken = await idTokenByDevice(issuer, `someone-in-${name.toLowerCase()}`);
    const args = [...options, 'program.js', stack.appOrigin, idToken];
    const { stdout } = await run(command, args, { cwd: directory });
    t.strictSame(JSON.parse(stdout), { names: ['films/a.bin'], isSame: true, status: 200 });
  });
}
