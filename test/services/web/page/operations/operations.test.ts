import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs, READING } from '../../bare-page.ts';

const browser = await launchShell(t);

const PROGRAM = `
  import { ApiError } from './services/web/client/api-error.ts';
  import { watchAnnouncements } from './services/web/page/dom.ts';
  import { createOperations } from './services/web/page/operations/operations.ts';
  watchAnnouncements();
  const told = [];
  const asked = [];
  const next = () => asked.shift() ?? { resolve: () => told.push('nobody asked'), reject: () => told.push('nobody asked') };
  const by = (id) => document.getElementById(id);
  by('content').hidden = false;
  by('search-box').hidden = false;
  const file = (name, size = 3) => ({ name, size, type: '', etag: String(size), url: '', lastModified: '2026-11-29T12:00:00Z' });
  /** An owner with these files. The host lists them at once, and the test gives each other answer. */
  const owner = (files = [], team) => {
    const called = team ? team.name + ' ' : '';
    const ask = (method, path, body) => {
      if (path.startsWith('/files?')) {
        const prefix = new URLSearchParams(path.slice(7)).get('prefix') ?? '';
        return Promise.resolve({ files: files.filter(({ name }) => name.startsWith(prefix) && !name.endsWith('/')), folders: [] });
      }
      told.push(called + method + ' ' + path + (body ? ' ' + JSON.stringify(body).replaceAll('"', '') : ''));
      return new Promise((resolve, reject) => asked.push({ resolve, reject }));
    };
    let state = 'read';
    return {
      team: team && { id: team.name + '-id', role: 'editor', ...team }, asUser: async () => ({ id: called, ask }),
      library: {
        all: () => files.values(), get: (name) => files.find((each) => each.name === name), state: () => state,
        look: async (name) => void told.push(called + 'look ' + name),
        refresh: () => { told.push(called + 'refresh'); return new Promise((resolve) => { waiting.push(() => { state = 'read'; resolve(); }); }); },
        unread: () => { state = 'reading'; },
      },
    };
  };
  const waiting = [];
  const owners = [];
  const operations = createOperations({
    owners: () => owners, libraryOf: (of) => of.library,
    drop: (of, names) => told.push('drop ' + names), rename: async (of, name, to) => void told.push('renamed ' + name + ' to ' + to),
    onChanged: () => told.push('changed'), makeTeam: (name) => { told.push('team ' + name); return new Promise((resolve, reject) => asked.push({ resolve, reject })); },
    enter: (of, folder) => told.push('enter ' + (of.team?.name ?? 'own') + ' ' + folder),
  });
  ${READING}
  const button = (words) => {
    const buttons = document.querySelectorAll(by('confirm').open ? '#confirm button' : 'dialog[open] button, #status button');
    return [...buttons].findLast((each) => each.textContent === words);
  };
  Object.assign(globalThis, {
    by, operations, owner, owners, file, button, told,
    press: (words) => (button(words) ? button(words).click() : told.push('no button ' + words)),
    own: (...names) => owner(names.map((each) => (each.name ? each : file(each)))),
    team: (name, role, ...names) => owner(names.map((each) => (each.name ? each : file(each))), { name, role }),
    give: (value) => next().resolve(value), fail: (code = 'other', status = 409) => next().reject(code ? new ApiError(status, code) : new Error()),
    refreshed: () => waiting.splice(0).forEach((each) => each()),
    field: (value) => { const input = [...document.querySelectorAll('dialog[open] input')].at(-1); input.value = value; },
    pick: (index) => { const select = document.querySelector('.operation select'); select.selectedIndex = index; select.dispatchEvent(new Event('change')); },
    choose: (index) => { const radio = document.querySelectorAll('.operation [type=radio]')[index]; radio.checked = true; radio.dispatchEvent(new Event('change')); },
    state: () => [
      openDialogs(),
      focused(),
      [by('status').firstChild?.textContent, ...[...by('status').querySelectorAll('button')].map(wordOf)].filter(Boolean).join(' '),
      told.splice(0).join(', '),
    ],
  });`;

const FACTS = '2.0 kB · deleted Jan 2, 2020, 12:00 PM · until Feb 2, 2020';
const STAYS = 'What is deleted stays here until its day, and counts as used space.';
const PRESENT =
  'A version that you make present replaces the file. The file as it is now is kept as a version.';
const FOLDER = 'The members of a team see its files, and editors change them.';
const THERE = '3 B, there 2.0 kB from Nov 29, 2026, 12:00 PM';
const VERSION = '2020, 12:00 PM · 2.0 kB';
const REFUSED = 'This name cannot be used. It must not be empty, and has no / and no \\.';

