import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

t.test('an empty place says who sees what comes there, and offers what the person may do', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { describeOwner } from './services/web/page/teams/teams.ts';
     globalThis.describe = (team) => {
       describeOwner({ team });
       const shown = ['empty-choose', 'empty-invite', 'empty-drop'].filter((id) => !document.getElementById(id).hidden);
       return [document.getElementById('empty-text').textContent, ...shown].join();
     };`,
  );
  const own = 'Add files, and only you can open them.,empty-choose,empty-drop';
  const team = 'Add files, and all members can open them.,empty-choose';
  for (const [owner, wanted] of [
    ['undefined', own],
    [`{ role: 'manager', kind: 'made' }`, `${team},empty-invite,empty-drop`],
    [`{ role: 'editor', kind: 'made' }`, `${team},empty-drop`],
    [`{ role: 'manager', kind: 'provider' }`, `${team},empty-drop`],
    [`{ role: 'viewer', kind: 'made' }`, 'The files that members add appear here.'],
  ] as const)
    t.equal(await page.evaluate(`describe(${owner})`), wanted, owner);
});
