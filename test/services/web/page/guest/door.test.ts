import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs, READING } from '../../bare-page.ts';

const browser = await launchShell(t);

/** Each row has an act, and what it changes: the section, the focus with what is chosen, and what is told. */
t.test('the door of a link', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { ApiError } from './services/web/client/api-error.ts';
     import { createDoor } from './services/web/page/guest/door.ts';
     ${READING}
     const told = [];
     const asked = [];
     const by = (id) => document.getElementById(id);
     const door = createDoor((password) => { told.push('open ' + password); return new Promise((resolve, reject) => asked.push({ resolve, reject })); }, 'It is over.');
     Object.assign(globalThis, {
       by, door, enter: (password) => { by('guest-password-field').value = password; by('guest-form').requestSubmit(); },
       give: () => asked.shift().resolve(), fail: (status, code) => asked.shift().reject(code ? new ApiError(status, code) : new Error()),
       state: () => {
         const { activeElement: at } = document;
         return [by('guest').hidden ? '' : wordsOf(by('guest')), focused() + (at.selectionStart === at.selectionEnd ? '' : ' chosen'), told.splice(0).join(', ')];
       },
     });`,
  );
  await playActs(t, page, [
    [`door.open(), door.open()`, ' |  | open undefined'],
    [`fail(0, 'network')`, 'The link could not be opened The connection was lost. {Try again} | = | '],
    [`by('guest-form').requestSubmit()`, '= | = | open undefined'],
    [
      `fail(401, 'password_needed')`,
      'This link has a password Whoever sent you the link knows it. Password [] {Open} | guest-password-field | ',
    ],
    [`enter('')`, '= | = | ='],
    [
      `enter('one'), by('guest-form').requestSubmit()`,
      'This link has a password Whoever sent you the link knows it. Password [one] {Open} | = | open one',
    ],
    [
      `fail(403, 'wrong_password')`,
      'This link has a password Whoever sent you the link knows it. Password [one] This password is wrong. {Open} | guest-password-field chosen | ',
    ],
    [
      `enter('two'), fail()`,
      'This link has a password Whoever sent you the link knows it. Password [two] This did not work. {Open} | = | open two',
    ],
    [`enter('three'), give()`, ' |  | open three'],
    [`door.close()`, 'This link has ended It is over. | guest-title | '],
    [
      `by('guest').hidden = true, by('guest-form').hidden = false, by('guest-password-field').required = false, door.open()`,
      ' |  | open undefined',
    ],
    [`fail(410, 'link_over')`, 'This link has ended It is over. | guest-title | '],
  ]);
});
