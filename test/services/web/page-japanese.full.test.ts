import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations, latinWords } from '../../support/page-look.ts';
import { act, openSessions } from './acts.ts';
import { comesTo, PIXEL, waitForPixel } from './browser.ts';
import { openStandIn } from './open-page.ts';
import { ALICE } from './stand-in.ts';

const browser = await launchShell(t);

t.test('every word is Japanese where the browser prefers it', async (t) => {
  const { page, complaints, ...standIn } = await openStandIn(t, browser, { locale: 'ja-JP' });
  const strangers = () => latinWords(page, ['large.png', 'cat.png', ALICE.name]);
  await page.goto(standIn.origins.app);
  await page.getByRole('link', { name: 'ログイン' }).waitFor();
  await comesTo(t, () => page.title(), 'プライベートファイル');
  await comesTo(t, () => page.evaluate('document.documentElement.lang'), 'ja');
  t.strictSame(await axeViolations(page), []);
  standIn.store('cat.png', 'image/png', PIXEL);
  standIn.state.sessions = ['2026-11-26T08:00:00.000Z'].map((at) => ({
    ...{ id: 's', current: true, createdAt: at, lastUsedAt: at },
  }));
  await page.getByRole('link', { name: 'ログイン' }).click();
  await waitForPixel(page, 'cat.png');
  await openSessions(page);
  await page.getByText('このブラウザ', { exact: true }).waitFor();
  t.strictSame(await strangers(), []);
  await page.locator('#security-close').click();
  t.match(await page.textContent('#gallery li'), /11月25日|2026\/11\/25/);
  t.strictSame(await strangers(), []);
  t.strictSame(await axeViolations(page), []);
  standIn.state.faults.set('POST /api/uploads', [[413, 'file_too_large']]);
  await page.setInputFiles('#file-input', { name: 'large.png', mimeType: 'image/png', buffer: PIXEL });
  await page.getByText('このファイルは大きすぎます。').waitFor();
  standIn.operations.state.keeps = false;
  await act(page, 'cat.png', '削除');
  await page.getByRole('heading', { name: 'cat.png を削除しますか?' }).waitFor();
  t.strictSame(await strangers(), []);
  t.strictSame(complaints, []);
});
