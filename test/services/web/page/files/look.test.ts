import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs } from '../../bare-page.ts';

const browser = await launchShell(t);

t.test('of the months, the one at the top of the screen is marked', async (t) => {
  const page = await openBarePage(
    browser,
    `<style>#gallery { scroll-margin-top: 100px } #months { display: flex; width: 200px; overflow: auto } #months button { flex: none; width: 150px }</style>${BODY}`,
    `import { createLook } from './services/web/page/files/look.ts';
     const gallery = document.getElementById('gallery');
     document.getElementById('content').hidden = false;
     const look = createLook(() => {});
     look.show('photos');
     const entry = (takenAt) => ({ kind: 'file', label: '', file: { takenAt, width: 300, height: 100 } });
     const dates = ['2026-11-20', '2026-11-10', '2026-10-01', '2026-09-01', '2026-09-01', '2026-09-01'];
     const layout = look.layOut(dates.map((each) => entry(each + 'T12:00:00Z')), 600);
     gallery.style.height = layout.height + 2000 + 'px';
     const months = document.getElementById('months');
     globalThis.at = async (y) => {
       scrollTo(0, gallery.getBoundingClientRect().top + scrollY - 100 + y);
       await settled();
       return [...months.querySelectorAll('[aria-current=true]')].map(({ textContent }) => textContent).join() + ' ' + Math.round(months.scrollLeft);
     };
     globalThis.month = (index) => layout.months[index].y;`,
  );
  for (const [y, wanted] of [
    ['-90', 'November 2026 0'],
    ['0', 'November 2026 0'],
    ['month(1) - 2', 'November 2026 0'],
    ['month(1) - 1', 'October 2026 133'],
    ['month(1)', 'October 2026 133'],
    ['month(2)', 'September 2026 250'],
    ['10_000', 'September 2026 250'],
    ['0', 'November 2026 0'],
  ] as const)
    t.equal(await page.evaluate(`at(${y})`), wanted, y);
});

