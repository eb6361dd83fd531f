import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { openBarePage } from '../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

t.test('all links: what each opens, where that is, and how to come to it', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createShared } from './services/web/page/lists.ts';
     const expiresAt = new Date(Date.now() + 1_800_000).toISOString();
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
  t.strictSame(await page.evaluate('show()'), [
    'ZIP | #/a.zip | a.zip | 30:00 left',
    'https://files.test/thumbnail | #/x/y/b.png | b.png x / y | 30:00 left',
    'TXT |  | gone.txt | opens nothing: the file was replaced or deleted',
    'TXT | #team/t/z/c.txt | c.txt Choir / z | 30:00 left',
    '#icon-folder |  | see all files Choir | until Dec 6, 2026, 12:00 PM',
    '#icon-upload |  | Papers Choir | send files · until Dec 6, 2026, 12:00 PM · with a password',
  ]);
});
