import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { comesTo, openPage, PIXEL, waitUntil } from './browser.ts';
import { openStandIn } from './open-page.ts';

const browser = await launchShell(t);

/** A file that somebody has shared, and the page of its link in a browser where nobody is signed in. */
async function openShare(
  t: Parameters<typeof openStandIn>[0],
  file: { name: string; type: string; bytes: Buffer; seconds?: number },
  options: Parameters<typeof openStandIn>[2] = {},
) {
  const opened = await openStandIn(t, browser, options);
  const { name, type, bytes, seconds = 1_800 } = file;
  opened.store(name, type, bytes);
  const { id, page: address } = opened.share(name, seconds);
  await opened.page.goto(address);
  return { ...opened, id, address };
}

t.test('the page of a link shows its file, how long it is open, and saves it', async (t) => {
  const { page, origins, complaints } = await openShare(t, {
    name: 'a.png',
    type: 'image/png',
    bytes: PIXEL,
  });
  await page.getByRole('heading', { name: 'a.png' }).waitFor();
  await waitUntil(page, `document.querySelector('#shared-stage img')?.naturalWidth === 1`);
  t.match(await page.textContent('#shared-left'), /^(30:00|29:\d\d) left$/);
  t.equal(await page.textContent('#shared-size'), `${PIXEL.length} B`);
  const download = page.getByRole('link', { name: 'Download' });
  t.equal(await download.getAttribute('href'), `${origins.files}/shared/a.png?download`);
  t.equal(await page.title(), 'a.png – Private files');
  t.strictSame(await axeViolations(page), []);
  await page.reload();
  await page.getByRole('heading', { name: 'a.png' }).waitFor();
  t.strictSame(complaints, []);
});

for (const [name, type, content, shown] of [
  ['notes.txt', 'text/plain', 'Two eggs', '.paper pre'],
  ['list.csv', 'text/csv', 'a,b\n1,2', '.paper td'],
  ['photos.zip', 'application/zip', 'PK', '.badge'],
] as const) {
  t.test(`the page of a link to ${name}`, async (t) => {
    const { page } = await openShare(t, { name, type, bytes: Buffer.from(content) });
    await page.locator(`#shared-stage ${shown}`).first().waitFor();
    t.strictSame(await axeViolations(page), []);
  });
}

t.test('a link that has ended says so in plain words, in both languages', async (t) => {
  const file = { name: 'a.png', type: 'image/png', bytes: PIXEL };
  const { page, shares, id, address } = await openShare(t, file);
  await page.getByRole('heading', { name: 'a.png' }).waitFor();
  shares.delete(id);
  await page.reload();
  const heading = page.getByRole('heading', { name: 'This link has ended' });
  await heading.waitFor();
  await page.getByText('Ask whoever sent it for a new link.').waitFor();
  t.equal(await page.locator('#shared-file').isVisible(), false);
  t.strictSame(await axeViolations(page), []);
  await page.goto(`${new URL(address).origin}/#share=x`);
  await heading.waitFor();
  const japanese = await openPage(browser, { locale: 'ja-JP' });
  t.teardown(() => japanese.page.context().close());
  await japanese.page.goto(address);
  await japanese.page.getByRole('heading', { name: 'このリンクは終了しました' }).waitFor();
});

t.test('when its time is up, the file goes from the page', async (t) => {
  const { page } = await openShare(t, { name: 'a.png', type: 'image/png', bytes: PIXEL, seconds: 2 });
  await page.getByRole('heading', { name: 'This link has ended' }).waitFor();
  t.equal(await page.locator('#shared-stage img').count(), 0);
});

t.test('a server that does not answer is asked again by a press', async (t) => {
  const opened = await openStandIn(t, browser);
  const { page, state } = opened;
  opened.store('a.png', 'image/png', PIXEL);
  state.faults.set('POST /auth/shares/open', [[503, 'store_unavailable']]);
  await page.goto(opened.share('a.png', 1_800).page);
  await page.getByRole('heading', { name: 'The link could not be opened' }).waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'a.png' }).waitFor();
  await comesTo(t, () => page.locator('#guest').isVisible(), false);
});
