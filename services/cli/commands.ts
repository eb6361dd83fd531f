import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { fileOperations } from '@cloudfront-cookie-gateway/client/files';
import type { NativeFolder } from '@cloudfront-cookie-gateway/client/native';
import { typeByExtension } from '@cloudfront-cookie-gateway/core/type-by-extension';
import { RefusedError, UsageError } from './errors.ts';
import { get, placeBelow } from './get.ts';
import type { Keep } from './keep.ts';
import { gatewayOf, signIn, signOut } from './login.ts';
import { startRelay } from './relay.ts';
import type { Terminal } from './terminal.ts';

/** Where a command runs. */
interface Place {
  terminal: Terminal;
  keep: Keep;
  signal: AbortSignal;
}

interface Call extends Place {
  values: Record<string, string | boolean | undefined>;
  operands: string[];
}

interface Command {
  usage: string;
  about: string;
  /** @throws UsageError */
  run(args: string[], place: Place): Promise<void>;
}

interface Syntax {
  usage: string;
  about: string;
  options: ParseArgsOptionsConfig;
  /** The fewest and the most operands. */
  operands: readonly [least: number, most: number];
}

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const TEAM = { team: TEXT };
const JSON_LINES = { json: FLAG };
const FORCE = { force: FLAG };

function command(syntax: Syntax, run: (call: Call) => Promise<void>): Command {
  const { about, operands, options, usage } = syntax;
  const [least, most] = operands;
  return {
    about,
    usage,
    async run(args, place) {
      let parsed: ReturnType<typeof parseArgs>;
      try {
        parsed = parseArgs({ args, options, allowPositionals: true });
      } catch (cause) {
        const fault = cause instanceof Error ? cause.message : '';
        throw new UsageError(`${fault}\nusage: cookie-gateway ${usage}`, { cause });
      }
      const { positionals } = parsed;
      if (positionals.length < least || positionals.length > most) {
        throw new UsageError(`usage: cookie-gateway ${usage}`);
      }
      const values = Object.fromEntries(
        Object.entries(parsed.values).flatMap(([name, value]) =>
          Array.isArray(value) ? [] : [[name, value]],
        ),
      );
      await run({ ...place, values, operands: positionals });
    },
  };
}

export const COMMANDS: Record<string, Command> = {
  login: command(
    {
      usage: 'login --app <origin> --issuer <address> --client-id <id> [--json]',
      about:
        'Signs in: by a code for any browser if the identity provider has the device flow, else by an address for a browser of this machine. The client is one of NATIVE_CLIENT_IDS of the app host.',
      options: { app: TEXT, issuer: TEXT, 'client-id': TEXT, ...JSON_LINES },
      operands: [0, 0],
    },
    login,
  ),
  ls: command(
    {
      usage: 'ls [prefix] [--team <id>] [--json]',
      about: 'Lists files: bytes, date, name. With --json, one object a line.',
      options: { ...TEAM, ...JSON_LINES },
      operands: [0, 1],
    },
    async ({ operands: [prefix], signal, terminal, ...call }) => {
      for await (const file of folderOf(call).files.all({ prefix, signal })) {
        const { lastModified, name, size } = file;
        terminal.tell(file, `${String(size).padStart(14)}  ${lastModified.slice(0, 16)}  ${name}`);
      }
    },
  ),
  get: command(
    {
      usage: 'get <name> [target] [--force] [--team <id>] [--json]',
      about:
        'Downloads a file, or a folder if the name ends in /. After a cut, the same command goes on. It replaces a file of this machine only with --force, follows no link below the target, and writes nothing outside the target.',
      options: { ...TEAM, ...JSON_LINES, ...FORCE },
      operands: [1, 2],
    },
    getAll,
  ),
  put: command(
    {
      usage: 'put <file…> [--to <folder/>] [--force] [--team <id>] [--json]',
      about: 'Uploads files. After a cut, the same command goes on. With --force, it replaces files.',
      options: { ...TEAM, ...JSON_LINES, ...FORCE, to: TEXT },
      operands: [1, Number.POSITIVE_INFINITY],
    },
    putAll,
  ),
  rm: command(
    {
      usage: 'rm <name…> [--team <id>] [--json]',
      about: 'Deletes files. The app host may keep them in the trash.',
      options: { ...TEAM, ...JSON_LINES },
      operands: [1, 1_000],
    },
    async ({ operands, signal, terminal, ...call }) => {
      const { deleted, failed } = await fileOperations(folderOf(call)).delete(operands, { signal });
      for (const file of deleted) terminal.tell(file, `deleted ${file.name}`);
      for (const { name, code } of failed) terminal.fail({ code, message: `${name}: ${code}` });
      if (failed.length > 0) throw new RefusedError(`${failed.length} of ${operands.length} files are left`);
    },
  ),
  mv: command(
    {
      usage: 'mv <from> <to> [--force] [--team <id>] [--json]',
      about: 'Renames a file. Links to the old name end. With --force, it replaces a file.',
      options: { ...TEAM, ...JSON_LINES, ...FORCE },
      operands: [2, 2],
    },
    async ({ operands: [from = '', to = ''], signal, terminal, ...call }) => {
      const replace = call.values['force'] === true;
      const moved = await fileOperations(folderOf(call)).move(from, to, { replace, signal });
      terminal.tell(moved, `${from} is ${moved.name}`);
    },
  ),
  share: command(
    {
      usage: 'share <name> [--expires-in <seconds>] [--team <id>] [--json]',
      about: 'Makes a link to a file, for people without an account. By default it lives for 30 minutes.',
      options: { ...TEAM, ...JSON_LINES, 'expires-in': TEXT },
      operands: [1, 1],
    },
    async ({ operands: [name = ''], signal, terminal, ...call }) => {
      const seconds = call.values['expires-in'];
      const expiresIn = seconds === undefined ? {} : { expiresIn: Number(seconds) };
      if (Number.isNaN(expiresIn.expiresIn)) throw new UsageError('--expires-in takes seconds');
      const share = await folderOf(call).files.share(name, { ...expiresIn, signal });
      terminal.tell(share, share.page);
    },
  ),
  play: command(
    {
      usage: 'play <playlist> [--team <id>] [--json]',
      about:
        'Prints an address of this machine for ffplay, mpv and others, and serves it until Ctrl-C. Addresses in the playlist must be relative, as ffmpeg writes them.',
      options: { ...TEAM, ...JSON_LINES },
      operands: [1, 1],
    },
    play,
  ),
  logout: command(
    {
      usage: 'logout',
      about: 'Ends the session, and forgets the sign-in and the uploads that have not ended.',
      options: { ...JSON_LINES },
      operands: [0, 0],
    },
    ({ keep }) => signOut(keep),
  ),
};

