import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs } from '../../bare-page.ts';
import { atLeast, PIXEL, until } from '../../browser.ts';
import { inNode } from '../../in-node.ts';

const browser = await launchShell(t);
const FILES = 'https://files.test';

const PROGRAM = `
  import { createLightbox } from './services/web/page/files/lightbox.ts';
  const told = [];
  const asked = [];
  const note = (what) => (...given) => void told.push([what, ...given].join(' '));
  const wait = (words) => new Promise((resolve, reject) => { told.push(words); asked.push({ resolve, reject }); });
  const owner = { session: () => wait('session') };
  const by = (id) => document.getElementById(id);
  const stage = by('lightbox-stage');
  const file = (name, type, more = {}) => ({ name, type, size: 3, etag: '', url: 'https://files.test/' + name, lastModified: '2026-11-29T12:00:00Z', ...more });
  const files = [
    file('a.png', 'image/png', { thumbnailUrl: 'https://files.test/t' }), file('b.png', 'image/png', { size: 1_234 }), file('c.png', 'image/png'),
  ];
  let prevented;
  addEventListener('keydown', (event) => { prevented = event.defaultPrevented; });
  addEventListener('unhandledrejection', () => told.push('nobody catches'));
  HTMLMediaElement.prototype.play = async () => { told.push('play'); throw new Error('nobody has clicked'); };
  const state = { hasPdf: true };
  Object.defineProperty(navigator, 'pdfViewerEnabled', { get: () => state.hasPdf });
  const send = (selector, type, Kind = Event, more = {}) => {
    const event = new Kind(type, { bubbles: true, cancelable: true, ...more });
    document.querySelector(selector).dispatchEvent(event);
    if (event.defaultPrevented) told.push('prevented');
  };
  Object.assign(globalThis, {
    by, file, files, stage, told, asked, note, send, answer: (value) => asked.shift().resolve(value), fail: () => asked.shift().reject(new Error()),
    options: state, owner,
    begin: (more) => { globalThis.box = createLightbox(() => owner, { ...Object.fromEntries(['share', 'delete', 'download', 'onMove', 'onPick'].map((name) => [name, note(name)])), onLeave: () => note('leave')(), ...more }); },
    press: (key, more) => { send('#lightbox-stage :is(.paper, video, img)', 'keydown', KeyboardEvent, { key, ...more }); },
    loaded: (width, height) => { const image = stage.querySelector('img:not(.early)'); for (const [name, value] of [['naturalWidth', width], ['naturalHeight', height]]) Object.defineProperty(image, name, { value, configurable: true }); image.dispatchEvent(new Event('load')); },
    state: () => {
      const { open } = by('lightbox');
      const name = by('lightbox-name');
      return [
        open ? 'open' : 'closed',
        name.textContent + (name.title === name.textContent ? '' : ' without a title'),
        by('lightbox-position').textContent,
        ['previous', 'next'].filter((each) => !by('lightbox-' + each).disabled).join(),
        stage.innerHTML,
        stage.style.getPropertyValue('--scale'),
        by('lightbox-details').hidden ? 'no details' : [...by('lightbox-details').children].map((row) => row.innerText.replace('\\n', ' ').replace('\\n', '')).join(', '),
        by('lightbox-info').ariaExpanded + ' ' + by('lightbox-info').title,
        [...document.querySelectorAll('#lightbox-strip button')].map((each) => each.title + (each.ariaCurrent === 'true' ? '!' : '')).join(),
        told.splice(0).join(', '),
      ];
    },
  });`;

/** @param more actions of the lightbox, as the page's program writes them */
async function openBox(more = '{}') {
  const page = await openBarePage(browser, BODY, PROGRAM, { timezoneId: 'UTC' });
  // Pictures never load by themselves.
  await page.route(`${FILES}/**`, () => {});
  await page.evaluate(`begin(${more})`);
  return page;
}

const image = (name: string) => `<img src="${FILES}/${name}" alt="${name}" draggable="false">`;
const BROKEN = '<span class="words" hidden="">Could not be loaded</span>';

