import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { fileLink } from './acts.ts';
import { comesTo, PIXEL, until, waitUntil } from './browser.ts';
import { openFiles } from './open-page.ts';

const browser = await launchShell(t);

const picture = (name: string, bytes = 100) => ({
  name,
  mimeType: 'image/png',
  buffer: Buffer.concat([PIXEL, Buffer.alloc(bytes), Buffer.from(name)]),
});
const choose = (page: Page, ...files: ReturnType<typeof picture>[]) =>
  page.getByLabel('Choose files', { exact: true }).setInputFiles(files);
const many = (count: number, bytes?: number) =>
  Array.from({ length: count }, (_, index) => picture(`${index}.png`, bytes));
const isIdle = `document.getElementById('tray').hidden`;

/** Uploads that S3 does not answer until the test says so. */
function hold(state: { s3Gate: Promise<void> }) {
  const gate = Promise.withResolvers<void>();
  state.s3Gate = gate.promise;
  return gate.resolve;
}

t.test('one panel for any number of files, which moves nothing of the page', async (t) => {
  const { page, state, complaints } = await openFiles(t, browser, ['a.png']);
  const release = hold(state);
  const top = `document.getElementById('gallery').getBoundingClientRect().top`;
  const before = await page.evaluate(top);
  await choose(page, ...many(120, 20_000));
  await page.getByText('Uploading 0 of 120').waitFor();
  await waitUntil(page, `document.getElementById('tray-progress').value > 0.01`);
  t.equal(await page.evaluate(top), before);
  t.equal(await page.locator('#uploads li').count(), 50, 'the first of them');
  t.equal(await page.textContent('#tray-more'), 'and 70 more');
  t.match(await page.textContent('#tray-pace'), /^\d%/);
  t.strictSame(await axeViolations(page), []);
  await page.getByRole('button', { name: 'Fold the uploads away' }).click();
  await page.locator('#uploads li').first().waitFor({ state: 'hidden' });
  t.equal(await page.locator('#tray-progress').isVisible(), true);
  await page.getByRole('button', { name: 'Show the uploads' }).click();
  await page.locator('#uploads li').first().waitFor();
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await waitUntil(page, isIdle);
  await comesTo(t, () => page.textContent('#status'), '120 uploads were cancelled.');
  release();
  t.strictSame(complaints, []);
});

t.test('says how fast it goes, and how long the rest takes', async (t) => {
  const { page, state } = await openFiles(t, browser, []);
  const release = hold(state);
  await choose(page, ...many(3, 200_000));
  await waitUntil(page, `document.querySelectorAll('#uploads progress').length === 3`);
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 100_000,
  });
  // It takes a minute, so the panel shows its speed long enough to be read.
  await choose(page, picture('slow.png', 6_000_000));
  release();
  await waitUntil(
    page,
    `/^\\d+% · [\\d.]+ [kM]B\\/s · .* left$/.test(document.getElementById('tray-pace').textContent)`,
  );
  await page.getByRole('button', { name: 'Cancel all' }).click();
});

t.test('failures are told by their reason, and tried again together', async (t) => {
  const { page, state, stored } = await openFiles(t, browser, []);
  const lost = Array.from({ length: 4 }, () => [503, 'store_unavailable']);
  const tooLarge = Array.from({ length: 3 }, () => [413, 'file_too_large']);
  state.faults.set('POST /api/uploads', [...lost, ...tooLarge]);
  await choose(page, ...many(9));
  await page.getByText('2 uploaded, 7 failed.').waitFor();
  await page.getByText('Not uploaded: 7').waitFor();
  await comesTo(
    t,
    () => page.getByRole('list', { name: 'Not uploaded', exact: true }).getByRole('listitem').count(),
    2,
  );
  const server = page.locator('#failures li[data-count="4"]', { hasText: 'The server has a problem' });
  await server.getByText('and 1 more').waitFor();
  const named = await page.textContent('#failures li[data-count="3"] .name');
  t.match(named, /^\d\.png, \d\.png, \d\.png$/, 'three have their names');
  t.strictSame(await axeViolations(page), []);
  await server.getByRole('button', { name: /^Try again/ }).click();
  await page.getByText('4 uploaded, 3 failed.').waitFor();
  t.equal([...stored.keys()].filter((name) => !name.startsWith('.')).length, 6);
  await page.getByRole('button', { name: 'Close the uploads' }).click();
  await waitUntil(page, isIdle);
});

t.test('folders are taken with all that is in them: chosen, or dropped', async (t) => {
  const { page, stored } = await openFiles(t, browser, []);
  const directory = temporaryDirectory(t);
  const trip = join(directory, 'trip');
  mkdirSync(join(trip, 'day 1'), { recursive: true });
  writeFileSync(join(trip, 'a.txt'), 'a');
  writeFileSync(join(trip, 'day 1', 'b.txt'), 'b');
  await page.setInputFiles('#folder-input', trip);
  await page.getByText('2 files are uploaded.').waitFor();
  t.strictSame([...stored.keys()].toSorted(), ['trip/a.txt', 'trip/day 1/b.txt']);
  await page.getByRole('link', { name: 'Folder trip' }).waitFor();

  // A browser hands over a dropped folder in parts, for example of a hundred entries.
  await page.evaluate(`(() => {
    const file = (fullPath) => ({ isFile: true, fullPath, file: (done, fail) =>
      fullPath.includes('unreadable') ? fail() : done(new File([fullPath], fullPath.split('/').pop())) });
    const folder = (fullPath, ...parts) => ({ isDirectory: true, fullPath, createReader: () => ({
      readEntries: (done) => done(parts.shift() ?? []) }) });
    const tree = folder('/drop', [file('/drop/1.txt'), folder('/drop/in', [file('/drop/in/2.txt')])],
      [file('/drop/unreadable.txt'), file('/drop/3.txt')]);
    DataTransferItem.prototype.webkitGetAsEntry = function () { return this.type === 'x/folder' ? tree : null };
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([''], 'drop', { type: 'x/folder' }));
    dataTransfer.items.add(new File(['x'], 'beside.txt'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  })()`);
  await fileLink(page, 'beside.txt').waitFor();
  const dropped = ['drop/1.txt', 'drop/3.txt', 'drop/in/2.txt'];
  await until(
    () => dropped.filter((name) => !stored.has(name)),
    (missing) => missing.length === 0,
  );
  t.strictSame([...stored.keys()].filter((name) => name.startsWith('drop')).toSorted(), dropped);
});

t.test('a pasted picture gets a name of its own; pasted words are none of it', async (t) => {
  const { page, stored } = await openFiles(t, browser, []);
  const paste = (content: string) =>
    page.evaluate(`(() => {
      const clipboardData = new DataTransfer();
      ${content};
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    })()`);
  await paste(`clipboardData.setData('text/plain', 'words')`);
  await paste(`clipboardData.items.add(new File(['x'], 'image.png', { type: 'image/png' }))`);
  await page.getByText(/^Pasted .* is uploaded\.$/).waitFor();
  const [name = ''] = [...stored.keys()];
  t.match(name, /^Pasted [^/:]+\.png$/);
  await paste(`clipboardData.items.add(new File(['x'], 'plan.txt', { type: 'text/plain' }))`);
  await page.getByText('plan.txt is uploaded.').waitFor();
  t.equal(stored.size, 2);
});
