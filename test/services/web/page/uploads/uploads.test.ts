import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs, READING } from '../../bare-page.ts';

const browser = await launchShell(t);

const PROGRAM = `
  import { ApiError } from './services/web/client/api-error.ts';
  import { createUploads } from './services/web/page/uploads/uploads.ts';
  import { pickReplacement, watchFiles } from './services/web/page/uploads/picker.ts';
  ${READING}
  const told = [];
  const by = (id) => document.getElementById(id);
  by('content').hidden = false;
  const sent = new Map();
  const state = { isOpen: true, limit: undefined, used: 0, present: new Set(), into: 'Choir' };
  const owner = {
    files: {
      upload: (file, { name, replace, type, signal }) => new Promise((resolve, reject) => {
        told.push('send ' + [name, file.name, type, replace ? 'replacing' : ''].filter(Boolean).join(' '));
        sent.set(name, { resolve: () => resolve({ name }), reject });
        signal.addEventListener('abort', () => { told.push('stop ' + name); reject(signal.reason); });
      }),
      delete: (name) => (told.push('delete ' + name), state.keeps ? Promise.reject(new Error()) : Promise.resolve()),
      usage: async () => { if (state.used === undefined) throw new Error(); return { bytes: state.used }; },
      async *all({ prefix }) { told.push('all ' + prefix); },
    },
  };
  const uploads = createUploads({
    isOpen: () => state.isOpen, present: (of, name) => (state.present.has(name) ? { size: 1 } : undefined),
    onUploaded: async (upload, stored) => void told.push('uploaded ' + JSON.stringify(stored).replaceAll('"', '')), onSettled: () => told.push('settled'),
    nameOf: () => '', limitOf: () => state.limit, onFull: () => told.push('full'),
  });
  const file = (name, type = '', size = 3) => new File(['x'.repeat(size)], name, { type });
  watchFiles(() => (state.into ? { into: state.into, take: (files) => told.push('take ' + files.map(({ file, path }) => file.name + ' as ' + path.replace(/\\u202f/g, ' ')).join()) } : undefined));
  const drag = (type, items = [], more = {}) => {
    const dataTransfer = new DataTransfer();
    for (const each of items) typeof each === 'string' ? dataTransfer.setData('text/plain', each) : dataTransfer.items.add(each);
    const event = type === 'paste' ? new ClipboardEvent(type, { bubbles: true, cancelable: true, clipboardData: dataTransfer }) : new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer, ...more });
    document.body.dispatchEvent(event);
    if (event.defaultPrevented) told.push('prevented');
  };
  for (const id of ['file-input', 'folder-input', 'replacement-input']) by(id).click = () => told.push('choose by ' + id);
  Object.assign(globalThis, {
    by, uploads, owner, file, options: state, drag, pickReplacement, told,
    add: (name, ...more) => uploads.add(owner, file(name, ...more), name),
    done: (name) => sent.get(name).resolve(), fail: (name, status, code) => sent.get(name).reject(new ApiError(status, code)),
    give: (id, ...files) => {
      const transfer = new DataTransfer();
      for (const each of files) transfer.items.add(each);
      by(id).files = transfer.files;
      by(id).dispatchEvent(new Event('change'));
      told.push(by(id).files.length + ' left');
    },
    press: (words) => [...document.querySelectorAll('#tray button')].find((each) => each.textContent === words).click(),
    state: () => {
      const leave = new Event('beforeunload', { cancelable: true });
      dispatchEvent(leave);
      return [
        by('tray').hidden ? '' : by('tray-title').textContent,
        wordsOf(by('failures')),
        by('status').textContent,
        (uploads.isBusy() ? 'busy' : '') + (leave.defaultPrevented ? ' asks' : ''),
        by('drop-zone').className + ' ' + by('drop-zone').textContent,
        told.splice(0).join(', '),
      ];
    },
  });`;

async function openPage() {
  const page = await openBarePage(browser, BODY, PROGRAM, { timezoneId: 'UTC' });
  await page.clock.install({ time: '2026-12-01T11:00:00Z' });
  await page.clock.pauseAt(new Date('2026-12-01T12:00:00Z'));
  return page;
}

