import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');
const SHOWN =
  '<style>[hidden] { display: none } #content, #gallery { display: block !important } li { position: absolute; left: 0; top: 0 } .menu { position: fixed; inset: auto; width: 100px; height: 100px }</style>';

const PROGRAM = `
  import { arrange } from './services/web/page/files/arrange.ts';
  import { createGallery } from './services/web/page/files/gallery.ts';
  import { watchMenus } from './services/web/page/menus/menus.ts';
  watchMenus();
  document.getElementById('content').hidden = false;
  document.getElementById('skip').hidden = false;
  const file = (name, size, more) => ({ name, size, url: '/' + name, type: 'text/plain', lastModified: '2020-01-0' + (9 - size) + 'T12:00:00Z', etag: '', ...more });
  const files = new Map([
    file('a.txt', 1), file('b.png', 2, { type: 'image/png', thumbnailUrl: '/b', color: '#123456' }), file('c.png', 3, { type: 'image/png' }),
    file('d.mp4', 4, { type: 'video/mp4' }), file('e.mp3', 5, { type: 'audio/mpeg' }), file('f/g.txt', 6), file('f/h.txt', 7),
    file('i.txt', 8, { scan: 'scanning' }),
  ].map((each) => [each.name, each]));
  const told = [];
  const note = (what) => (...given) => { told.push([what, ...given.map((each) => each.name ?? String(each))].join(' ')); return true; };
  const state = { role: undefined };
  const owner = () => ({ team: state.role && { id: 't'.repeat(26), role: state.role } });
  const library = () => ({ get: (name) => files.get(name), all: () => files.values() });
  const actions = Object.fromEntries(['share', 'showAccess', 'replace', 'rename', 'move', 'moveInto', 'shareFolder', 'copy', 'versions', 'delete', 'download', 'addThumbnail']
    .map((name) => [name, note(name)]));
  Object.assign(actions, { open: (name) => note('open')(name) && name !== 'e.mp3' });
  const gallery = createGallery({ owner, library }, actions);
  const show = (query = '') => gallery.show(arrange([...files.values()], { folder: '', query, sort: 'name' }));
  show();
  const card = (key) => [...document.querySelectorAll('#gallery li')].find((li) => (li.dataset.name ?? li.dataset.folder) === key);
  const part = (key, what) => card(key).querySelector({ name: '.name', more: '.more', box: 'input', share: '.actions button' }[what]);
  const click = (key, what, more = {}) => part(key, what).dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...more }));
  const right = (key, more = {}) => {
    const event = new PointerEvent('contextmenu', { bubbles: true, cancelable: true, button: 2, ...more });
    if (part(key, 'name').dispatchEvent(event)) told.push('the menu of the browser');
  };
  const drag = (key, folder) => {
    part(key, 'name').dispatchEvent(new DragEvent('dragstart', { bubbles: true }));
    part(folder, 'name').dispatchEvent(new DragEvent('drop', { bubbles: true }));
    dispatchEvent(new Event('dragend'));
  };
  const place = (key) => {
    const { left, top } = document.getElementById('menu').style;
    const isBeside = Number.parseFloat(left) === part(key, 'name').getBoundingClientRect().left;
    told.push(isBeside ? 'beside it' : 'at ' + left + ' ' + top);
  };
  addEventListener('click', (event) => { told.push(event.defaultPrevented ? 'kept here' : ''); if (event.target.matches('a')) event.preventDefault(); });
  let last = [];
  Object.assign(globalThis, {
    actions, gallery, files, show, card, click, right, drag, place, by: (id) => document.getElementById(id), as: (role) => { state.role = role; },
    pick: (words) => [...document.querySelectorAll('#menu button')].find((each) => each.textContent === words).click(),
    state: async () => {
      await settled();
      const menu = document.getElementById('menu');
      const { activeElement } = document;
      const selected = [...document.querySelectorAll('#gallery li.selected')];
      const now = [
        menu.matches(':popover-open') ? [...menu.children].map((each) => each.textContent).join(', ') : 'no menu',
        document.getElementById('selection').hidden ? 'none' : document.getElementById('selected').textContent,
        selected.map((li) => (li.dataset.name ?? li.dataset.folder) + (li.querySelector('input').checked ? '' : ' unchecked')).join(),
        document.body.className,
        location.hash,
        (activeElement.closest('li')?.dataset.name ?? activeElement.id) + (activeElement.matches('.more') ? ' more' : ''),
        told.splice(0).filter(Boolean).join(', '),
      ];
      const news = now.map((each, at) => (each === last[at] ? '=' : each)).join(' | ');
      last = now;
      return news;
    },
  });`;

