import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RefusedError } from '../../../services/cli/errors.ts';
import { get, placeBelow } from '../../../services/cli/get.ts';
import { ApiError, type DownloadOptions } from '../../../services/web/client/native.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

type Source = Parameters<typeof get>[0];

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

function options(changes: { isForced?: boolean } = {}) {
  return { isForced: false, signal: new AbortController().signal, onProgress: () => {}, ...changes };
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
  t.equal(await placeBelow(target, 'ä/.../..b/c d'), join(target, 'ä', '...', '..b', 'c d'));
  t.strictSame(readdirSync(base).toSorted(), ['target', 'victim']);
  t.ok(isUntouched());
});

t.test('what is there stays, links too, and --force follows none', async (t) => {
  const { isUntouched, target, victim } = machine(t);
  const { folder } = filesHost({ text: 'theirs', etag: '"1"' });
  for (const name of ['file', 'link', 'dangling']) {
    const path = join(target, name);
    if (name === 'file') writeFileSync(path, 'old');
    else symlinkSync(name === 'link' ? victim : join(target, 'none'), path);
    await t.rejects(download(folder, path), /is there already; --force replaces it/, name);
    if (name === 'file') t.equal(readFileSync(path, 'utf8'), 'old');
    await download(folder, path, { isForced: true });
    t.equal(readFileSync(path, 'utf8'), 'theirs', name);
  }
  t.strictSame(readdirSync(target).toSorted(), ['dangling', 'file', 'link']);
  t.ok(isUntouched());
});

function download(folder: Source, path: string, changes = {}) {
  return get(folder, 'a', path, options(changes));
}

t.test('a file that comes meanwhile stays', async (t) => {
  const { target } = machine(t);
  const { folder } = filesHost({ text: 'theirs', etag: '"1"' });
  const path = join(target, 'file');
  const late = {
    files: {
      download: async (name: string, asked?: DownloadOptions) => {
        writeFileSync(path, 'quick');
        return folder.files.download(name, asked);
      },
    },
  };
  await t.rejects(download(late, path), /is there already/);
  t.equal(readFileSync(path, 'utf8'), 'quick');
});

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

t.test('a partial file that somebody else has laid there', async (t) => {
  const { isUntouched, target, victim } = machine(t);
  const host = filesHost({ text: '0123456789', etag: '"1"' }, [4]);
  const stopping = new AbortController();
  const begun = get(host.folder, 'a', join(target, 'file'), {
    ...options(),
    signal: stopping.signal,
    onProgress: () => stopping.abort(new Error('Ctrl-C')),
  });
  await t.rejects(begun, /Ctrl-C/);
  const [partial = ''] = readdirSync(target);
  const other = machine(t);
  symlinkSync(victim, join(other.target, partial));
  await t.rejects(download(host.folder, join(other.target, 'file')), { code: 'ELOOP' });
  t.ok(isUntouched());
});

t.test('a refusal is final, and a network that stays away ends it', async (t) => {
  const { target } = machine(t);
  let asked = 0;
  const fails = (error: ApiError) => ({
    files: {
      download: () => {
        asked++;
        return Promise.reject(error);
      },
    },
  });
  await t.rejects(download(fails(new ApiError(404, 'no_such_file')), join(target, 'a')), {
    code: 'no_such_file',
  });
  t.equal(asked, 1);
  t.strictSame(readdirSync(target), []);
});