t.test('the file of the address, with its place among the others', async (t) => {
  const page = await openBox(`{ rename: note('rename') }`);
  await playActs(t, page, [
    ['', 'closed | File without a title |  | previous,next |  |  | no details | false Details |  | '],
    [
      'box.show(files[0], files)',
      `open | a.png | 1 of 3 · 3 B | next | <img src="https://files.test/t" alt="" class="early">${image('a.png')}${BROKEN} | 1 | = | = | a.png!,b.png,c.png | =`,
    ],
    ['loaded(640, 480)', `= | = | = | = | ${image('a.png')}${BROKEN} | = | = | = | = | =`],
    [
      `send('#lightbox-stage img', 'error')`,
      `= | = | = | = | ${image('a.png')}<span class="words">Could not be loaded</span> | = | = | = | = | =`,
    ],
    ['loaded(640, 480)', `= | = | = | = | ${image('a.png')}${BROKEN} | = | = | = | = | =`],
    [
      `send('#lightbox-stage img', 'wheel', WheelEvent, { deltaY: -5_000 })`,
      '= | = | = | = | = | 8 | = | = | = | prevented',
    ],
    ['box.show(files[0], files.slice(0, 2))', '= | = | 1 of 2 · 3 B | = | = | = | = | = | a.png!,b.png | '],
    [
      'box.show(files[1], files)',
      `= | b.png | 2 of 3 · 1.2 kB | previous,next | ${image('b.png')}${BROKEN} | 1 | = | = | a.png,b.png!,c.png | =`,
    ],
    [
      'box.show(files[2], files)',
      `= | c.png | 3 of 3 · 3 B | previous | ${image('c.png')}${BROKEN} | = | = | = | a.png,b.png,c.png! | =`,
    ],
    [
      `box.show(file('d.png', 'image/png', { size: 5_000, uploadedBy: 'me' }), files)`,
      `= | d.png | 5.0 kB |  | ${image('d.png')}${BROKEN} | = | = | = |  | =`,
    ],
    [
      'box.show(files[1], files)',
      `= | b.png | 2 of 3 · 1.2 kB | previous,next | ${image('b.png')}${BROKEN} | = | = | = | a.png,b.png!,c.png | =`,
    ],
    [`by('lightbox-previous').click()`, '= | = | = | = | = | = | = | = | = | onMove -1'],
    [`by('lightbox-next').click()`, '= | = | = | = | = | = | = | = | = | onMove 1'],
    [`by('lightbox-close').click()`, '= | = | = | = | = | = | = | = | = | leave'],
    [`by('lightbox-download').click()`, '= | = | = | = | = | = | = | = | = | download b.png'],
    [`by('lightbox-share').click()`, '= | = | = | = | = | = | = | = | = | share b.png'],
    [`by('lightbox-delete').click()`, '= | = | = | = | = | = | = | = | = | delete b.png'],
    [
      `told.push(by('lightbox-rename').hidden), by('lightbox-rename').click()`,
      '= | = | = | = | = | = | = | = | = | false, rename b.png',
    ],
    [
      `document.querySelectorAll('#lightbox-strip button')[2].click()`,
      '= | = | = | = | = | = | = | = | = | onPick c.png',
    ],
    [`press('ArrowLeft')`, '= | = | = | = | = | = | = | = | = | onMove -1, prevented'],
    [`press('ArrowRight')`, '= | = | = | = | = | = | = | = | = | onMove 1, prevented'],
    [`press('ArrowUp')`, '= | = | = | = | = | = | = | = | = | '],
    [`press('ArrowRight', { altKey: true })`, '= | = | = | = | = | = | = | = | = | ='],
    [`press('ArrowRight', { ctrlKey: true })`, '= | = | = | = | = | = | = | = | = | ='],
    [`press('ArrowRight', { metaKey: true })`, '= | = | = | = | = | = | = | = | = | ='],
    [`send('#lightbox', 'cancel')`, '= | = | = | = | = | = | = | = | = | leave, prevented'],
    [`by('lightbox').close()`, 'closed | = | = | = | = | = | = | = | = | leave'],
    ['box.show(files[1], files)', 'open | = | = | = | = | = | = | = | = | '],
    ['box.hide()', 'closed | = | = | = |  | = | = | = |  | ='],
    ['box.hide()', '= | = | = | = | = | = | = | = | = | ='],
    [`by('lightbox-share').click()`, '= | = | = | = | = | = | = | = | = | ='],
    [
      'box.show(files[1], files)',
      `open | = | = | = | ${image('b.png')}${BROKEN} | = | = | = | a.png,b.png!,c.png | =`,
    ],
  ]);
});