/** Each row has an act, and what it changes: the panel, the failures, the words, whether the page asks, the drop zone, and what is told. */
t.test('uploads end with one message', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [
      `add('a.txt'), add('b.bin', 'X/y')`,
      ' |  |  | busy asks |   | send a.txt a.txt text/plain, send b.bin b.bin x/y',
    ],
    [50, 'Uploading 0 of 2 | = | = | = | = | '],
    [`done('a.txt')`, '= | = | = | = | = | uploaded {name:a.txt}'],
    [`done('b.bin')`, '= | = | 2 files are uploaded. |  | = | uploaded {name:b.bin}, settled'],
    [50, ' | = | = | = | = | '],
    [`add('c.png', 'image/png')`, '= | = | = | busy asks | = | send c.png c.png image/png'],
    [`done('c.png')`, '= | = | c.png is uploaded. |  | = | uploaded {name:c.png}, settled'],
    [
      `add('d'), add('e'), fail('d', 403, 'invalid_name'), done('e')`,
      '= | = | 1 uploaded, 1 failed. | = | = | send d d application/octet-stream, send e e application/octet-stream, uploaded {name:e}, settled',
    ],
    [
      50,
      'Not uploaded: 1 | This name cannot be used. Rename the file, then choose it again. d {Dismiss = Dismiss: d} | = | = | = | ',
    ],
    [`press('Dismiss')`, '= | = | = | = | = | ='],
    [50, ' |  | = | = | = | ='],
    [
      `add('f'), add('o'), fail('f', 500, 'internal'), done('o')`,
      '= | = | = | = | = | send f f application/octet-stream, send o o application/octet-stream, uploaded {name:o}, settled',
    ],
    [
      50,
      'Not uploaded: 1 | The server has a problem at the moment. f {Try again = Try again: f} {Dismiss = Dismiss: f} | = | = | = | ',
    ],
    [`press('Try again')`, '= | = | = | busy asks | = | send f f application/octet-stream'],
    [`done('f')`, '= | = | f is uploaded. |  | = | uploaded {name:f}, settled'],
    [
      `add('g'), add('h')`,
      '= | = | = | busy asks | = | send g g application/octet-stream, send h h application/octet-stream',
    ],
    [50, 'Uploading 0 of 2 |  | = | = | = | '],
    [`by('tray-cancel').click()`, '= | = | 2 uploads were cancelled. |  | = | stop g, stop h'],
    [
      `add('i'), add('j')`,
      '= | = | = | busy asks | = | send i i application/octet-stream, send j j application/octet-stream',
    ],
    [50, '= | = | = | = | = | '],
    [
      `document.querySelector('#uploads [data-name=i] button').click()`,
      '= | = | The upload of i was cancelled. | = | = | stop i',
    ],
    [`done('j')`, '= | = | j is uploaded. |  | = | uploaded {name:j}, settled'],
    [
      `uploads.replace(owner, file('new.png'), 'k.png')`,
      '= | = | = | busy asks | = | send k.png new.png image/png replacing',
    ],
    [`done('k.png')`, '= | = | k.png is uploaded. |  | = | uploaded {name:k.png}, settled'],
    [
      `uploads.replace(owner, file('new.jpg'), 'k.png')`,
      '= | = | = | busy asks | = | send k.jpg new.jpg image/jpeg',
    ],
    [
      `done('k.jpg')`,
      '= | = | k.jpg is uploaded. |  | = | delete k.png, uploaded {name:k.jpg,gone:k.png}, settled',
    ],
    [
      `options.keeps = true, uploads.replace(owner, file('new.jpg'), 'k.png')`,
      '= | = | = | busy asks | = | send k.jpg new.jpg image/jpeg',
    ],
    [
      `done('k.jpg')`,
      '= | = | k.jpg is uploaded. k.png is still there. |  | = | delete k.png, uploaded {name:k.jpg,words:k.jpg is uploaded. k.png is still there.}, settled',
    ],
    [`options.present.add('l'), add('l')`, '= | = | = | busy asks | = | '],
    [1, '= | = | = | = | = | ='],
    [
      `by('conflict').querySelector('select:not(#conflict-all)').value = 'skip', by('conflict').querySelector('[value=go]').click()`,
      '= | = | l is left as it was. |  | = | =',
    ],
    [`add('l')`, '= | = | = | busy asks | = | ='],
    [1, '= | = | = | = | = | ='],
    [
      `by('conflict').querySelector('[value=go]').click()`,
      '= | = | = | = | = | all l (, send l (2) l application/octet-stream',
    ],
    [`done('l (2)')`, '= | = | l (2) is uploaded. |  | = | uploaded {name:l (2)}, settled'],
    [`options.isOpen = false, add('m')`, '= | = | = | busy asks | = | '],
    [50, 'Sign in to go on | = | = | = | = | ='],
    [`options.isOpen = true, uploads.signedIn()`, '= | = | = | = | = | send m m application/octet-stream'],
    [
      `fail('m', 409, 'other'), add('n'), await settled(), uploads.clear()`,
      '= | = | = |  | = | send n n application/octet-stream, stop n, stop m',
    ],
    [50, ' | = | = | = | = | '],
  ]);
});

