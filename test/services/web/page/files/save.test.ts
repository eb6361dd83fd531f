import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs } from '../../bare-page.ts';

const browser = await launchShell(t);

const PROGRAM = `
  import { save } from './services/web/page/files/save.ts';
  import { emptyDisk } from './services/web/page/files/saving-place.ts';
  const told = [];
  const by = (id) => document.getElementById(id);
  const state = { isOut: false, lost: [], full: [] };
  const owner = { session: async () => { if (state.isOut) throw new Error('out'); told.push('session'); } };
  const blobs = new Map();
  URL.createObjectURL = (blob) => { const url = 'blob:' + blob.size; blobs.set(url, blob); return url; };
  URL.revokeObjectURL = (url) => told.push('revoke ' + url);
  HTMLAnchorElement.prototype.click = function () { told.push('click ' + this.getAttribute('href') + ' ' + this.download + ' ' + (blobs.get(this.getAttribute('href'))?.type ?? '') + ' ' + this.rel); };
  globalThis.fetch = async (url, { credentials }) => {
    told.push('fetch ' + url + ' ' + credentials);
    if (state.lost.includes(url)) throw new TypeError('lost');
    if (state.full.includes(url)) return new Response(new ReadableStream({ pull(controller) { controller.error(new DOMException('', url.endsWith('!') ? 'AbortError' : 'QuotaExceededError')); } }));
    return new Response('content of ' + url, { status: url.startsWith('no') ? 403 : 200 });
  };
  const file = (name, more = {}) => ({ name, size: 10, type: 'text/plain', url: name, lastModified: '2020-01-02T03:04:05Z', etag: '', ...more });
  const folder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('saving', { create: true });
  Object.assign(globalThis, {
    by, options: state, file, emptyDisk, owner,
    save: (...files) => save(owner, files.map((each) => (each.name ? each : file(each)))),
    text: async (size) => (await blobs.get('blob:' + size).text()).replace(/[^ -~]+/g, '.'),
    /** Files and locks on the disk. It takes a while until one is gone. */
    note: async (wanted) => {
      const look = async () => [(await Array.fromAsync((await folder()).keys())).length + ' files', (await navigator.locks.query()).held.length + ' locks'].join(', ');
      for (let turn = 0; turn < 100 && (await look()) !== wanted; turn++) await settled();
      told.push(await look());
    },
    stray: async (name) => void (await (await folder()).getFileHandle(name, { create: true })),
    noDisk: () => { navigator.storage.getDirectory = async () => { throw new Error('private'); }; },
    state: () => [by('status').textContent, told.splice(0).join(', ')],
  });`;

async function openPage() {
  const page = await openBarePage(browser, BODY, PROGRAM, { baseURL: 'https://app.test/' });
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1_000);
  return page;
}