/** Each row has an act, and what it changes. What is as before is `=`. */
t.test('clicks and menus of the gallery', async (t) => {
  const page = await openBarePage(browser, SHOWN + BODY, PROGRAM, { viewport: { width: 900, height: 700 } });
  for (const [index, [act, wanted]] of [
    ['undefined', 'no menu | none |  |  |  |  | '],
    [`click('a.txt', 'name')`, '= | = | = | = | = | = | open a.txt, kept here'],
    [`click('e.mp3', 'name')`, '= | = | = | = | = | = | open e.mp3'],
    [`click('f/', 'name')`, '= | = | = | = | = | = | '],
    [`click('a.txt', 'name', { ctrlKey: true })`, '= | = | = | = | = | = | ='],
    [`click('a.txt', 'name', { shiftKey: true })`, '= | = | = | = | = | = | ='],
    [`drag('b.png', 'f/')`, '= | = | = | = | = | = | moveInto b.png f/'],
    [`click('a.txt', 'box')`, '= | 1 selected · 1 B | a.txt | selecting | = | = | '],
    [
      `right('a.txt')`,
      'Open, Share, Who can open this?, Download, Copy link for yourself, Rename, Move, Copy, Replace…, Versions, Delete | = | = | = | = | = | =',
    ],
    [`pick('Share')`, 'no menu | = | = | = | = | = | share a.txt'],
    [
      `click('c.png', 'name', { shiftKey: true })`,
      '= | 3 selected · 6 B | a.txt,b.png,c.png | = | = | = | kept here',
    ],
    [`drag('b.png', 'f/')`, '= | = | = | = | = | = | moveInto a.txt,b.png,c.png f/'],
    [`drag('d.mp4', 'f/')`, '= | = | = | = | = | = | moveInto d.mp4 f/'],
    [`click('b.png', 'name')`, '= | 2 selected · 4 B | a.txt,c.png | = | = | = | kept here'],
    [`click('f/', 'name')`, '= | 3 selected · 17 B | f/,a.txt,c.png | = | = | = | ='],
    [`click('d.mp4', 'name', { metaKey: true })`, '= | = | = | = | = | = | '],
    [`click('d.mp4', 'name', { altKey: true })`, '= | = | = | = | = | = | ='],
    [`by('download-selected').click()`, '= | = | = | = | = | = | download a.txt,c.png,f/g.txt,f/h.txt'],
    [`by('share-selected').click()`, '= | = | = | = | = | = | share a.txt,c.png,f/g.txt,f/h.txt'],
    [`by('move-selected').click()`, '= | = | = | = | = | = | move a.txt,c.png,f/'],
    [`by('delete-selected').click()`, '= | = | = | = | = | = | delete a.txt,c.png,f/'],
    [`right('c.png')`, 'Share, Download, Move, Copy, Delete | = | = | = | = | = | '],
    [`pick('Download')`, 'no menu | = | = | = | = | = | download a.txt,c.png,f/g.txt,f/h.txt'],
    [`right('c.png'), pick('Share')`, '= | = | = | = | = | = | share a.txt,c.png,f/g.txt,f/h.txt'],
    [`right('c.png'), pick('Move')`, '= | = | = | = | = | = | move a.txt,c.png,f/'],
    [`right('c.png'), pick('Copy')`, '= | = | = | = | = | = | copy a.txt,c.png,f/'],
    [`right('c.png'), pick('Delete')`, '= | = | = | = | = | = | delete a.txt,c.png,f/'],
    [
      `right('d.mp4', { clientX: 300, clientY: 200 })`,
      'Open, Share, Who can open this?, Download, Copy link for yourself, Rename, Move, Copy, Replace…, Versions, Delete | = | = | = | = | = | ',
    ],
    [`pick('Open')`, 'no menu | = | = | = | = | = | open d.mp4'],
    [`right('a.txt', { clientX: 300, clientY: 200, buttons: 2 })`, '= | = | = | = | = | = | '],
    [`dispatchEvent(new Event('pointerup'))`, 'Share, Download, Move, Copy, Delete | = | = | = | = | = | ='],
    [`dispatchEvent(new Event('pointerup')), by('menu').hidePopover()`, 'no menu | = | = | = | = | = | ='],
    [
      `right('e.mp3', { pointerType: 'touch' })`,
      '= | 4 selected · 22 B | f/,a.txt,c.png,e.mp3 | = | = | = | =',
    ],
    [`right('e.mp3', { pointerType: 'touch' })`, '= | = | = | = | = | = | ='],
    [`right('e.mp3', { shiftKey: true })`, '= | = | = | = | = | = | the menu of the browser'],
    [
      `right('e.mp3', { shiftKey: true, button: -1 })`,
      'Share, Download, Move, Copy, Delete | = | = | = | = | = | ',
    ],
    [
      `by('menu').hidePopover(), files.delete('a.txt'), click('d.mp4', 'box')`,
      'no menu | 5 selected · 25 B | f/,a.txt,c.png,d.mp4,e.mp3 | = | = | = | =',
    ],
    [
      `click('d.mp4', 'box'), files.delete('f/g.txt'), show()`,
      '= | 3 selected · 15 B | f/,c.png,e.mp3 | = | = | = | =',
    ],
    [`files.delete('f/h.txt'), show()`, '= | 2 selected · 8 B | c.png,e.mp3 | = | = | = | ='],
    [`by('clear-selection').click()`, '= | none |  |  | = | b.png | ='],
    [
      `by('select-all').click()`,
      '= | 5 selected · 22 B | b.png,c.png,d.mp4,e.mp3,i.txt | selecting | = | = | =',
    ],
    [`gallery.clearSelection()`, '= | none |  |  | = | = | ='],
    [`document.activeElement.blur(), by('skip').click()`, '= | = | = | = | = | = | ='],
    [`gallery.focus('d.mp4')`, '= | = | = | = | = | d.mp4 | ='],
    [
      `right('c.png', { clientX: 300 }), place('c.png'), right('c.png', { clientY: 200 }), place('c.png'), right('c.png'), place('c.png'), by('menu').hidePopover()`,
      '= | = | = | = | = | = | at 300px 4px, at 8px 204px, beside it',
    ],
    [`click('d.mp4', 'share')`, '= | = | = | = | = | = | share d.mp4'],
    [
      `click('d.mp4', 'more')`,
      'Open, Share, Who can open this?, Download, Copy link for yourself, Rename, Move, Copy, Replace…, Versions, Delete | = | = | = | = |  | ',
    ],
    [
      `by('menu').hidePopover(), click('d.mp4', 'more'), pick('Rename')`,
      'no menu | = | = | = | = | d.mp4 | rename d.mp4',
    ],
    [
      `by('menu').hidePopover(), click('d.mp4', 'more'), pick('Replace…')`,
      '= | = | = | = | = | = | replace d.mp4',
    ],
    [
      `by('menu').hidePopover(), click('d.mp4', 'more'), pick('Versions')`,
      '= | = | = | = | = | = | versions d.mp4',
    ],
    [
      `by('menu').hidePopover(), click('d.mp4', 'more'), pick('Who can open this?')`,
      '= | = | = | = | = | = | showAccess d.mp4',
    ],
    [
      `click('i.txt', 'more')`,
      'Share, Download, Copy link for yourself, Rename, Move, Copy, Replace…, Versions, Delete | = | = | = | = |  | ',
    ],
    [`click('i.txt', 'name')`, '= | = | = | = | = | = | open i.txt, kept here'],
    [
      `files.set('j/k', { ...files.get('b.png'), name: 'j/k' }), show(), click('j/', 'more')`,
      'Open, Share, Download, Copy link for yourself, Rename, Move, Copy, Delete | = | = | = | = | = | ',
    ],
    [`pick('Open')`, 'no menu | = | = | = | #/j/ | d.mp4 | ='],
    [`click('j/', 'more'), pick('Share')`, '= | = | = | = | = | = | shareFolder j/'],
    [`click('j/', 'box'), by('share-selected').click()`, '= | 1 selected · 2 B | j/ | selecting | = | = | ='],
    [
      `click('b.png', 'box'), by('share-selected').click()`,
      '= | 2 selected · 4 B | j/,b.png | = | = | = | share b.png,j/k',
    ],
    [
      `files.set('b.png.txt', { name: 'b.png.txt' }), by('share-selected').click(), files.delete('b.png.txt')`,
      '= | = | = | = | = | = | =',
    ],
    [`gallery.forget(), as('viewer'), show()`, '= | none |  |  | = |  | '],
    [
      `click('b.png', 'more')`,
      'Open, Who can open this?, Download, Copy link for members | = | = | = | = | = | =',
    ],
    [
      `by('menu').hidePopover(), click('j/', 'more'), pick('Open')`,
      'no menu | = | = | = | #team/tttttttttttttttttttttttttt/j/ | = | =',
    ],
    [`drag('b.png', 'j/')`, '= | = | = | = | = | = | ='],
    [
      `click('b.png', 'box'), by('delete-selected').click()`,
      '= | 1 selected · 2 B | b.png | selecting | = | = | =',
    ],
    [`as('editor'), by('delete-selected').click()`, '= | = | = | = | = | = | delete b.png'],
    [`gallery.forget()`, '= | none |  |  | = | = | '],
    [
      `delete actions.showAccess, as('viewer'), show(), click('b.png', 'more')`,
      'Open, Download | = | = | = | = | = | =',
    ],
  ].entries()) {
    await page.evaluate(`(() => { ${act} })()`);
    t.equal(await page.evaluate('state()'), wanted, `${index} ${act}`);
  }
});

