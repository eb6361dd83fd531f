import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { RefusedError } from '../../../services/cli/errors.ts';
import { type GetOptions, get, placeBelow } from '../../../services/cli/get.ts';
import type { DownloadOptions } from '../../../services/web/client/native.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

type Source = Parameters<typeof get>[0];

/** How many files this process has open, where the system tells. */
const opened = () => (existsSync('/dev/fd') ? readdirSync('/dev/fd').length : 0);

/** A files host with one file. Each answer but the last ends after `cutAt` bytes. */
function filesHost(content: { text: string; etag: string }, cuts: number[] = []) {
  const ranges: (string | undefined)[] = [];
  const download = async (_name: string, { headers = {}, method }: DownloadOptions = {}) => {
    const { etag, text } = content;
    const known = { etag, 'content-length': String(text.length) };
    if (method === 'HEAD') return new Response(null, { headers: known });
    ranges.push(headers['range']);
    const from = headers['if-range'] === etag ? Number(/\d+/.exec(headers['range'] ?? '')?.[0]) : 0;
    const rest = new TextEncoder().encode(text.slice(from));
    const cut = cuts.shift();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(rest.slice(0, cut));
        if (cut === undefined) controller.close();
      },
      pull(controller) {
        if (cut !== undefined) controller.error(new TypeError('terminated'));
      },
    });
    return new Response(body, { status: headers['if-range'] === etag ? 206 : 200, headers: { etag } });
  };
  const folder = { files: { download } };
  return { content, folder, ranges };
}

function options(changes: Partial<GetOptions> = {}) {
  const { signal } = new AbortController();
  return { isForced: false, signal, onProgress: () => {}, pauseMs: 0.5, ...changes };
}

/** A folder of this machine with a file beside it that must stay as it is. */
function machine(t: Test) {
  const base = temporaryDirectory(t);
  const target = join(base, 'target');
  const victim = join(base, 'victim');
  mkdirSync(target);
  writeFileSync(victim, 'mine');
  return { base, target, victim, isUntouched: () => readFileSync(victim, 'utf8') === 'mine' };
}

t.test('no name leads out of the folder', async (t) => {
  const { base, isUntouched, target } = machine(t);
  symlinkSync(base, join(target, 'link'));
  writeFileSync(join(target, 'file'), '');
  for (const name of [
    ...['../victim', 'a/../../victim', '..', '.', '', '/etc/passwd', 'a//b', 'a/', './a', 'a/./b'],
    ...['link/victim', 'link/new', 'file/a', 'a\\..\\b', 'a\0b', 'a\nb', 'a\x1b[2J', 'a\x9b2J'],
  ]) {
    await t.rejects(placeBelow(target, name), RefusedError, JSON.stringify(name));
  }
  for (const last of ['c d', ...(process.platform === 'win32' ? [] : ['c: d'])])
    t.equal(await placeBelow(target, `ä/.../..b/${last}`), join(target, 'ä', '...', '..b', last));
  await t.rejects(placeBelow(join(target, 'none'), 'a/b'), { code: 'ENOENT', syscall: 'mkdir' });
  t.strictSame(readdirSync(base).toSorted(), ['target', 'victim']);
  t.ok(isUntouched());
});

t.test('what is there stays, links too, and --force follows none', async (t) => {
  const { isUntouched, target, victim } = machine(t);
  const { folder, ranges } = filesHost({ text: 'theirs', etag: '"1"' });
  for (const name of ['file', 'link', 'dangling']) {
    const path = join(target, name);
    if (name === 'file') writeFileSync(path, 'old');
    else symlinkSync(name === 'link' ? victim : join(target, 'none'), path);
    await t.rejects(download(folder, path), /is there already; --force replaces it/, name);
    t.strictSame(ranges.splice(0), [], 'nothing is asked for');
    if (name === 'file') t.equal(readFileSync(path, 'utf8'), 'old');
    await download(folder, path, { isForced: true });
    t.equal(readFileSync(path, 'utf8'), 'theirs', name);
    t.strictSame(ranges.splice(0), ['bytes=0-']);
  }
  t.strictSame(readdirSync(target).toSorted(), ['dangling', 'file', 'link']);
  t.ok(isUntouched());
});

function download(folder: Source, path: string, changes: Partial<GetOptions> = {}) {
  return get(folder, 'a', path, options(changes));
}

t.test('it goes on where it was cut, and begins anew for another content', async (t) => {
  const { target } = machine(t);
  const host = filesHost({ text: '0123456789', etag: '"1"' }, [4, 3]);
  const path = join(target, 'file');
  t.equal(await download(host.folder, path), 10);
  t.equal(readFileSync(path, 'utf8'), '0123456789');
  t.strictSame(host.ranges, ['bytes=0-', 'bytes=4-', 'bytes=7-']);

  const stopping = new AbortController();
  const second = filesHost({ text: 'abcdefghij', etag: '"2"' }, [4]);
  const stopped = get(second.folder, 'a', join(target, 'other'), {
    ...options(),
    signal: stopping.signal,
    onProgress: () => stopping.abort(new Error('Ctrl-C')),
  });
  await t.rejects(stopped, /Ctrl-C/);
  Object.assign(second.content, { text: 'klmnopqrst', etag: '"3"' });
  t.equal(await download(second.folder, join(target, 'other')), 10);
  t.equal(readFileSync(join(target, 'other'), 'utf8'), 'klmnopqrst');
  t.equal(second.ranges.at(-1), 'bytes=0-', 'what came of the former content counts for nothing');
});

/** The name of the partial file of `0123456789` under the ETag `"1"`. */
async function partialName(t: Test): Promise<string> {
  const { target } = machine(t);
  const host = filesHost({ text: '0123456789', etag: '"1"' }, [4]);
  const stopping = new AbortController();
  const onProgress = () => stopping.abort(new Error('Ctrl-C'));
  await t.rejects(
    download(host.folder, join(target, 'file'), { signal: stopping.signal, onProgress }),
    /Ctrl-C/,
  );
  const [partial = ''] = readdirSync(target);
  t.equal(readFileSync(join(target, partial), 'utf8'), '0123', partial);
  return partial;
}

t.test('a partial file that somebody else has laid there', async (t) => {
  const { isUntouched, target, victim } = machine(t);
  const host = filesHost({ text: '0123456789', etag: '"1"' });
  const partial = join(target, await partialName(t));
  const path = join(target, 'file');
  const before = opened();
  symlinkSync(victim, partial);
  await t.rejects(download(host.folder, path), { code: 'ELOOP' });
  for (const lay of [
    () => linkSync(victim, partial),
    () => execFileSync('mkfifo', [partial]),
    () => {
      writeFileSync(partial, '0123');
      t.intercept(process, 'getuid', { value: () => statSync(partial).uid + 1 });
    },
  ]) {
    rmSync(partial);
    lay();
    await t.rejects(
      download(host.folder, path),
      new RefusedError(`${partial} is of somebody else; remove it`),
    );
  }
  t.ok(isUntouched());
  t.equal(opened(), before, 'what was opened is closed');
});
