import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs } from '../../bare-page.ts';

const browser = await launchShell(t);
const TEAM = 'teamaaaaaaaaaaaaaaaaaaaaaa';

const PROGRAM = `
  import { createBrowse } from './services/web/page/files/browse.ts';
  const told = [];
  const asked = [];
  const note = (what) => (...given) => void told.push([what, ...given.map((each) => each?.team?.name ?? each?.join?.() ?? each?.name ?? String(each))].join(' '));
  const by = (id) => document.getElementById(id);
  by('content').hidden = false;
  by('search-box').hidden = false;
  const file = (name, size = 1) => ({ name, size, type: name.endsWith('.png') ? 'image/png' : 'application/zip', etag: '', url: 'https://files.test/' + name, lastModified: '2020-01-0' + size + 'T12:00:00Z' });
  const owner = (team) => ({ team, files: { list: ({ prefix = '' }) => new Promise((resolve, reject) => { told.push('list' + (team ? ' of ' + team.name : '') + (prefix && ' ' + prefix)); asked.push({ resolve, reject }); }) }, session: async () => null });
  const own = owner();
  const choir = owner({ id: '${TEAM}', name: 'Choir', role: 'manager' });
  const owners = { own, of: (id) => (id === undefined ? own : id === choir.team.id ? choir : undefined) };
  const given = Object.fromEntries(['share', 'replace', 'move', 'moveInto', 'shareFolder', 'copy', 'versions', 'addThumbnail', 'rename', 'onStranger'].map((name) => [name, note(name)]));
  const fetched = Promise.withResolvers();
  globalThis.fetch = (url) => { told.push('fetch ' + url); fetched.resolve(); return new Promise(() => {}); };
  const deleting = Promise.withResolvers();
  const browse = createBrowse(owners, {
    ...given,
    delete: (of, names) => (note('delete')(names), deleting.promise),
    onEnter: (of, isListed) => { note('enter')(of.team?.name ?? 'own'); isListed.then(() => told.push('listed')); },
    onPlace: ({ view, team, folder, query, file }) => told.push('place ' + [view, team && 'team', folder, query, file].filter(Boolean).join(' ')),
  });
  Object.assign(globalThis, {
    by, browse, own, choir, file, deleting, fetched,
    answer: (...files) => asked.shift().resolve({ files: files.map((each) => (each.name ? each : file(each))) }),
    fail: () => asked.shift().reject(new Error()),
    go: (hash) => { location.hash = hash; },
    back: () => new Promise((done) => { addEventListener('popstate', done, { once: true }); history.back(); }),
    type: (words) => { by('search').value = words; by('search').dispatchEvent(new Event('input')); },
    sort: (order) => { by('sort').value = order; by('sort').dispatchEvent(new Event('change')); },
    column: (at) => by('columns').querySelectorAll('button')[at].click(),
    named: (name) => [...document.querySelectorAll('#gallery li')].find((li) => (li.dataset.name ?? li.dataset.folder) === name).querySelector('.name'),
    state: () => [
      location.hash + ' ' + history.length,
      [...by('path').querySelectorAll('a')].map((each) => each.title + (each.textContent === each.title ? '' : ' other words') + ' ' + each.getAttribute('href') + (each.dataset.folder ? ' = ' + each.dataset.folder : '') + (each.ariaCurrent === 'page' ? '!' : '')).join(', '),
      by('count').textContent,
      ['empty', 'no-match', 'loading', 'trouble'].filter((id) => !by(id).hidden).map((id) => (id === 'no-match' ? by(id).textContent : id)).join(),
      [...document.querySelectorAll('#gallery li')].map((li) => (li.dataset.name ?? li.dataset.folder) + (li.matches('.selected') ? '+' : '')).join(),
      by('sort').value + ' ' + [...by('columns').querySelectorAll('button')].map((each) => each.ariaPressed.slice(0, 1) + each.className).join(),
      by('search').value,
      by('lightbox').open ? by('lightbox-name').textContent : 'closed',
      by('gallery').className + (scrollY > 0 ? ' scrolled' : ' top'),
      document.activeElement.closest('li')?.dataset.name ?? document.activeElement.id,
      by('status').textContent,
      told.splice(0).join(', '),
    ],
  });
  browse.follow();`;

