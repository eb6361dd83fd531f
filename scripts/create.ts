import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { generateSigningKey } from '@cloudfront-cookie-gateway/keys/key-files';
import { parseLocalSettings } from '@cloudfront-cookie-gateway/local/settings';
import { fillTemplate, localStackValues } from '@cloudfront-cookie-gateway/local/stack-template';

/**
 * `npm run create -- <kind> <folder>` makes an app of docs/examples, which shows a picture after `npm start`. All but
 * `vite` have a login of their own, so they get keys, and a CloudFront on this machine. No registry has the packages yet,
 * so they are packed first.
 */
const KINDS = ['django', 'express', 'next', 'vite'];
const [kind = '', to = ''] = process.argv.slice(2);
const folder = resolve(process.env['INIT_CWD'] ?? '.', to);
if (!KINDS.includes(kind) || to === '') fail(`npm run create -- ${KINDS.join('|')} <folder>`);
if (existsSync(folder) && readdirSync(folder).length > 0) fail(`${folder} is not empty`);

const examples = join('docs', 'examples');
const how: Record<string, string[]> = { next: [], vite: ['--client'] };
run(process.execPath, ['scripts/pack.ts', ...(how[kind] ?? ['--no-types'])]);
cpSync(join(examples, kind), folder, { recursive: true });
cpSync(join(examples, 'files'), join(folder, 'samples'), { recursive: true });
if (kind === 'django') cpSync('docs/signers/files_cookies.py', join(folder, 'files_cookies.py'));
if (kind !== 'vite') giveKeys();
install();
console.log(`\nNow: cd ${folder} && npm start`);

/** A key pair, the settings, a template that knows the key and the origins, and what starts the emulator. */
function giveKeys(): void {
  cpSync(join(examples, 'start.js'), join(folder, 'start.js'));
  const { APP_ORIGIN = 'http://localhost:3000', FILES_ORIGIN = 'http://localhost:8080' } = process.env;
  const keyPairId = 'KMYAPP';
  const { privatePem, publicPem } = generateSigningKey('ec');
  const settings = parseLocalSettings({ APP_ORIGIN, FILES_ORIGIN });
  const template = fillTemplate(localStackValues(settings, [{ keyPairId, publicPem }]));
  writeFileSync(join(folder, 'files-host.json'), JSON.stringify(template, null, 1));
  writeFileSync(join(folder, 'key.pem'), privatePem, { mode: 0o600 });
  const lines = { APP_ORIGIN, FILES_ORIGIN, KEY_PAIR_ID: keyPairId, SIGNING_KEY_FILE: 'key.pem' };
  const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), text.join(''));
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n.env\n.next\nkey.pem\nbucket\ndb.sqlite3\n');
}

/** The packages are those of this checkout, as npm would unpack them: a link would find the React of this checkout. */
function install(): void {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'), (name, value) => {
    const [, own] = /^@cloudfront-cookie-gateway\/(.+)$/.exec(name) ?? [];
    return own ? `file:${resolve('dist', 'packages', own)}` : value;
  });
  writeFileSync(file, `${JSON.stringify({ ...manifest, config: { gateway: resolve('.') } }, null, 2)}\n`);
  writeFileSync(join(folder, '.npmrc'), 'install-links=true\n');
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], folder);
}

function run(command: string, args: string[], cwd = '.'): void {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message: string): never {
  console.error(`create: ${message}`);
  process.exit(2);
}
