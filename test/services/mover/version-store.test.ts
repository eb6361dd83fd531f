import { Readable } from 'node:stream';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import t from 'tap';
import { createVersionStore } from '../../../services/mover/s3-version-store.ts';
import type { FoundFile } from '../../../services/mover/version-store.ts';
import { REGION } from '../local/support/local-s3.ts';

const GIB = 1024 ** 3;

interface Asked {
  name: string;
  /** How many commands before it had no answer yet. */
  before: number;
  CopySourceRange?: string;
  IfMatch?: string;
  IfNoneMatch?: string;
  MultipartUpload?: object;
}

/** A store whose S3 answers as the test says. `asked` has the commands. */
function start(answerOf: (name: string) => object | Promise<object>) {
  const asked: Asked[] = [];
  let underWay = 0;
  const send = async (command: { input: object }) => {
    const { name } = command.constructor;
    asked.push({ name, before: underWay++, ...command.input });
    try {
      return await answerOf(name);
    } finally {
      underWay--;
    }
  };
  const s3 = Object.assign(new S3Client({ region: REGION }), { send });
  return { store: createVersionStore({ s3, bucketName: 'files' }), asked };
}

const s3Error = (name: string, attempts?: number) =>
  new S3ServiceException({ name, $fault: 'client', $metadata: attempts === undefined ? {} : { attempts } });
const fileOf = (size: number): FoundFile => ({
  ...{ key: 'users/ann/a', size, etag: 'e', lastModified: new Date(), headers: {}, metadata: {} },
  versionId: 'v',
});

/** An S3 that copies. */
const COPIES: Record<string, object> = {
  CopyObjectCommand: { CopyObjectResult: { ETag: '"e"' }, VersionId: 'null' },
  CreateMultipartUploadCommand: { UploadId: 'u' },
  UploadPartCopyCommand: { CopyPartResult: { ETag: '"p"' } },
  CompleteMultipartUploadCommand: { ETag: '"e-2"', VersionId: 'w' },
};

t.test('up to 5 GiB are copied at once, and more in parts of 1 GiB', async (t) => {
  const { store, asked } = start((name) => COPIES[name] ?? {});
  const copy = (size: number) => store.copy({ from: fileOf(size), key: 'users/ann/b', replace: true });
  t.strictSame(await copy(5 * GIB), { etag: 'e' }, 'without versions, no version has a name of its own');
  t.strictSame(
    asked.map(({ name }) => name),
    ['CopyObjectCommand'],
  );
  t.strictSame(await copy(5 * GIB + 1), { etag: 'e-2', versionId: 'w' });
  t.strictSame(
    asked.flatMap(({ CopySourceRange: range }) => range ?? []),
    [
      'bytes=0-1073741823',
      'bytes=1073741824-2147483647',
      'bytes=2147483648-3221225471',
      'bytes=3221225472-4294967295',
      'bytes=4294967296-5368709119',
      'bytes=5368709120-5368709120',
    ],
  );
  t.strictSame(asked.at(-1)?.MultipartUpload, {
    Parts: [1, 2, 3, 4, 5, 6].map((PartNumber) => ({ ETag: '"p"', PartNumber })),
  });
});

t.test('a file of any size has 10,000 parts at most', async (t) => {
  const { store, asked } = start((name) => COPIES[name] ?? {});
  await store.copy({ from: fileOf(10_001 * GIB), key: 'users/ann/b', replace: true });
  t.equal(asked.filter(({ name }) => name === 'UploadPartCopyCommand').length, 10_000);
});

t.test('after a part has failed, no other begins, and the upload ends last', async (t) => {
  let parts = 0;
  const { store, asked } = start(async (name) => {
    if (name !== 'UploadPartCopyCommand') return COPIES[name] ?? {};
    if (++parts === 2) throw new Error('no answer');
    await new Promise(setImmediate);
    return COPIES[name] ?? {};
  });
  const copy = store.copy({ from: fileOf(100 * GIB), key: 'users/ann/b', replace: true });
  await t.rejects(copy, { code: 'files_unavailable' });
  t.equal(parts, 8, 'those that were under way');
  t.match(asked.at(-1), { name: 'AbortMultipartUploadCommand', before: 0 });
});

t.test('a file, as S3 describes it', async (t) => {
  const lastModified = new Date();
  const whole = { ContentLength: 0, ETag: '"e"', LastModified: lastModified };
  const find = (answer: object) => start(() => answer).store.find('users/ann/a');
  const found = { key: 'users/ann/a', size: 0, etag: 'e', lastModified, metadata: {}, headers: {} };
  t.strictSame(await find(whole), found);
  const Metadata = { 'made-from': 'f', 'made-by': 'i', by: 'rclone' };
  const headers = {
    ...{ ContentType: 'image/png', CacheControl: 'no-cache', ContentDisposition: 'inline' },
    ...{ ContentEncoding: 'gzip', ContentLanguage: 'ja' },
  };
  const more = { VersionId: 'v', Metadata, ...headers, ServerSideEncryption: 'AES256' };
  t.strictSame(await find({ ...whole, ...more }), {
    ...{ ...found, headers, metadata: { by: 'rclone' } },
    ...{ versionId: 'v', madeFrom: 'f', madeBy: 'i' },
  });
  for (const name of Object.keys(whole)) {
    const { store } = start(() => ({ ...whole, [name]: undefined }));
    await t.rejects(store.find('users/ann/a'), { code: 'files_unavailable' }, name);
  }
});