t.test('where nobody renames', async (t) => {
  const page = await openBox();
  t.equal(await page.evaluate(`by('lightbox-rename').hidden`), true);
});

t.test('the panel of details', async (t) => {
  const page = await openBox();
  const facts = (name: string, more = '') =>
    `Name ${name}, Size 3 B, Type PNG, ${more}Changed Nov 29, 2026, 12:00 PM`;
  await playActs(t, page, [
    ['', 'closed | File without a title |  | previous,next |  |  | no details | false Details |  | '],
    [`by('lightbox-info').click()`, '= | = | = | = | = | = |  | true Details | = | ='],
    [
      `box.show(file('a.png', 'image/png'), [])`,
      `open | a.png | 3 B |  | ${image('a.png')}${BROKEN} | 1 | ${facts('a.png')} | = | = | =`,
    ],
    [
      'loaded(6, 4), loaded(6400, 480)',
      `= | = | = | = | = | = | ${facts('a.png')}, Dimensions 6,400 × 480 | = | = | =`,
    ],
    [`press('i')`, '= | = | = | = | = | = | no details | false Details | = | prevented'],
    [
      `press('i')`,
      `= | = | = | = | = | = | ${facts('a.png')}, Dimensions 6,400 × 480 | true Details | = | =`,
    ],
    [`box.show(file('a.png', 'image/png'), [])`, '= | = | = | = | = | = | = | = | = | '],
    [
      `box.show(file('b.png', 'image/png', { width: 3, height: 0 }), [])`,
      `= | b.png | = | = | ${image('b.png')}${BROKEN} | = | ${facts('b.png')} | = | = | =`,
    ],
    [
      `box.show(file('b.png', 'image/png', { width: 0, height: 3 }), [])`,
      '= | = | = | = | = | = | = | = | = | =',
    ],
    [
      `box.show(file('b.png', 'image/png', { width: 3, height: '2', takenAt: '2020-01-02T03:04:05Z' }), []), loaded(8, 9)`,
      '= | = | = | = | = | = | Name b.png, Size 3 B, Type PNG, Taken Jan 2, 2020, 3:04 AM, Changed Nov 29, 2026, 12:00 PM, Dimensions 3 × 2 | = | = | =',
    ],
    [
      `box.show(file('b.png', 'image/png', { uploadedBy: 'me', takenAt: {} }), [])`,
      '= | = | = | = | = | = | = | = | = | session',
    ],
    [
      `answer({ user: { id: 'me' } })`,
      `= | = | = | = | = | = | ${facts('b.png')}, Dimensions 8 × 9, Uploaded by you | = | = | `,
    ],
    [
      `box.show(file('c.png', 'image/png', { uploadedBy: 'other' }), []), answer({ user: { id: 'me' } })`,
      `= | c.png | = | = | ${image('c.png')}${BROKEN} | = | ${facts('c.png')}, Uploaded by another member | = | = | session`,
    ],
    [
      `box.show(file('d.png', 'image/png', { uploadedBy: 'me' }), []), fail()`,
      `= | d.png | = | = | ${image('d.png')}${BROKEN} | = | ${facts('d.png')}, Uploaded by another member | = | = | =`,
    ],
    [
      `box.show(file('e.png', 'image/png', { uploadedBy: 'me' }), []), box.show(file('f.png', 'image/png'), []), answer(null)`,
      `= | f.png | = | = | ${image('f.png')}${BROKEN} | = | ${facts('f.png')} | = | = | =`,
    ],
    ['box.hide()', 'closed | = | = | = |  | = |  | = | = | '],
    [`by('lightbox-info').click()`, '= | = | = | = | = | = | no details | false Details | = | ='],
    [`by('lightbox-info').click()`, '= | = | = | = | = | = |  | true Details | = | ='],
  ]);
});