t.test('tiles or a list, and photos; the choice is kept', async (t) => {
  const page = await openBarePage(
    browser,
    `<style>#gallery { scroll-margin-top: 100px } #months { position: relative; width: 200px; height: 30px; overflow: auto } #months button { display: block; height: 100px } #months[hidden] { display: none } :root { font-size: 20px }</style>${BODY}`,
    `import { createLook } from './services/web/page/files/look.ts';
     const told = [];
     const kept = new Map();
     Object.defineProperty(globalThis, 'localStorage', { value: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => { kept.set(key, value); told.push(key + ' = ' + value); } } });
     const by = (id) => document.getElementById(id);
     by('content').hidden = false;
     const gallery = by('gallery');
     gallery.style.height = '9000px';
     const months = by('months');
     const entry = (takenAt) => ({ kind: 'file', label: '', file: { takenAt, width: 300, height: 100 } });
     const photos = ['2026-11-20', '2026-10-01', '2026-09-01'].map((each) => entry(each + 'T12:00:00Z'));
     const boxes = ({ height, boxOf }) => [Math.round(height), ...[0, 1, 2].map((index) => Object.values(boxOf(index)).map(Math.round).join(' '))].join(', ');
     const begin = () => { globalThis.look = createLook(() => told.push('changed')); };
     begin();
     Object.assign(globalThis, {
       by, begin, kept, photos, gallery, months,
       lay: (entries = [entry(''), entry(''), { kind: 'folder' }], width = 640) => told.push(boxes(look.layOut(entries, width))),
       month: (at) => months.querySelectorAll('button')[at],
       size: (px) => { by('tile-size').value = px; by('tile-size').dispatchEvent(new Event('input')); },
       state: () => [
         gallery.className,
         ['tile-size', 'sort', 'columns', 'months', 'look'].filter((id) => !by(id).hidden).join(),
         by('look').title + (by('look').ariaLabel === by('look').title ? '' : ' another name') + ' ' + by('look').querySelector('use').getAttribute('href'),
         by('tile-size').value,
         [...months.children].map((each) => each.textContent + (each.ariaCurrent ? '!' : '') + ('old' in each.dataset ? ' kept' : '')).join(),
         (scrollY === 0 ? 'top' : Math.round(scrollY - gallery.offsetTop)) + ' ' + Math.round(months.scrollTop),
         told.splice(0).join(' / '),
       ],
     });`,
    { viewport: { width: 900, height: 700 } },
  );
  await playActs(t, page, [
    ['', ' | tile-size,sort,look | Show as a list #icon-list | 200 |  | top 0 | '],
    ['lay()', '= | = | = | = | = | = | 215, 0 0 200 215, 220 0 200 215, 440 0 200 215'],
    [
      'size(320), lay()',
      '= | = | = | 320 | = | = | page-tile-size = 320 / changed / 1675, 0 0 640 545, 0 565 640 545, 0 1130 640 545',
    ],
    [
      `by('look').click(), lay()`,
      'list | columns,look | Show as tiles #icon-grid | = | = | = | page-look = list / changed / 195, 0 0 640 65, 0 65 640 65, 0 130 640 65',
    ],
    [
      `by('look').click(), lay()`,
      ' | tile-size,sort,look | Show as a list #icon-list | = | = | = | page-look = tiles / changed / 1675, 0 0 640 545, 0 565 640 545, 0 1130 640 545',
    ],
    [
      `look.show('photos'), lay(photos)`,
      'photos | tile-size,months | = | = | November 2026!,October 2026,September 2026 | top 35 | 828, 0 60 640 213, 0 337 640 213, 0 615 640 213',
    ],
    [
      `for (const each of months.children) each.dataset.old = ''; lay(photos.slice(0, 2))`,
      '= | = | = | = | November 2026!,October 2026 | = | 551, 0 60 640 213, 0 337 640 213, 0 0 0 0',
    ],
    [
      `for (const each of months.children) each.dataset.old = ''; lay(photos.slice(0, 2))`,
      '= | = | = | = | November 2026! kept,October 2026 kept | = | =',
    ],
    [
      'lay([...photos, { kind: "folder" }])',
      '= | = | = | = | November 2026!,October 2026,September 2026 | = | 828, 0 60 640 213, 0 337 640 213, 0 615 640 213',
    ],
    ['month(1).click()', '= | = | = | = | November 2026,October 2026!,September 2026 | 177 135 | '],
    ['months.click()', '= | = | = | = | = | = | ='],
    ['month(2).click()', '= | = | = | = | November 2026,October 2026,September 2026! | 454 235 | ='],
    ['month(0).click()', '= | = | = | = | November 2026!,October 2026,September 2026 | -100 35 | ='],
    [
      'size(160), lay(photos)',
      '= | = | = | 160 | = | = | page-tile-size = 160 / changed / 668, 0 60 480 160, 0 284 480 160, 0 508 480 160',
    ],
    ['month(1).click()', '= | = | = | = | November 2026,October 2026!,September 2026 | 124 135 | '],
    [
      'months.scrollTop = 3, lay(photos)',
      '= | = | = | = | = | 124 3 | 668, 0 60 480 160, 0 284 480 160, 0 508 480 160',
    ],
    [
      'month(0).click(), look.show(undefined), scrollTo(0, 5_000), await settled(), scrollTo(0, 0)',
      ' | tile-size,sort,look | = | = | = | top 0 | ',
    ],
    [`look.show('shared'), scrollTo(0, 0)`, '= | = | = | = | = | = | ='],
    [
      `by('look').click(), look.show('photos')`,
      'photos | tile-size,months | Show as tiles #icon-grid | = | = | top 3 | page-look = list / changed',
    ],
    ['look.show(undefined)', 'list | columns,look | = | = | = | top 0 | '],
    [`kept.set('page-tile-size', '240'), begin()`, '= | = | = | 240 | = | = | ='],
    [
      `kept.set('page-look', 'tiles'), kept.delete('page-tile-size'), begin()`,
      ' | tile-size,sort,look | Show as a list #icon-list | 200 | = | = | =',
    ],
    [
      `kept.set('page-look', 'list'), begin()`,
      'list | columns,look | Show as tiles #icon-grid | = | = | = | =',
    ],
  ]);
});