t.test('each kind of card, whole', async (t) => {
  const page = await openBarePage(browser, SHOWN + BODY, PROGRAM, {
    viewport: { width: 900, height: 700 },
    timezoneId: 'UTC',
  });
  for (const [key, wanted] of [
    [
      'a.txt',
      '<div class="preview badge" aria-hidden="true" data-kind="text">TXT</div><a class="name" tabindex="-1" title="a.txt" href="/a.txt" target="_blank" rel="noopener">a.txt</a><p class="quiet"><span>Jan 8, 2020</span><span class="dot"> · </span><span>1 B</span></p><label class="pick"><input type="checkbox" tabindex="-1" aria-label="Select a.txt"></label><div class="actions"><button type="button" class="icon" title="Share a.txt" aria-label="Share a.txt" tabindex="-1"><svg aria-hidden="true"><use href="#icon-share"></use></svg></button><button type="button" class="icon more" title="More for a.txt" aria-label="More for a.txt" tabindex="-1"><svg aria-hidden="true"><use href="#icon-more"></use></svg></button></div>',
    ],
    [
      'b.png',
      '<div class="preview" style="background-color: rgb(18, 52, 86);"><img src="/b" loading="lazy" decoding="async" alt="b.png"><span class="words">Could not be loaded</span></div><a class="name" tabindex="-1" title="b.png" href="/b.png" target="_blank" rel="noopener">b.png</a><p class="quiet"><span>Jan 7, 2020</span><span class="dot"> · </span><span>2 B</span></p><label class="pick"><input type="checkbox" tabindex="-1" aria-label="Select b.png"></label><div class="actions"><button type="button" class="icon" title="Share b.png" aria-label="Share b.png" tabindex="-1"><svg aria-hidden="true"><use href="#icon-share"></use></svg></button><button type="button" class="icon more" title="More for b.png" aria-label="More for b.png" tabindex="-1"><svg aria-hidden="true"><use href="#icon-more"></use></svg></button></div>',
    ],
    [
      'c.png',
      '<div class="preview"><img src="/c.png" loading="lazy" decoding="async" alt="c.png"><span class="words">Could not be loaded</span></div><a class="name" tabindex="-1" title="c.png" href="/c.png" target="_blank" rel="noopener">c.png</a><p class="quiet"><span>Jan 6, 2020</span><span class="dot"> · </span><span>3 B</span></p><label class="pick"><input type="checkbox" tabindex="-1" aria-label="Select c.png"></label><div class="actions"><button type="button" class="icon" title="Share c.png" aria-label="Share c.png" tabindex="-1"><svg aria-hidden="true"><use href="#icon-share"></use></svg></button><button type="button" class="icon more" title="More for c.png" aria-label="More for c.png" tabindex="-1"><svg aria-hidden="true"><use href="#icon-more"></use></svg></button></div>',
    ],
    [
      'd.mp4',
      '<div class="preview"><video src="/d.mp4" preload="metadata" tabindex="-1" aria-label="d.mp4"></video><span class="words">Could not be loaded</span><span class="play" aria-hidden="true"><svg aria-hidden="true"><use href="#icon-play"></use></svg></span></div><a class="name" tabindex="-1" title="d.mp4" href="/d.mp4" target="_blank" rel="noopener">d.mp4</a><p class="quiet"><span>Jan 5, 2020</span><span class="dot"> · </span><span>4 B</span></p><label class="pick"><input type="checkbox" tabindex="-1" aria-label="Select d.mp4"></label><div class="actions"><button type="button" class="icon" title="Share d.mp4" aria-label="Share d.mp4" tabindex="-1"><svg aria-hidden="true"><use href="#icon-share"></use></svg></button><button type="button" class="icon more" title="More for d.mp4" aria-label="More for d.mp4" tabindex="-1"><svg aria-hidden="true"><use href="#icon-more"></use></svg></button></div>',
    ],
    [
      'e.mp3',
      '<div class="preview badge" aria-hidden="true" data-kind="sound"><svg aria-hidden="true"><use href="#icon-sound"></use></svg></div><a class="name" tabindex="-1" title="e.mp3" href="/e.mp3" target="_blank" rel="noopener">e.mp3</a><p class="quiet"><span>Jan 4, 2020</span><span class="dot"> · </span><span>5 B</span></p><label class="pick"><input type="checkbox" tabindex="-1" aria-label="Select e.mp3"></label><div class="actions"><button type="button" class="icon" title="Share e.mp3" aria-label="Share e.mp3" tabindex="-1"><svg aria-hidden="true"><use href="#icon-share"></use></svg></button><button type="button" class="icon more" title="More for e.mp3" aria-label="More for e.mp3" tabindex="-1"><svg aria-hidden="true"><use href="#icon-more"></use></svg></button></div>',
    ],
    [
      'i.txt',
      '<div class="preview badge" aria-hidden="true" data-kind="text">TXT</div><a class="name" tabindex="-1" title="i.txt">i.txt</a><p class="quiet"><span>Being scanned</span><span class="dot"> · </span><span>8 B</span></p><label class="pick"><input type="checkbox" tabindex="-1" aria-label="Select i.txt"></label><div class="actions"><button type="button" class="icon more" title="More for i.txt" aria-label="More for i.txt" tabindex="-1"><svg aria-hidden="true"><use href="#icon-more"></use></svg></button></div>',
    ],
    [
      'f/',
      '<div class="preview badge" aria-hidden="true" data-kind="folder"><svg aria-hidden="true"><use href="#icon-folder"></use></svg></div><a class="name" tabindex="0" href="#/f/" title="f/" aria-label="Folder f">f</a><p class="quiet"><span class="in-line">2 files</span><span class="in-column">Jan 3, 2020</span><span class="dot"> · </span><span>13 B</span></p><label class="pick"><input type="checkbox" tabindex="-1" aria-label="Select f"></label><div class="actions"><button type="button" class="icon more" title="More for f" aria-label="More for f" tabindex="-1"><svg aria-hidden="true"><use href="#icon-more"></use></svg></button></div>',
    ],
  ] as const)
    t.equal(await page.evaluate(`card('${key}').innerHTML.replace(' broken', '')`), wanted, key);
});

t.test('a file that a search has found below a folder: its name, and where it is', async (t) => {
  const page = await openBarePage(
    browser,
    `<style>#content, #gallery { display: block !important }
       #gallery:not(.list) .in-column, #gallery.list .in-line { display: none }</style>${BODY}`,
    PROGRAM,
    { viewport: { width: 900, height: 700 }, timezoneId: 'UTC' },
  );
  await page.evaluate(`files.set('f/i.txt', { ...files.get('i.txt'), name: 'f/i.txt' }), show('.txt')`);
  const words = (name: string) =>
    page.evaluate(
      `[...card('${name}').querySelectorAll('.name, p')].map((each) => each.innerText).join(' | ')`,
    );
  const all = () => Promise.all(['a.txt', 'f/g.txt', 'f/i.txt'].map(words));
  t.strictSame(await all(), ['a.txt | Jan 8, 2020 · 1 B', 'g.txt | f · 6 B', 'i.txt | Being scanned · 8 B']);
  await page.evaluate(`by('look').click()`);
  t.strictSame(await all(), [
    'a.txt | Jan 8, 2020 · 1 B',
    'f/g.txt | Jan 3, 2020 · 6 B',
    'f/i.txt | Being scanned · 8 B',
  ]);
});
