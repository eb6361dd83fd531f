import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { BODY, openBarePage, playActs, READING } from '../../bare-page.ts';

const browser = await launchShell(t);

const TEXT = 'This link invites you to a team, whose members share a folder. They will see your name.';

/** Each row has an act, and what it changes: the dialog, the focus, what the tab keeps, the address, and what is told. */
t.test('an invitation that the address has brought', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { ApiError } from './services/web/client/api-error.ts';
     import { createJoin, isInvitation } from './services/web/page/teams/join.ts';
     ${READING}
     const told = [];
     const asked = [];
     const by = (id) => document.getElementById(id);
     by('signed-out').hidden = false;
     by('sign-in').addEventListener('click', (event) => event.preventDefault());
     const join = createJoin({
       accept: (secret) => { told.push('accept ' + secret); return new Promise((resolve, reject) => asked.push({ resolve, reject })); },
       onJoined: ({ name }) => told.push('joined ' + name),
     });
     Object.assign(globalThis, {
       by, join, told,
       go: (hash) => { history.replaceState(null, '', '/' + hash); told.push(isInvitation() + ' ' + join.take()); },
       give: () => asked.shift().resolve({ name: 'Choir' }), fail: (status, code) => asked.shift().reject(new ApiError(status, code)),
       state: () => [
         openDialogs(),
         focused(),
         JSON.stringify(Object.fromEntries(Object.entries({ ...sessionStorage }).sort())).replaceAll('"', '') + (join.isInvited() ? ' invited' : ''),
         location.hash,
         told.splice(0).join(', '),
       ],
     });`,
    { baseURL: 'https://app.test/' },
  );
  await playActs(t, page, [
    [`join.ask('ann')`, ' |  | {} |  | '],
    [`go('#/a')`, '= | = | = | #/a | false false'],
    [`go('#join=s1')`, '= | = | {invitation:s1} invited |  | true true'],
    [
      `join.ask('ann')`,
      `Join the team? ${TEXT} {Cancel} {Join} | join-cancel | {invitation:s1,invitation-asked:ann} invited | = | `,
    ],
    [`by('join-cancel').click()`, ' |  | {} | = | ='],
    [
      `go('#join=s2'), join.ask('ann'), by('join-action').click()`,
      `Join the team? ${TEXT} {Cancel} {Join busy} | join-cancel | {invitation:s2,invitation-asked:ann} invited | = | true true, accept s2`,
    ],
    [`by('join-action').click()`, '= | = | = | = | '],
    [`fail(0, 'network')`, `Join the team? ${TEXT} The connection was lost. {Cancel} {Join} | = | = | = | =`],
    [`by('join-action').click()`, `Join the team? ${TEXT} {Cancel} {Join busy} | = | = | = | accept s2`],
    [`give()`, ' |  | {} | = | joined Choir'],
    [
      `go('#join=s3'), by('sign-in').click(), join.ask('ann')`,
      `Join the team? ${TEXT} {Cancel} {Join busy} | join-cancel | {invitation:s3,invitation-asked:ann,invitation-wanted:yes} invited | = | true true, accept s3`,
    ],
    [
      `fail(410, 'invitation_over')`,
      `Join the team? ${TEXT} This invitation is used up or has ended. Ask for a new one. {Close} | = | {} | = | `,
    ],
    [`by('join-cancel').click()`, ' |  | = | = | ='],
    [`by('sign-in').click()`, '= | = | = | = | ='],
    [
      `go('#join=s4'), join.ask('ann'), by('join').close()`,
      '= | = | {invitation:s4,invitation-asked:ann} invited | = | true true',
    ],
    [`join.ask('ann'), join.ask('ann')`, `Join the team? ${TEXT} {Cancel} {Join} | join-cancel | = | = | `],
    [`by('join').dispatchEvent(new Event('cancel')), by('join-action').click()`, ' |  | {} | = | ='],
    [`go('#join=s5'), join.ask('ann'), by('join').close(), join.ask('bob')`, '= | = | = | = | true true'],
    [
      `go('#join=s6'), join.ask('ann'), by('join-action').click(), by('join').close(), go('#join=s7'), join.ask('ann')`,
      `Join the team? ${TEXT} {Cancel} {Join} | join-cancel | {invitation:s7,invitation-asked:ann} invited | = | true true, accept s6, true true`,
    ],
    [`by('join-action').click()`, `Join the team? ${TEXT} {Cancel} {Join busy} | = | = | = | accept s7`],
    [`join.forget()`, '= | = | {} | = | '],
  ]);
  const blocked = await openBarePage(
    browser,
    BODY,
    `import { createJoin } from './services/web/page/teams/join.ts';
     Object.defineProperty(globalThis, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError'); } });
     history.replaceState(null, '', '#join=s');
     globalThis.join = createJoin({});`,
    { baseURL: 'https://app.test/' },
  );
  t.strictSame(await blocked.evaluate(`[join.take(), join.isInvited(), location.hash]`), [true, false, '']);
});
