import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { inNode } from '../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { upload } = await inNode('client/uploads.ts');
const { sha256Hex } = await inNode('client/send.ts');

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** A file whose content nobody needs to have in memory. */
class Large {
  readonly name = 'large.bin';
  readonly type = 'application/x-large';
  readonly lastModified = 7;
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  slice(start: number, end: number) {
    const length = Math.min(end, this.size) - start;
    return new Blob([String(start).padEnd(length, '.').slice(0, length)]);
  }
}

interface Host {
  /** What the app host answers to a request, one answer after another. The last one stays. */
  answers?: { [request: string]: unknown[] };
  /** What S3 answers to each PUT. */
  s3?: unknown[];
  /** What the files host has. */
  there?: unknown;
  kept?: string;
}

/** A device whose hosts answer as told. */
function open(t: Test, { answers = {}, s3 = [], there, kept }: Host = {}) {
  const wait = globalThis.setTimeout;
  const told: string[] = [];
  t.intercept(globalThis, 'setTimeout', {
    value: (run: () => void, ms: number) => {
      told.push(`pause ${ms}`);
      return wait(run, 0);
    },
    configurable: true,
  });
  const take = async (from: unknown[] | undefined, other: unknown) => {
    const answer = from && (from.length > 1 ? from.shift() : from[0]);
    if (answer instanceof Error) throw answer;
    return answer ?? other;
  };
  const say = (value: object | undefined) =>
    JSON.stringify(value ?? '')
      .replaceAll('"', '')
      .replace(/[\da-f]{64}/g, (found) => `#${found.slice(0, 4)}`);
  const user = {
    id: 'ann',
    ask: (method: string, path: string, { signal: _, ...body }: { signal?: AbortSignal } = {}) => {
      told.push(`${method} ${path} ${say(body)}`.replace(' {}', ''));
      const made = { name: 'a.txt', url: 'https://files.test/a.txt', upload: { url: `put ${told.length}` } };
      return take(answers[`${method} ${path}`], made);
    },
    send: (to: { url: string }, body: Blob, _: AbortSignal, onSent: (bytes: number) => void) => {
      told.push(`send ${body.size} to ${to.url}`);
      onSent(body.size / 2);
      return take(s3, '"etag"');
    },
    fetch: (url: string, { method }: { method: string }) => {
      told.push(`${method} ${url.replace(/[\da-f]{60}$/, '')}`);
      return take([there], undefined);
    },
    draw: (_: Blob, type: string) => {
      told.push(`draw ${type}`);
      return Promise.resolve(async (asker: { sha256Hex: unknown }, made: object) => {
        told.push(`thumbnail of ${say(made)} ${asker.sha256Hex === sha256Hex}`);
        throw new Error('no thumbnail');
      });
    },
    recall: async (key: string) => {
      told.push(`recall #${key.slice(0, 4)}`);
      return kept;
    },
    remember: async (key: string, value?: string) => void told.push(`remember #${key.slice(0, 4)} ${value}`),
  };
  return { user, told };
}

const file = new File(['text'], 'a.txt', { type: 'Text/Plain; charset=utf-8', lastModified: 7 });
const HASH = `#${hash('text').slice(0, 4)}`;
const WANTED = `{name:a.txt,size:4,type:text/plain,changedAt:1970-01-01T00:00:00.007Z,sha256:${HASH}}`;
const THUMB = 'thumbnail of {name:a.txt,url:https://files.test/a.txt,upload:{url:put 1},etag:\\etag\\} true';
const refusal = (status: number, code = 'storage_refused') => new ApiError(status, code);
const there = (content: string, more: { [name: string]: string } = {}) => ({
  ok: true,
  headers: new Map([['content-length', String(content.length)], ...Object.entries(more)]),
  blob: async () => new Blob([content]),
});