t.test('no room', async (t) => {
  const page = await openPage();
  const full = (options: string) =>
    `Object.assign(options, ${options}), add('a'), fail('a', 413, 'quota_exceeded')`;
  await playActs(t, page, [
    [full('{ limit: undefined }'), ' |  |  |  |   | send a a application/octet-stream'],
    [50, 'Not uploaded: 1 | There is no space for this file. a {Dismiss = Dismiss: a} | = | = | = | '],
    [`press('Dismiss'), ${full('{ limit: 2 }')}`, '= | = | = | = | = | send a a application/octet-stream'],
    [
      50,
      '= | This file is larger than the whole space: it has 3 B, and all files together may have 2 B. a {Dismiss = Dismiss: a} | = | = | = | ',
    ],
    [
      `press('Dismiss'), ${full('{ limit: 3, used: 1 }')}`,
      '= | = | = | = | = | send a a application/octet-stream, full',
    ],
    [
      50,
      '= | There is no space for this file: 2 B of 3 B are free. Delete other files, then try again in a minute. a {Try again = Try again: a} {Dismiss = Dismiss: a} | = | = | = | ',
    ],
    [
      `press('Dismiss'), ${full('{ limit: 3, used: 9 }')}`,
      '= | = | = | = | = | send a a application/octet-stream, full',
    ],
    [
      50,
      '= | There is no space for this file: 0 B of 3 B are free. Delete other files, then try again in a minute. a {Try again = Try again: a} {Dismiss = Dismiss: a} | = | = | = | ',
    ],
    [
      `press('Dismiss'), ${full('{ limit: 3, used: undefined }')}`,
      '= | = | = | = | = | send a a application/octet-stream, full',
    ],
    [
      50,
      '= | There is no space for this file. a {Try again = Try again: a} {Dismiss = Dismiss: a} | = | = | = | ',
    ],
  ]);
});

t.test('files are chosen, dropped and pasted', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [
      `by('choose-files').click(), by('send-files').click(), by('empty-choose').click()`,
      ' |  |  |  |   | choose by file-input, choose by file-input, choose by file-input',
    ],
    [
      `by('choose-folder').click(), by('send-folder').click()`,
      '= | = | = | = | = | choose by folder-input, choose by folder-input',
    ],
    [`give('file-input', file('a'), file('b'))`, '= | = | = | = | = | take a as a,b as b, 0 left'],
    [`give('folder-input', file('c'))`, '= | = | = | = | = | take c as c, 0 left'],
    [`options.into = '', give('file-input', file('d'))`, '= | = | = | = | = | 0 left'],
    [`drag('dragover', [file('a')])`, '= | = | = | = | = | prevented'],
    [`drag('drop', [file('a')])`, '= | = | = | = | = | ='],
    [`drag('paste', [file('a')])`, '= | = | = | = | = | '],
    [`options.into = 'Choir', drag('dragover', ['words'])`, '= | = | = | = | = | prevented'],
    [`drag('dragover', [file('a')])`, '= | = | = | = | over Drop into Choir | ='],
    [`drag('dragleave', [], { relatedTarget: document.body })`, '= | = | = | = | = | '],
    [`drag('dragleave')`, '= | = | = | = |  Drop into Choir | ='],
    [
      `drag('dragover', [file('a')]), drag('drop', [file('a'), 'words', file('b')])`,
      '= | = | = | = | = | prevented, take a as a,b as b, prevented',
    ],
    [`drag('drop', ['words'])`, '= | = | = | = | = | prevented'],
    [`drag('paste', ['words'])`, '= | = | = | = | = | '],
    [
      `drag('paste', [file('image.png'), file('an image.png'), file('image.png.txt')])`,
      '= | = | = | = | = | take image.png as Pasted Dec 1, 2026, 12.00 PM.png,an image.png as an image.png,image.png.txt as image.png.txt',
    ],
    [
      `pickReplacement('image/png', (file) => told.push('replace by ' + file.name))`,
      '= | = | = | = | = | choose by replacement-input',
    ],
    [
      `told.push(by('replacement-input').accept), give('replacement-input', file('r'))`,
      '= | = | = | = | = | image/png, replace by r, 1 left',
    ],
    [`give('replacement-input')`, '= | = | = | = | = | 0 left'],
    [
      `pickReplacement('text/plain', (file) => told.push('other ' + file.name)), told.push(by('replacement-input').files.length), give('replacement-input', file('r'))`,
      '= | = | = | = | = | choose by replacement-input, 0, other r, 1 left',
    ],
  ]);
});
