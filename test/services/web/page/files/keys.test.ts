import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const PROGRAM = `
      import { createGrid } from './services/web/page/files/grid.ts';
      import { watchKeys } from './services/web/page/files/keys.ts';
      import { tiles } from './services/web/page/files/layout.ts';
      import { createSelection } from './services/web/page/files/selection.ts';
      const list = document.querySelector('ul');
      const entries = Array.from({ length: 120 }, (_, at) =>
        at === 1
          ? { kind: 'folder', path: 'f1/', count: 1, bytes: 1, lastModified: '' }
          : { kind: 'file', label: '', file: { name: 'f' + at, url: '/' + at } });
      const nameOf = (entry) => entry.file?.name ?? entry.path;
      let changes = 0;
      let deleted = 0;
      const grid = createGrid(list, {
        createCard(entry) {
          const card = document.createElement('li');
          card.innerHTML = '<button class="name" tabindex="-1"></button><button class="more"></button>';
          card.firstChild.textContent = nameOf(entry);
          card.classList.toggle('selected', selection.has(nameOf(entry)));
          return card;
        },
        layOut: (shown, width) => tiles(shown.length, { width, tile: 150, rem: 16 }),
      });
      const selection = createSelection(() => void changes++);
      watchKeys(list, grid, selection, () => void deleted++);
      grid.show(entries);
      Object.assign(globalThis, { grid, selection, entries, nameOf, counts: () => [changes, deleted] });
      addEventListener('keydown', (event) => void (globalThis.prevented = event.defaultPrevented));`;

/** Four tiles in a row, in a window of 500 pixels, so that most cards are not in the document. */
const openGallery = () =>
  openBarePage(
    browser,
    `<style>
    * { margin: 0; padding: 0 }
    ul { position: relative; list-style: none; scroll-margin: 40px 0 20px }
    li { position: absolute; top: 0; left: 0 }
  </style><button id="before"></button><div style="height: 30px"></div><ul></ul>`,
    PROGRAM,
    { viewport: { width: 700, height: 500 } },
  );

