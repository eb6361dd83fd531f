import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs, READING } from '../../bare-page.ts';

const browser = await launchShell(t);
const [A, B] = ['a'.repeat(26), 'b'.repeat(26)];

const PROGRAM = `
  import { ApiError } from './services/web/client/api-error.ts';
  import { watchAnnouncements } from './services/web/page/dom.ts';
  import { createTeams } from './services/web/page/teams/teams.ts';
  watchAnnouncements();
  ${READING}
  const told = [];
  const asked = [];
  const next = () => asked.shift() ?? { resolve: () => told.push('nobody asked'), reject: () => told.push('nobody asked') };
  const by = (id) => document.getElementById(id);
  by('content').hidden = false;
  by('side').hidden = false;
  by('search-box').hidden = false;
  const wait = (words) => (...given) => {
    told.push([words, ...given.map((each) => (typeof each === 'object' ? JSON.stringify(each).replaceAll('"', '') : each))].join(' '));
    return new Promise((resolve, reject) => asked.push({ resolve, reject }));
  };
  const heard = {};
  const team = (id) => {
    const of = (words) => wait(words + ' of ' + id.slice(0, 1));
    return {
      id, read: of('read'), rename: of('rename'), delete: of('delete'), leave: of('leave'),
      members: { changeRole: of('role'), remove: of('remove') },
      invitations: { list: of('invitations'), make: of('invite'), revoke: of('uninvite') },
      links: { list: of('links'), create: of('link'), change: of('change'), end: of('end') },
    };
  };
  const gateway = { teams: { list: wait('teams'), make: wait('make') }, team, on: (event, listener) => { heard[event] = listener; } };
  let shown;
  const teams = createTeams(gateway, {
    userId: () => 'me', shown: () => shown, show: () => told.push('show'), redraw: () => told.push('redraw'),
    forget: ({ id }) => told.push('forget ' + id.slice(0, 1)), say: (words) => told.push('say ' + words),
  });
  shown = teams.owners.own;
  Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => void told.push('copied ' + text) } });
  const listed = (id, more) => ({ id, name: id.slice(0, 1).toUpperCase(), prefix: '', role: 'manager', kind: 'made', ...more });
  const member = (userId, name, role = 'editor') => ({ userId, name, role, joinedAt: '2020-01-02T12:00:00Z' });
  const button = (words) => {
    const buttons = document.querySelectorAll(by('confirm').open ? '#confirm button' : 'dialog[open] button');
    return [...buttons].findLast((each) => each.textContent === words);
  };
  Object.assign(globalThis, {
    by, teams, listed, member, heard, told, gateway,
    press: (words) => (button(words) ? button(words).click() : told.push('no button ' + words)),
    give: (value) => next().resolve(value), fail: (code = 'other', status = 409) => next().reject(code ? new ApiError(status, code) : new Error()),
    look: (id) => { shown = teams.owners.of(id); teams.showOwner(shown); },
    set: (id, value) => { by(id).value = value; by(id).dispatchEvent(new Event('change', { bubbles: true })); },
    role: (userId, value) => { const select = document.querySelector('[data-member=' + userId + '] select'); select.value = value; select.dispatchEvent(new Event('change')); },
    state: () => [
      openDialogs(', #members, #invitations, #links-list'),
      ...['members', 'invitations', 'links-list'].map((id) => wordsOf(by(id))),
      focused(),
      [...(by('switch').hidden ? [] : ['rail']), ...[...by('switch-list').querySelectorAll('a')].map((each) => each.textContent + ' ' + each.getAttribute('href').replace(/([a-z])\\1{25}/, '$1') + (each.ariaCurrent === 'page' ? '!' : '')), ...['team-new', 'new-team', 'people-open', 'links-open', 'empty-invite'].filter((id) => !by(id).hidden)].join(', '),
      by('team').hidden ? 'own' : by('team-role').textContent,
      location.hash.replace(/([a-z])\\1{25}/, '$1') + ' ' + history.length,
      by('status').textContent,
      told.splice(0).join(', '),
    ],
  });`;

async function openPage() {
  const page = await openBarePage(browser, BODY, PROGRAM, {
    timezoneId: 'UTC',
    baseURL: 'https://app.test/',
  });
  await page.clock.install({ time: '2026-12-01T11:00:00Z' });
  await page.clock.pauseAt(new Date('2026-12-01T12:00:00Z'));
  return page;
}

