import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

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
       return [...months.querySelectorAll('[aria-current=true]')].map(({ textContent }) => textContent).join() + (months.scrollLeft > 0 ? ', moved' : '');
     };
     globalThis.month = (index) => layout.months[index].y;`,
  );
  for (const [y, wanted] of [
    ['-90', 'November 2026'],
    ['0', 'November 2026'],
    ['month(1) - 2', 'November 2026'],
    ['month(1)', 'October 2026, moved'],
    ['month(2)', 'September 2026, moved'],
    ['10_000', 'September 2026, moved'],
    ['0', 'November 2026'],
  ] as const)
    t.equal(await page.evaluate(`at(${y})`), wanted, y);
});