async function openPage() {
  const page = await openBarePage(browser, BODY, PROGRAM, { timezoneId: 'UTC' });
  // No task is shown.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1_000);
  return page;
}

/** Each row has an act, and what it changes: the open dialogs, the focus, the words that are said, and what is told. */
t.test('delete', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [`by('search').focus()`, ' | search |  | '],
    [`globalThis.of = own('a.txt', 'f/b', 'f/c', 'f/', 'g'), operations.delete(of, [])`, '= | = | = | ='],
    [`operations.delete(of, ['f/a.txt'])`, '= | = | = | GET /files/versions?name=f%2Fa.txt'],
    [
      `fail('no_trash')`,
      'Delete a.txt? Nobody can open it any more, and every link to it ends. The operator of this service may keep a copy for some days. {Cancel} {Delete} | {Cancel} | = | ',
    ],
    [`press('Cancel')`, ' | search | = | ='],
    [
      `operations.delete(of, ['f/'])`,
      'Delete f? Everything in it is deleted. Nothing is kept here, so nobody can bring it back. {Cancel} {Delete} | {Cancel} | = | =',
    ],
    [`press('Delete')`, ' | search | = | POST /files/delete {names:[f/b,f/c]}'],
    [
      `give({ deleted: [{ name: 'f/b' }], failed: [] })`,
      '= | = | f is deleted. | drop f/b, refresh, changed',
    ],
    [
      `operations.delete(of, ['f/', 'g', 'gone'])`,
      'Delete 3 files? Nobody can open them any more, and every link to them ends. The operator of this service may keep copies for some days. {Cancel} {Delete} | {Cancel} |  | ',
    ],
    [`press('Delete')`, ' | search | = | POST /files/delete {names:[f/b,f/c,g,gone]}'],
    [
      `give({ deleted: [{ name: 'f/b' }, { name: 'f/c' }], failed: [{ name: 'g', code: 'other' }, { name: 'h', code: 'other' }] })`,
      '= | = | 2 files are deleted. 2 files failed. The server has a problem at the moment. | drop f/b,f/c, refresh, changed',
    ],
    [
      `operations.delete(of, ['a.txt']), await settled(), press('Delete')`,
      '= | = |  | POST /files/delete {names:[a.txt]}',
    ],
    [`give({ deleted: [], failed: [] })`, '= | = | a.txt is no longer there. | drop , refresh, changed'],
    [
      `operations.delete(of, ['a.txt']), await settled(), press('Delete')`,
      '= | = |  | POST /files/delete {names:[a.txt]}',
    ],
    [
      `give({ deleted: [], failed: [{ name: 'a.txt', code: 'no_such_file' }] })`,
      '= | = | 1 files failed. This file is no longer there. | drop , refresh, changed',
    ],
    [`operations.delete(own('f/b'), ['f/'])`, '= | = | = | GET /files/versions?name=f'],
    [`fail('other')`, '= | = | The server has a problem at the moment. | '],
    [
      `globalThis.of = own('a.txt', 'b'), operations.delete(of, ['a.txt'])`,
      '= | = | = | GET /files/versions?name=a.txt',
    ],
    [`fail('no_such_file')`, '= | = | = | POST /files/delete {names:[a.txt]}'],
    [
      `give({ deleted: [{ name: 'a.txt', version: 'v' }], failed: [] })`,
      '= | = | a.txt is in the trash. {Undo} | drop a.txt, refresh, changed',
    ],
    [`press('Undo')`, '= | = |  | POST /trash/restore {files:[{name:a.txt,version:v}]}'],
    [`give({ restored: [{ name: 'f/a.txt' }], failed: [] })`, '= | = | = | refresh'],
    [`refreshed()`, '= | = | a.txt is back. | changed'],
    [`operations.delete(of, ['a.txt', 'b'])`, '= | = | = | POST /files/delete {names:[a.txt,b]}'],
    [
      `give({ deleted: [{ name: 'a.txt', version: 'v' }, { name: 'b', version: 'w' }, { name: 'c' }], failed: [{ name: 'd', code: 'other' }] })`,
      '= | = | 3 files are in the trash. 1 files failed. The server has a problem at the moment. {Undo} | drop a.txt,b,c, refresh, changed',
    ],
    [`press('Undo')`, '= | = |  | POST /trash/restore {files:[{name:a.txt,version:v},{name:b,version:w}]}'],
    [
      `give({ restored: [{ name: 'a.txt' }, { name: 'b' }], failed: [{ name: 'c', code: 'file_exists' }] })`,
      '= | = | = | refresh',
    ],
    [
      `refreshed()`,
      '= | = | 2 files are back. 1 files failed. This name is taken. Choose another one. | changed',
    ],
    [
      `operations.delete(of, ['a.txt']), await settled(), give({ deleted: [{ name: 'a.txt', version: 'v' }], failed: [] }), await settled(), press('Undo')`,
      '= | = |  | POST /files/delete {names:[a.txt]}, drop a.txt, refresh, changed, POST /trash/restore {files:[{name:a.txt,version:v}]}',
    ],
    [
      `give({ restored: [], failed: [{ name: 'a.txt', code: 'file_exists' }] }), await settled(), refreshed()`,
      '= | = | 1 files failed. This name is taken. Choose another one. | refresh, changed',
    ],
    [
      `operations.delete(of, ['a.txt']), await settled(), give({ deleted: [{ name: 'a.txt', version: 'v' }], failed: [] }), await settled(), press('Undo')`,
      '= | = |  | POST /files/delete {names:[a.txt]}, drop a.txt, refresh, changed, POST /trash/restore {files:[{name:a.txt,version:v}]}',
    ],
    [`fail('no_trash')`, '= | = | Nothing is kept here. What is deleted or replaced is gone at once. | '],
    [
      `globalThis.of = own('a.txt'), operations.delete(of, ['a.txt']), await settled(), give({ versions: [] }), await settled(), give({ deleted: [{ name: 'a.txt', version: 'v' }], failed: [] })`,
      '= | = | a.txt is in the trash. {Undo} | GET /files/versions?name=a.txt, POST /files/delete {names:[a.txt]}, drop a.txt, refresh, changed',
    ],
  ]);
});