const INVITE =
  'Invite by link Viewers look at the files. Editors also add, change and share them. Managers also invite and remove people. Role <Viewer/Editor*/Manager>';
const NOBODY =
  'A A member without a name since Jan 2, 2020 <Viewer/Editor*/Manager> {Remove = Remove A member without a name}';
const ENDS = '{Leave} {Rename} {Delete the team} {Done}';
const MAKE =
  'The members of a team share a folder. Make the team first, then invite people by a link. Name of the team';
const ABOUT =
  'A link opens the whole folder, or takes files for it, without an account. “Share” at a file makes a link to that file alone. Whoever has the link may';
const CHANGE =
  'A new password, or an earlier end, closes the link wherever it is open. What you leave empty stays as it is. New password';
const LINK =
  'see all files by you · until Dec 8, 2026, 12:00 PM · without a password {Change = Change the link “see all files”} {End = End the link “see all files”}';
const ANN = 'A Ann (you) since Jan 2, 2020';
const RAIL = 'team-new, new-team, people-open, links-open';
const ONCE = 'This link is shown only now.';

const LISTED = `teams.refresh(), give({ teams: [listed('${A}'), listed('${B}', { role: 'viewer', kind: 'provider' })], mayMake: true })`;

/** Each row has an act, and what it changes: the dialogs, their lists, the focus, the rail, the person's role, the address, the words that are said, and what is told. */
t.test('the teams of the person, and the ways into them and out', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [`by('search').focus()`, ' |  |  |  | search | team-new, new-team, people-open | own |  2 |  | '],
    [`teams.refresh(), fail('no_such_route', 404)`, '= | = | = | = | = | = | = | = | = | teams'],
    [`teams.refresh(), fail('network', 0)`, '= | = | = | = | = | = | = | = | = | ='],
    [
      LISTED,
      '= | = | = | = | = | rail, A Manager #team/a/, B Viewer #team/b/, team-new, new-team, people-open | = | = | = | =',
    ],
    [
      `look('${A}')`,
      `= | = | = | = | = | rail, A Manager #team/a/!, B Viewer #team/b/, ${RAIL}, empty-invite | You manage this team. | = | = | `,
    ],
    [
      `look('${B}')`,
      '= | = | = | = | = | rail, A Manager #team/a/, B Viewer #team/b/!, team-new, new-team | You can look at these files. | = | = | =',
    ],
    [
      `look(undefined), by('people-open').click()`,
      `= | = | = | = | = | rail, A Manager #team/a/, B Viewer #team/b/, ${RAIL} | own | = | = | =`,
    ],
    [
      `teams.refresh(), teams.refresh(), give({ teams: [listed('${A}', { name: 'Choir' })], mayMake: false })`,
      '= | = | = | = | = | rail, Choir Manager #team/a/, people-open, links-open | = | = | = | teams, forget b',
    ],
    [
      `look('${A}')`,
      '= | = | = | = | = | rail, Choir Manager #team/a/!, people-open, links-open, empty-invite | You manage this team. | = | = | ',
    ],
    [
      `heard.team({ team: { id: '${A}', role: 'editor' } })`,
      '= | = | = | = | = | rail, Choir Editor #team/a/!, people-open, links-open | You can add and change files here. | = | = | redraw',
    ],
    [
      `heard.team({ team: { id: '${A}', role: 'editor' } }), heard.team({ team: { id: '${B}', role: 'viewer' } })`,
      '= | = | = | = | = | = | = | = | = | ',
    ],
    [
      `by('confirm').showModal(), heard.teamleft({ id: '${A}' })`,
      '= | = | = | = | = | rail, people-open, links-open | = | = | = | forget a, show, say You are no longer a member of Choir.',
    ],
    [`look(undefined), heard.teamleft({ id: '${A}' })`, '= | = | = | = | = | = | own | = | = | '],
    [LISTED, `= | = | = | = | = | rail, A Manager #team/a/, B Viewer #team/b/, ${RAIL} | = | = | = | teams`],
    [
      `heard.teamleft({ id: '${B}' })`,
      `= | = | = | = | = | rail, A Manager #team/a/, ${RAIL} | = | = | = | forget b`,
    ],
    [
      `by('new-team').click()`,
      `New team ${MAKE} [] {Cancel} {Create} | = | = | = | team-name-field | = | = | = | = | `,
    ],
    [
      `by('team-name-field').value = ' Trip ', by('team-name-action').click()`,
      `New team ${MAKE} [ Trip ] {Cancel} {Create busy} | = | = | = | = | = | = | = | = | make Trip`,
    ],
    [
      `fail('invalid_name')`,
      `New team ${MAKE} [ Trip ] A name has 1 to 100 characters, and no invisible characters. {Cancel} {Create} | = | = | = | = | = | = | = | = | `,
    ],
    [
      `by('team-name-action').click(), fail('too_many_teams')`,
      `New team ${MAKE} [ Trip ] You already belong to 50 teams. Leave a team first. {Cancel} {Create} | = | = | = | = | = | = | = | = | make Trip`,
    ],
    [
      `by('team-name-action').click(), give(listed('${B}', { name: 'Trip' }))`,
      ` | = | = | = | search | rail, A Manager #team/a/, Trip Manager #team/b/, ${RAIL} | = | #team/b/ 3 | Trip is ready. Invite people to it. | make Trip, show`,
    ],
    [
      `location.hash = '#team/cccccccccccccccccccccccccc/', teams.meet()`,
      '= | = | = | = | = | = | = | #team/c/ 4 | = | teams',
    ],
    [
      `give({ teams: [listed('${A}')], mayMake: true })`,
      `= | = | = | = | = | rail, A Manager #team/a/, ${RAIL} | = |  4 | = | forget b, show, say You are not a member of this team.`,
    ],
    [
      `location.hash = '#team/cccccccccccccccccccccccccc/', teams.meet(), await settled(), fail('network', 0)`,
      '= | = | = | = | = | = | = |  5 | = | teams, show, say The connection was lost.',
    ],
    [
      `location.hash = '#team/${B}/', teams.meet(), await settled(), give({ teams: [listed('${A}'), listed('${B}')], mayMake: true })`,
      `= | = | = | = | = | rail, A Manager #team/a/, B Manager #team/b/, ${RAIL} | = | #team/b/ 6 | = | teams, show`,
    ],
    [
      `location.hash = '#team/cccccccccccccccccccccccccc/', teams.meet(), location.hash = '#/', await settled(), give({ teams: [], mayMake: false })`,
      '= | = | = | = | = | rail, people-open, links-open | = | #/ 8 | = | teams, forget a, forget b',
    ],
    [`teams.owners.clear()`, '= | = | = | = | = | people-open, links-open | = | = | = | '],
  ]);
});