/** The focus, what is selected, where Tab leads, which cards are there, how far the page is scrolled, and the counts. */
const state = (page: Page) =>
  page.evaluate<string>(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const { activeElement } = document;
    const keysOf = () => (selection.size() > 9 ? String(selection.size()) : selection.keys().sort().join());
    const focus = (activeElement.className === 'more' ? 'more of ' : '') +
      (activeElement.closest('li')?.firstChild.textContent ?? activeElement.id);
    const cards = [...document.querySelectorAll('li')];
    const names = cards.map((card) => card.firstChild.textContent);
    const stops = cards.filter((card) => card.firstChild.tabIndex === 0).map((card) => card.firstChild.textContent);
    const where = cards.map((card) => card.ariaPosInSet + '/' + card.ariaSetSize);
    const shown = names.length > 3 ? names[0] + '..' + names.at(-1) + ' ' + where[0] + ' ' + where.at(-1) : names.join();
    done([focus, keysOf(), stops.join(), shown, Math.round(scrollY), counts().join(), prevented ? 'prevented' : ''].join(' | '));
  })))`);

t.test('keys move the focus, and select', async (t) => {
  const page = await openGallery();
  await page.evaluate('globalThis.prevented = false');
  t.equal(await state(page), ' |  | f0 | f0..f23 1/120 24/120 | 0 | 0,0 | ');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  for (const [index, [key, wanted]] of [
    ['ArrowRight', 'f1/ |  | f1/ | f0..f23 1/120 24/120 | 0 | 0,0 | prevented'],
    ['ArrowRight', 'f2 |  | f2 | f0..f23 1/120 24/120 | 0 | 0,0 | prevented'],
    ['ArrowDown', 'f6 |  | f6 | f0..f23 1/120 24/120 | 0 | 0,0 | prevented'],
    ['ArrowLeft', 'f5 |  | f5 | f0..f23 1/120 24/120 | 0 | 0,0 | prevented'],
    ['ArrowUp', 'f1/ |  | f1/ | f0..f23 1/120 24/120 | 0 | 0,0 | prevented'],
    ['ArrowUp', 'f0 |  | f0 | f0..f23 1/120 24/120 | 0 | 0,0 | prevented'],
    ['Home', 'f0 |  | f0 | f0..f23 1/120 24/120 | 0 | 0,0 | prevented'],
    ['ArrowLeft', 'f0 |  | f0 | f0..f23 1/120 24/120 | 0 | 0,0 | prevented'],
    ['Shift+ArrowRight', 'f1/ | f0,f1/ | f1/ | f0..f23 1/120 24/120 | 0 | 2,0 | prevented'],
    ['Shift+ArrowDown', 'f5 | f0,f1/,f2,f3,f4,f5 | f5 | f0..f23 1/120 24/120 | 0 | 3,0 | prevented'],
    ['Space', 'f5 | f0,f1/,f2,f3,f4 | f5 | f0..f23 1/120 24/120 | 0 | 4,0 | prevented'],
    ['Escape', 'f5 |  | f5 | f0..f23 1/120 24/120 | 0 | 5,0 | prevented'],
    ['Escape', 'f5 |  | f5 | f0..f23 1/120 24/120 | 0 | 5,0 | '],
    ['Space', 'f5 | f5 | f5 | f0..f23 1/120 24/120 | 0 | 6,0 | prevented'],
    ['Shift+ArrowRight', 'f6 | f5,f6 | f6 | f0..f23 1/120 24/120 | 0 | 7,0 | prevented'],
    ['Delete', 'f6 | f5,f6 | f6 | f0..f23 1/120 24/120 | 0 | 7,1 | prevented'],
    ['Escape', 'f6 |  | f6 | f0..f23 1/120 24/120 | 0 | 8,1 | prevented'],
    ['Delete', 'f6 | f6 | f6 | f0..f23 1/120 24/120 | 0 | 9,2 | prevented'],
    ['Escape', 'f6 |  | f6 | f0..f23 1/120 24/120 | 0 | 10,2 | prevented'],
    ['End', 'f119 |  | f119 | f96..f119 97/120 120/120 | 5226 | 10,2 | prevented'],
    ['ArrowRight', 'f119 |  | f119 | f96..f119 97/120 120/120 | 5226 | 10,2 | prevented'],
    [
      'Shift+ArrowUp',
      'f115 | f115,f116,f117,f118,f119 | f115 | f96..f119 97/120 120/120 | 5226 | 12,2 | prevented',
    ],
    ['Control+a', 'f115 | 120 | f115 | f96..f119 97/120 120/120 | 5226 | 13,2 | prevented'],
    ['Escape', 'f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 14,2 | prevented'],
    ['Meta+A', 'f115 | 120 | f115 | f96..f119 97/120 120/120 | 5226 | 15,2 | prevented'],
    ['Escape', 'f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 16,2 | prevented'],
    ['a', 'f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 16,2 | '],
    ['Alt+ArrowLeft', 'f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 16,2 | '],
    ['Control+ArrowUp', 'f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 16,2 | '],
    ['Meta+Home', 'f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 16,2 | '],
    ['Tab', 'more of f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 16,2 | '],
    ['ArrowLeft', 'more of f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 16,2 | '],
    ['Space', 'more of f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 16,2 | '],
    ['Delete', 'more of f115 | f115 | f115 | f96..f119 97/120 120/120 | 5226 | 17,3 | prevented'],
    ['Escape', 'more of f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 18,3 | prevented'],
    ['Shift+Tab', 'f115 |  | f115 | f96..f119 97/120 120/120 | 5226 | 18,3 | '],
    ['Shift+Tab', 'more of f114 |  | f114 | f96..f119 97/120 120/120 | 5226 | 18,3 | '],
    ['Delete', 'more of f114 | f114 | f114 | f96..f119 97/120 120/120 | 5226 | 19,4 | prevented'],
  ].entries()) {
    await page.evaluate('globalThis.prevented = false');
    await page.keyboard.press(key ?? '');
    t.equal(await state(page), wanted, `${index} ${key}`);
  }
});

t.test('what is shown changes under the focus', async (t) => {
  const page = await openGallery();
  await page.evaluate('globalThis.prevented = false');
  for (const [what, change, wanted] of [
    [
      'one in the middle has the focus',
      'grid.focus(50)',
      'f50 |  | f50 | f28..f63 29/120 64/120 | 2011 | 0,0 | ',
    ],
    [
      'it stays while the page is scrolled',
      'scrollTo(0, 0)',
      'f50 |  | f50 | f0..f50 1/120 51/120 | 0 | 0,0 | ',
    ],
    [
      'its range begins where the last touch was',
      `selection.toggle('f4'); selection.extend('f2', entries)`,
      'f50 | f2,f3,f4 | f50 | f0..f50 1/120 51/120 | 0 | 2,0 | ',
    ],
    [
      'the other way',
      `selection.clear(); selection.toggle('f4'); selection.extend('f6', entries)`,
      'f50 | f4,f5,f6 | f50 | f0..f50 1/120 51/120 | 0 | 5,0 | ',
    ],
    [
      'a touched file that is not shown',
      `selection.clear(); selection.toggle('f119'); selection.extend('f3', entries.slice(0, 9))`,
      'f50 | f119,f3 | f50 | f0..f50 1/120 51/120 | 0 | 8,0 | ',
    ],
    [
      'which is the next start',
      `selection.extend('f5', entries)`,
      'f50 | f119,f3,f4,f5 | f50 | f0..f50 1/120 51/120 | 0 | 9,0 | ',
    ],
    [
      'what is gone is not selected',
      `selection.keep((key) => key === 'f4')`,
      'f50 | f4 | f50 | f0..f50 1/120 51/120 | 0 | 10,0 | ',
    ],
    [
      'the card with the focus is gone: the next one has it',
      'grid.show(entries.filter((_, at) => at !== 50))',
      'f51 | f4 | f51 | f28..f64 29/119 64/119 | 2011 | 10,0 | ',
    ],
    ['all cards are gone but one', 'grid.show(entries.slice(0, 1))', 'f0 | f4 | f0 | f0 | 0 | 10,0 | '],
    ['an index that is not there', 'grid.focus(7)', 'f0 | f4 | f0 | f0 | 0 | 10,0 | '],
    [
      'other words on a card make a new card',
      `grid.show([{ ...entries[0], label: 'x' }])`,
      'f0 | f4 | f0 | f0 | 0 | 10,0 | ',
    ],
    ['no card', 'grid.show([])', ' | f4 |  |  | 0 | 10,0 | '],
    ['all are back', 'grid.show(entries)', ' | f4 | f0 | f0..f23 1/120 24/120 | 0 | 10,0 | '],
    ['the focus comes in', 'grid.enter()', 'f0 | f4 | f0 | f0..f23 1/120 24/120 | 0 | 10,0 | '],
    [
      'the focus is gone, and Tab leads to the card that had it',
      'grid.focus(9); document.activeElement.blur(); scrollTo(0, 600)',
      ' | f4 | f9 | f0..f35 1/120 36/120 | 600 | 10,0 | ',
    ],
    ['that card is far away', 'scrollTo(0, 2000)', ' | f4 | f40 | f28..f63 29/120 64/120 | 2000 | 10,0 | '],
    ['it is near again', 'scrollTo(0, 0)', ' | f4 | f9 | f0..f23 1/120 24/120 | 0 | 10,0 | '],
    [
      'the focus is far away',
      'grid.focus(50); scrollTo(0, 0)',
      'f50 | f4 | f50 | f0..f50 1/120 51/120 | 0 | 10,0 | ',
    ],
    ['the focus comes back', 'grid.focus(5)', 'f5 | f4 | f5 | f0..f23 1/120 24/120 | 0 | 10,0 | '],
    [
      'its card has another place',
      'grid.show(entries.slice(2))',
      'f5 | f4 | f5 | f2..f25 1/118 24/118 | 0 | 10,0 | ',
    ],
    ['all is forgotten', `grid.forget(); dispatchEvent(new Event('resize'))`, ' | f4 |  |  | 0 | 10,0 | '],
    [
      'nothing has the focus, so none gets it',
      'grid.show(entries.slice(2))',
      ' | f4 | f5 | f2..f25 1/118 24/118 | 0 | 10,0 | ',
    ],
    [
      'the gallery is narrow',
      `document.querySelector('ul').style.width = '300px'`,
      ' | f4 | f5 | f2..f13 1/118 12/118 | 0 | 10,0 | ',
    ],
    [
      'the gallery is hidden, and keeps what it has',
      `document.querySelector('ul').hidden = true; grid.show(entries.slice(3))`,
      ' | f4 | f5 | f2..f13 1/118 12/118 | 0 | 10,0 | ',
    ],
  ] as const) {
    await page.evaluate(`(() => { ${change} })()`);
    t.equal(await state(page), wanted, what);
  }
  t.strictSame(
    await page.evaluate(`['f9', 'f0', 'f119', 'f1/'].map((name) => {
      const card = [...document.querySelectorAll('li')].find((each) => each.firstChild.textContent === name);
      return grid.indexOf(card?.lastChild ?? null);
    })`),
    [6, -1, -1, -1],
  );
});

t.test('a window that grows shows more cards', async (t) => {
  const page = await openGallery();
  await page.evaluate('globalThis.prevented = false');
  await page.setViewportSize({ width: 700, height: 1_000 });
  t.equal(await state(page), ' |  | f0 | f0..f43 1/120 44/120 | 0 | 0,0 | ');
});

t.test('Tab leads to the focus at once; a card that comes back is a new one', async (t) => {
  const page = await openGallery();
  const stops = `[...document.querySelectorAll('[tabindex="0"]')].map((each) => each.textContent)`;
  t.strictSame(await page.evaluate(`grid.focus(5), ${stops}`), ['f5']);
  await page.evaluate('globalThis.prevented = false, document.activeElement.blur(), scrollTo(0, 3000)');
  await state(page);
  await page.evaluate('selection.all(entries), scrollTo(0, 0)');
  await state(page);
  t.equal(await page.evaluate(`document.querySelector('li').className`), 'selected');
});
