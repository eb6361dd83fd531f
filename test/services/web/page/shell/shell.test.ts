import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs } from '../../bare-page.ts';

const browser = await launchShell(t);
const TEAM = 'teamaaaaaaaaaaaaaaaaaaaaaa';

/** Each row has an act, and what it changes of the rail, the section, the names of the place, and the account. */
t.test('the place in the rail, and the menu of the account', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createAccount, followTheme } from './services/web/page/shell/account.ts';
     import { showPlace } from './services/web/page/shell/sections.ts';
     const told = [];
     const by = (id) => document.getElementById(id);
     document.documentElement.dataset.theme = 'dark';
     const account = createAccount({ refresh: async () => void told.push('refresh'), clear: () => told.push('clear') });
     const choir = { team: { id: '${TEAM}', name: 'Choir' } };
     Object.assign(globalThis, {
       by, account, followTheme,
       own: (place) => showPlace({ folder: '', ...place }, {}),
       ofTeam: (place) => showPlace({ team: '${TEAM}', folder: '', ...place }, choir),
       user: (user) => account.show({ user }),
       choose: (id, value) => { by(id).value = value; by(id).dispatchEvent(new Event('change')); },
       state: () => [
         ['files', 'shared'].filter((id) => !by(id).hidden).join(),
         [...['to-files', 'to-photos', 'to-shared'].filter((id) => by(id).ariaCurrent === 'page'), by('switch-button').className].join(),
         by('team-photos').hidden ? '' : by('team-photos').getAttribute('href'),
         by('heading').textContent,
         document.title,
         ['user-initial', 'user-name', 'user-email'].map((id) => by(id).textContent).join(' / '),
         by('theme').value + ' ' + document.documentElement.dataset.theme,
         [...by('language').options].map((each) => each.lang + ' ' + each.text + (each.selected ? '*' : '')).join(),
         Object.entries({ ...localStorage }).join(),
         by('security').open ? 'security' : '',
         told.splice(0).join(),
       ],
     });`,
    { baseURL: 'https://app.test/' },
  );
  await playActs(t, page, [
    [
      `own({})`,
      'files | to-files, |  | My files | Private files |  /  /  | dark dark | en English*,ja 日本語 |  |  | ',
    ],
    [
      `own({ view: 'photos' })`,
      '= | to-photos, | = | Photos | Photos – Private files | = | = | = | = | = | =',
    ],
    [
      `own({ view: 'shared' })`,
      'shared | to-shared, | = | Shared | Shared – Private files | = | = | = | = | = | =',
    ],
    [
      `own({ folder: 'a/b/', query: 'c' })`,
      'files | to-files, | = | My files | “c” – b – Private files | = | = | = | = | = | =',
    ],
    [
      `ofTeam({ folder: 'a/' })`,
      `= | current | #team-photos/${TEAM}/ | Choir | a – Choir – Private files | = | = | = | = | = | =`,
    ],
    [
      `ofTeam({ view: 'photos' })`,
      '= | = |  | Photos | Photos – Choir – Private files | = | = | = | = | = | =',
    ],
    [
      `user({ id: 'u', name: 'ann', email: 'a@b.test' })`,
      '= | = | = | = | = | A / ann / a@b.test | = | = | = | = | =',
    ],
    [
      `user({ id: 'u', email: 'b@b.test' })`,
      '= | = | = | = | = | B / b@b.test / b@b.test | = | = | = | = | =',
    ],
    [`user({ id: 'u' })`, '= | = | = | = | = | U / u /  | = | = | = | = | ='],
    [`account.clear()`, '= | = | = | = | = |  /  /  | = | = | = | = | ='],
    [`choose('theme', 'light')`, '= | = | = | = | = | = | light light | = | page-theme,light | = | ='],
    [`choose('theme', '')`, '= | = | = | = | = | = |  undefined | = | page-theme, | = | ='],
    [
      `choose('theme', 'dark'), localStorage.setItem('page-theme', 'other'), followTheme()`,
      '= | = | = | = | = | = | dark undefined | = | page-theme,other | = | =',
    ],
    [`by('security-open').click()`, '= | = | = | = | = | = | = | = | = | security | refresh'],
    [`by('security').close()`, '= | = | = | = | = | = | = | = | = |  | clear'],
  ]);
  await page.evaluate(`choose('language', 'ja')`);
  await page.waitForFunction(`globalThis.by === undefined`);
  t.equal(await page.evaluate(`localStorage.getItem('page-language')`), 'ja', 'the page is loaded anew');
});

