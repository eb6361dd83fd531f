import t from 'tap';
import { fill, languageOf } from '../../../../services/web/page/words/locale.ts';
import {
  describeBrowser,
  describeCookieRefusal,
  describeFailure,
  extensionOf,
  formatSize,
  formatTimeLeft,
  isTaken,
  replacementName,
  splitName,
  uploadType,
} from '../../../../services/web/page/words/words.ts';

t.test('the language is the first of the person’s that the page has', async (t) => {
  for (const [preferred, language] of [
    [['ja'], 'ja'],
    [['ja-JP', 'en'], 'ja'],
    [['fr', 'ja', 'en'], 'ja'],
    [['en-GB', 'ja'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
    [['jav'], 'en'],
  ] as const) {
    t.equal(languageOf(preferred), language, preferred.join());
  }
});

t.test('values are put in as they are, once', async (t) => {
  t.equal(fill('Delete {name}?', { name: '{name} $& <b>' }), 'Delete {name} $& <b>?');
  t.equal(fill('{a} {b}', { a: 1 }), '1 {b}');
});

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

t.test(
  'a file that takes the place of another keeps its own extension where it is of another type',
  async (t) => {
    const cases: [replaced: string, name: string, type: string, expected: string][] = [
      ['cat.png', 'IMG_1.png', 'image/png', 'cat.png'],
      ['cat.png', 'IMG_1.PNG', '', 'cat.png'],
      ['cat.jpg', 'IMG_1.jpeg', 'image/jpeg', 'cat.jpg'],
      ['cat.png', 'IMG_1.webp', 'image/webp', 'cat.webp'],
      ['a.b/cat.v2.png', 'x.HEIC', '', 'a.b/cat.v2.HEIC'],
      ['data.csv', 'new.csv', 'text/csv', 'data.csv'],
      ['data.csv', 'new.zip', 'application/zip', 'data.zip'],
      ['cat.png', 'blob', '', 'cat'],
      ['README', 'README.md', 'text/markdown', 'README.md'],
      ['.profile', 'x', '', '.profile'],
    ];
    for (const [replaced, name, type, expected] of cases) {
      t.equal(replacementName(replaced, { name, type }), expected, `${replaced} by ${name}`);
    }
    t.strictSame(splitName('a.b/c.D'), { stem: 'a.b/c', end: '.D' });
    t.strictSame(splitName('a.b/c'), { stem: 'a.b/c', end: '' });
    t.strictSame(splitName('x.İ'), { stem: 'x', end: '.İ' }, 'longer in lower case');
  },
);

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
    t.equal(formatSize(bytes), words, words);
  }
});

t.test('how long a link still lives', async (t) => {
  for (const [seconds, words] of [
    [0, 'ended'],
    [1, '0:01 left'],
    [1_799, '29:59 left'],
    [3_600, '1 h 0 min left'],
    [100_000, '27 h 46 min left'],
    [604_800, '7 days left'],
  ] as const) {
    t.equal(formatTimeLeft(seconds), words, words);
  }
});

const failure = (status: number, code: string) => Object.assign(new Error(code), { status, code });

t.test('says why something failed, and offers a second try where that can help', async (t) => {
  const cases: [error: unknown, words: RegExp, canRetry: boolean][] = [
    [failure(413, 'file_too_large'), /too large/, false],
    [failure(415, 'type_not_allowed'), /type/, false],
    [failure(422, 'invalid_name'), /Rename/, false],
    [failure(401, 'no_session'), /signed out/, false],
    [failure(413, 'quota_exceeded'), /no space/, false],
    [failure(409, 'too_many_shares'), /50 links/, false],
    [failure(403, 'role_too_low'), /role/, false],
    [failure(409, 'last_manager'), /somebody else a manager/, false],
    [failure(410, 'link_over'), /new one/, false],
    [failure(403, 'wrong_password'), /password is wrong/, false],
    [failure(429, 'rate_limited'), /Wait/, true],
    [failure(0, 'network'), /connection/, true],
    [failure(403, 'storage_refused'), /storage/, true],
    [failure(503, 'store_unavailable'), /server/, true],
    [failure(500, 'toString'), /server/, true],
    [new TypeError('not an object'), /did not work/, true],
  ];
  for (const [error, words, canRetry] of cases) {
    const described = describeFailure(error);
    t.match(described.words, words, String(words));
    t.equal(described.canRetry, canRetry, described.words);
  }
  t.ok(isTaken(failure(409, 'file_exists')));
  t.notOk(isTaken(new Error('file_exists')));
});

t.test('a browser is named as people call it', async (t) => {
  for (const [userAgent, words] of [
    [undefined, 'A browser'],
    ['', 'A browser'],
    ['curl/8.14.1', 'curl/8.14.1'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Firefox on macOS',
    ],
    ['Mozilla/5.0 (Linux; Android 16) Chrome/150.0.0.0 Mobile Safari/537.36', 'Chrome on Android'],
    ['Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) Version/19.0 Safari/604.1', 'Safari on iPad'],
  ] as const)
    t.equal(describeBrowser(userAgent), words, words);
});

t.test('a browser without Secure cookies gets advice that fits the origin', async (t) => {
  t.match(describeCookieRefusal('http://localhost:3000'), /localhost:3000.*Chrome, Edge or Firefox.*https/);
  t.notMatch(describeCookieRefusal('https://app.example.com'), /Safari/);
});
