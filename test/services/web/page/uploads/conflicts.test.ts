import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

/** Each row has an act, and what it changes. What is as before is `=`. */
t.test('uploads whose names are taken are asked about in one table', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createConflicts, freeName } from './services/web/page/uploads/conflicts.ts';
     const told = [];
     const state = { mayAsk: true };
     const conflicts = createConflicts(() => state.mayAsk);
     const uploads = new Map();
     const by = (id) => document.getElementById(id);
     const ask = (name, present = {}, { size = 10, type = 'text/plain', date = 0, team, beside } = {}) => {
       const file = Object.assign(new Blob([new Uint8Array(size)], { type }), { lastModified: date });
       const upload = { file, owner: { team: team && { name: team } }, wanted: { name, beside }, cancelling: new AbortController() };
       uploads.set(name, upload);
       conflicts.ask(upload, present).then((choice) => told.push(name + ' ' + choice));
     };
     const rows = () => [...by('conflict-rows').children];
     const select = (name) => rows().find((row) => row.dataset.name === name).querySelector('select');
     let last = [];
     Object.assign(globalThis, {
       ask, by, conflicts, select, maySo: (may) => { state.mayAsk = may; },
       cancel: (name) => uploads.get(name).cancelling.abort(),
       choose: (place, value) => { place.value = value; place.dispatchEvent(new Event('change', { bubbles: true })); },
       end: (value) => by('conflict').close(value),
       free: (name, taken) => freeName({ files: { async *all({ prefix }) { told.push('asked ' + prefix); yield* taken.map((name) => ({ name })); } } }, name)
         .then((found) => told.push(found)),
       state: async () => {
         await settled();
         const now = [
           by('conflict').open ? by('conflict-title').textContent + ' ' + by('conflict-more').textContent : 'closed',
           by('conflict-for-all').hidden ? '' : 'for all: ' + by('conflict-all').value,
           rows().slice(0, 4).map((row) => [...row.children].map((part) => part.localName === 'select' ? part.value
             : [...part.children].map((each) => each.localName === 'img' ? each.getAttribute('src') : each.localName === 'canvas' ? each.width : each.textContent).join(' ') || part.textContent).join(', ')).join(' / ')
             + (rows().length > 4 ? ' of ' + rows().length : ''),
           told.splice(0).join(', '),
         ];
         const news = now.map((each, at) => (each === last[at] ? '=' : each)).join(' | ');
         last = now;
         return news;
       },
     });`,
    { timezoneId: 'UTC' },
  );
  const when = `lastModified: '2026-01-02T03:04:05Z'`;
  const picture = `size: 10, type: 'image/png', url: '/p'`;
  for (const [index, [act, wanted]] of [
    [`ask('own', {}, { beside: 'x' })`, 'closed | for all:  |  | own keep'],
    [
      `ask('a.txt', { size: 2000, ${when} }, { date: 86400000 })`,
      'A file with this name is there already  |  | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, keep | ',
    ],
    [
      `ask('b', { ${picture} }, { team: 'Physics' })`,
      '2 names are taken already  | for all:  | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, keep / b · Physics, /p There now 10 B, … New 10 B, keep | =',
    ],
    [
      `ask('c.jpeg', { ${picture}, thumbnailUrl: '/t' }), ask('d.png', { ...{ ${picture} }, size: 1000001 })`,
      '4 names are taken already  | = | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, keep / b · Physics, /p There now 10 B, … New 10 B, keep / c.jpeg, /t There now 10 B, JPEG New 10 B, keep / d.png, PNG There now 1.0 MB, PNG New 10 B, keep | =',
    ],
    [
      `cancel('c.jpeg'), cancel('d.png'), ask('e.webp', { ...{ ${picture} }, size: 1000000 }), ask('f.x', { ...{ ${picture} }, type: 'text/plain' })`,
      '= | = | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, keep / b · Physics, /p There now 10 B, … New 10 B, keep / e.webp, /p There now 1.0 MB, WEBP New 10 B, keep / f.x, X There now 10 B, X New 10 B, keep | c.jpeg skip, d.png skip',
    ],
    [
      `choose(select('b'), 'replace')`,
      '= | = | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, keep / b · Physics, /p There now 10 B, … New 10 B, replace / e.webp, /p There now 1.0 MB, WEBP New 10 B, keep / f.x, X There now 10 B, X New 10 B, keep | ',
    ],
    [
      `choose(by('conflict-all'), 'skip')`,
      '= | for all: skip | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, skip / b · Physics, /p There now 10 B, … New 10 B, skip / e.webp, /p There now 1.0 MB, WEBP New 10 B, skip / f.x, X There now 10 B, X New 10 B, skip | =',
    ],
    [
      `ask('g', {})`,
      '5 names are taken already  | = | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, skip / b · Physics, /p There now 10 B, … New 10 B, skip / e.webp, /p There now 1.0 MB, WEBP New 10 B, skip / f.x, X There now 10 B, X New 10 B, skip of 5 | =',
    ],
    [
      `choose(select('a.txt'), 'replace')`,
      '= | for all:  | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, replace / b · Physics, /p There now 10 B, … New 10 B, skip / e.webp, /p There now 1.0 MB, WEBP New 10 B, skip / f.x, X There now 10 B, X New 10 B, skip of 5 | =',
    ],
    [`choose(by('conflict-all'), '')`, '= | = | = | ='],
    [
      `cancel('f.x')`,
      '4 names are taken already  | = | a.txt, TXT There now 2.0 kB · Jan 2, 2026, 3:04 AM, TXT New 10 B · Jan 2, 1970, 12:00 AM, replace / b · Physics, /p There now 10 B, … New 10 B, skip / e.webp, /p There now 1.0 MB, WEBP New 10 B, skip / g, … There now , … New 10 B, skip | f.x skip',
    ],
    [`end('go')`, 'closed | = |  | a.txt replace, b skip, e.webp skip, g skip'],
    [`ask('h')`, 'A file with this name is there already  |  | h, … There now , … New 10 B, keep | '],
    [`by('conflict').close()`, 'closed | = | = | ='],
    [`ask('i')`, '= | = | = | ='],
    [`maySo(false), conflicts.open()`, '= | = | = | ='],
    [
      `maySo(true), ask('j')`,
      '3 names are taken already  | for all:  | h, … There now , … New 10 B, keep / i, … There now , … New 10 B, keep / j, … There now , … New 10 B, keep | =',
    ],
    [`cancel('h'), cancel('i'), cancel('j')`, 'closed | = |  | h skip, i skip, j skip'],
    [`for (let at = 0; at < 103; at++) ask('n' + at)`, '= | = | = | '],
    [`cancel('n0'), cancel('n1'), cancel('n2')`, '= | = | = | n0 skip, n1 skip, n2 skip'],
    [`choose(by('conflict-all'), 'replace'), ask('late')`, '= | for all: replace | = | '],
    [
      `for (let at = 3; at < 102; at++) cancel('n' + at)`,
      '= | = | = | n3 skip, n4 skip, n5 skip, n6 skip, n7 skip, n8 skip, n9 skip, n10 skip, n11 skip, n12 skip, n13 skip, n14 skip, n15 skip, n16 skip, n17 skip, n18 skip, n19 skip, n20 skip, n21 skip, n22 skip, n23 skip, n24 skip, n25 skip, n26 skip, n27 skip, n28 skip, n29 skip, n30 skip, n31 skip, n32 skip, n33 skip, n34 skip, n35 skip, n36 skip, n37 skip, n38 skip, n39 skip, n40 skip, n41 skip, n42 skip, n43 skip, n44 skip, n45 skip, n46 skip, n47 skip, n48 skip, n49 skip, n50 skip, n51 skip, n52 skip, n53 skip, n54 skip, n55 skip, n56 skip, n57 skip, n58 skip, n59 skip, n60 skip, n61 skip, n62 skip, n63 skip, n64 skip, n65 skip, n66 skip, n67 skip, n68 skip, n69 skip, n70 skip, n71 skip, n72 skip, n73 skip, n74 skip, n75 skip, n76 skip, n77 skip, n78 skip, n79 skip, n80 skip, n81 skip, n82 skip, n83 skip, n84 skip, n85 skip, n86 skip, n87 skip, n88 skip, n89 skip, n90 skip, n91 skip, n92 skip, n93 skip, n94 skip, n95 skip, n96 skip, n97 skip, n98 skip, n99 skip, n100 skip, n101 skip',
    ],
    [`end('go')`, '= | = | = | '],
    [
      `conflicts.open()`,
      '2 names are taken already  | for all:  | n102, … There now , … New 10 B, keep / late, … There now , … New 10 B, keep | =',
    ],
    [
      `for (let at = 0; at < 98; at++) ask('m' + at)`,
      '100 names are taken already  | = | n102, … There now , … New 10 B, keep / late, … There now , … New 10 B, keep / m0, … There now , … New 10 B, keep / m1, … There now , … New 10 B, keep of 100 | =',
    ],
    [`ask('o')`, '101 names are taken already and 1 more | = | = | ='],
    [
      `choose(by('conflict-all'), 'skip'), by('conflict').close('go')`,
      `closed | for all: skip |  | ${['n102', 'late', ...Array.from({ length: 98 }, (_, at) => `m${at}`), 'o'].map((name) => `${name} skip`).join(', ')}`,
    ],
    [`free('a.tar', ['a (2).tar', 'a (3).tar', 'a (5).tar'])`, '= | = | = | asked a (, a (4).tar'],
    [`free('e\\u0301/b', [])`, '= | = | = | asked é/b (, é/b (2)'],
  ].entries()) {
    await page.evaluate(`(() => { ${act} })()`);
    t.equal(await page.evaluate('state()'), wanted, `${index} ${act}`);
  }
});

t.test('the picture of a new file fills its square; a large one is not drawn', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createConflicts } from './services/web/page/uploads/conflicts.ts';
     const conflicts = createConflicts(() => true);
     const { close } = ImageBitmap.prototype;
     let closed = 0;
     ImageBitmap.prototype.close = function () { closed++; close.call(this); };
     const draw = async () => {
       const canvas = new OffscreenCanvas(40, 20);
       const context = canvas.getContext('2d');
       for (const [color, x] of [['#ff0000', 0], ['#00ff00', 10], ['#0000ff', 20], ['#ffffff', 30]]) {
         context.fillStyle = color;
         context.fillRect(x, 0, 10, 20);
       }
       return canvas.convertToBlob();
     };
     globalThis.show = async (size, wanted) => {
       const file = Object.assign(await draw(), { lastModified: 0 });
       Object.defineProperty(file, 'size', { value: size });
       conflicts.ask({ file, owner: {}, wanted: { name: 'a.png' }, cancelling: new AbortController() }, {});
       do await settled(); while (closed < wanted);
       const picture = [...document.querySelectorAll('#conflict-rows .side > :is(canvas, .badge)')].at(-1);
       const context = picture.getContext?.('2d');
       return context ? [10, 86].flatMap((x) => [10, 86].map((y) => [...context.getImageData(x, y, 1, 1).data].join())).join(' / ') : picture.textContent;
     };`,
  );
  const [green, blue] = ['0,255,0,255', '0,0,255,255'];
  t.equal(await page.evaluate('show(50_000_000, 1)'), [green, green, blue, blue].join(' / '));
  t.equal(await page.evaluate('show(50_000_001, 1)'), 'PNG');
});
