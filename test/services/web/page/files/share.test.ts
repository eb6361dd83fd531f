import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

/** Each row has an act, and what it changes. What is as before is `=`. */
t.test('the dialog that shares makes a link for each file', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { ApiError } from './services/web/client/api-error.ts';
     import { createShareDialog } from './services/web/page/files/share.ts';
     import { createShareRow } from './services/web/page/files/share-row.ts';
     const told = [];
     const asked = [];
     let number = 0;
     const by = (id) => document.getElementById(id);
     const wait = (words) => new Promise((resolve, reject) => {
       told.push(words);
       asked.push({ done: resolve, fail: (code, status = 409) => reject(new ApiError(status, code)) });
     });
     const shares = { list: async () => (told.push('list'), []), revoke: (id) => wait('revoke ' + id) };
     const owner = (role) => ({ team: role && { id: 't', name: 'Physics', role }, shares, members: { list: async () => [] }, links: { list: async () => [] },
       files: { share: (name, { expiresIn }) => wait(name + ' for ' + expiresIn) } });
     const share = createShareDialog({ name: () => 'Alice', id: 'a' }, () => told.push('shared'));
     const clipboard = { fails: false };
     Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { if (clipboard.fails) throw new Error(); told.push('copied ' + text); } } });
     const link = (more = {}) => ({ id: ++number, page: 'https://a.test/#share=' + number, url: '', expiresAt: new Date(Date.now() + 1_800_000).toISOString(), ...more });
     let last = [];
     Object.assign(globalThis, {
       by, share, owner, clipboard, link, answer: () => asked.shift(),
       choose: (number, unit) => { by('share-length').value = number; by('share-length-unit').value = unit; by('share-length-unit').dispatchEvent(new Event('change')); },
       row: (more) => by('shares').replaceChildren(createShareRow(owner(), { id: 7, name: 'a.txt', ...link(), ...more }, 'Title', (row) => { told.push('over'); row.remove(); })),
       state: async () => {
         await settled();
         const { activeElement: at } = document;
         const shown = (id) => by(id).closest('[hidden]') ? '' : by(id).value ?? by(id).textContent;
         const now = [
           by('share').open ? 'open' : 'closed', shown('share-title'), shown('share-text'), by('access').hidden ? 'no access' : 'access',
           shown('share-length') && shown('share-length') + ' ' + shown('share-length-unit') + ' of ' + by('share-length').max,
           [by('share-create').hidden ? '' : 'create' + (by('share-create').ariaDisabled ? ' (busy)' : ''), by('share-close').textContent, by('share-copy').textContent].join(),
           shown('share-url').replaceAll('\\n', ' + ') + ' ' + by('share-url').rows, by('share-warning').textContent, by('share-countdown').hidden ? 'in the row' : by('share-countdown').textContent,
           by('share-progress').textContent, by('share-trouble').textContent, at.id || at.localName,
           by('status').textContent, [...by('shares').querySelectorAll('li > *')].map((each) => each.textContent || each.value).join(), told.splice(0).join(', '),
         ];
         const news = now.map((each, index) => (each === last[index] ? '=' : each)).join(' | ');
         last = now;
         return news;
       },
     });`,
  );
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(60_000);
  for (const [index, [act, wanted]] of [
    [
      `share.open(owner(), ['a.txt'])`,
      'open | Share a.txt | Everybody with the link can open this version of the file until the link ends or you revoke it. | access | 30 minutes of 10080 | create,Cancel,Copy |  1 |  |  |  |  | share-length |  |  | ',
    ],
    [
      `choose(2, 'hours'), by('share-create').click(), by('share-create').click()`,
      '= | = | = | = | 2 hours of 168 | create (busy),Cancel,Copy | = | = | = | = | = | = | = | = | a.txt for 7200',
    ],
    [
      `answer().done(link({ warning: 'It ends sooner.' }))`,
      '= | = | = | = |  | ,Done,Copy | https://a.test/#share=1 1 | It ends sooner. | in the row | = | = | share-copy | = | = | shared',
    ],
    [60_000, '= | = | = | = | = | = | = | = | = | = | = | = | = | = | '],
    [
      `by('share-copy').click()`,
      '= | = | = | = | = | ,Done,Copied | = | = | = | = | = | = | The link is in the clipboard. | = | copied https://a.test/#share=1',
    ],
    [
      `clipboard.fails = true, by('share-copy').click()`,
      '= | = | = | = | = | = | = | = | = | = | This browser does not let the page copy. The link is selected: copy it by hand. | share-url | = | = | ',
    ],
    [1_680_000, '= | = | = | = | = | = | = | = | = | = | = | = |  | = | ='],
    [60_000, 'closed | = | = | = | = | = |  1 | = | = | = | = | body | = | = | ='],
    [
      `share.open(owner('editor'), ['a.txt', 'b.txt', 'c.txt']), choose(1, 'days'), by('share-create').click()`,
      'open | Share 3 files | Each file gets a link of its own. Everybody with it can open this version of that file until the link ends or you revoke it. | no access | 1 days of 7 | create (busy),Cancel,Copy | = | = | = | Links: 0 of 3… |  | share-length | = | = | a.txt for 86400',
    ],
    [
      `answer().done(link())`,
      '= | = | = | = | = | = | = | = | = | Links: 1 of 3… | = | = | = | = | b.txt for 86400',
    ],
    [
      `answer().fail('not_found', 404)`,
      '= | = | = | = | = | = | = | = | = | = | = | = | = | = | c.txt for 86400',
    ],
    [
      `answer().done(link())`,
      '= | = | = | = |  | ,Done,Copy | a.txt: https://a.test/#share=2 + c.txt: https://a.test/#share=3 2 |  | 30:00 left |  | 1 files have no link. This file is no longer there. | share-copy | = | = | shared',
    ],
    [`by('share-close').click()`, 'closed | = | = | = | = | = |  2 | = | = | = | = | body | = | = | '],
    [
      `share.open(owner(), ['a.txt', 'b.txt']), by('share-create').click()`,
      'open | Share 2 files | = | = | 30 minutes of 10080 | create (busy),Cancel,Copy | = | = | = | Links: 0 of 2… |  | share-length | = | = | a.txt for 1800',
    ],
    [
      `answer().fail('other', 403)`,
      '= | = | = | = | = | create,Cancel,Copy | = | = | = |  | The server has a problem at the moment. | = | = | = | ',
    ],
    [
      `by('share-create').click()`,
      '= | = | = | = | = | create (busy),Cancel,Copy | = | = | = | Links: 0 of 2… |  | = | = | = | a.txt for 1800',
    ],
    [
      `answer().done(link())`,
      '= | = | = | = | = | = | = | = | = | Links: 1 of 2… | = | = | = | = | b.txt for 1800',
    ],
    [
      `answer().fail('other', 403)`,
      '= | = | = | = |  | ,Done,Copy | a.txt: https://a.test/#share=4 1 | = | = |  | 1 files have no link. The server has a problem at the moment. | share-copy | = | = | shared',
    ],
    [
      `share.open(owner(), ['a.txt']), by('share-create').click(), by('share').close()`,
      'closed | Share a.txt | Everybody with the link can open this version of the file until the link ends or you revoke it. | access | 30 minutes of 10080 | create (busy),Cancel,Copy |  1 | = | = | = |  | body | = | = | a.txt for 1800',
    ],
    [
      `share.open(owner(), ['b.txt'])`,
      'open | Share b.txt | = | = | = | create,Cancel,Copy | = | = | = | = | = | share-length | = | = | ',
    ],
    [`answer().done(link())`, '= | = | = | = | = | = | = | = | = | = | = | = | = | = | shared'],
    [
      `by('share').close(), share.open(owner(), ['1', '2']), by('share-create').click(), by('share').close()`,
      'closed | Share 2 files | Each file gets a link of its own. Everybody with it can open this version of that file until the link ends or you revoke it. | no access | = | create (busy),Cancel,Copy | = | = | = | Links: 0 of 2… | = | body | = | = | 1 for 1800',
    ],
    [
      `answer().done(link())`,
      '= | = | = | = | = | create,Cancel,Copy | = | = | = | = | = | = | = | = | shared',
    ],
    [
      `share.open(owner('viewer'), ['a.txt'])`,
      'open | a.txt |  | access |  | ,Done,Copy | = | = | = |  | = | share-close | = | = | ',
    ],
    [
      `by('share').close(), row({})`,
      'closed | = | = | = | = | = | = | = | = | = | = | body | = | Title,30:00 left,Copy,Revoke | =',
    ],
    [
      `clipboard.fails = false, document.querySelector('#shares button').click()`,
      '= | = | = | = | = | = | = | = | = | = | = | = | The link is in the clipboard. | Title,30:00 left,Copied,Revoke | copied https://a.test/#share=7',
    ],
    [
      `document.querySelectorAll('#shares button')[1].click()`,
      '= | = | = | = | = | = | = | = | = | = | = | = | = | = | revoke 7',
    ],
    [
      `answer().fail('other', 403)`,
      '= | = | = | = | = | = | = | = | = | = | = | = | The link is still open. The server has a problem at the moment. | = | ',
    ],
    [
      `document.querySelectorAll('#shares button')[1].click()`,
      '= | = | = | = | = | = | = | = | = | = | = | = | = | = | revoke 7',
    ],
    [
      `answer().done()`,
      '= | = | = | = | = | = | = | = | = | = | = | = | The link to a.txt opens nothing any more. |  | over',
    ],
    [
      `row({ stale: true })`,
      '= | = | = | = | = | = | = | = | = | = | = | = | = | Title,opens nothing: the file was replaced or deleted,Revoke | ',
    ],
    [
      `row({ page: undefined })`,
      '= | = | = | = | = | = | = | = | = | = | = | = | = | Title,30:00 left,Revoke | =',
    ],
    [
      `row({}), clipboard.fails = true, document.querySelector('#shares button').click()`,
      '= | = | = | = | = | = | = | = | = | = | = | = | This browser does not let the page copy. The link is selected: copy it by hand. | Title,30:00 left,https://a.test/#share=10,Revoke | =',
    ],
    [1_800_000, '= | = | = | = | = | = | = | = | = | = | = | = |  |  | over'],
  ].entries()) {
    if (typeof act === 'number') await page.clock.runFor(act);
    else await page.evaluate(`(() => { ${act} })()`);
    t.equal(await page.evaluate('state()'), wanted, `${index} ${act}`);
  }
  t.equal(await page.evaluate(`by('access-list').childElementCount`), 0, 'a closed dialog keeps no names');
  await page.evaluate(`share.open(owner(), [...'1234567']), by('share-create').click()`);
  for (let links = 0; links < 7; links++) await page.evaluate('settled().then(() => answer().done(link()))');
  t.equal(
    await page.evaluate(`settled().then(() => by('share-url').rows)`),
    6,
    'the field takes some of the screen',
  );
});