t.test('each kind of file has its own stage', async (t) => {
  const page = await openBox();
  const show = (name: string, type: string, more = '{}') =>
    `box.show(file('${name}', '${type}', ${more}), [])`;
  const frame = (name: string, more: string) => `<iframe title="${name}"${more}></iframe>`;
  const src = (name: string) => ` src="${FILES}/${name}"`;
  const film = (more = '') =>
    `<video${src('f.mp4')} controls="" playsinline="" aria-label="f.mp4"${more}></video>`;
  for (const [index, [act, wanted]] of [
    [show('f.mp4', 'video/mp4'), `${film()} | play`],
    [show('f.mp4', 'video/mp4', `{ url: '${FILES}/f.mp4', thumbnailUrl: '/t' }`), `${film()} | `],
    [`box.hide(), ${show('f.mp4', 'video/mp4', `{ thumbnailUrl: '/t' }`)}`, `${film(' poster="/t"')} | play`],
    [
      `const film = stage.firstChild; Object.defineProperty(film, 'videoWidth', { value: 64 }); Object.defineProperty(film, 'videoHeight', { value: 36 }); film.dispatchEvent(new Event('loadedmetadata')), by('lightbox-info').click(), told.push(by('lightbox-details').lastChild.textContent)`,
      `${film(' poster="/t"')} | Dimensions64 × 36`,
    ],
    [`by('lightbox-info').click(), press('ArrowLeft')`, `${film(' poster="/t"')} | `],
    [`press('i')`, `${film(' poster="/t"')} | prevented`],
    [
      show('s.mp3', 'audio/mpeg'),
      `<div class="badge" aria-hidden="true"><svg aria-hidden="true"><use href="#icon-sound"></use></svg></div><audio${src('s.mp3')} controls="" aria-label="s.mp3"></audio> | `,
    ],
    [
      show('h.heic', ''),
      `<img${src('h.heic')} alt="h.heic" draggable="false"><span class="words" hidden="">This browser does not show this kind of picture. Download it instead.</span> | `,
    ],
    [
      show('z.zip', 'application/zip'),
      '<div class="badge" aria-hidden="true">ZIP</div><p>There is no preview of this kind of file. Download it to open it.</p> | ',
    ],
    [show('p.pdf', 'application/pdf'), `${frame('p.pdf', '')} | session`],
    ['answer()', `${frame('p.pdf', src('p.pdf'))} | `],
    [
      `options.hasPdf = false, ${show('q.pdf', 'application/pdf')}`,
      `<div class="badge" aria-hidden="true">PDF</div><a class="primary" href="${FILES}/q.pdf" target="_blank" rel="noopener">Open</a> | `,
    ],
    [
      show('large.txt', 'text/plain; charset=utf-8', '{ size: 1_000_001 }'),
      `${frame('large.txt', ' sandbox=""')} | session`,
    ],
    ['fail()', `${frame('large.txt', ` sandbox=""${src('large.txt')}`)} | `],
    [
      `${show('late.txt', 'text/plain', '{ size: 1_000_001 }')}, globalThis.late = stage.firstChild, ${show('z.zip', 'application/zip')}, answer()`,
      '<div class="badge" aria-hidden="true">ZIP</div><p>There is no preview of this kind of file. Download it to open it.</p> | session',
    ],
    [
      'told.push(late.outerHTML)',
      `<div class="badge" aria-hidden="true">ZIP</div><p>There is no preview of this kind of file. Download it to open it.</p> | ${frame('late.txt', ' sandbox=""')}`,
    ],
  ].entries()) {
    await page.evaluate(`(() => { ${act} })()`);
    const state = await page.evaluate(
      `settled().then(() => stage.innerHTML + ' | ' + told.splice(0).join(', '))`,
    );
    t.equal(state, wanted, `${index} ${act}`);
  }
});