t.test('rename, and new folders', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [
      `by('search').focus(), globalThis.of = own('f/a.txt', 'f/g/b', 'f/h/c'), operations.openRename(of, 'f/a.txt')`,
      'Rename a.txt New name [a.txt] Shared links to what moves end. {Cancel} {Rename} | [a.txt] |  | ',
    ],
    [`press('Rename')`, ' | search | = | ='],
    [
      `operations.openRename(of, 'f/a.txt'), field('a/b'), press('Rename')`,
      `Rename a.txt New name [a/b] Shared links to what moves end. ${REFUSED} {Cancel} {Rename} | [a/b] | = | =`,
    ],
    [
      `field(' '), press('Rename')`,
      `Rename a.txt New name [ ] Shared links to what moves end. ${REFUSED} {Cancel} {Rename} | [ ] | = | =`,
    ],
    [
      `field('b.txt'), press('Rename')`,
      'Rename a.txt New name [b.txt] Shared links to what moves end. {Cancel} {Rename busy} | [b.txt] | = | POST /files/move {from:f/a.txt,to:f/b.txt}',
    ],
    [
      `give({ name: 'f/b (2).txt' })`,
      ' | search | a.txt is now b (2).txt. | renamed f/a.txt to f/b (2).txt, changed',
    ],
    [
      `operations.openRename(of, 'f/g/')`,
      'Rename g New name [g] Shared links to what moves end. {Cancel} {Rename} | [g] |  | ',
    ],
    [
      `field('h'), press('Rename')`,
      'Put both folders together? h is there already. The files of both folders come together in it. {Cancel} {Put together} / Rename g New name [h] Shared links to what moves end. {Cancel} {Rename busy} | {Cancel} | = | =',
    ],
    [`press('Cancel')`, ' | search | = | ='],
    [
      `operations.rename(of, 'f/g/', 'h'), await settled(), press('Put together')`,
      '= | = | = | POST /files/move {from:f/g/b,to:f/h/b}',
    ],
    [`give({ name: 'f/h/b' })`, '= | = | g is now h. {Show} | refresh, changed'],
    [`press('Show')`, '= | = |  | enter own f/'],
    [`operations.rename(of, 'f/g/', 'x')`, '= | = | = | POST /files/move {from:f/g/b,to:f/x/b}'],
    [`fail('invalid_name')`, `= | = | 1 files failed. ${REFUSED} | refresh, changed`],
    [
      `globalThis.seen = operations.rename(of, 'f/g/', 'a\\\\\\\\b').catch(({ status, code }) => told.push(status + code))`,
      '= | = | = | 422invalid_name',
    ],
    [`operations.openNewFolder(of, 'f/')`, 'New folder Name of the folder [] {Cancel} {Create} | [] |  | '],
    [
      `field('n/'), press('Create')`,
      `New folder Name of the folder [n/] ${REFUSED} {Cancel} {Create} | [n/] | = | =`,
    ],
    [
      `field('n\\u0308'), press('Create')`,
      'New folder Name of the folder [n̈] {Cancel} {Create busy} | [n̈] | = | POST /folders {name:f/n̈}',
    ],
    [
      `fail('file_exists')`,
      'New folder Name of the folder [n̈] This name is taken. Choose another one. {Cancel} {Create} | = | = | ',
    ],
    [
      `press('Create'), await settled(), give(), await settled()`,
      'New folder Name of the folder [n̈] {Cancel} {Create busy} | = | = | POST /folders {name:f/n̈}, refresh',
    ],
    [`refreshed()`, ' | search | n̈ is ready. | enter own f/n̈/'],
  ]);
});

