import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { openBarePage } from '../bare-page.ts';

const browser = await launchShell(t);

t.test('a menu lies beside its button; arrows move in it; a choice closes it', async (t) => {
  const page = await openBarePage(
    browser,
    `<style>* { margin: 0; padding: 0; border: 0 } .menu { position: fixed; inset: auto; width: 200px; height: 90px }
       body > button { position: fixed; width: 100px; height: 20px }</style>
     <button id="top" style="left: 40px; top: 30px" popovertarget="one">One</button>
     <button id="corner" style="right: 0; bottom: 0" popovertarget="two">Two</button>
     <div id="one" class="menu" popover><a id="a" href="#a">A</a><button id="b">B</button><button hidden>no</button>
       <select id="c"><option>1</option><option>2</option></select><button id="sign-out">Out</button><p id="p">words</p></div>
     <div id="two" class="menu" popover><button id="d">D</button><button id="e" aria-current="true">E</button></div>
     <div id="menu" class="menu" role="menu" popover></div>`,
    `import { openMenu, watchMenus } from './services/web/page/menus/menus.ts';
     watchMenus();
     const told = [];
     const item = (words) => ({ words, icon: 'x', run: () => told.push(words + ', the focus on ' + document.activeElement.id) });
     globalThis.open = (left, top, bottom) => openMenu(['Share', 'Move'].map(item), { left, top, bottom });
     globalThis.state = () => {
       const menu = document.querySelector('.menu:popover-open');
       const { left, top } = menu?.getBoundingClientRect() ?? {};
       const { activeElement } = document;
       return [menu ? menu.id + ' ' + left + ' ' + top : 'closed', activeElement === document.body ? 'the page' : activeElement.id || activeElement.textContent, ...told.splice(0)].join(' | ');
     };`,
    { viewport: { width: 600, height: 400 } },
  );
  for (const [index, [act, wanted]] of [
    ['click #top', 'one 40 54 | a'],
    ['press ArrowDown', 'one 40 54 | b'],
    ['press ArrowDown', 'one 40 54 | c'],
    ['press ArrowDown', 'one 40 54 | c'],
    ['focus #b', 'one 40 54 | b'],
    ['press ArrowUp', 'one 40 54 | a'],
    ['press ArrowUp', 'one 40 54 | sign-out'],
    ['press ArrowDown', 'one 40 54 | a'],
    ['press End', 'one 40 54 | sign-out'],
    ['press Home', 'one 40 54 | a'],
    ['press x', 'one 40 54 | a'],
    ['click #p', 'one 40 54 | the page'],
    ['click #sign-out', 'one 40 54 | sign-out'],
    ['click #b', 'closed | top'],
    ['click #top', 'one 40 54 | a'],
    ['click #a', 'closed | the page'],
    ['click #corner', 'two 392 286 | e'],
    ['press ArrowUp', 'two 392 286 | d'],
    ['resize', 'closed | corner'],
    ['focus #top', 'closed | top'],
    ['open(50, 100, 120)', 'menu 50 124 | Share'],
    ['press ArrowDown', 'menu 50 124 | Move'],
    ['press Enter', 'closed | top | Move, the focus on top'],
    ['open(-50, 370, 390)', 'menu 8 276 | Share'],
    ['open(700, 0, 295)', 'menu 392 299 | Share'],
    ['open(10, 0, 298)', 'menu 10 8 | Share'],
    ['open(10, 297, 300)', 'menu 10 203 | Share'],
    ['open(10, 60, 399)', 'menu 10 8 | Share'],
    ['press Escape', 'closed | top'],
  ].entries()) {
    const [verb, what = ''] = (act ?? '').split(' ');
    if (verb === 'click') await page.locator(what).click();
    else if (verb === 'press') await page.keyboard.press(what);
    else if (verb === 'focus') await page.locator(what).focus();
    else if (verb === 'resize') await page.evaluate(`dispatchEvent(new Event('resize')), undefined`);
    else await page.evaluate(`${act}, undefined`);
    await page.evaluate(`new Promise((done) => requestAnimationFrame(() => setTimeout(done)))`);
    t.equal(await page.evaluate('state()'), wanted, `${index} ${act}`);
  }
});

t.test('on a phone, a menu is a sheet, whose place is that of the style', async (t) => {
  const page = await openBarePage(
    browser,
    `<style>* { margin: 0; border: 0; padding: 0 } .menu { position: fixed; width: 200px; height: 90px }
       @media (max-width: 500px) { .menu { --sheet: yes; inset: auto 0 0 } }</style>
     <div id="menu" class="menu" role="menu" popover></div>`,
    `import { openMenu } from './services/web/page/menus/menus.ts';
     globalThis.open = () => {
       openMenu([{ words: 'Share', icon: 'x', run() {} }], { left: 50, top: 100, bottom: 120 });
       const { left, bottom } = document.getElementById('menu').getBoundingClientRect();
       return [left, bottom, document.activeElement.dataset.icon].join();
     };`,
    { viewport: { width: 600, height: 400 } },
  );
  t.equal(await page.evaluate('open()'), '50,214,x');
  await page.setViewportSize({ width: 400, height: 400 });
  t.equal(await page.evaluate('open()'), '0,400,x', 'and not where it was before');
});
