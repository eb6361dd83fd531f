import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations, latinWords } from '../../support/page-look.ts';
import { account, act, card, cards, choose, fileLink, items, namesOf, openSessions } from './acts.ts';
import { comesTo, PIXEL, until, waitForPixel } from './browser.ts';
import { openFiles, openPictures, openStandIn } from './open-page.ts';
import { ALICE } from './stand-in.ts';

const browser = await launchShell(t);

t.test('search, order and look survive a reload, and the title follows', async (t) => {
  const { page } = await openFiles(t, browser, ['trips/b.png', 'trips/a.png', 'trips/a2.png']);
  await page.getByRole('link', { name: 'Folder trips' }).click();
  await comesTo(t, () => page.title(), 'trips – Private files');
  await page.getByRole('combobox', { name: 'Sort', exact: true }).selectOption('nameDown');
  await page.getByRole('button', { name: 'Show as a list' }).click();
  await page.getByRole('searchbox', { name: 'Search by name', exact: true }).fill('a');
  await comesTo(t, () => page.title(), '“a” – trips – Private files');
  const shown = ['a2.png', 'a.png'];
  await comesTo(t, () => namesOf(page), shown);
  await page.reload();
  await comesTo(t, () => namesOf(page), shown);
  t.equal(await page.getByRole('searchbox', { name: 'Search by name', exact: true }).inputValue(), 'a');
  await comesTo(t, () => page.title(), '“a” – trips – Private files');
  t.equal(await page.getByRole('button', { name: 'Show as tiles' }).isVisible(), true);
  await page.getByRole('combobox', { name: 'Sort', exact: true }).selectOption('By name');
  await comesTo(t, () => namesOf(page), shown.toReversed());
  t.strictSame(await axeViolations(page), []);
});

t.test('what is scanned opens once it is clean, and a file with malware says so', async (t) => {
  const { page } = await openFiles(t, browser, ['a.png']);
  let scan: string | undefined = 'scanning';
  await page.route('**/api/files?*', async (route) => {
    const response = await route.fetch();
    const { files, ...rest } = await response.json();
    const scanned = files.map((file: object) => ({ ...file, scan }));
    await route.fulfill({ response, json: { ...rest, files: scanned } });
  });
  await page.reload();
  await page.getByText('Being scanned').waitFor();
  t.equal(await cards(page).getByRole('link').count(), 0, 'it cannot be opened yet');
  await page.evaluate(`location.hash = '#/a.png'`);
  await page.getByText('a.png: Being scanned').waitFor();
  scan = 'refused';
  await page.getByText('Blocked: the scan found malware').waitFor();
  t.equal(await cards(page).getByRole('img').count(), 0);
  scan = undefined;
  await page.reload();
  await cards(page).getByRole('img').waitFor();
  await fileLink(page, 'a.png').waitFor();
  t.equal(await page.getByText('Blocked: the scan found malware').count(), 0);
});

t.test('files follow between tabs', async (t) => {
  const { page, origins, requests } = await openPictures(t, browser, ['a.png', 'b.png']);
  const other = await page.context().newPage();
  await other.goto(origins.app);
  await fileLink(other, 'a.png').waitFor();
  await act(page, 'a.png', 'Delete');
  await fileLink(other, 'a.png').waitFor({ state: 'detached' });
  await choose(page, { name: 'c.png', mimeType: 'image/png', buffer: PIXEL });
  await fileLink(other, 'c.png').waitFor();
  await until(() => requests('POST /api/uploads').length, 1);
});

t.test('the theme and the language are the person’s choice', async (t) => {
  const { page } = await openPictures(t, browser, ['a.png']);
  const ground = 'getComputedStyle(document.documentElement).backgroundColor';
  const light = await page.evaluate(ground);
  await account(page).click();
  await page.getByLabel('Theme').selectOption('dark');
  const dark = await page.evaluate(ground);
  t.not(dark, light);
  await page.reload();
  await cards(page).waitFor();
  t.equal(await page.evaluate(ground), dark, 'after a reload');
  t.strictSame(await axeViolations(page), []);
  await account(page).click();
  await page.getByLabel('Language').selectOption('ja');
  await page.getByText('マイファイル').first().waitFor();
  await comesTo(t, () => page.evaluate('document.documentElement.lang'), 'ja');
});

t.test('a file is dragged onto a folder', async (t) => {
  const { page, stored } = await openFiles(t, browser, ['a.png', 'b.png', 'to/c.png']);
  await page.getByRole('checkbox', { name: 'Select a.png' }).check();
  await page.getByRole('checkbox', { name: 'Select b.png' }).check();
  await fileLink(page, 'a.png').dragTo(card(page, 'to/'));
  await comesTo(t, () => namesOf(page), ['to']);
  const there = [...stored.keys()].filter((name) => !name.startsWith('.'));
  t.strictSame(there.toSorted(), ['to/a.png', 'to/b.png', 'to/c.png']);
});

