import t from 'tap';
import { ApiError } from '../../../services/web/client/api.ts';
import {
  describeCookieRefusal,
  describeFailure,
  extensionOf,
  formatSize,
  uploadType,
} from '../../../services/web/page/words.ts';

t.test('the type of an upload: by extension, else by the browser, else bytes', async (t) => {
  const cases: [name: string, type: string, expected: string][] = [
    ['a.png', 'image/png', 'image/png'],
    ['a.PNG', '', 'image/png'],
    ['song.m4a', 'audio/x-m4a', 'audio/mp4'],
    ['写真.avif', '', 'image/avif'],
    ['page.html', 'text/html', 'text/html'],
    ['archive.zip', '', 'application/octet-stream'],
    ['png', '', 'application/octet-stream'],
    ['.png', '', 'application/octet-stream'],
    ['a.constructor', '', 'application/octet-stream'],
    ['a.png.exe', '', 'application/octet-stream'],
  ];
  for (const [name, type, expected] of cases) t.equal(uploadType({ name, type }), expected, name);
  t.equal(extensionOf('a.b/c'), '');
  t.equal(extensionOf('a.b/c.D'), 'd');
});

t.test('sizes as people write them', async (t) => {
  for (const [bytes, words] of [
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [9_960, '10 kB'],
    [999_600, '1.0 MB'],
    [16_777_216, '17 MB'],
    [5_000_000_000, '5.0 GB'],
    [2_000_000_000_000_000, '2000 TB'],
  ] as const) {
    t.equal(formatSize(bytes), words);
  }
});

t.test('says why an upload failed, and offers a second try where that can help', async (t) => {
  const cases: [error: unknown, words: RegExp, canRetry: boolean][] = [
    [new ApiError(413, 'file_too_large'), /too large/, false],
    [new ApiError(415, 'type_not_allowed'), /type/, false],
    [new ApiError(422, 'invalid_name'), /Rename/, false],
    [new ApiError(401, 'no_session'), /signed out/, false],
    [new ApiError(409, 'account_changed'), /Somebody else/, false],
    [new ApiError(429, 'rate_limited'), /Wait/, true],
    [new ApiError(0, 'network'), /connection/, true],
    [new ApiError(403, 'storage_refused'), /storage/, true],
    [new ApiError(503, 'store_unavailable'), /server/, true],
    [new ApiError(500, 'toString'), /server/, true],
    [new TypeError('not an object'), /did not work/, true],
  ];
  for (const [error, words, canRetry] of cases) {
    const failure = describeFailure(error);
    t.match(failure.words, words);
    t.equal(failure.canRetry, canRetry, failure.words);
  }
});

t.test('a browser without Secure cookies gets advice that fits the origin', async (t) => {
  t.match(describeCookieRefusal('http://localhost:3000'), /localhost:3000.*Chrome, Edge or Firefox.*https/);
  t.notMatch(describeCookieRefusal('https://app.example.com'), /Safari/);
});
