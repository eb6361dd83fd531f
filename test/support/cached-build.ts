import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { publicKeyId } from '../../infra/public-keys.ts';
import type { Template } from '../../infra/synth.ts';
import type { StackValues } from '../../infra/values.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/test-builds');
const ENDINGS = 'ts,tsx,html,css,svg,png,webmanifest,json,md';
const DAY_MS = 86_400_000;

const sources = hashOfSources();

/** As `npm start` builds: the page in `web/`, and the template in `infra/`. The template is fresh from the stack. */
export async function cachedStack(values: StackValues, directory: string): Promise<Template> {
  const { entry, template } = await cachedBuild(values);
  cpSync(join(entry, 'web'), join(directory, 'web'), { recursive: true });
  mkdirSync(join(directory, 'infra'), { recursive: true });
  writeFileSync(join(directory, 'infra/stack.template.json'), JSON.stringify(template));
  return template;
}

/** The template alone, without the page. */
export async function synthesizeForTest(values: StackValues): Promise<Template> {
  return (await cachedBuild(values)).template;
}

/**
 * The result of a build, made once for these sources and these values. Stacks that differ only in their ports and keys
 * share one entry. Each stack puts its own ports and keys into a copy.
 */
async function cachedBuild(values: StackValues): Promise<{ entry: string; template: Template }> {
  const own = ownTexts(values);
  const numbers = own.map((_text, index) => `own text ${index}`);
  const common = replaceAll(JSON.stringify(values), own, numbers);
  const entry = await cacheEntry(createHash('sha256').update(common).digest('hex'), async (made) => {
    const { buildWeb } = await import('../../services/web/build.ts');
    const { synthesize } = await import('../../infra/synth.ts');
    buildWeb(join(made, 'web'));
    const assembly = join(made, 'infra');
    const template = JSON.stringify(synthesize(values, join(ROOT, 'edge/function'), assembly));
    rmSync(assembly, { recursive: true });
    writeFileSync(join(made, 'template.json'), JSON.stringify([ownTexts(values), template]));
  });
  const [stored, template] = JSON.parse(readFileSync(join(entry, 'template.json'), 'utf8'));
  return { entry, template: JSON.parse(replaceAll(template, stored, own)) };
}

/**
 * The auth service with the demonstration in few files, as on Lambda. It starts in half the time. Where V8 notes what is
 * run, it is the sources, since nobody finds a place of them in the few files.
 */
export async function cachedService(): Promise<string> {
  if (process.env['NODE_V8_COVERAGE']) return join(ROOT, 'services/local/demo/auth-service.ts');
  const entry = await cacheEntry('auth-service', async (made) => {
    const { bundle } = await import('../../infra/build.ts');
    bundle([join(ROOT, 'services/local/demo/auth-service.ts')], made);
  });
  return join(entry, 'auth-service.mjs');
}

/** The page as it is deployed. Nobody may write into the directory. */
export async function cachedWeb(): Promise<string> {
  return cacheEntry('web', async (made) => {
    const { buildWeb } = await import('../../services/web/build.ts');
    buildWeb(made);
  });
}

/** The directory with this key for these sources. If there is none, `fill` makes it. */
export async function cacheEntry(key: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const entry = join(CACHE, sources, key);
  if (existsSync(entry)) return entry;
  removeOldEntries();
  mkdirSync(join(CACHE, sources), { recursive: true });
  const made = mkdtempSync(join(CACHE, sources, 'new-'));
  await fill(made);
  try {
    renameSync(made, entry);
  } catch (error) {
    rmSync(made, { recursive: true });
    // Another process was first, with the same content.
    if (!existsSync(entry)) throw error;
  }
  return entry;
}

function removeOldEntries() {
  if (!existsSync(CACHE)) return;
  for (const name of readdirSync(CACHE)) {
    const old = join(CACHE, name);
    if (name === sources || Date.now() - statSync(old).mtimeMs < DAY_MS) continue;
    rmSync(old, { recursive: true, force: true });
  }
}

/** The texts of a stack that differ at each start, as they stand in JSON: its ports and its keys. */
function ownTexts({ appOrigin, filesOrigin, oidcIssuer, publicKeys }: StackValues): string[] {
  const ports = [appOrigin, filesOrigin, oidcIssuer].flatMap((url) => /:\d{5}$/.exec(url) ?? []);
  const keys = publicKeys.flatMap((key) => {
    const fingerprint = publicKeyId(key).slice(-8);
    return [key.pem, fingerprint, ...(/^K[A-Z0-9]{13}$/.test(key.name) ? [key.name] : [])];
  });
  return [...new Set([...ports, ...keys])].map((text) => JSON.stringify(text).slice(1, -1));
}

/**
 * Replaces all texts at once, so that a text that was put in is not replaced again. A port inside a longer number
 * stays.
 */
function replaceAll(text: string, from: string[], to: string[]): string {
  const pattern = from.map((one) => one.replace(/[^\w\s]/g, '\\$&') + (one.startsWith(':') ? '(?!\\d)' : ''));
  return text.replace(new RegExp(pattern.join('|'), 'g'), (found) => to[from.indexOf(found)] ?? found);
}

/** The operator's programs are in no build of the page, the stack or the service. */
function hashOfSources(): string {
  const folders = 'core,edge,infra,scripts,services/{auth,cookies,local,web}';
  return hashOfFiles(`{${folders}}/**/*.{${ENDINGS}}`, 'package.json', 'package-lock.json');
}

/** For `cacheEntry`, where a result depends on further files. */
export function hashOfFiles(...patterns: string[]): string {
  const hash = createHash('sha256');
  for (const file of globSync(patterns, { cwd: ROOT }).toSorted()) {
    hash.update(file).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}
