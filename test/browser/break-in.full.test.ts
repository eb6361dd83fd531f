import t from 'tap';
import { openDemo } from '../services/web/acts.ts';
import { openPage } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { axeViolations, latinWords, screenshotPath } from '../support/page-look.ts';
import { startTestStack } from '../support/test-stack.ts';

t.test('in Japanese, the strip makes a team, and a row is red where an attempt got through', async (t) => {
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
  await openDemo(page);
  await page.getByRole('button', { name: 'Alice と Bob のチームを作る' }).click();
  await page.locator('#switch-list').getByText('Alice & Bob').waitFor();
  await openDemo(page);
  await page.getByText('Alice と Bob のチームができました。').waitFor();

  // One attempt gets through.
  await page.route('**/demo/attempts', async (route) => {
    const answer = await route.fetch();
    const { attempts, victim } = JSON.parse(await answer.text());
    const through = { ...attempts[12], status: 200, isRefused: false };
    await route.fulfill({ json: { victim, attempts: attempts.with(12, through) } });
  });
  await page.getByRole('button', { name: '侵入を試す' }).click();
  await page.getByText('29 件の攻撃のうち 28 件を拒否').waitFor();
  const red = page.locator('#demo-attempts li').filter({ has: page.locator('.failed') });
  t.equal(await red.count(), 1);
  t.match(await red.textContent(), '6 つのチームを開いたあとで');
  t.match(
    await page
      .locator('#demo-attempts li')
      .filter({ hasText: '外されたメンバーに、新しい Cookie を' })
      .textContent(),
    'POST /auth/refresh',
  );
  const words = await latinWords(page, [
    'alice@example.test',
    'alice',
    'Alice & Bob',
    await page.evaluate<string>('navigator.userAgent'),
  ]);
  t.strictSame(
    words.filter((each) => !/^[2-5]\d\d( \w+)?$/.test(each)),
    [],
    'but for the answers',
  );
  t.strictSame(await axeViolations(page), []);
  await page.screenshot({ path: screenshotPath('break-in-ja') });
  t.strictSame(complaints, []);
});
