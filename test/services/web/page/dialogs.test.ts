import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { openBarePage } from '../bare-page.ts';

const browser = await launchShell(t);

t.test('what is asked, said and done in dialogs', async (t) => {
  const page = await openBarePage(
    browser,
    `<main id="main"><p id="notice" hidden></p><button id="new">New</button><input id="search">
       <ul id="rows"><li id="row"><button id="in-row">x</button></li></ul>
       <div id="toast"><p id="status"></p></div></main>
     <dialog id="confirm"><form method="dialog"><h2 id="confirm-title"></h2><p id="confirm-text"></p>
       <button id="confirm-cancel">No</button><button id="confirm-action" value="confirmed"></button></form></dialog>
     <dialog id="make"><form><input id="make-field"><p id="make-trouble"></p><ul><li id="member"><button id="drop">y</button></li></ul>
       <p class="buttons"><button id="make-cancel" type="button">Cancel</button><button id="make-action" type="submit">Make</button></p></form></dialog>`,
    `import { ApiError } from './services/web/client/api-error.ts';
     import * as dom from './services/web/page/dom.ts';
     import * as dialogs from './services/web/page/operations/dialog.ts';
     import { createFormDialog } from './services/web/page/teams/form-dialog.ts';
     dom.watchAnnouncements();
     const told = [];
     const by = (id) => document.getElementById(id);
     const asked = [];
     const work = (name) => (...given) => (told.push([name, ...given].join(' ')), new Promise((resolve, reject) =>
       asked.push({ done: resolve, fail: (code) => reject(typeof code === 'string' ? new ApiError(409, code) : code) })));
     const form = createFormDialog('make', (error) => 'because ' + error.code);
     const calls = {
       ...dom, ...dialogs, form, by, work,
       note: (what) => () => told.push(what),
       last: () => asked.at(-1), first: () => asked[0], forget: () => void asked.splice(0),
       ask: (name) => dialogs.askName({ title: 'Rename', label: 'Name', name, action: 'Save', note: 'A note', save: work('save') }),
     };
     Object.assign(globalThis, calls);
     globalThis.state = async () => {
       await settled();
       const open = [...document.querySelectorAll('dialog')].filter((each) => each.open).map((each) =>
         (each.getAttribute('aria-labelledby') ? 'the dialog of ' : '') + [...each.querySelectorAll('h2, p:not(.buttons), label, button')]
           .map((part) => part.textContent.trim() + (part.ariaDisabled ? ' (busy)' : '')).filter(Boolean).join(', '));
       const { activeElement: at } = document;
       const chosen = at.selectionStart === undefined || at.selectionStart === null ? '' : ' ' + at.value.slice(at.selectionStart, at.selectionEnd);
       const focus = at === document.body ? 'the page' : (at.id || at.textContent || at.localName) + chosen;
       const toast = by('toast').parentElement;
       return [open.join(' / ') || 'no dialog', focus, by('status').textContent + ' in ' + (toast.id || toast.className),
         by('notice').hidden ? '' : by('notice').textContent, ...told.splice(0)].join(' | ');
     };`,
  );
  for (const [index, [act, wanted]] of [
    ['by("new").focus()', 'no dialog | new |  in main | '],
    ['say("Something"), announce("Done")', 'no dialog | new | Done in main | Something'],
    ['say("")', 'no dialog | new | Done in main | '],
    [
      'confirm({ title: "T", text: "X", action: "Go" }).then((is) => note("confirmed " + is)())',
      'T, X, No, Go | confirm-cancel |  in main | ',
    ],
    ['by("confirm-action").click()', 'no dialog | new |  in main |  | confirmed true'],
    [
      'confirm({ title: "T2", text: "X2", action: "Go2" }).then((is) => note("confirmed " + is)())',
      'T2, X2, No, Go2 | confirm-cancel |  in main | ',
    ],
    ['by("confirm-cancel").click()', 'no dialog | new |  in main |  | confirmed false'],
    [
      'confirm({ title: "T3", text: "X3", action: "Go3" }).then((is) => note("confirmed " + is)())',
      'T3, X3, No, Go3 | confirm-cancel |  in main | ',
    ],
    ['by("confirm").close()', 'no dialog | new |  in main |  | confirmed false'],
    ['by("in-row").focus(), removeRow(by("row"))', 'no dialog | new |  in main | '],
    ['ask("a.tar.gz")', 'the dialog of Rename, Name, A note, Cancel, Save | input a.tar |  in main | '],
    [
      'announce("In here")',
      'the dialog of Rename, Name, A note, Cancel, Save, In here | input a.tar | In here in operation | ',
    ],
    [
      'document.activeElement.value = " b ", document.querySelector(".operation [type=submit]").click()',
      'the dialog of Rename, Name, A note, Cancel, Save (busy), In here | input  | In here in operation |  | save b',
    ],
    [
      'document.querySelector(".operation [type=submit]").click()',
      'the dialog of Rename, Name, A note, Cancel, Save (busy), In here | input  | In here in operation | ',
    ],
    [
      'last().fail("file_exists")',
      'the dialog of Rename, Name, A note, This name is taken. Choose another one., Cancel, Save, In here | input  | In here in operation | ',
    ],
    [
      'document.querySelector(".operation form").requestSubmit()',
      'the dialog of Rename, Name, A note, Cancel, Save (busy), In here | input  | In here in operation |  | save b',
    ],
    ['last().done()', 'no dialog | new | In here in main | '],
    ['ask(".hidden")', 'the dialog of Rename, Name, A note, Cancel, Save | input .hidden |  in main | '],
    ['document.querySelector(".operation [type=button]").click()', 'no dialog | new |  in main | '],
    ['ask("README")', 'the dialog of Rename, Name, A note, Cancel, Save | input README |  in main | '],
    ['document.querySelector(".operation [type=button]").click()', 'no dialog | new |  in main | '],
    ['form.open(work("make one"))', 'y, Cancel, Make | make-field  |  in main | '],
    ['by("make-action").click()', 'y, Cancel, Make (busy) | make-field  |  in main |  | make one'],
    ['by("drop").focus(), removeRow(by("member"))', 'Cancel, Make (busy) | make-cancel |  in main | '],
    ['last().fail("no_such_team")', 'because no_such_team, Cancel, Make | make-cancel |  in main | '],
    [
      'by("make-action").click(), by("make").close(), form.open(work("make two"))',
      'Cancel, Make | make-field  |  in main |  | make one',
    ],
    ['last().fail("late")', 'Cancel, Make | make-field  |  in main | '],
    ['by("make-action").click()', 'Cancel, Make (busy) | make-field  |  in main |  | make two'],
    ['last().done()', 'no dialog | new |  in main | '],
    ['form.open(work("make three")), by("make-cancel").click()', 'no dialog | new |  in main | '],
    ['announceWith("Deleted", "Undo", note("undone"))', 'no dialog | new | Deleted Undo in main | '],
    ['document.querySelector(".follow").click()', 'no dialog | new |  in main |  | undone'],
    [
      '["file_exists", "invalid_name", "quota_exceeded", "no_trash", "other"].map((code) => note(describe(Object.assign(new Error(), { code })))())',
      'no dialog | new |  in main |  | This name is taken. Choose another one. | This name cannot be used. It must not be empty, and has no / and no \\. | There is not enough space. The trash counts as used space, too. | Nothing is kept here. What is deleted or replaced is gone at once. | This did not work.',
    ],
    [
      'note(describe("text"))(), note(describeFailed([]).length)(), note(describeFailed([{ name: "a", code: "file_exists" }, { name: "b", code: "x" }])[0])()',
      'no dialog | new |  in main |  | This did not work. | 0 | 2 files failed. This name is taken. Choose another one.',
    ],
    [
      'note([codeOf(new Error()), codeOf({ code: "x" }), codeOf(Object.assign(new Error(), { code: "x" }))].join())()',
      'no dialog | new |  in main |  | ,,x',
    ],
    [
      'note([iconButton("share", "Share", note("pressed")), textButton("a", "b", note("pressed")), closeButton(), troubleLine()].map((each) => each.outerHTML).join(""))()',
      'no dialog | new |  in main |  | <button type="button" class="icon" title="Share" aria-label="Share"><svg aria-hidden="true"><use href="#icon-share"></use></svg></button><button type="button" aria-label="b">a</button><button type="button">Cancel</button><p class="failed" role="alert"></p>',
    ],
    [
      'iconButton("x", "x", note("one")).click(), textButton("x", "x", note("two")).click()',
      'no dialog | new |  in main |  | one | two',
    ],
    [
      'globalThis.button = document.body.appendChild(workButton("a", "b", work("work"))), button.click(), button.click()',
      'no dialog | new |  in main |  | work',
    ],
    ['note(button.ariaDisabled)(), last().done()', 'no dialog | new |  in main |  | true'],
    ['note(button.ariaDisabled)(), button.click()', 'no dialog | new |  in main |  |  | work'],
    [
      'try { find("nothing", HTMLElement) } catch (error) { note(error.message)() }',
      'no dialog | new |  in main |  | #nothing is missing',
    ],
    [
      'try { find("new", HTMLInputElement) } catch (error) { note(error.message)() }',
      'no dialog | new |  in main |  | #new is missing',
    ],
  ].entries()) {
    await page.evaluate(`(() => { ${act} })()`);
    t.equal(await page.evaluate('state()'), wanted, `${index} ${act}`);
  }
});

t.test('words about what was done go after a while, unless somebody is at them', async (t) => {
  const page = await openBarePage(
    browser,
    '<main id="main"><div id="toast"><p id="status"></p></div></main><p id="other">other</p>',
    `import { announce } from './services/web/page/dom.ts'; globalThis.announce = announce;`,
  );
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(60_000);
  for (const [index, [act, wanted]] of [
    ['announce("one")', 'one'],
    [3_000, 'one'],
    ['announce("two")', 'two'],
    [5_999, 'two'],
    [1, ''],
    ['announce("three")', 'three'],
    ['hover', 'three'],
    [6_000, 'three'],
    ['leave', 'three'],
    [5_999, 'three'],
    [1, ''],
  ].entries()) {
    if (typeof act === 'number') await page.clock.runFor(act);
    else if (act === 'hover') await page.locator('#status').hover();
    else if (act === 'leave') await page.locator('#other').hover();
    else await page.evaluate(`${act}, undefined`);
    t.equal(await page.evaluate(`document.getElementById('status').textContent`), wanted, `${index} ${act}`);
  }
});