t.test('folders, orders, searches and files follow the address', async (t) => {
  const page = await openBarePage(
    browser,
    `<style>#gallery { position: relative; list-style: none } #gallery li { position: absolute } body { min-height: 3000px } [hidden] { display: none }</style>${BODY}`,
    PROGRAM,
    { viewport: { width: 900, height: 700 }, baseURL: 'https://app.test/' },
  );
  await page.route('https://files.test/**', () => {});
  await playActs(t, page, [
    [
      '',
      ' 2 | My files #! | 0 files | loading |  | newest f,tdown,f |  | closed |  top |  |  | place , list, enter own',
    ],
    ['answer()', '= | = | = | empty | = | = | = | = | = | = | = | place , listed'],
    [
      `browse.libraryOf(own).refresh(), answer('b.zip', file('a.png', 3), file('c.png', 2), 'f/d.png', 'f/g/e.png')`,
      '= | = | 1 folder, 3 files |  | f/,a.png,c.png,b.zip | = | = | = | = | = | = | list, place ',
    ],
    [`sort('name')`, '= | = | = | = | f/,a.png,b.zip,c.png | name tup,f,f | = | = | = | = | = | place '],
    [`column(0)`, '= | = | = | = | f/,c.png,b.zip,a.png | nameDown tdown,f,f | = | = | = | = | = | ='],
    [`column(0)`, '= | = | = | = | f/,a.png,b.zip,c.png | name tup,f,f | = | = | = | = | = | ='],
    [`column(1)`, '= | = | = | = | f/,a.png,c.png,b.zip | newest f,tdown,f | = | = | = | = | = | ='],
    [`column(1)`, '= | = | = | = | f/,b.zip,c.png,a.png | oldest f,tup,f | = | = | = | = | = | ='],
    [`column(2)`, '= | = | = | = | f/,a.png,c.png,b.zip | largest f,f,tdown | = | = | = | = | = | ='],
    [`column(2)`, '= | = | = | = | f/,b.zip,c.png,a.png | smallest f,f,tup | = | = | = | = | = | ='],
    [`sort('largest')`, '= | = | = | = | f/,a.png,c.png,b.zip | largest f,f,tdown | = | = | = | = | = | ='],
    [
      `scrollTo(0, 200), type('C')`,
      '#/?q=C 2 | = | 1 file | = | c.png | = | C | = |  scrolled | = | = | place C',
    ],
    [
      `type('none')`,
      '#/?q=none 2 | = | 0 files | No file here has “none” in its name. |  | = | none | = | = | = | = | place none',
    ],
    [`type('')`, ' 2 | = | 1 folder, 3 files |  | f/,a.png,c.png,b.zip | = |  | = | = | = | = | place '],
    [
      `named('a.png').dispatchEvent(new MouseEvent('click', { bubbles: true, ctrlKey: true })), named('a.png').closest('li').querySelector('input').click()`,
      '= | = | = | = | f/,a.png+,c.png,b.zip | = | = | = | = | = | = | ',
    ],
    [
      `scrollTo(0, 200), go('#/f/')`,
      '#/f/ 3 | My files #, f #/f/ = f/! | 1 folder, 1 file | = | f/g/,f/d.png | = | = | = |  top | = | = | place f/',
    ],
    [
      `go('#/f/g/')`,
      '#/f/g/ 4 | My files #, f #/f/ = f/, g #/f/g/ = f/g/! | 1 file | = | f/g/e.png | = | = | = | = | = | = | place f/g/',
    ],
    [
      `go('#/f/?q=png')`,
      '#/f/?q=png 5 | My files #, f #/f/ = f/! | 2 files | = | f/d.png,f/g/e.png | = | png | = | = | = | = | place f/ png',
    ],
    [
      `named('f/g/e.png').click()`,
      '#/f/g/e.png?q=png 6 | = | = | = | = | = | = | f/g/e.png | = | lightbox-close | = | ',
    ],
    [`by('lightbox-next').click()`, '= | = | = | = | = | = | = | = | = | = | = | ='],
    [
      `by('lightbox-close').click(), await new Promise((done) => addEventListener('popstate', done, { once: true }))`,
      '#/f/?q=png 6 | = | = | = | = | = | = | closed | = | f/g/e.png | = | =',
    ],
    [
      `history.forward(), await new Promise((done) => addEventListener('popstate', done, { once: true }))`,
      '#/f/g/e.png?q=png 6 | = | = | = | = | = | = | f/g/e.png | = | lightbox-close | = | =',
    ],
    [
      `by('lightbox-previous').click()`,
      '#/f/d.png?q=png 6 | = | = | = | = | = | = | f/d.png | = | = | = | =',
    ],
    [
      `by('lightbox-close').click(), by('lightbox-close').click(), await new Promise((done) => addEventListener('popstate', done, { once: true }))`,
      '#/f/?q=png 6 | = | = | = | = | = | = | closed | = | f/d.png | = | =',
    ],
    [
      `go('#/a.png')`,
      '#/a.png 6 | My files #! | 1 folder, 3 files | = | f/,a.png,c.png,b.zip | = |  | a.png |  scrolled | lightbox-close | = | place ',
    ],
    [
      `browse.rename(own, 'a.png', 'z.png'), answer('z.png')`,
      '#/z.png 6 | = | = | = | f/,c.png,b.zip,z.png | = | = | z.png | = | = | = | list z.png, place , place ',
    ],
    [
      `browse.drop(own, ['z.png'])`,
      '#/c.png 6 | = | 1 folder, 2 files | = | f/,c.png,b.zip | = | = | c.png | = | = | = | place ',
    ],
    [`by('lightbox-close').click()`, ' 6 | = | = | = | = | = | = | closed | = | c.png | = | '],
    [`go('#/gone.png')`, ' 7 | = | = | = | = | = | = | = | = | = | gone.png is no longer there. | ='],
    [`browse.showNewest()`, '= | = | = | = | = | newest f,tdown,f | = | = |  top | = | = | place '],
    [`type('c'), browse.showNewest()`, '= | = | = | = | = | = | = | = | = | = | = | place c, place '],
    [
      `go('#photos/')`,
      '#photos/ 8 | Photos #photos/! | 3 files | = | c.png,f/d.png,f/g/e.png | = | = | = | photos top | = | = | place photos',
    ],
    [
      `go('#shared')`,
      '#shared 9 | Shared #shared/! | 1 folder, 2 files | = | f/,c.png,b.zip | = | = | = |  top |  | = | place shared',
    ],
    [
      `scrollTo(0, 200), browse.showNewest()`,
      ' 9 | My files #! | = | = | = | = | = | = | = | = | = | place ',
    ],
    [
      `go('#team/${TEAM}/x/')`,
      '#team/teamaaaaaaaaaaaaaaaaaaaaaa/x/ 10 | Choir #team/teamaaaaaaaaaaaaaaaaaaaaaa/, x #team/teamaaaaaaaaaaaaaaaaaaaaaa/x/ = x/! | 0 files | loading |  | = | = | = | = | = | = | place team x/, list of Choir, enter Choir',
    ],
    [`answer('x/y.png')`, '= | = | 1 file |  | x/y.png | = | = | = | = | = | = | place team x/, listed'],
    [
      `browse.drop(own, ['f/d.png']), browse.rename(own, 'f/g/e.png', 'e.png'), answer('e.png')`,
      '= | = | = | = | = | = | = | = | = | = | = | list e.png',
    ],
    [
      `go('#team/${TEAM}/x/y.png')`,
      '#team/teamaaaaaaaaaaaaaaaaaaaaaa/x/y.png 11 | = | = | = | = | = | = | x/y.png | = | lightbox-close | = | ',
    ],
    [
      `browse.drop(own, ['x/y.png']), browse.rename(own, 'x/y.png', 'q.png'), answer('q.png')`,
      '= | = | = | = | = | = | = | = | = | = | = | list q.png',
    ],
    [
      `by('lightbox-close').click()`,
      '#team/teamaaaaaaaaaaaaaaaaaaaaaa/x/ 11 | = | = | = | = | = | = | closed |  scrolled | x/y.png | = | ',
    ],
    [
      `go('#team-photos/${TEAM}/')`,
      '#team-photos/teamaaaaaaaaaaaaaaaaaaaaaa/ 12 | Choir #team/teamaaaaaaaaaaaaaaaaaaaaaa/, Photos #team-photos/teamaaaaaaaaaaaaaaaaaaaaaa/! | = | = | = | = | = | = | photos scrolled | = | = | place photos team',
    ],
    [
      `go('#team/bbbbbbbbbbbbbbbbbbbbbbbbbb/')`,
      '#team/bbbbbbbbbbbbbbbbbbbbbbbbbb/ 13 | = | = | = | = | = | = | = | = | = | = | onStranger',
    ],
    [
      `go('#/')`,
      '#/ 14 | My files #! | 4 files | = | c.png,b.zip,e.png,q.png | = | = | = |  top |  | = | place , list, enter own',
    ],
    [`fail()`, '= | = | = | trouble | = | = | = | = | = | = | = | place , listed'],
    [`by('trouble').querySelector('button').click()`, '= | = | = | = | = | = | = | = | = | = | = | list'],
    [
      `answer('b.zip'), await settled(), named('b.zip').focus(), browse.redraw()`,
      '= | = | 1 file |  | b.zip | = | = | = | = | = | = | place , place ',
    ],
    [
      `named('b.zip').focus(), named('b.zip').dispatchEvent(new KeyboardEvent('keydown', { key: 'Delete', bubbles: true }))`,
      '= | = | = | = | b.zip+ | = | = | = | = | b.zip | = | delete b.zip',
    ],
    [
      `document.activeElement.blur(), deleting.resolve()`,
      '= | = | = | = | = | = | = | = | = | search | = | ',
    ],
    [
      `named('b.zip').focus(), named('b.zip').dispatchEvent(new KeyboardEvent('keydown', { key: 'Delete', bubbles: true }))`,
      '= | = | = | = | = | = | = | = | = | b.zip | = | delete b.zip',
    ],
    [`go('#/?q=z')`, '#/?q=z 15 | = | = | = | b.zip | = | z | = | = | = | = | place z'],
    [`go('#/')`, '#/ 16 | = | = | = | = | = |  | = | = | = | = | place '],
    [
      `browse.forget(own), browse.follow()`,
      '= | = | 0 files | loading |  | = | = | = | = |  | = | place , list, enter own',
    ],
    [`go('#/a.png')`, '#/a.png 17 | = | = | = | = | = | = | = | = | = | = | '],
    [
      `answer('a.png')`,
      '= | = | 1 file |  | a.png | = | = | a.png | = | lightbox-close | = | place , listed',
    ],
    [
      `by('lightbox-close').click(), browse.forget(own), browse.follow()`,
      ' 17 | = | 0 files | loading |  | = | = | closed | = |  | = | place , list, enter own',
    ],
    [
      `browse.clear(), answer('late.zip')`,
      '= | = | = | = | = | = | = | = | = | = | = | place , place , listed',
    ],
    [
      `browse.follow(), answer('a.png')`,
      '= | = | 1 file |  | a.png | = | = | = | = | = | = | place , list, enter own, place , listed',
    ],
    [
      `named('a.png').closest('li').querySelector('input').click(), by('download-selected').click(), await fetched.promise`,
      '= | = | = | = | a.png+ | = | = | = | = | = | = | fetch https://files.test/a.png',
    ],
    [
      `browse.rename(own, 'a.png', 'b.png'), fail()`,
      '= | = | = | = | = | = | = | = | = | = | = | list b.png, list',
    ],
    [`answer('b.png')`, '= | = | = | = | b.png | = | = | = | = | = | = | place , place '],
    // Once nobody is signed in, the address decides anew.
    [
      `go('#team/${TEAM}/'), await settled(), answer(), await settled(), browse.clear()`,
      '#team/teamaaaaaaaaaaaaaaaaaaaaaa/ 18 | Choir #team/teamaaaaaaaaaaaaaaaaaaaaaa/! | 0 files | loading |  | = | = | = | = | = | = | place team, list of Choir, enter Choir, place team, listed, place , place team, list of Choir, enter Choir',
    ],
  ]);
  t.equal(await page.evaluate(`localStorage.getItem('page-sort')`), 'largest');
});
