import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

t.test('a link that the page shows elsewhere is not copied a second time', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createAccess } from './services/web/page/files/access.ts';
     const link = (id) => ({ id, name: 'a.txt', page: 'https://a.test/#share=' + id, url: '', expiresAt: new Date(Date.now() + 1_800_000).toISOString() });
     const owner = { team: undefined, shares: { list: async () => [link(1), link(2)] } };
     const access = createAccess({ sessions: async () => [{}], teamOf: () => undefined, signOutMs: () => 43 });
     globalThis.show = async (shownId) => {
       await access.show({ owner, name: 'a.txt' }, shownId);
       return [...document.querySelectorAll('#access-list li')].map((row) =>
         [row.querySelector('use').getAttribute('href'), ...[...row.querySelectorAll('.name, .quiet, button')].map(({ textContent }) => textContent)].join());
     };`,
  );
  const you = '#icon-person,You,in this browser';
  const link = '#icon-share,Everybody with this link,30:00 left,Copy,Revoke';
  const out = '#icon-info,Your last sign-out reached the file servers in 43 ms.';
  t.strictSame(await page.evaluate('show()'), [you, link, link, out]);
  t.strictSame(await page.evaluate('show(2)'), [you, link, link.replace(',Copy', ''), out]);
});