t.test('move and copy', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [
      `by('search').focus(), owners.push(own('a.txt', 'f/b.txt', 'f/g/', 'f/10/x', 'f/9/x', 'h/c'), team('Choir', 'editor', 'k/x', 'b.txt', file('a.txt', 9)), team('Looks', 'viewer')), globalThis.of = owners[0], operations.openMove(of, [])`,
      ' | search |  | ',
    ],
    [
      `operations.openMove(of, ['f/b.txt', 'f/g/'])`,
      'Move 2 items Place <My files*/Choir> {Up to My files} {9} {10} It is in f now. Choose another folder. Shared links to what moves end. {New folder} {Cancel} {Move here off} | <My files*/Choir> | = | =',
    ],
    [
      `press('10')`,
      'Move 2 items Place <My files*/Choir> {Up to f} There is no folder here. To 10 Shared links to what moves end. {New folder} {Cancel} {Move here} | {Up to f} | = | =',
    ],
    [
      `press('Up to f')`,
      'Move 2 items Place <My files*/Choir> {Up to My files} {9} {10} It is in f now. Choose another folder. Shared links to what moves end. {New folder} {Cancel} {Move here off} | {Up to My files} | = | =',
    ],
    [
      `press('Up to My files')`,
      'Move 2 items Place <My files*/Choir> {f} {h} To My files Shared links to what moves end. {New folder} {Cancel} {Move here} | {f} | = | =',
    ],
    [
      `pick(1)`,
      'Move 2 items Place <My files/Choir*> {k} To Choir Shared links to what moves end. {New folder} {Cancel} {Move here} |  | = | =',
    ],
    [`pick(0), owners[1].library.unread(), pick(1)`, '= | = | = | Choir refresh'],
    [`refreshed()`, '= | = | = | '],
    [
      `press('New folder')`,
      'Move 2 items Place <My files/Choir*> {k} To Choir Shared links to what moves end. {New folder} {Cancel} {Move here} / New folder Name of the folder [] {Cancel} {Create} | [] | = | =',
    ],
    [
      `field('n'), press('Create'), await settled(), give(), await settled(), refreshed()`,
      'Move 2 items Place <My files/Choir*> {Up to Choir} There is no folder here. To n Shared links to what moves end. {New folder} {Cancel} {Move here} |  | n is ready. | Choir POST /folders {name:n}, Choir refresh',
    ],
    [`press('Move here')`, ' | search | = | POST /files/move {from:f/b.txt,to:n/b.txt,toTeam:Choir-id}'],
    [`give({ name: 'n/b.txt' })`, '= | = | 1 files are now in n. {Show} | refresh, Choir refresh, changed'],
    [`press('Show')`, '= | = |  | enter Choir n/'],
    [`operations.openMove(of, ['f/b.txt']), await settled(), press('Cancel')`, '= | = | = | '],
    [
      `operations.openCopy(of, ['f/b.txt'])`,
      'Copy b.txt Place <My files*/Choir> {Up to My files} {9} {10} {g} It is in f now. Choose another folder. {New folder} {Cancel} {Copy here off} | <My files*/Choir> | = | =',
    ],
    [
      `pick(1), press('Copy here')`,
      ' | search | b.txt is copied to Choir. {Show} | refresh, Choir refresh, changed',
    ],
    [`press('Show')`, '= | = |  | enter Choir '],
    [
      `operations.openCopy(of, ['f/b.txt', 'a.txt']), await settled(), pick(1), press('Copy here')`,
      'A file with this name is there already a.txt 3 B, there 9 B from Nov 29, 2026, 12:00 PM {Leave them out} {Replace} {Keep both} | {Keep both} | = | ',
    ],
    [`press('Keep both')`, ' | search | = | POST /files/copy {from:a.txt,to:a (2).txt,toTeam:Choir-id}'],
    [
      `fail('quota_exceeded')`,
      '= | = | There is not enough space. The trash counts as used space, too. {Open the trash} | refresh, Choir refresh, changed',
    ],
    [`press('Open the trash')`, 'Trash of Choir Loading… {Done} | {Done} |  | Choir GET /trash'],
    [`operations.clear(), document.querySelector('.operation').close()`, ' | search | = | '],
    [
      `operations.move(of, ['f/b.txt', 'a.txt'], { owner: of, folder: 'h/' })`,
      '= | = | = | POST /files/move {from:f/b.txt,to:h/b.txt}, POST /files/move {from:a.txt,to:h/a.txt}',
    ],
    [`fail('no_such_file')`, '= | = | = | '],
    [`give({ name: '' })`, '= | = | = | ='],
    [
      `operations.move(of, ['h/c'], { owner: of, folder: 'none/' }), await settled(), fail('invalid_name')`,
      `= | = | 1 files are now in h. 1 files failed. ${REFUSED} {Show} | POST /files/move {from:h/c,to:none/c}, refresh, changed`,
    ],
    [
      `operations.move(own(file('1'), file('x/1', 9)), ['1'], { owner: own(), folder: 'x/' })`,
      '= | = | = | POST /files/move {from:1,to:x/1}',
    ],
  ]);
});

