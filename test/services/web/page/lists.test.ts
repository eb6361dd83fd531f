import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { BODY, openBarePage, playActs } from '../bare-page.ts';

const browser = await launchShell(t);

t.test('all links: what each opens, where that is, and how to come to it', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createShared } from './services/web/page/lists.ts';
     const expiresAt = '2026-12-01T12:30:00Z';
     const share = (name, more = {}) => ({ id: 1, name, page: 'https://a.test/#share=1', url: '', expiresAt, ...more });
     const own = { team: undefined, shares: { list: async () => [share('a.zip'), share('x/y/b.png'), share('gone.txt', { stale: true })] } };
     const end = '2026-12-06T12:00:00Z';
     const links = [{ id: 'v', role: 'viewer', expiresAt: end }, { id: 'u', role: 'uploader', name: 'Papers', hasPassword: true, expiresAt: end }];
     const team = { team: { id: 't', name: 'Choir' }, shares: { list: async () => [share('z/c.txt')] }, links: { list: async () => links } };
     const shared = createShared({
       owners: () => [own, team], teams: () => [team], openLinks() {},
       fileOf: (owner, name) => (owner === own && name.endsWith('.png') ? { thumbnailUrl: 'https://files.test/thumbnail' } : undefined),
     });
     globalThis.show = async () => {
       await shared.refresh();
       return [...document.querySelectorAll('#shares li, #shared-links li')].map((row) => {
         const face = row.querySelector('.face');
         const words = [...row.querySelectorAll(':scope > .name, :scope > .quiet')].map(({ textContent }) => textContent);
         return [face.querySelector('img')?.src ?? face.querySelector('use')?.getAttribute('href') ?? face.textContent, row.querySelector('a')?.getAttribute('href') ?? '', ...words].join(' | ');
       });
     };`,
    { timezoneId: 'UTC' },
  );
  await page.clock.setFixedTime('2026-12-01T12:00:00Z');
  t.strictSame(await page.evaluate('show()'), [
    'ZIP | #/a.zip | a.zip | 30:00 left',
    'https://files.test/thumbnail | #/x/y/b.png | b.png x / y | 30:00 left',
    'TXT |  | gone.txt | opens nothing: the file was replaced or deleted',
    'TXT | #team/t/z/c.txt | c.txt Choir / z | 30:00 left',
    '#icon-folder |  | see all files Choir | until Dec 6, 2026, 12:00 PM',
    '#icon-upload |  | Papers Choir | send files · until Dec 6, 2026, 12:00 PM · with a password',
  ]);
});

t.test('the browsers of the person, and the used space', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { ApiError } from './services/web/client/api-error.ts';
     import { createSessions, createShared, createUsage } from './services/web/page/lists.ts';
     const told = [];
     const asked = [];
     const by = (id) => document.getElementById(id);
     const wait = (words) => new Promise((resolve, reject) => {
       told.push(words);
       asked.push({ resolve, reject: (code, status = 404) => reject(code ? new ApiError(status, code) : new Error()) });
     });
     const sessions = createSessions({ sessions: { list: () => wait('list'), revoke: (id) => wait('revoke ' + id) } });
     const session = (id, more = {}) => ({ id, current: false, createdAt: '2026-11-01T12:00:00Z', lastUsedAt: '2026-11-02T12:00:00Z', userAgent: 'Firefox/1 (Linux)', ...more });
     const owner = (team) => ({ team, files: { usage: () => wait('usage') }, shares: { list: () => wait('shares') }, links: { list: () => wait('links') } });
     const show = createUsage();
     const own = owner();
     const link = { id: 'l', role: 'viewer', expiresAt: '2026-12-06T12:00:00Z' };
     const choir = owner({ id: 't', name: 'Choir' });
     const shared = createShared({ owners: () => [own], teams: () => [choir], openLinks: ({ team }) => told.push('links of ' + team.name), fileOf() {} });
     by('security').showModal();
     Object.assign(globalThis, {
       by, sessions, session, show, own, owner, shared, link,
       answer: (value) => asked.shift().resolve(value), fail: (...reason) => asked.shift().reject(...reason),
       press: (id) => document.querySelector('[data-session=' + id + '] button').click(),
       state: () => [
         [...by('sessions').children].map((row) => [row.dataset.session, row.querySelector('.name').title, ...[...row.children].slice(1).map((each) => each.textContent + (each.ariaLabel ? ' = ' + each.ariaLabel : '') + (each.ariaDisabled ? ' (busy)' : '') + (each.dateTime ? ' ' + each.dateTime : ''))].join('; ')).join(' / '),
         by('usage').hidden ? 'no bar' : by('usage-words').textContent + ' ' + by('usage-bar').value.toFixed(3) + ' ' + by('usage-bar').className + (by('usage-bar').ariaLabel === by('usage-words').textContent ? '' : ' without a label'),
         [...by('shares').children, ...by('shared-links').children].map((row) => row.querySelector('.name').textContent).join(),
         document.activeElement.id || document.activeElement.textContent,
         by('status').textContent,
         told.splice(0).join(', '),
       ],
     });`,
    { timezoneId: 'UTC' },
  );
  const ROW =
    'Firefox/1 (Linux); Firefox on Linux; last used Nov 2, 2026, 12:00 PM 2026-11-02T12:00:00Z; Sign out = Sign out Firefox on Linux, signed in Nov 1, 2026, 12:00 PM';
  await playActs(t, page, [
    ['sessions.refresh()', ' | no bar |  | sign-out-everywhere |  | list'],
    [
      `answer([session('a', { current: true }), session('b'), session('c', { userAgent: undefined })])`,
      `a; Firefox/1 (Linux); Firefox on Linux; this browser 2026-11-02T12:00:00Z / b; ${ROW} / c; ; A browser; last used Nov 2, 2026, 12:00 PM 2026-11-02T12:00:00Z; Sign out = Sign out A browser, signed in Nov 1, 2026, 12:00 PM | = | = | = | = | `,
    ],
    [`sessions.refresh(), fail()`, '= | = | = | = | = | list'],
    [`sessions.refresh(), sessions.refresh(), answer([session('late')])`, '= | = | = | = | = | list, list'],
    [
      `answer([session('b'), session('c'), session('d')])`,
      `b; ${ROW} / c; ${ROW} / d; ${ROW} | = | = | = | = | `,
    ],
    [`sessions.refresh(), fail('no_session', 401)`, '= | = | = | = | = | list'],
    [
      `document.querySelector('[data-session=b] button').focus(), press('b')`,
      `b; ${ROW} (busy) / c; ${ROW} / d; ${ROW} | = | = | Sign out | = | revoke b`,
    ],
    [
      `fail('other', 500)`,
      `b; ${ROW} / c; ${ROW} / d; ${ROW} | = | = | = | Firefox on Linux is still signed in. The server has a problem at the moment. | `,
    ],
    [`press('b')`, `b; ${ROW} (busy) / c; ${ROW} / d; ${ROW} | = | = | = | = | revoke b`],
    ['answer()', `c; ${ROW} / d; ${ROW} | = | = | sign-out-everywhere | Firefox on Linux is signed out. | `],
    [`press('c'), fail('no_such_session')`, `d; ${ROW} | = | = | = | = | revoke c`],
    [
      `press('d'), fail()`,
      '= | = | = | = | Firefox on Linux is still signed in. This did not work. | revoke d',
    ],
    ['sessions.clear()', ' | = | = | = | = | '],
    [`sessions.refresh(), sessions.clear(), answer([session('late')])`, '= | = | = | = | = | list'],
    ['show(undefined, own)', '= | = | = | = | = | '],
    ['show({ files: {} }, own)', '= | = | = | = | = | ='],
    ['show({ files: { maxBytes: 10_000 } }, own)', '= | = | = | = | = | usage'],
    ['answer({ bytes: 9_000, keptBytes: 0 })', '= | 9.0 kB of 10 kB used 0.900  | = | = | = | '],
    ['show({ files: { maxBytes: 10_000 } }, own)', '= | = | = | = | = | usage'],
    [
      'answer({ bytes: 9_001, keptBytes: 1 })',
      '= | 9.0 kB of 10 kB used, 1 B of it by deleted and replaced files 0.900 full | = | = | = | ',
    ],
    ['show({ files: { maxBytes: 10_000 } }, own), fail()', '= | = | = | = | = | usage'],
    [
      'show({ files: { maxBytes: 10_000 } }, own), answer({ bytes: 11_000, keptBytes: 0 })',
      '= | 11 kB of 10 kB used 1.000 full | = | = | = | =',
    ],
    [
      'globalThis.team = owner({ maxBytes: 2_000 }), show({ files: { maxBytes: 10_000 } }, team)',
      '= | no bar | = | = | = | =',
    ],
    ['answer({ bytes: 500, keptBytes: 0 })', '= | 500 B of 2.0 kB used 0.250  | = | = | = | '],
    ['show(undefined, own)', '= | no bar | = | = | = | ='],
    [
      'show({ files: { maxBytes: 10_000 } }, own), show({ files: { maxBytes: 10_000 } }, team), answer({ bytes: 1, keptBytes: 0 })',
      '= | = | = | = | = | usage, usage',
    ],
    ['answer({ bytes: 2, keptBytes: 0 })', '= | 2 B of 2.0 kB used 0.001  | = | = | = | '],
    ['show({ files: { maxBytes: 10_000 } }, owner({}))', '= | no bar | = | = | = | ='],
    [
      `shared.refresh(), answer([{ id: 1, name: 'a', expiresAt: '2100-01-01T00:00:00Z' }]), answer([link])`,
      '= | = | a,see all files Choir | = | = | shares, links',
    ],
    [`by('shared-links').querySelector('button').click()`, '= | = | = | = | = | links of Choir'],
    ['shared.clear()', '= | = |  | = | = | '],
  ]);
});
