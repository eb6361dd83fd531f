import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { until, waitUntil } from './browser.ts';

const browser = await launchShell(t);

t.test('what never becomes true is told with its values', async (t) => {
  const page = await browser.newPage();
  await page.evaluate('globalThis.heard = [1, 2], undefined');
  await t.rejects(waitUntil(page, "heard.length === 3 && !gone || document.title !== ''", 0), {
    message: `never true: heard.length === 3 && !gone || document.title !== ''; heard.length is 2, gone is \
'page.evaluate: ReferenceError: gone is not defined', document.title is ''`,
  });
  await t.rejects(
    until(() => ['a'].length, 2, 0),
    { message: "never as wanted: () => ['a'].length is 1" },
  );
});