t.test('names that meet', async (t) => {
  const page = await openPage();
  const many = (count: number) =>
    `globalThis.names = Array.from({ length: ${count} }, (_, at) => String(at)), globalThis.of = own(...names.map((each) => file(each)), ...names.map((each) => file('x/' + each, 2_000))), operations.move(of, names, { owner: of, folder: 'x/' })`;
  await playActs(t, page, [
    [
      `by('search').focus(), ${many(1)}`,
      `A file with this name is there already x/0 ${THERE} {Leave them out} {Replace} {Keep both} | {Keep both} |  | `,
    ],
    [`press('Leave them out')`, ' | search | 1 files stay where they were. | refresh, changed'],
    [
      many(1),
      `A file with this name is there already x/0 ${THERE} {Leave them out} {Replace} {Keep both} | {Keep both} |  | `,
    ],
    [`press('Replace')`, ' | search | = | POST /files/move {from:0,to:x/0,replace:true}'],
    [`give({ name: '' })`, '= | = | 0 is now in x. {Show} | refresh, changed'],
    [
      many(2),
      `2 files with these names are there already x/0 ${THERE} x/1 ${THERE} Your choice counts for all of them. {Leave them out} {Replace all} {Keep both} | {Keep both} |  | `,
    ],
    [
      `document.querySelector('.operation').close()`,
      ' | search | 2 files stay where they were. | refresh, changed',
    ],
    [
      many(5),
      `5 files with these names are there already x/0 ${THERE} x/1 ${THERE} x/2 ${THERE} x/3 ${THERE} x/4 ${THERE} Your choice counts for all of them. {Leave them out} {Replace all} {Keep both} | {Keep both} |  | `,
    ],
    [`press('Leave them out')`, ' | search | 5 files stay where they were. | refresh, changed'],
    [
      many(6),
      `6 files with these names are there already x/0 ${THERE} x/1 ${THERE} x/2 ${THERE} x/3 ${THERE} x/4 ${THERE} and 1 more Your choice counts for all of them. {Leave them out} {Replace all} {Keep both} | {Keep both} |  | `,
    ],
    [
      `press('Keep both')`,
      ' | search | = | POST /files/move {from:0,to:x/0 (2)}, POST /files/move {from:1,to:x/1 (2)}, POST /files/move {from:2,to:x/2 (2)}, POST /files/move {from:3,to:x/3 (2)}, POST /files/move {from:4,to:x/4 (2)}, POST /files/move {from:5,to:x/5 (2)}',
    ],
  ]);
});