t.test('the place survives a sign-in, and a second window tells of one', async (t) => {
  const program = `
    import { keepPlace, signInBeside, watchSignIn } from './services/web/page/sign-in/sign-in.ts';
    import { lastSignOutMs } from './services/web/page/sign-in/sign-out-time.ts';
    const told = [];
    const by = (id) => document.getElementById(id);
    const state = { mustStay: false };
    globalThis.open = (...given) => (told.push(given.join(' ')), state.opened);
    by('sign-in').addEventListener('click', (event) => { told.push(event.defaultPrevented ? 'stays' : 'leaves'); event.preventDefault(); });
    Object.assign(globalThis, {
      by, options: state, lastSignOutMs, keepPlace, signInBeside,
      follow: () => watchSignIn(() => state.mustStay, () => told.push('done')),
      go: (hash) => history.replaceState(null, '', '/' + hash),
      // Who listens later is told later.
      tell: () => new Promise((done) => { new BroadcastChannel('cookie-gateway-done').onmessage = done; new BroadcastChannel('cookie-gateway-done').postMessage(''); }),
      state: () => [location.hash, JSON.stringify({ ...sessionStorage }), by('status').textContent, told.splice(0).join(', ')],
    });`;
  const page = await openBarePage(browser, BODY, program, { baseURL: 'https://app.test/' });
  await playActs(t, page, [
    [`keepPlace(), by('sign-in').click()`, ' | {} |  | leaves'],
    [`sessionStorage.clear(), go('#/a/'), by('sign-in').click()`, '#/a/ | {"place":"#/a/"} | = | ='],
    [
      `sessionStorage.clear(), go('#team/${TEAM}/b'), by('sign-in').click()`,
      `#team/${TEAM}/b | {"place":"#team/${TEAM}/b"} | = | =`,
    ],
    [
      `sessionStorage.clear(), go('#team-photos/${TEAM}/'), by('sign-in').click()`,
      `#team-photos/${TEAM}/ | {"place":"#team-photos/${TEAM}/"} | = | =`,
    ],
    [
      `sessionStorage.clear(), go('#photos/'), by('sign-in').click()`,
      '#photos/ | {"place":"#photos/"} | = | =',
    ],
    [`sessionStorage.clear(), go('#shared'), by('sign-in').click()`, '#shared | {"place":"#shared"} | = | ='],
    [`sessionStorage.clear(), go('#join=s'), by('sign-in').click()`, '#join=s | {} | = | ='],
    [`sessionStorage.clear(), go('#link=s'), by('sign-in').click()`, '#link=s | = | = | ='],
    [`sessionStorage.clear(), go('#team/x/'), by('sign-in').click()`, '#team/x/ | = | = | ='],
    [`sessionStorage.setItem('place', '#/c/'), keepPlace()`, '= | = | = | '],
    [`sessionStorage.setItem('place', '#/c/'), go(''), keepPlace()`, '#/c/ | = | = | ='],
    [
      `follow(), options.mustStay = true, by('sign-in').click()`,
      '= | {"place":"#/c/"} | This browser did not open the window. Allow windows of this page, then press the button again. | leaves, /auth/login?return_to=/auth/done _blank popup,width=520,height=720',
    ],
    [
      `options.opened = {}, signInBeside()`,
      '= | = | = | /auth/login?return_to=/auth/done _blank popup,width=520,height=720',
    ],
    [`await tell()`, '= | = | = | done'],
    [`localStorage.setItem('page-sign-out', 'ann 43')`, '= | = | = | '],
  ]);
  t.strictSame(await page.evaluate(`[lastSignOutMs('ann'), lastSignOutMs('bob')]`), [43, undefined]);
});
