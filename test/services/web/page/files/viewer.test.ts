import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

const openViewer = () =>
  openBarePage(
    browser,
    BODY,
    `import { createViewer } from './services/web/page/files/viewer.ts';
     // The bare page has no address to change.
     history.replaceState = () => {};
     const file = (name, type, more = {}) => [name, { name, type, size: 3, etag: '', url: 'https://files.test/' + name, lastModified: '2026-11-29T00:00:00Z', ...more }];
     const files = new Map([
       file('a.png', 'image/png'), file('b.zip', 'application/zip'), file('c.zip', 'application/zip', { scan: 'scanning' }),
       file('d.zip', 'application/zip', { scan: 'refused' }), file('x.png', 'image/png'), file('y.png', 'image/png'),
     ]);
     const library = { get: (name) => files.get(name), state: () => 'read' };
     const viewer = createViewer({ owner: () => ({ session: async () => null }), library: () => library }, { place: () => ({ folder: '' }), onLeft() {}, share() {}, delete() {}, download() {} });
     viewer.choose([...files.values()]);
     globalThis.viewer = viewer;
     globalThis.follow = async (name) => {
       viewer.follow(name);
       await settled();
       const stage = document.getElementById('lightbox-stage');
       const { open } = document.getElementById('lightbox');
       return [open ? 'open' : 'closed', [...stage.children].map((each) => each.localName + ' ' + each.textContent).join(), viewer.has(name), document.getElementById('status').textContent].join(' | ');
     };`,
  );

t.test('an address names a file: the viewer shows it, or says why not', async (t) => {
  const page = await openViewer();
  const none = 'There is no preview of this kind of file. Download it to open it.';
  for (const [name, wanted] of [
    ['a.png', 'open | img ,span Could not be loaded | true | '],
    ['b.zip', `open | div ZIP,p ${none} | false | `],
    ['c.zip', 'closed |  | false | c.zip: Being scanned'],
    ['d.zip', 'closed |  | false | d.zip: Blocked: the scan found malware'],
    ['e.zip', 'closed |  | false | e.zip is no longer there.'],
  ] as const)
    t.equal(await page.evaluate(`follow('${name}')`), wanted, name);
});

t.test('the lightbox loads once, and shows what is wanted then', async (t) => {
  const page = await openViewer();
  await page.evaluate(`viewer.follow('a.png'), viewer.follow('x.png')`);
  const shown = () =>
    page.evaluate(`settled().then(() => document.getElementById('lightbox-name').textContent)`);
  t.equal(await shown(), 'x.png');
  await page.evaluate(`document.getElementById('lightbox-previous').click()`);
  t.equal(await shown(), 'a.png');
  await page.evaluate(`document.getElementById('lightbox-next').click()`);
  t.equal(await shown(), 'x.png', 'one step, and not two');
});