t.test('the people of a team', async (t) => {
  const page = await openPage();
  const people = `{ ...listed('${A}'), members: [member('me', 'Ann', 'manager'), member('you', undefined), member('cem', 'Cem', 'viewer')] }`;
  await playActs(t, page, [
    [
      `by('search').focus(), ${LISTED}, await settled(), look('${A}'), by('people-open').click()`,
      `People of A ${INVITE} For <one person*/10 people/100 people> {Create link} ${ENDS} |  |  |  | invite-role | rail, A Manager #team/a/!, B Viewer #team/b/, ${RAIL}, empty-invite | You manage this team. |  2 |  | teams, invitations of a, read of a`,
    ],
    [`give([])`, '= | = | = | = | = | = | = | = | = | '],
    [
      `give(${people})`,
      `= | ${ANN} <Viewer/Editor/Manager*> ${NOBODY} C Cem since Jan 2, 2020 <Viewer*/Editor/Manager> {Remove = Remove Cem} | = | = | = | = | = | = | = | =`,
    ],
    [
      `role('cem', 'editor')`,
      `= | ${ANN} <Viewer/Editor/Manager*> ${NOBODY} C Cem since Jan 2, 2020 <Viewer/Editor*/Manager off> {Remove = Remove Cem} | = | = | = | = | = | = | = | role of a cem editor`,
    ],
    [
      `fail('last_manager')`,
      `People of A ${INVITE} For <one person*/10 people/100 people> {Create link} A team needs a manager. First make somebody else a manager, or delete the team. ${ENDS} | ${ANN} <Viewer/Editor/Manager*> ${NOBODY} C Cem since Jan 2, 2020 <Viewer*/Editor/Manager> {Remove = Remove Cem} | = | = | = | = | = | = | = | `,
    ],
    [
      `role('cem', 'manager'), await settled(), give()`,
      `People of A ${INVITE} For <one person*/10 people/100 people> {Create link} Cem now has the role “Manager”. ${ENDS} | ${ANN} <Viewer/Editor/Manager*> ${NOBODY} C Cem since Jan 2, 2020 <Viewer/Editor/Manager*> {Remove = Remove Cem} | = | = | = | = | = | = | = | role of a cem manager`,
    ],
    [
      `role('cem', 'viewer'), await settled(), fail()`,
      `People of A ${INVITE} For <one person*/10 people/100 people> {Create link} The server has a problem at the moment. ${ENDS} | = | = | = | = | = | = | = | = | role of a cem viewer`,
    ],
    [
      `document.querySelector('[data-member=cem] button').click()`,
      `Remove Cem from the team? They can no longer open its files. All open invitations of the team end, and so do the links to files that they have shared. {Cancel} {Remove} / People of A ${INVITE} For <one person*/10 people/100 people> {Create link} The server has a problem at the moment. ${ENDS} | = | = | = | {Cancel} | = | = | = | = | `,
    ],
    [
      `press('Cancel')`,
      `People of A ${INVITE} For <one person*/10 people/100 people> {Create link} The server has a problem at the moment. ${ENDS} | = | = | = | invite-role | = | = | = | = | =`,
    ],
    [
      `document.querySelector('[data-member=cem] button').click(), press('Remove'), await settled(), fail('no_such_member')`,
      `People of A ${INVITE} For <one person*/10 people/100 people> {Create link} That person is no member any more. ${ENDS} | = | = | = | = | = | = | = | = | remove of a cem`,
    ],
    [
      `document.querySelector('[data-member=cem] button').click(), press('Remove'), await settled(), give()`,
      `People of A ${INVITE} For <one person*/10 people/100 people> {Create link} Cem is no longer a member. ${ENDS} | ${ANN} <Viewer/Editor/Manager*> ${NOBODY} | = | = | people-close | = | = | = | = | remove of a cem, invitations of a`,
    ],
    [
      `give([{ id: 'i', role: 'viewer', usesLeft: 1, expiresAt: '2026-12-08T12:00:00Z' }, { id: 'j', role: 'editor', usesLeft: 10, expiresAt: '2027-12-08T12:00:00Z' }])`,
      '= | = | Viewer for one person, until Dec 8 {End = End the invitation: Viewer, for one person, until Dec 8} Editor for 10 people, until Dec 8, 2027 {End = End the invitation: Editor, for 10 people, until Dec 8, 2027} | = | = | = | = | = | = | ',
    ],
    [
      `by('invite-uses').value = '10', by('invite-create').click()`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link busy} ${ENDS} | = | = | = | = | = | = | = | = | invite of a {role:editor,uses:10}`,
    ],
    [
      `give({ id: 'k', url: 'https://app.test/#join=k', expiresAt: '2026-12-09T12:00:00Z' })`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link busy} [https://app.test/#join=k] {Copy} Send this link. It is for 10 people, until Dec 9. ${ONCE} ${ENDS} | = | = | = | invite-copy | = | = | = | = | invitations of a`,
    ],
    [
      `fail()`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} [https://app.test/#join=k] {Copy} Send this link. It is for 10 people, until Dec 9. ${ONCE} ${ENDS} | = |  | = | = | = | = | = | = | `,
    ],
    [
      `by('invite-copy').click()`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} [https://app.test/#join=k] {Copied} Send this link. It is for 10 people, until Dec 9. ${ONCE} ${ENDS} The link is in the clipboard. | = | = | = | = | = | = | = | The link is in the clipboard. | copied https://app.test/#join=k`,
    ],
    [
      `by('invite-create').click(), give({ id: 'l', url: 'https://app.test/#join=l', expiresAt: '2026-12-09T12:00:00Z' }), await settled(), give(['k', 'l'].map((id) => ({ id, role: 'manager', usesLeft: 1, expiresAt: '2026-12-08T12:00:00Z' })))`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} [https://app.test/#join=l] {Copy} Send this link. It is for 10 people, until Dec 9. ${ONCE} ${ENDS} The link is in the clipboard. | = | Manager for one person, until Dec 8 {End = End the invitation: Manager, for one person, until Dec 8} Manager for one person, until Dec 8 {End = End the invitation: Manager, for one person, until Dec 8} | = | = | = | = | = | = | invite of a {role:editor,uses:10}, invitations of a`,
    ],
    [
      `document.querySelector('[data-invitation=k] button').click()`,
      '= | = | Manager for one person, until Dec 8 {End = End the invitation: Manager, for one person, until Dec 8 busy} Manager for one person, until Dec 8 {End = End the invitation: Manager, for one person, until Dec 8} | = | = | = | = | = | = | uninvite of a k',
    ],
    [
      `fail('no_such_team', 404)`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} [https://app.test/#join=l] {Copy} Send this link. It is for 10 people, until Dec 9. ${ONCE} You do not belong to this team any more. ${ENDS} The link is in the clipboard. | = | Manager for one person, until Dec 8 {End = End the invitation: Manager, for one person, until Dec 8} Manager for one person, until Dec 8 {End = End the invitation: Manager, for one person, until Dec 8} | = | = | = | = | = | = | `,
    ],
    [
      `document.querySelector('[data-invitation=k] button').click(), give()`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} [https://app.test/#join=l] {Copy} Send this link. It is for 10 people, until Dec 9. ${ONCE} The invitation has ended. ${ENDS} The link is in the clipboard. | = | Manager for one person, until Dec 8 {End = End the invitation: Manager, for one person, until Dec 8} | = | invite-create | = | = | = | = | uninvite of a k`,
    ],
    [
      `document.querySelector('[data-invitation=l] button').click(), give()`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} The invitation has ended. ${ENDS} The link is in the clipboard. | = |  | = | = | = | = | = | = | uninvite of a l`,
    ],
    [
      `by('invite-create').click(), fail('too_many_invitations')`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} This team already has 100 open invitations. End some of them first. ${ENDS} The link is in the clipboard. | = | = | = | = | = | = | = | = | invite of a {role:editor,uses:10}`,
    ],
    [
      `by('people-rename').click()`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} This team already has 100 open invitations. End some of them first. ${ENDS} / Rename the team Name of the team [A] {Cancel} {Save} | = | = | = | team-name-field | = | = | = |  | `,
    ],
    [
      `by('team-name-field').value = 'New', by('team-name-action').click(), give(listed('${A}', { name: 'New' }))`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} ${ENDS} | = | = | = | invite-create | rail, New Manager #team/a/!, B Viewer #team/b/, ${RAIL}, empty-invite | = | = | = | rename of a New, redraw, read of a`,
    ],
    [
      `give({ ...${people}, name: 'New' })`,
      `People of New ${INVITE} For <one person/10 people*/100 people> {Create link} ${ENDS} | ${ANN} <Viewer/Editor/Manager*> ${NOBODY} C Cem since Jan 2, 2020 <Viewer*/Editor/Manager> {Remove = Remove Cem} | = | = | = | = | = | = | = | `,
    ],
    [
      `role('me', 'editor'), give()`,
      `People of New ${INVITE} For <one person/10 people*/100 people> {Create link} Ann now has the role “Editor”. ${ENDS} | ${ANN} <Viewer/Editor*/Manager> ${NOBODY} C Cem since Jan 2, 2020 <Viewer*/Editor/Manager> {Remove = Remove Cem} | = | = | = | rail, New Editor #team/a/!, B Viewer #team/b/, ${RAIL} | You can add and change files here. | = | = | role of a me editor, redraw, read of a`,
    ],
    [
      `give({ ...listed('${A}', { role: 'editor' }), members: [member('me', 'Ann'), member('cem', 'Cem', 'viewer')] })`,
      `People of A Ann now has the role “Editor”. {Leave} {Done} | ${ANN} Editor C Cem since Jan 2, 2020 Viewer | = | = |  | = | = | = | = | `,
    ],
    [
      `by('people-leave').click()`,
      'Leave New? You can no longer open its files, and the links that you have shared end. To come back, you need an invitation. {Cancel} {Leave} / People of A {Leave} {Done} | = | = | = | {Cancel} | = | = | = | = | =',
    ],
    [`press('Cancel')`, 'People of A {Leave} {Done} | = | = | = |  | = | = | = | = | ='],
    [
      `by('people-leave').click(), press('Leave'), await settled(), fail('last_manager')`,
      'People of A A team needs a manager. First make somebody else a manager, or delete the team. {Leave} {Done} | = | = | = | = | = | = | = | = | leave of a',
    ],
    [
      `by('people-leave').click(), press('Leave'), await settled(), heard.teamleft({ id: '${A}' }), give()`,
      ` |  | = | = | search | rail, B Viewer #team/b/, ${RAIL} | = | = | You have left New. | leave of a, forget a, show, say `,
    ],
    [
      `look(undefined), ${LISTED}, await settled(), look('${A}'), by('empty-invite').click()`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} ${ENDS} | = | = | = | invite-role | rail, A Manager #team/a/!, B Viewer #team/b/, ${RAIL}, empty-invite | You manage this team. | = |  | teams, invitations of a, read of a`,
    ],
    [`by('people').close()`, ' | = | = | = | search | = | = | = | = | '],
    [`give([]), give(${people})`, '= | = | = | = | = | = | = | = | = | ='],
    [
      `by('people-open').click(), await settled(), give([]), give({ ...listed('${A}') })`,
      `People of A ${INVITE} For <one person/10 people*/100 people> {Create link} ${ENDS} | = | = | = | invite-role | = | = | = | = | invitations of a, read of a`,
    ],
    [
      `by('people-delete').click()`,
      `Delete A? Nobody can open its files any more. All of them are deleted, and every link to them ends. {Cancel} {Delete} / People of A ${INVITE} For <one person/10 people*/100 people> {Create link} ${ENDS} | = | = | = | {Cancel} | = | = | = | = | `,
    ],
    [
      `press('Delete'), await settled(), give()`,
      ` | = | = | = | search | rail, B Viewer #team/b/, ${RAIL}, empty-invite | = | = | A is deleted. | delete of a, forget a, show, say `,
    ],
    [
      `${LISTED}, await settled(), look('${A}'), by('people-open').click(), by('people').close(), teams.owners.put(listed('${B}')), look('${B}'), by('people-open').click()`,
      `People of B ${INVITE} For <one person/10 people*/100 people> {Create link} ${ENDS} | = | = | = | invite-role | rail, A Manager #team/a/, B Manager #team/b/!, ${RAIL}, empty-invite | = | = |  | teams, invitations of a, read of a, invitations of b, read of b`,
    ],
    [
      `give([]), fail(), fail(), give({ ...listed('${B}'), members: [member('me', 'Ann', 'manager')] })`,
      `= | ${ANN} <Viewer/Editor/Manager*> | = | = | = | = | = | = | = | `,
    ],
  ]);
});