t.test('a copy takes the place that it may take, and no other', async (t) => {
  for (const [replace, condition] of [
    [true, [undefined, undefined]],
    [false, [undefined, '*']],
    [{ etag: 'old' }, ['"old"', undefined]],
  ] as const) {
    for (const size of [1, 6 * GIB]) {
      const { store, asked } = start((name) => COPIES[name] ?? {});
      await store.copy({ from: fileOf(size), key: 'users/ann/b', replace });
      const { IfMatch, IfNoneMatch } = asked.at(-1) ?? {};
      t.strictSame([IfMatch, IfNoneMatch], condition, `${JSON.stringify(replace)}, ${size} bytes`);
    }
  }
});

t.test('how S3 refuses a copy', async (t) => {
  for (const [what, error, ends] of [
    ['another file is there', s3Error('PreconditionFailed'), undefined],
    ['the source is gone', s3Error('NoSuchKey'), 'no_such_file'],
    ['no right', s3Error('AccessDenied'), 'files_unavailable'],
    ['no answer', new Error('no answer'), 'files_unavailable'],
  ] as const) {
    for (const [size, placing] of [
      [1, 'CopyObjectCommand'],
      [6 * GIB, 'CompleteMultipartUploadCommand'],
    ] as const) {
      const { store } = start((name) => {
        if (name === placing) throw error;
        // The rules of the bucket drop what is left.
        if (name === 'AbortMultipartUploadCommand') throw new Error('no answer');
        return COPIES[name] ?? {};
      });
      const copy = store.copy({ from: fileOf(size), key: 'users/ann/b', replace: false });
      t.equal(await copy.catch(({ code }) => code), ends, `${what}, ${placing}`);
    }
  }
});

t.test('a deletion, and what S3 says to it', async (t) => {
  for (const [what, answer, ends] of [
    ['done', { $metadata: { httpStatusCode: 204 }, VersionId: 'm' }, { markerId: 'm' }],
    ['an answer of another host', { $metadata: { httpStatusCode: 200 } }, 'files_unavailable'],
    ['another file is there', s3Error('PreconditionFailed'), 'replaced'],
    ['no file', s3Error('NoSuchKey', 1), 'missing'],
    ['no file, and nobody says how often it was asked', s3Error('NoSuchKey'), 'missing'],
    ['no file at the second attempt', s3Error('NoSuchKey', 2), {}],
    ['no right', s3Error('AccessDenied'), 'files_unavailable'],
    ['no answer', new Error('no answer'), 'files_unavailable'],
  ] as const) {
    const { store } = start(() => {
      if (answer instanceof Error) throw answer;
      return answer;
    });
    t.strictSame(await store.deleteIfSame('users/ann/a', 'e').catch(({ code }) => code), ends, what);
  }
});

t.test('versions that stay are an error, whatever the status is', async (t) => {
  const { store } = start(() => ({ Deleted: [{}], Errors: [{ Code: 'InternalError' }] }));
  const [one, two] = [
    { key: 'a', versionId: '1' },
    { key: 'b', versionId: '2' },
  ];
  await t.rejects(store.deleteVersions([one, two]), {
    code: 'files_unavailable',
    cause: { message: 'a version stays: InternalError' },
  });
  await t.resolves(store.deleteVersions([one]));
});

t.test('a list, as S3 writes it', async (t) => {
  const s3 = new S3Client({ region: REGION, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const store = createVersionStore({ s3, bucketName: 'files' });
  const list = (more: string, version = '<Size>3</Size><ETag>"e"</ETag><IsLatest>true</IsLatest>') => {
    const dated = '<VersionId>1</VersionId><LastModified>2026-11-29T00:00:00.000Z</LastModified>';
    const text = `<ListVersionsResult><Name>files</Name>${more}<Version><Key>a</Key>${dated}${version}</Version></ListVersionsResult>`;
    const response = { statusCode: 200, headers: {}, body: Readable.from([text]) };
    Object.assign(s3.config, { requestHandler: { handle: async () => ({ response }) } });
    return store.listVersions('a');
  };
  const file = { size: 3, etag: 'e' };
  const lastModified = new Date('2026-11-29T00:00:00.000Z');
  const version = { key: 'a', versionId: '1', lastModified, isLatest: true, file };
  const marker = '<NextKeyMarker>b</NextKeyMarker>';
  t.strictSame(await list(''), { versions: [version] });
  t.strictSame(await list(marker), { versions: [version] }, 'it is whole');
  const cut = `<IsTruncated>true</IsTruncated>${marker}`;
  t.strictSame(await list(cut), { versions: [version], next: { key: 'b' } });
  const place = `${cut}<NextVersionIdMarker>2</NextVersionIdMarker>`;
  t.strictSame(await list(place), { versions: [version], next: { key: 'b', versionId: '2' } });
  t.match(await list('', '<Size>3</Size><ETag>"e"</ETag>'), { versions: [{ isLatest: false }] });
  for (const wrong of ['<Size>3</Size>', '<ETag>"e"</ETag>']) {
    await t.rejects(list('', wrong), { code: 'files_unavailable' }, wrong);
  }
});