t.test('the trash', async (t) => {
  const page = await openPage();
  const item = (name: string) =>
    `{ name: '${name}', version: 'v-${name}', size: 2_000, deletedAt: '2020-01-02T12:00:00Z', goesAt: '2020-02-02T12:00:00Z' }`;
  await playActs(t, page, [
    [
      `by('search').focus(), globalThis.of = own(), operations.openTrash(of)`,
      'Trash Loading… {Done} | {Done} |  | GET /trash',
    ],
    [`give({ files: [], cursor: '1' })`, '= | = | = | GET /trash?cursor=1'],
    [
      `give({ files: [${item('a.txt')}, ${item('b/c.png')}], cursor: '2' })`,
      `Trash ${STAYS} TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} PNG b/c.png ${FACTS} {Restore = Restore: b/c.png} {Delete for ever = Delete for ever: b/c.png} {Show more} {Empty the trash} {Done} | = | = | `,
    ],
    [
      `press('Restore')`,
      `Trash ${STAYS} TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} PNG b/c.png ${FACTS} {Restore = Restore: b/c.png busy} {Delete for ever = Delete for ever: b/c.png} {Show more} {Empty the trash} {Done} | = | = | POST /trash/restore {name:b/c.png,version:v-b/c.png}`,
    ],
    [
      `fail('file_exists')`,
      `Trash ${STAYS} This name is taken. Choose another one. TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} PNG b/c.png ${FACTS} {Restore = Restore: b/c.png} {Delete for ever = Delete for ever: b/c.png} {Show more} {Empty the trash} {Done} | = | = | `,
    ],
    [
      `press('Restore'), await settled(), give({})`,
      `Trash b/c.png is back. TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} {Show more} {Empty the trash} {Done} | = | = | POST /trash/restore {name:b/c.png,version:v-b/c.png}, look b/c.png, changed`,
    ],
    [
      `press('Show more')`,
      `Trash b/c.png is back. TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} {Show more busy} {Empty the trash} {Done} | = | = | GET /trash?cursor=2`,
    ],
    [
      `give({ files: [${item('d')}, ${item('e')}] })`,
      `Trash ${STAYS} TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} … d ${FACTS} {Restore = Restore: d} {Delete for ever = Delete for ever: d} … e ${FACTS} {Restore = Restore: e} {Delete for ever = Delete for ever: e} {Empty the trash} {Done} | = | = | `,
    ],
    [
      `press('Delete for ever')`,
      `Delete e for ever? Nobody can bring it back. {Cancel} {Delete for ever} / Trash ${STAYS} TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} … d ${FACTS} {Restore = Restore: d} {Delete for ever = Delete for ever: d} … e ${FACTS} {Restore = Restore: e} {Delete for ever = Delete for ever: e busy} {Empty the trash} {Done} | {Cancel} | = | =`,
    ],
    [
      `press('Cancel')`,
      `Trash ${STAYS} TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} … d ${FACTS} {Restore = Restore: d} {Delete for ever = Delete for ever: d} … e ${FACTS} {Restore = Restore: e} {Delete for ever = Delete for ever: e} {Empty the trash} {Done} | {Done} | = | =`,
    ],
    [
      `press('Delete for ever'), await settled(), press('Delete for ever'), await settled(), give()`,
      `Trash e is deleted for ever. TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} … d ${FACTS} {Restore = Restore: d} {Delete for ever = Delete for ever: d} {Empty the trash} {Done} | = | = | DELETE /trash?name=e&version=v-e, changed`,
    ],
    [
      `press('Empty the trash')`,
      `Empty the trash? Everything in it is deleted for ever. Nobody can bring it back. {Cancel} {Empty the trash} / Trash e is deleted for ever. TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} … d ${FACTS} {Restore = Restore: d} {Delete for ever = Delete for ever: d} {Empty the trash busy} {Done} | {Cancel} | = | `,
    ],
    [
      `press('Cancel')`,
      `Trash e is deleted for ever. TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} … d ${FACTS} {Restore = Restore: d} {Delete for ever = Delete for ever: d} {Empty the trash} {Done} | {Done} | = | =`,
    ],
    [
      `press('Empty the trash'), await settled(), press('Empty the trash'), await settled(), fail(undefined)`,
      `Trash e is deleted for ever. The server has a problem at the moment. TXT a.txt ${FACTS} {Restore = Restore: a.txt} {Delete for ever = Delete for ever: a.txt} … d ${FACTS} {Restore = Restore: d} {Delete for ever = Delete for ever: d} {Empty the trash} {Done} | = | = | DELETE /trash`,
    ],
    [
      `press('Empty the trash'), await settled(), press('Empty the trash'), await settled(), give()`,
      'Trash The trash is empty now. {Done} | = | = | DELETE /trash, changed',
    ],
    [
      `press('Done'), operations.openTrash(team('Choir', 'editor')), await settled(), give({ files: [${item('a')}] })`,
      `Trash of Choir ${STAYS} … a ${FACTS} {Restore = Restore: a} {Done} | = | = | Choir GET /trash`,
    ],
    [
      `press('Done'), operations.openTrash(team('Choir', 'viewer')), await settled(), give({ files: [${item('a')}] })`,
      `Trash of Choir ${STAYS} … a ${FACTS} {Done} | = | = | =`,
    ],
    [
      `press('Done'), operations.openTrash(team('Choir', 'manager')), await settled(), give({ files: [${item('a')}] })`,
      `Trash of Choir ${STAYS} … a ${FACTS} {Restore = Restore: a} {Delete for ever = Delete for ever: a} {Empty the trash} {Done} | = | = | =`,
    ],
    [
      `press('Done'), operations.openTrash(own()), await settled(), give({ files: [] })`,
      'Trash The trash is empty. {Done} | = | = | GET /trash',
    ],
    [
      `press('Done'), operations.openTrash(own()), await settled(), fail('no_trash')`,
      'Trash Nothing is kept here. What is deleted or replaced is gone at once. {Done} | = | = | =',
    ],
    [
      `press('Done'), operations.openTrash(own()), await settled(), give({ files: [${item('a')}], cursor: '9' }), await settled(), press('Empty the trash'), await settled(), press('Empty the trash'), await settled(), give()`,
      'Trash The trash is empty now. {Done} | = | = | GET /trash, DELETE /trash, changed',
    ],
    [
      `press('Done'), operations.offerTrash(of)`,
      ' | search | There is not enough space. The trash counts as used space, too. {Open the trash} | ',
    ],
  ]);
});