t.test('the links to the folder of a team', async (t) => {
  const page = await openPage();
  const link = (id: string, more = '') =>
    `{ id: '${id}', role: 'viewer', maker: 'me', hasPassword: false, expiresAt: '2026-12-08T12:00:00Z', ${more} }`;
  const details = `{ ...listed('${A}'), members: [member('you', 'Bea'), member('cem', undefined)] }`;
  await playActs(t, page, [
    [
      `by('search').focus(), ${LISTED}, await settled(), look('${A}'), by('links-open').click()`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} {Done} |  |  |  | links-role | rail, A Manager #team/a/!, B Viewer #team/b/, ${RAIL}, empty-invite | You manage this team. |  2 |  | teams, links of a, read of a`,
    ],
    [
      `give([${link('i')}, ${link('j', `name: 'Press', maker: 'you', hasPassword: true`)}, ${link('k', `role: 'uploader', maker: 'cem', maxFiles: 1_000, maxBytes: 2_000_000, files: 3, bytes: 4_000`)}, ${link('l', `role: 'uploader', name: 'In', maxFiles: 5, maxBytes: 6`)}, ${link('m', 'maxFiles: 5')}]), give(${details})`,
      `= | = | = | ${LINK} Press see all files · by Bea · until Dec 8, 2026, 12:00 PM · with a password {Change = Change the link “Press”} {End = End the link “Press”} send files by a member · until Dec 8, 2026, 12:00 PM · without a password · 3 of 1,000 files, 4.0 kB of 2.0 MB {Change = Change the link “send files”} {End = End the link “send files”} In send files · by you · until Dec 8, 2026, 12:00 PM · without a password · 0 of 5 files, 0 B of 6 B {Change = Change the link “In”} {End = End the link “In”} ${LINK} | = | = | = | = | = | `,
    ],
    [
      `set('links-role', 'uploader')`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> Files, at most [100] GB, all together [10] {Create link} {Done} | = | = | = | = | = | = | = | = | =`,
    ],
    [
      `set('links-role', 'viewer')`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} {Done} | = | = | = | = | = | = | = | = | =`,
    ],
    [
      `by('links-create').click()`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link busy} {Done} | = | = | = | = | = | = | = | = | link of a {role:viewer,expiresIn:604800}`,
    ],
    [
      `fail('invalid_name')`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} A name has 1 to 40 characters, no slash, and no invisible characters. {Done} | = | = | = | = | = | = | = | = | `,
    ],
    [
      `by('links-name').value = ' Press ', by('links-password').value = ' p ', set('links-length-unit', 'hours'), by('links-create').click()`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [ Press ] Password (optional) [ p ] The link ends after [7] <minutes/hours*/days> {Create link busy} {Done} | = | = | = | = | = | = | = | = | link of a {role:viewer,expiresIn:25200,name:Press,password: p }`,
    ],
    [
      `give({ id: 'n', url: 'https://app.test/#link=n', expiresAt: '2026-12-01T19:00:00Z' })`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> {Create link busy} [https://app.test/#link=n] {Copy} Until Dec 1, 2026, 7:00 PM. ${ONCE} {Done} | = | = | = | folder-copy | = | = | = | = | links of a, read of a`,
    ],
    [
      `give([${link('n')}, ${link('o')}]), give({ ...${details}, members: undefined })`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> {Create link} [https://app.test/#link=n] {Copy} Until Dec 1, 2026, 7:00 PM. ${ONCE} {Done} | = | = | ${LINK} ${LINK} | = | = | = | = | = | `,
    ],
    [
      `by('folder-copy').click()`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> {Create link} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} {Done} The link is in the clipboard. | = | = | = | = | = | = | = | The link is in the clipboard. | copied https://app.test/#link=n`,
    ],
    [
      `set('links-role', 'uploader'), by('links-space').value = '0.5', by('links-create').click()`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> Files, at most [100] GB, all together [0.5] {Create link busy} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} {Done} The link is in the clipboard. | = | = | = | = | = | = | = | = | link of a {role:uploader,expiresIn:25200,maxFiles:100,maxBytes:500000000}`,
    ],
    [
      `fail('too_many_links')`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> Files, at most [100] GB, all together [0.5] {Create link} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} This team has too many links. End some of them, or wait a few minutes. {Done} The link is in the clipboard. | = | = | = | = | = | = | = | = | `,
    ],
    [
      `document.querySelector('[data-link=o] button').click()`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> Files, at most [100] GB, all together [0.5] {Create link} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} This team has too many links. End some of them, or wait a few minutes. {Done} / Change the link “see all files” ${CHANGE} [] From now, the link ends after [] <minutes/hours/days*> {Cancel} {Save} | = | = | = | link-change-password | = | = | = |  | =`,
    ],
    [
      `by('link-change-action').click()`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> Files, at most [100] GB, all together [0.5] {Create link} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} This team has too many links. End some of them, or wait a few minutes. {Done} | = | = | = | folder-copy | = | = | = | = | =`,
    ],
    [
      `document.querySelector('[data-link=o] button').click(), by('link-change-password').value = 'q', by('link-change-length').value = '2', by('link-change-action').click()`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> Files, at most [100] GB, all together [0.5] {Create link} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} This team has too many links. End some of them, or wait a few minutes. {Done} / Change the link “see all files” ${CHANGE} [q] From now, the link ends after [2] <minutes/hours/days*> {Cancel} {Save busy} | = | = | = | link-change-password | = | = | = | = | change of a o {password:q,expiresIn:172800}`,
    ],
    [
      `fail('no_such_link')`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> Files, at most [100] GB, all together [0.5] {Create link} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} This team has too many links. End some of them, or wait a few minutes. {Done} / Change the link “see all files” ${CHANGE} [q] From now, the link ends after [2] <minutes/hours/days*> This link has ended. {Cancel} {Save} | = | = | = | = | = | = | = | = | `,
    ],
    [
      `by('link-change-action').click(), give({ hasPassword: true, expiresAt: '2026-12-03T12:00:00Z' })`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> Files, at most [100] GB, all together [0.5] {Create link} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} The link has changed. {Done} | = | = | ${LINK} see all files by you · until Dec 3, 2026, 12:00 PM · with a password {Change = Change the link “see all files”} {End = End the link “see all files”} | folder-copy | = | = | = | = | change of a o {password:q,expiresIn:172800}`,
    ],
    [
      `document.querySelector('[data-link=o] button').click(), by('link-change-length').value = '1', set('link-change-length-unit', 'minutes'), by('link-change-action').click()`,
      `Links to the folder of A ${ABOUT} <see all files/send files*> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours*/days> Files, at most [100] GB, all together [0.5] {Create link} [https://app.test/#link=n] {Copied} Until Dec 1, 2026, 7:00 PM. ${ONCE} The link has changed. {Done} / Change the link “see all files” ${CHANGE} [] From now, the link ends after [1] <minutes*/hours/days> {Cancel} {Save busy} | = | = | = | link-change-password | = | = | = | = | change of a o {expiresIn:60}`,
    ],
    [
      `by('links').close(), await settled(), give({ expiresAt: '2026-12-01T12:01:00Z' })`,
      ' | = | = |  |  | = | = | = | = | ',
    ],
    [
      `by('links-open').click(), await settled(), give([${link('o')}, ${link('p')}]), give(${details})`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} {Done} | = | = | ${LINK} ${LINK} | links-role | = | = | = | = | links of a, read of a`,
    ],
    [
      `by('links-create').click(), give({ id: 'o', url: 'https://app.test/#link=o', expiresAt: '2026-12-01T19:00:00Z' }), await settled(), fail(), fail()`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} [https://app.test/#link=o] {Copy} Until Dec 1, 2026, 7:00 PM. ${ONCE} The server has a problem at the moment. {Done} | = | = | = | folder-copy | = | = | = | = | link of a {role:viewer,expiresIn:604800}, links of a, read of a`,
    ],
    [
      `document.querySelectorAll('[data-link=p] button')[1].click(), fail('no_such_link')`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} [https://app.test/#link=o] {Copy} Until Dec 1, 2026, 7:00 PM. ${ONCE} This link has ended. {Done} | = | = | = | = | = | = | = | = | end of a p`,
    ],
    [
      `document.querySelectorAll('[data-link=p] button')[1].click(), give()`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} [https://app.test/#link=o] {Copy} Until Dec 1, 2026, 7:00 PM. ${ONCE} The link has ended. It opens nothing any more. {Done} | = | = | ${LINK} | links-create | = | = | = | = | =`,
    ],
    [
      `document.querySelectorAll('[data-link=o] button')[1].click(), give()`,
      `Links to the folder of A ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} The link has ended. It opens nothing any more. {Done} | = | = |  | = | = | = | = | = | end of a o`,
    ],
    [
      `by('links-create').click(), by('links').close(), await settled(), give({ id: 'o', url: 'https://app.test/#link=o', expiresAt: '2026-12-01T19:00:00Z' })`,
      ' | = | = | = |  | = | = | = | = | link of a {role:viewer,expiresIn:604800}',
    ],
    [
      `teams.openLinks(teams.owners.of('${A}')), by('links').close(), teams.openLinks(teams.owners.of('${B}')), await settled(), give([${link('x')}]), give(${details}), await settled(), give([${link('y')}]), give(${details})`,
      `Links to the folder of B ${ABOUT} <see all files*/send files> Name (optional) [] Password (optional) [] The link ends after [7] <minutes/hours/days*> {Create link} {Done} | = | = | ${LINK} | links-role | = | = | = | = | links of a, read of a, links of b, read of b`,
    ],
  ]);
});
