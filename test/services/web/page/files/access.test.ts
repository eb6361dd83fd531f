import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs } from '../../bare-page.ts';

const browser = await launchShell(t);

t.test('a link that the page shows elsewhere is not copied a second time', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createAccess } from './services/web/page/files/access.ts';
     const link = (id) => ({ id, name: 'a.txt', page: 'https://a.test/#share=' + id, url: '', expiresAt: '2026-12-01T12:30:00Z' });
     const owner = { team: undefined, shares: { list: async () => [link(1), link(2)] } };
     const access = createAccess({ sessions: async () => [{}], teamOf: () => undefined, signOutMs: () => 43 });
     globalThis.show = async (shownId) => {
       await access.show({ owner, name: 'a.txt' }, shownId);
       return [...document.querySelectorAll('#access-list li')].map((row) =>
         [row.querySelector('use').getAttribute('href'), ...[...row.querySelectorAll('.name, .quiet, button')].map(({ textContent }) => textContent)].join());
     };`,
  );
  await page.clock.setFixedTime('2026-12-01T12:00:00Z');
  const you = '#icon-person,You,in this browser';
  const link = '#icon-share,Everybody with this link,30:00 left,Copy,Revoke';
  const out = '#icon-info,Your last sign-out reached the file servers in 43 ms.';
  t.strictSame(await page.evaluate('show()'), [you, link, link, out]);
  t.strictSame(await page.evaluate('show(2)'), [you, link, link.replace(',Copy', ''), out]);
});

t.test('who can open a file', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createAccess } from './services/web/page/files/access.ts';
     const told = [];
     const asked = [];
     const by = (id) => document.getElementById(id);
     const read = (words, value) => async () => { told.push(words); return value; };
     const share = (name, more = {}) => ({ id: 1, name, page: 'https://a.test/', url: '', expiresAt: '2026-12-01T12:30:00Z', ...more });
     const link = (more) => ({ id: 'l', role: 'viewer', expiresAt: '2026-12-06T12:00:00Z', ...more });
     const state = { sessions: [{}], ms: undefined, isHeld: false };
     let shares = [];
     const owner = (team, members, links = []) => ({
       team: team && { name: 'Choir', ...team },
       shares: { list: () => (told.push('shares'), state.isHeld ? new Promise((resolve, reject) => asked.push({ resolve, reject })) : Promise.resolve(shares)), revoke: read('revoke') },
       links: { list: read('links', links) }, read: read('members', { members }),
     });
     const access = createAccess({ sessions: async () => state.sessions, teamOf: (owner) => (owner.team ? owner : undefined), signOutMs: () => state.ms });
     const member = (name) => ({ userId: 'u', name });
     Object.assign(globalThis, {
       by, access, options: state, share, link, owner, member, shares: (...all) => { shares = all; },
       show: (of) => access.show({ owner: of, name: 'a' }), answer: (value) => asked.shift().resolve(value), fail: () => asked.shift().reject(new Error()),
       state: () => [
         [...by('access-list').children].map((row) => row.querySelector('use').getAttribute('href').slice(6) + ': ' + [...row.children].slice(1).map((each) => each.textContent).join('; ')).join(' / '),
         told.splice(0).join(', '),
       ],
     });`,
    { timezoneId: 'UTC' },
  );
  await page.clock.setFixedTime('2026-12-01T12:00:00Z');
  await playActs(t, page, [
    ['show(owner())', 'person: Only you; in this browser | shares'],
    [
      'options.sessions = [{}, {}], options.ms = 1_234, show(owner())',
      'person: Only you; in 2 browsers where you are signed in / info: Your last sign-out reached the file servers in 1,234 ms. | =',
    ],
    [
      `shares(share('b'), share('a', { stale: true }), share('a', { page: undefined }), share('a', { stale: false })), show(owner())`,
      'person: You; in 2 browsers where you are signed in / share: Everybody with this link; 30:00 left; Revoke / share: Everybody with this link; 30:00 left; Copy; Revoke / info: Your last sign-out reached the file servers in 1,234 ms. | =',
    ],
    [
      `shares(), document.querySelector('#access-list li:last-child').previousSibling.querySelector('button:last-child').click()`,
      'person: Only you; in 2 browsers where you are signed in / info: Your last sign-out reached the file servers in 1,234 ms. | revoke, shares',
    ],
    [`shares(share('a'))`, '= | '],
    [
      `show(owner({ role: 'manager' }, ['Ann', 'Bea', 'Cem'].map(member)))`,
      'team: Choir; Ann, Bea, Cem / share: Everybody with this link; 30:00 left; Copy; Revoke / info: Your last sign-out reached the file servers in 1,234 ms. | members, shares, links',
    ],
    [
      `shares(), options.ms = undefined, show(owner({ role: 'editor' }, ['Ann', undefined, 'Cem', 'Dan', 'Eve'].map(member), [link(), link({ role: 'uploader' }), link({ name: 'Press' })]))`,
      'team: Choir; Ann, A member without a name, Cem, and 2 more / folder: Everybody with a link to the whole folder; until Dec 6, 2026, 12:00 PM / folder: Everybody with the folder link “Press”; until Dec 6, 2026, 12:00 PM | =',
    ],
    [`show(owner({ role: 'editor' }, undefined))`, 'team: Choir; all members | ='],
    [`show(owner({ role: 'viewer' }, ['Ann'].map(member), [link()]))`, 'team: Choir; Ann | members'],
    [
      `options.isHeld = true, show(owner()), show(owner({ role: 'viewer' }, ['Ann'].map(member)))`,
      '= | members, shares',
    ],
    [`answer([share('a')])`, '= | '],
    [
      'globalThis.late = show(owner()), await settled(), fail()',
      'info: The server does not say so at the moment. | shares',
    ],
    ['show(owner()), await settled(), access.clear(), answer([])', ' | ='],
  ]);
});