for (const [where, begin] of [
  ['on the disk', ''],
  ['in memory', 'noDisk()'],
] as const) {
  t.test(`what is saved is put together ${where}`, async (t) => {
    const page = await openPage();
    await page.evaluate(begin);
    await playActs(t, page, [
      [`await save()`, ' | '],
      [
        `await save('a/b.txt')`,
        'b.txt is downloaded. | session, fetch a/b.txt include, click blob:18 b.txt text/plain noopener',
      ],
      [
        `await save(file('a/b.zip', { type: 'application/zip' }))`,
        'b.zip is downloaded. | session, click a/b.zip b.zip  noopener',
      ],
      [
        `await save('no/b.txt')`,
        'b.txt could not be downloaded. This did not work. | session, fetch no/b.txt include',
      ],
      [`options.isOut = true, await save('b.txt'), options.isOut = false`, '= | '],
      [
        `await save('a/b/c.txt', 'a/d.txt')`,
        '2 files are downloaded as a.zip. | session, fetch a/b/c.txt include, session, fetch a/d.txt include, click blob:236 a.zip application/zip noopener',
      ],
      [
        `await save('a/b/c.txt', 'e.txt')`,
        '2 files are downloaded as files.zip. | session, fetch a/b/c.txt include, session, fetch e.txt include, click blob:238 files.zip application/zip noopener',
      ],
      [
        `options.lost = ['a/1'], await save('a/1', 'a/2', 'a/3')`,
        '2 files are downloaded as a.zip; 1 failed: a/1. | session, fetch a/1 include, session, fetch a/2 include, session, fetch a/3 include, click blob:206 a.zip application/zip noopener',
      ],
      [
        `options.lost = ['x/1', 'x/2', 'x/3', 'x/4', 'x/5', 'x/6'], await save('x/1', 'x/2', 'x/3', 'x/4', 'x/5', 'x/6', 'y')`,
        '1 files are downloaded as files.zip; 6 failed: x/1, x/2, x/3, x/4, x/5, …. | session, fetch x/1 include, session, fetch x/2 include, session, fetch x/3 include, session, fetch x/4 include, session, fetch x/5 include, session, fetch x/6 include, session, fetch y include, click blob:112 files.zip application/zip noopener',
      ],
      [
        `options.lost = ['x/1', 'x/2', 'x/3', 'x/4', 'x/5'], await save('x/1', 'x/2', 'x/3', 'x/4', 'x/5', 'y')`,
        '1 files are downloaded as files.zip; 5 failed: x/1, x/2, x/3, x/4, x/5. | session, fetch x/1 include, session, fetch x/2 include, session, fetch x/3 include, session, fetch x/4 include, session, fetch x/5 include, session, fetch y include, click blob:112 files.zip application/zip noopener',
      ],
      [
        `options.lost = ['p/1', 'p/2'], await save('p/1', 'p/2')`,
        'p.zip could not be downloaded. This did not work. | session, fetch p/1 include, session, fetch p/2 include',
      ],
      [
        `options.full = ['q/2'], await save('q/1', 'q/2', 'q/3')`,
        'q.zip could not be downloaded. This did not work. | session, fetch q/1 include, session, fetch q/2 include',
      ],
      [
        `options.full = ['q/2!'], await save('q/1', 'q/2!', 'q/3')`,
        '2 files are downloaded as q.zip; 1 failed: q/2!. | session, fetch q/1 include, session, fetch q/2! include, session, fetch q/3 include, click blob:206 q.zip application/zip noopener',
      ],
      [
        `await save(file('a', { size: 2 ** 32 - 2 ** 24 }), file('b', { size: 1 }))`,
        'One download holds up to 4 GB and 65,000 files. Select less. | ',
      ],
      [`await save(...Array.from({ length: 65_001 }, () => file('a', { size: 0 })))`, '= | ='],
      [
        60_000,
        ' | revoke blob:18, revoke blob:236, revoke blob:238, revoke blob:206, revoke blob:112, revoke blob:112, revoke blob:206',
      ],
    ]);
    t.equal(await page.evaluate('text(18)'), 'content of a/b.txt');
  });
}

t.test('a file on the disk goes when it is not needed any more', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [
      `await save('a'), await note('1 files, 1 locks')`,
      'a is downloaded. | session, fetch a include, click blob:12 a text/plain noopener, 1 files, 1 locks',
    ],
    [
      `await save('a', 'b'), await note('2 files, 2 locks')`,
      '2 files are downloaded as files.zip. | session, fetch a include, session, fetch b include, click blob:202 files.zip application/zip noopener, 2 files, 2 locks',
    ],
    [
      `options.lost = ['c', 'd'], await save('c'), await save('c', 'd'), await note('2 files, 2 locks')`,
      'files.zip could not be downloaded. This did not work. | session, fetch c include, session, fetch c include, session, fetch d include, 2 files, 2 locks',
    ],
    [599_999, ' | revoke blob:12, revoke blob:202'],
    [`await note('2 files, 2 locks')`, '= | 2 files, 2 locks'],
    [1, '= | '],
    [`await note('0 files, 0 locks')`, '= | 0 files, 0 locks'],
    [
      `await stray('old'), await note('1 files, 0 locks'), await emptyDisk(), await note('0 files, 0 locks')`,
      '= | 1 files, 0 locks, 0 files, 0 locks',
    ],
    [
      `await save('a'), await emptyDisk(), await note('1 files, 1 locks')`,
      'a is downloaded. | session, fetch a include, click blob:12 a text/plain noopener, 1 files, 1 locks',
    ],
    [600_000, ' | revoke blob:12'],
    [`await note('0 files, 0 locks')`, '= | 0 files, 0 locks'],
  ]);
});

t.test('more than the memory holds is not begun', async (t) => {
  const page = await openPage();
  await page.evaluate('noDisk()');
  await playActs(t, page, [
    [
      `await save(file('a', { size: 500_000_000 }))`,
      'a is downloaded. | session, fetch a include, click blob:12 a text/plain noopener',
    ],
    [
      `await save(file('a', { size: 500_000_001 }))`,
      'This browser gives the page no room on the disk, as in a private window. There, one download holds up to 500 MB. | session',
    ],
    [`await save(file('a', { size: 500_000_000 }), file('b', { size: 1 }))`, '= | '],
    [`await save(file('a', { size: 2 ** 32 - 2 ** 24 }), file('b', { size: 0 }))`, '= | ='],
    [`await save(...Array.from({ length: 65_000 }, () => file('a', { size: 10_000 })))`, '= | ='],
  ]);
});