t.test('versions', async (t) => {
  const page = await openPage();
  const version = (id: string, current: boolean) =>
    `{ version: '${id}', size: 2_000, lastModified: '2020-01-0${id}T12:00:00Z', current: ${current} }`;
  await playActs(t, page, [
    [
      `by('search').focus(), operations.openVersions(own(), 'f/a.txt')`,
      'Versions of a.txt Loading… {Done} | {Done} |  | GET /files/versions?name=f%2Fa.txt',
    ],
    [
      `give({ versions: [${version('3', true)}, ${version('2', false)}, ${version('1', false)}] })`,
      `Versions of a.txt ${PRESENT} Jan 3, ${VERSION} present Jan 2, ${VERSION} {Make present = Make present: Jan 2, 2020, 12:00 PM} Jan 1, ${VERSION} {Make present = Make present: Jan 1, 2020, 12:00 PM} {Done} | = | = | `,
    ],
    [
      `document.querySelectorAll('.operation li button')[1].click()`,
      `Versions of a.txt ${PRESENT} Jan 3, ${VERSION} present Jan 2, ${VERSION} {Make present = Make present: Jan 2, 2020, 12:00 PM} Jan 1, ${VERSION} {Make present = Make present: Jan 1, 2020, 12:00 PM busy} {Done} | = | = | POST /files/versions/restore {name:f/a.txt,version:1}`,
    ],
    [
      `fail('quota_exceeded')`,
      `Versions of a.txt There is not enough space. The trash counts as used space, too. Jan 3, ${VERSION} present Jan 2, ${VERSION} {Make present = Make present: Jan 2, 2020, 12:00 PM} Jan 1, ${VERSION} {Make present = Make present: Jan 1, 2020, 12:00 PM} {Done} | = | = | `,
    ],
    [
      `document.querySelectorAll('.operation li button')[1].click(), await settled(), give({}), await settled(), give({ versions: [${version('4', true)}, ${version('3', false)}] })`,
      `Versions of a.txt a.txt is as it was on Jan 1, 2020, 12:00 PM. Jan 4, ${VERSION} present Jan 3, ${VERSION} {Make present = Make present: Jan 3, 2020, 12:00 PM} {Done} | {Make present = Make present: Jan 3, 2020, 12:00 PM} | = | POST /files/versions/restore {name:f/a.txt,version:1}, look f/a.txt, changed, GET /files/versions?name=f%2Fa.txt`,
    ],
    [
      `press('Done'), operations.openVersions(team('Choir', 'viewer'), 'a'), await settled(), give({ versions: [${version('2', true)}, ${version('1', false)}] })`,
      `Versions of a ${PRESENT} Jan 2, ${VERSION} present Jan 1, ${VERSION} {Done} | {Done} | = | Choir GET /files/versions?name=a`,
    ],
    [
      `press('Done'), operations.openVersions(team('Choir', 'editor'), 'a'), await settled(), give({ versions: [${version('1', true)}] })`,
      `Versions of a There is no earlier version. Jan 1, ${VERSION} present {Done} | = | = | =`,
    ],
    [
      `press('Done'), operations.openVersions(own(), 'a'), await settled(), fail('no_trash')`,
      'Versions of a Nothing is kept here. What is deleted or replaced is gone at once. {Done} | = | = | GET /files/versions?name=a',
    ],
    [
      `press('Done'), operations.openVersions(own(), 'a'), await settled(), fail()`,
      'Versions of a The server has a problem at the moment. {Done} | = | = | =',
    ],
  ]);
});

