import t from 'tap';
import { openDemo } from '../services/web/acts.ts';
import { openPage, PIXEL, waitForPixel } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { axeViolations, latinWords, screenshotPath } from '../support/page-look.ts';
import { startTestStack } from '../support/test-stack.ts';

t.test('the page and the demonstration strip are Japanese where the browser prefers it', async (t) => {
  const stack = await startTestStack(t);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const { page, complaints } = await openPage(browser, { locale: 'ja-JP', reducedMotion: 'reduce' });
  await page.goto(stack.appOrigin);
  await openDemo(page);
  await page.getByText('サービスを通った画像データ: 0 B').waitFor();
  t.strictSame(await latinWords(page, []), []);
  await page.getByRole('button', { name: 'Alice になる' }).click();
  await page.locator('#empty').waitFor();
  await page.setInputFiles('#file-input', { name: 'cat.png', mimeType: 'image/png', buffer: PIXEL });
  await waitForPixel(page, 'cat.png');
  await openDemo(page);
  await page.getByRole('button', { name: '侵入を試す' }).click();
  await page.getByText('29 件の攻撃のうち 29 件を拒否').waitFor();
  const names = [
    'alice@example.test',
    'alice',
    'cat.png',
    await page.evaluate<string>('navigator.userAgent'),
  ];
  t.strictSame(
    (await latinWords(page, names)).filter((words) => !/^[2-5]\d\d( \w+)?$/.test(words)),
    [],
    'but for the answers of the edge',
  );
  t.strictSame(await axeViolations(page), []);
  await page.screenshot({ path: screenshotPath('break-in-ja') });
  t.strictSame(complaints, []);
});
