import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

t.test('the film strip shows the files around the open one', async (t) => {
  const page = await openBarePage(
    browser,
    `<style>#lightbox-strip { display: flex; width: 200px; overflow: hidden } #lightbox-strip[hidden] { display: none } li { flex: 0 0 68px }</style>${BODY}`,
    `import { createStrip } from './services/web/page/files/strip.ts';
     const told = [];
     const strip = createStrip((name) => told.push(name));
     document.getElementById('lightbox').showModal();
     const list = document.getElementById('lightbox-strip');
     const files = Array.from({ length: 20 }, (_, at) => ({ name: 'f' + at + '.png', url: '/' + at, ...(at % 2 ? { thumbnailUrl: '/t' + at } : {}) }));
     Object.assign(globalThis, {
       strip, files, list, button: (at) => list.querySelectorAll('button')[at],
       mark: () => list.querySelectorAll('li').forEach((item) => { item.dataset.old = ''; }),
       state: () => [
         list.hidden ? 'hidden' : '',
         [...list.querySelectorAll('button')].map((button) => [
           button.title.replace('.png', ''), button.ariaLabel === button.title ? '' : 'not named',
           button.firstChild.getAttribute('src') ?? button.textContent,
           button.getAttribute('aria-current') === 'true' ? 'open' : '', button.tabIndex === 0 ? 'tab' : '', 'old' in button.parentElement.dataset ? 'kept' : '',
         ].filter(Boolean).join(' ')).join(', '),
         list.contains(document.activeElement) ? document.activeElement.title : '', Math.round(list.scrollLeft), ...told.splice(0),
       ].join(' | '),
     });`,
    { viewport: { width: 300, height: 400 } },
  );
  for (const [index, [act, wanted]] of [
    ['strip.show(files, 0)', ' | f0 PNG open tab, f1 /t1, f2 PNG, f3 /t3 |  | 0'],
    [
      'mark(), strip.show(files, 1)',
      ' | f0 PNG kept, f1 /t1 open tab kept, f2 PNG kept, f3 /t3 kept, f4 PNG |  | 22',
    ],
    [
      'button(1).focus(), mark(), strip.show(files, 10)',
      ' | f7 /t7, f8 PNG, f9 /t9, f10 PNG open tab, f11 /t11, f12 PNG, f13 /t13 | f10.png | 158',
    ],
    [
      'button(0).focus(), mark(), strip.show(files, 11)',
      ' | f8 PNG kept, f9 /t9 kept, f10 PNG kept, f11 /t11 open tab kept, f12 PNG kept, f13 /t13 kept, f14 PNG | f11.png | 158',
    ],
    [
      'button(1).click()',
      ' | f8 PNG kept, f9 /t9 kept, f10 PNG kept, f11 /t11 open tab kept, f12 PNG kept, f13 /t13 kept, f14 PNG | f11.png | 158 | f9.png',
    ],
    ['strip.show(files, 19)', ' | f16 PNG, f17 /t17, f18 PNG, f19 /t19 open tab | f19.png | 72'],
    ['strip.show(files, -1)', 'hidden |  |  | 0'],
    ['strip.show(files.slice(0, 2), 1)', ' | f0 PNG, f1 /t1 open tab |  | 0'],
    ['strip.show(files.slice(0, 1), 0)', 'hidden | f0 PNG open tab |  | 0'],
    ['strip.show([], 0)', 'hidden |  |  | 0'],
    ['strip.show(files, 3), mark(), strip.clear()', ' |  |  | 0'],
    ['strip.show(files, 3)', ' | f0 PNG, f1 /t1, f2 PNG, f3 /t3 open tab, f4 PNG, f5 /t5, f6 PNG |  | 158'],
  ].entries()) {
    await page.evaluate(`(() => { ${act} })()`);
    t.equal(await page.evaluate('state()'), wanted, `${index} ${act}`);
  }
});