t.test('share a folder', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [
      `by('search').focus(), owners.push(own('f/g/a')), globalThis.of = owners[0], operations.openShareFolder(of, 'f/g/')`,
      `Share the folder g ${FOLDER} Name of the team [g] {Cancel} {Share} | {Share} |  | `,
    ],
    [
      `field(' Trip '), press('Share')`,
      `Share the folder g ${FOLDER} Name of the team [ Trip ] {Cancel} {Share busy} | {Share busy} | = | team Trip`,
    ],
    [
      `fail('too_many_teams')`,
      `Share the folder g ${FOLDER} Name of the team [ Trip ] You already belong to 50 teams. Leave a team first. {Cancel} {Share} | {Share} | = | `,
    ],
    [
      `press('Share'), await settled(), give(team('Trip', 'manager'))`,
      ' | search | = | team Trip, POST /files/copy {from:f/g/a,to:g/a,toTeam:Trip-id}',
    ],
    [
      `give({ name: 'g/a' })`,
      '= | = | g is in Trip now. Invite people to it. {Show} | refresh, Trip refresh, changed',
    ],
    [`press('Show')`, '= | = |  | enter Trip '],
    [
      `owners.push(team('Choir', 'editor', 'x/y'), team('Looks', 'viewer'), team('Board', 'manager')), operations.openShareFolder(of, 'f/g/')`,
      `Share the folder g ${FOLDER} Copy it into a new team (x) Name of the team [g] Move it into a team ( ) {Cancel} {Share} | {Share} | = | `,
    ],
    [
      `choose(1)`,
      `Share the folder g ${FOLDER} Copy it into a new team ( ) Move it into a team (x) Team <Choir*/Board> {Cancel} {Share} | = | = | =`,
    ],
    [
      `choose(0)`,
      `Share the folder g ${FOLDER} Copy it into a new team (x) Name of the team [g] Move it into a team ( ) {Cancel} {Share} | = | = | =`,
    ],
    [
      `choose(1), document.querySelector('.operation select').selectedIndex = 1, press('Share')`,
      ' | search | = | POST /files/move {from:f/g/a,to:g/a,toTeam:Board-id}',
    ],
    [
      `give({ name: 'g/a' })`,
      '= | = | g is in Board now. Invite people to it. {Show} | refresh, Board refresh, changed',
    ],
    [
      `operations.openShareFolder(owners[1], 'x/')`,
      `Share the folder x ${FOLDER} Copy it into a new team (x) Name of the team [x] Move it into a team ( ) {Cancel} {Share} | {Share} |  | `,
    ],
  ]);
});

t.test('the titles of what is under way', async (t) => {
  const page = await openPage();
  const begin = [
    `globalThis.of = own('a', 'b'), owners.push(of, team('Choir', 'editor')), globalThis.target = { owner: of, folder: 'x/' }`,
    `operations.move(of, ['a'], target), operations.move(of, ['a', 'b'], target)`,
    `operations.openCopy(of, ['a']), await settled(), pick(1), press('Copy here')`,
    `operations.openCopy(of, ['a', 'b']), await settled(), pick(1), press('Copy here')`,
    `await settled()`,
  ];
  for (const act of begin) await page.evaluate(`(async () => { ${act} })()`);
  await page.clock.runFor(500);
  t.strictSame(
    await page.evaluate(`[...document.querySelectorAll('#tasks .name')].map((each) => each.textContent)`),
    ['Moving a', 'Moving 2 items', 'Copying a', 'Copying 2 items'],
  );
});

t.test('download', async (t) => {
  const page = await openPage();
  await page.evaluate(
    `globalThis.fetched = [], globalThis.fetch = (url) => { fetched.push(url); return Promise.reject(new TypeError()); }`,
  );
  await page.evaluate(
    `operations.download({ ...own(), session: async () => null, library: { all: () => [file('f/b'), file('f/'), file('f/c'), file('g'), file('h')], get: (name) => ({ ...file(name), url: name }) } }, ['f/', 'h'])`,
  );
  t.strictSame(await page.evaluate('fetched'), ['f/b', 'f/c', 'h']);
});