/** What was done, without the hashes, which nobody reads. */
const plain = (done: string) =>
  done
    .replaceAll(/sha256:#[\da-f]{4}/g, 'sha256')
    .replaceAll(/ #[\da-f]{4}/g, '')
    .replaceAll(
      'name:large.bin,size:16777217,type:application/x-large,changedAt:1970-01-01T00:00:00.007Z',
      'large',
    )
    .replaceAll(/https:.*?\?v=982d/g, 'there');

for (const [what, host, wanted] of [
  ['one PUT', {}, 'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, thumbnail, done'],
  [
    'a lost answer, and no file',
    { s3: [refusal(0, 'network'), '"e"'] },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, pause 1000, POST /uploads wanted, send 4 to put 6, 50 %, thumbnail of {name:a.txt,url:https://files.test/a.txt,upload:{url:put 6},etag:\\e\\} true, done',
  ],
  [
    'a lost answer, and then nothing new',
    { s3: [refusal(503), refusal(412)], there: there('text') },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, pause 1000, POST /uploads wanted, send 4 to put 6, 50 %, GET there, thumbnail of {name:a.txt,url:https://files.test/a.txt,upload:{url:put 6},etag:null} true, done',
  ],
  [
    'another file of that size',
    { s3: [refusal(503), refusal(412)], there: there('tixt') },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, pause 1000, POST /uploads wanted, send 4 to put 6, 50 %, GET there, 409 file_exists 4 undefined',
  ],
  [
    'another file',
    { s3: [refusal(0, 'network'), refusal(412)], there: there('other') },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, pause 1000, POST /uploads wanted, send 4 to put 6, 50 %, GET there, 409 file_exists 5 undefined',
  ],
  [
    'a name that is taken',
    { s3: [refusal(412)], there: there('text', { 'last-modified': 'today' }) },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, HEAD there, 409 file_exists 4 today',
  ],
  [
    'a name that is taken, as S3 says alone',
    { s3: [refusal(412)], there: new TypeError('lost') },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, HEAD there, 409 file_exists undefined undefined',
  ],
  [
    'a name that is taken by what nobody may read',
    { s3: [refusal(412)], there: { ok: false } },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, HEAD there, 409 file_exists undefined undefined',
  ],
  [
    'nobody knows',
    { s3: [refusal(503), refusal(412)], there: new TypeError('lost') },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, pause 1000, POST /uploads wanted, send 4 to put 6, 50 %, GET there, pause 2000, POST /uploads wanted, send 4 to put 11, 50 %, GET there, 0 network undefined undefined',
  ],
  [
    'an address that has expired',
    { s3: [refusal(403), '"e"'] },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, pause 1000, POST /uploads wanted, send 4 to put 6, 50 %, thumbnail of {name:a.txt,url:https://files.test/a.txt,upload:{url:put 6},etag:\\e\\} true, done',
  ],
  [
    'S3 refuses for ever',
    { s3: [refusal(403)] },
    'POST /uploads wanted, send 4 to put 1, 50 %, draw text/plain, pause 1000, POST /uploads wanted, send 4 to put 6, 50 %, pause 2000, POST /uploads wanted, send 4 to put 10, 50 %, 403 storage_refused undefined undefined',
  ],
  [
    'the app host refuses',
    { answers: { 'POST /uploads': [refusal(403, 'quota_exceeded')] } },
    'POST /uploads wanted, 403 quota_exceeded undefined undefined',
  ],
] as [string, Host, string][]) {
  t.test(`a small file: ${what}`, async (t) => {
    const { user, told } = open(t, host);
    const onProgress = (part: number) => told.push(`${part * 100} %`);
    const end = await upload(user, file, { onProgress }).then(
      () => 'done',
      ({ status, code, size, lastModified }: { [name: string]: string }) =>
        `${status} ${code} ${size} ${lastModified}`,
    );
    const now = plain([...told, end].join(', ').replaceAll(WANTED, 'wanted').replace(THUMB, 'thumbnail'));
    t.equal(now, wanted);
  });
}

const UPLOAD = { upload: { id: 'u', partSize: 2 ** 23 } };
const SIZE = 2 ** 24 + 1;
const parts = (...sizes: [size: number, sha256?: string][]) => ({
  partSize: 2 ** 23,
  parts: sizes.map(([size, sha256], index) => ({ number: index + 1, size, ...(sha256 && { sha256 }) })),
});
const PUT = { parts: [{ url: 'part' }] };

for (const [what, host, wanted] of [
  [
    'three parts',
    {},
    'recall, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 8388608 to part, 25 %, 50 %, POST /uploads/u/parts {parts:[{number:2,sha256}]}, send 8388608 to part, 75 %, 100 %, POST /uploads/u/parts {parts:[{number:3,sha256}]}, send 1 to part, 100 %, 100 %, POST /uploads/u/complete, remember undefined, large.bin',
  ],
  [
    'two of them are there',
    { kept: '/uploads/u', answers: { 'GET /uploads/u': [parts([2 ** 23], [2 ** 23])] } },
    'recall, GET /uploads/u, 50 %, 100 %, POST /uploads/u/parts {parts:[{number:3,sha256}]}, send 1 to part, 100 %, 100 %, POST /uploads/u/complete, remember undefined, large.bin',
  ],
  [
    'one of them is another one',
    { kept: '/uploads/u', answers: { 'GET /uploads/u': [parts([2 ** 23], [2 ** 23, 'x'], [2])] } },
    'recall, GET /uploads/u, 50 %, POST /uploads/u/parts {parts:[{number:2,sha256}]}, send 8388608 to part, 75 %, 100 %, POST /uploads/u/parts {parts:[{number:3,sha256}]}, send 1 to part, 100 %, 100 %, POST /uploads/u/complete, remember undefined, large.bin',
  ],
  [
    'the upload is over',
    { kept: '/uploads/v', answers: { 'GET /uploads/v': [refusal(404, 'no_such_upload')] } },
    'recall, GET /uploads/v, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 8388608 to part, 25 %, 50 %, POST /uploads/u/parts {parts:[{number:2,sha256}]}, send 8388608 to part, 75 %, 100 %, POST /uploads/u/parts {parts:[{number:3,sha256}]}, send 1 to part, 100 %, 100 %, POST /uploads/u/complete, remember undefined, large.bin',
  ],
  [
    'the app host does not say',
    { kept: '/uploads/v', answers: { 'GET /uploads/v': [refusal(500, 'internal')] } },
    'recall, GET /uploads/v, 500 internal',
  ],
  [
    'a part that is lost',
    { s3: [refusal(0, 'network'), '"e"'] },
    'recall, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 8388608 to part, 25 %, pause 1000, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 8388608 to part, 25 %, 50 %, POST /uploads/u/parts {parts:[{number:2,sha256}]}, send 8388608 to part, 75 %, 100 %, POST /uploads/u/parts {parts:[{number:3,sha256}]}, send 1 to part, 100 %, 100 %, POST /uploads/u/complete, remember undefined, large.bin',
  ],
  [
    'it cannot be completed',
    { answers: { 'POST /uploads/u/complete': [refusal(409, 'file_exists')] } },
    'recall, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 8388608 to part, 25 %, 50 %, POST /uploads/u/parts {parts:[{number:2,sha256}]}, send 8388608 to part, 75 %, 100 %, POST /uploads/u/parts {parts:[{number:3,sha256}]}, send 1 to part, 100 %, 100 %, POST /uploads/u/complete, 409 file_exists',
  ],
  [
    'S3 demands a new upload, once',
    {
      answers: {
        // One part is the whole file, and no other one follows it.
        'POST /uploads': [UPLOAD, { upload: { id: 'w', partSize: SIZE } }],
        'POST /uploads/u/complete': [refusal(404, 'no_such_upload')],
      },
    },
    'recall, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 8388608 to part, 25 %, 50 %, POST /uploads/u/parts {parts:[{number:2,sha256}]}, send 8388608 to part, 75 %, 100 %, POST /uploads/u/parts {parts:[{number:3,sha256}]}, send 1 to part, 100 %, 100 %, POST /uploads/u/complete, recall, POST /uploads {large}, remember /uploads/w, POST /uploads/w/parts {parts:[{number:1,sha256}]}, send 16777217 to part, 50 %, 100 %, POST /uploads/w/complete, remember undefined, large.bin',
  ],
  [
    'and not twice',
    {
      answers: {
        'POST /uploads': [{ upload: { id: 'u', partSize: 2 ** 25 } }],
        'POST /uploads/u/complete': [refusal(404, 'no_such_upload')],
      },
    },
    'recall, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 16777217 to part, 50 %, 100 %, POST /uploads/u/complete, recall, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 16777217 to part, 50 %, 100 %, POST /uploads/u/complete, 404 no_such_upload',
  ],
] as [string, Host, string][]) {
  t.test(`a large file: ${what}`, async (t) => {
    const { user, told } = open(t, {
      ...host,
      answers: {
        'POST /uploads': [UPLOAD],
        ...Object.fromEntries(['u', 'v', 'w'].map((id) => [`POST /uploads/${id}/parts`, [PUT]])),
        'POST /uploads/w/complete': [{ name: 'large.bin' }],
        'POST /uploads/u/complete': [{ name: 'large.bin' }],
        ...host.answers,
      },
    });
    const onProgress = (part: number) => told.push(`${(part * 100).toFixed()} %`);
    const end = await upload({ ...user, draw: undefined }, new Large(SIZE), { onProgress }).then(
      ({ name }: { name: string }) => name,
      ({ status, code }: { [name: string]: string }) => `${status} ${code}`,
    );
    const now = plain([...told, end].join(', '));
    t.equal(now, wanted);
  });
}

for (const [reason, wanted] of [
  [
    'pause',
    'recall, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 8388608 to part, draw application/x-large, stopped',
  ],
  [
    undefined,
    'recall, POST /uploads {large}, remember /uploads/u, POST /uploads/u/parts {parts:[{number:1,sha256}]}, send 8388608 to part, draw application/x-large, remember undefined, DELETE /uploads/u, stopped',
  ],
] as [string | undefined, string][]) {
  t.test(`a large file that is stopped: ${reason}`, async (t) => {
    const { user, told } = open(t, {
      answers: {
        'POST /uploads': [UPLOAD],
        'POST /uploads/u/parts': [PUT],
        'DELETE /uploads/u': [refusal(500)],
      },
    });
    const stop = new AbortController();
    const onProgress = () => stop.abort(reason);
    const end = await upload(user, new Large(SIZE), { onProgress, signal: stop.signal }).then(
      () => 'done',
      (error: unknown) => (error === stop.signal.reason ? 'stopped' : String(error)),
    );
    const now = plain([...told, end].join(', '));
    t.equal(now, wanted);
  });
}

t.test('a file without a name or a type, and one of the largest that go in one PUT', async (t) => {
  const { user, told } = open(t);
  await upload(user, new Blob(['x']), { name: 'b', replace: true });
  await upload(user, new Blob(['x']));
  await upload(user, new Blob([new Uint8Array(2 ** 24)]), { name: 'c', type: ' A/B ;x' });
  t.strictSame(
    told.filter((line) => /POST/.test(line)).map((line) => line.replace(/,sha256.*/, '')),
    [
      'POST /uploads {name:b,size:1,type:application/octet-stream,replace:true',
      'POST /uploads {name:,size:1,type:application/octet-stream',
      'POST /uploads {name:c,size:16777216,type:a/b',
    ],
  );
});