t.test('what is dropped anywhere goes into the shown folder, which is named', async (t) => {
  const { page } = await openFiles(t, browser, ['trips/a.png']);
  await page.getByRole('link', { name: 'Folder trips' }).click();
  const dataTransfer = await page.evaluateHandle(`(() => {
    const dragged = new DataTransfer();
    dragged.items.add(new File(['x'], 'x.txt'));
    return dragged;
  })()`);
  const places = page.getByRole('navigation', { name: 'Places' });
  await places.dispatchEvent('dragover', { dataTransfer });
  await page.getByText('Drop into trips').waitFor();
  await places.dispatchEvent('drop', { dataTransfer });
  await fileLink(page, 'trips/x.txt').waitFor();
  await page.getByText('Drop into trips').waitFor({ state: 'hidden' });
});

t.test('photos stand in rows, by the month when they were taken', async (t) => {
  const { page, state, origins } = await openFiles(t, browser, []);
  const url = `${origins.files}/users/x/a.png`;
  const photo = (name: string, takenAt?: string) => ({
    ...{ name, size: 1, type: 'image/png', etag: '', lastModified: '2026-11-01T12:00:00.000Z', url },
    ...{ takenAt, width: 600, height: 1_000, color: '#336699' },
  });
  const files = [photo('june.png', '2026-06-02T10:00:00'), photo('late.png'), photo('may.png', '2026-05-01')];
  const text = { ...photo('a.txt'), type: 'text/plain' };
  state.answers.set('GET /api/files', () => [200, { files: [...files, text] }]);
  await page.goto(`${origins.app}/#photos/`);
  await page.reload();
  const months = page.getByRole('navigation', { name: 'Months' }).getByRole('button');
  await comesTo(t, () => months.allTextContents(), ['November 2026', 'June 2026', 'May 2026']);
  await comesTo(t, () => namesOf(page), ['late.png', 'june.png', 'may.png']);
  const box = await card(page, 'june.png').boundingBox();
  t.ok(box && Math.abs(box.width / box.height - 0.6) < 0.01, 'each keeps its shape');
  await comesTo(t, () => page.title(), 'Photos – Private files');
  t.strictSame(await axeViolations(page), []);
});

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
  await openSessions(page, 'ログイン中のブラウザ');
  await page.getByText('このブラウザ', { exact: true }).waitFor();
  t.strictSame(await strangers(), []);
  await page.keyboard.press('Escape');
  await page
    .getByText(/11月25日|2026\/11\/25/)
    .first()
    .waitFor();
  t.strictSame(await strangers(), []);
  t.strictSame(await axeViolations(page), []);
  standIn.state.faults.set('POST /api/uploads', [[413, 'file_too_large']]);
  const large = { name: 'large.png', mimeType: 'image/png', buffer: PIXEL };
  await page.getByLabel('ファイルを選ぶ', { exact: true }).setInputFiles(large);
  await page.getByText('このファイルは大きすぎます。').waitFor();
  standIn.operations.state.keeps = false;
  await act(page, 'cat.png', '削除');
  await page.getByRole('heading', { name: 'cat.png を削除しますか?' }).waitFor();
  t.strictSame(await strangers(), []);
  t.strictSame(complaints, []);
});

t.test('nothing moves where the person wants less motion', async (t) => {
  const { page, state } = await openFiles(t, browser, ['a.png'], { reducedMotion: 'reduce' });
  let open = () => {};
  state.s3Gate = new Promise((resolve) => {
    open = resolve;
  });
  await choose(page, { name: 'x.png', mimeType: 'image/png', buffer: PIXEL });
  await items(page, 'Uploads').getByRole('progressbar').waitFor();
  const moving = () =>
    page.evaluate<string[]>(`[...document.querySelectorAll('*')].flatMap((element) =>
      [null, '::before', '::after', '::-webkit-progress-value'].flatMap((part) => {
        const { transitionDuration, animationDuration } = getComputedStyle(element, part);
        return [transitionDuration, animationDuration].every((each) => /^(0s|auto)$/.test(each))
          ? []
          : [element.outerHTML + (part ?? '')];
      }))`);
  t.strictSame(await moving(), []);
  t.equal(await page.evaluate('document.getAnimations().length'), 0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  t.ok((await moving()).length > 0, 'what moves otherwise is seen');
  open();
});