/** @throws NotSignedInError */
function folderOf({ keep, values }: Pick<Call, 'keep' | 'values'>): NativeFolder & { id?: string } {
  const gateway = gatewayOf(keep);
  return typeof values['team'] === 'string' ? gateway.team(values['team']) : gateway;
}

async function login({ keep, signal, terminal, values }: Call): Promise<void> {
  const { app, issuer, 'client-id': clientId } = values;
  if (typeof app !== 'string' || typeof issuer !== 'string' || typeof clientId !== 'string') {
    throw new UsageError('login needs --app, --issuer and --client-id');
  }
  const where = { app: app.replace(/\/$/, ''), issuer, clientId };
  const gateway = await signIn(where, keep, { signal, show: terminal.note });
  const { user } = await gateway.session({ signal });
  terminal.tell(user, `signed in as ${user.email ?? user.name ?? user.id}`);
}

async function getAll({ operands: [name = '', target], ...call }: Call): Promise<void> {
  const { signal, terminal, values } = call;
  const folder = folderOf(call);
  const getOne = async (from: string, path: string) => {
    const onProgress = (fraction: number) => terminal.progress(from, fraction);
    const bytes = await get(folder, from, path, { isForced: values['force'] === true, signal, onProgress });
    terminal.tell({ name: from, path, bytes }, path);
  };
  if (!name.endsWith('/')) {
    const isNamed = target !== undefined && !(await isFolder(target));
    return getOne(name, isNamed ? target : await placeBelow(target ?? '.', basename(name)));
  }
  const into = target ?? (await placeBelow('.', basename(name)));
  await mkdir(into, { recursive: true });
  for await (const file of folder.files.all({ prefix: name, signal })) {
    await getOne(file.name, await placeBelow(into, file.name.slice(name.length)));
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function putAll({ operands, signal, terminal, ...call }: Call): Promise<void> {
  const { force, to = '' } = call.values;
  const { files } = folderOf(call);
  for (const path of operands) {
    const name = to + basename(path);
    const type = typeByExtension(name);
    // The time of the last change tells whether an upload under way is of this file.
    const { mtimeMs } = await stat(path);
    const file = new File([await openAsBlob(path)], name, { lastModified: Math.round(mtimeMs), type });
    const onProgress = (fraction: number) => terminal.progress(name, fraction);
    const stored = await files.upload(file, { name, type, replace: force === true, signal, onProgress });
    terminal.tell(stored, stored.name);
  }
}

async function play({ operands: [name = ''], signal, terminal, ...call }: Call): Promise<void> {
  const folder = folderOf(call);
  // A wrong name is told here, not by the player.
  await folder.files.download(name, { method: 'HEAD', signal });
  const relay = await startRelay(folder);
  const url = relay.base + name.split('/').map(encodeURIComponent).join('/');
  terminal.tell({ url }, url);
  terminal.note('Ctrl-C ends it.');
  if (!signal.aborted) await once(signal, 'abort');
  await relay.close();
}