t.test('texts are words, tables, or whatever they are', async (t) => {
  const page = await openBox();
  const wide = Array.from({ length: 101 }, (_, at) => at).join();
  const long = (rows: number) => `h\n${'x\n'.repeat(rows)}`;
  const texts: { [name: string]: string } = {
    'a.txt': '<b>&',
    'b.json': '{"a":[1]}',
    'c.json': '{"a"',
    'd.csv': 'a,b\n1,"2"\n',
    'e.md': '# E',
    'f.md': `${'>'.repeat(40_000)} f`,
    g: 'g,',
  };
  // The latest route is asked first.
  await page.route(`${FILES}/*`, (route) => {
    const name = route
      .request()
      .url()
      .slice(FILES.length + 1);
    const body = texts[name];
    const headers = { 'access-control-allow-origin': 'null', 'access-control-allow-credentials': 'true' };
    return route.fulfill({ status: body === undefined ? 404 : 200, headers, body: body ?? 'gone' });
  });
  Object.assign(texts, { 'wide.csv': wide, 'full.csv': long(1_000), 'long.csv': long(1_002) });
  const table = (head: string, body: string) =>
    `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
  for (const [name, type, wanted] of [
    ['a.txt', 'text/plain', '<pre>&lt;b&gt;&amp;</pre>'],
    ['b.json', '', '<pre>{\n  "a": [\n    1\n  ]\n}</pre>'],
    ['c.json', 'application/json', '<pre>{"a"</pre>'],
    ['d.csv', 'text/plain', table('<th>a</th><th>b</th>', '<tr><td>1</td><td>2</td></tr>')],
    ['e.md', 'text/plain', '<article><h3>E</h3></article>'],
    ['f.md', '', `<pre>${'&gt;'.repeat(40_000)} f</pre>`],
    ['g', 'text/csv', table('<th>g</th><th></th>', '')],
    ['gone.txt', 'text/plain', 'Could not be loaded'],
  ] as const) {
    await page.evaluate(`box.show(file('${name}', '${type}', { size: 1_000_000 }), [])`);
    const paper = `<div class="paper" tabindex="0" role="region" aria-label="${name}">`;
    t.equal(await page.evaluate('stage.innerHTML'), `${paper}</div>`, name);
    await page.evaluate('answer()');
    await page.waitForFunction('stage.firstChild.hasChildNodes()');
    t.equal(await page.evaluate('stage.innerHTML'), `${paper}${wanted}</div>`, name);
  }
  for (const [name, wanted] of [
    ['wide.csv', [100, 0, undefined]],
    ['full.csv', [1, 1_000, undefined]],
    ['long.csv', [1, 1_000, 'and 2 more']],
  ] as const) {
    await page.evaluate(`box.show(file('${name}', ''), []), answer()`);
    await page.waitForFunction('stage.firstChild.hasChildNodes()');
    t.strictSame(
      await page.evaluate(
        `[stage.querySelectorAll('th').length, stage.querySelectorAll('td').length, stage.querySelector('caption')?.textContent]`,
      ),
      wanted,
      name,
    );
  }
  await page.evaluate(`box.show(file('h.txt', 'text/plain'), []), fail()`);
  await page.waitForFunction('stage.firstChild.hasChildNodes()');
  t.equal(await page.evaluate('stage.textContent'), 'Could not be loaded');
  await page.evaluate(`told.length = 0, press('ArrowLeft'), press('i')`);
  t.strictSame(await page.evaluate('told'), ['prevented'], 'a text moves to its sides by itself');
});

t.test('the pictures beside the open one load in advance, if they are not large', async (t) => {
  const page = await openBox();
  const asked: string[] = [];
  await page.route(`${FILES}/**`, (route) => {
    asked.push(
      route
        .request()
        .url()
        .slice(FILES.length + 1),
    );
    return route.fulfill({ body: PIXEL, contentType: 'image/png' });
  });
  await page.evaluate(`
    const row = [file('1.png', 'image/png'), file('2.png', 'image/png', { size: 20_000_000 }), file('3.png', 'image/png'), file('4.png', 'image/png', { size: 20_000_001 }), file('5.png', 'image/png'), file('6.mp4', 'video/mp4')];
    box.show(row[2], row), box.show(row[4], row), box.show(file('7.png', 'image/png'), row);
    const pair = [file('8.png', 'image/png'), file('9.png', 'image/png')];
    box.show(pair[0], pair), undefined`);
  await until(() => asked.length, atLeast(6));
  // What was asked for before this has been seen by then.
  await page.evaluate(`fetch('${FILES}/end', { mode: 'no-cors' }).then(() => undefined)`);
  t.strictSame([...new Set(asked)].toSorted(), ['2.png', '3.png', '5.png', '7.png', '8.png', '9.png', 'end']);
});

t.test('the cells of a CSV file', async (t) => {
  const { readCsv } = await inNode('page/files/text-view.ts');
  for (const [content, rows] of [
    ['', []],
    ['a', [['a']]],
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['a,b\n\n1', [['a', 'b'], [''], ['1']]],
    [
      'a;b,c;d\n1;2',
      [
        ['a', 'b,c', 'd'],
        ['1', '2'],
      ],
    ],
    ['a,b;c\n', [['a', 'b;c']]],
    [
      'a\tb\n1\t',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    [
      '"a,b","c""d"\n"e\r\nf",g',
      [
        ['a,b', 'c"d'],
        ['e\r\nf', 'g'],
      ],
    ],
    ['"a', [['a']]],
  ] as const)
    t.strictSame(readCsv(content), rows, JSON.stringify(content));
});
