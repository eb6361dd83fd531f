import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { act, cards, signOut } from './acts.ts';
import { comesTo } from './browser.ts';
import { namesOf, openFiles } from './open-page.ts';

const browser = await launchShell(t);

/** The files on the disk that the page puts together. */
const onDisk = (page: Page) =>
  page.evaluate<string[]>(`(async () => {
    const names = [];
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('saving', { create: true });
    for await (const name of folder.keys()) names.push(name);
    return names;
  })()`);

/** Leaves a file as a page leaves it that was closed during a download. */
const leaveFile = (page: Page) =>
  page.evaluate(`(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('saving', { create: true });
    await folder.getFileHandle('left', { create: true });
  })()`);

async function save(page: Page, name: string): Promise<void> {
  const downloaded = page.waitForEvent('download');
  await act(page, name, 'Download');
  t.equal((await downloaded).suggestedFilename(), name);
}

t.test('a file is put together on the disk, which a start and a sign-out empty', async (t) => {
  const { page } = await openFiles(t, browser, ['a.png']);
  await save(page, 'a.png');
  t.equal((await onDisk(page)).length, 1, 'the browser copies it from there');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await cards(other).waitFor();
  t.equal((await onDisk(other)).length, 1, 'another tab does not take it');
  await other.close();
  await page.reload();
  await comesTo(t, () => onDisk(page), []);

  await leaveFile(page);
  await signOut(page);
  await page.waitForURL('**/goodbye');
  await comesTo(t, () => onDisk(page), []);
});

t.test('without room on the disk, a file is put together in memory, unless it is too large', async (t) => {
  const { page, storeZeros, requests } = await openFiles(t, browser, ['a.png']);
  await page.addInitScript('delete FileSystemFileHandle.prototype.createWritable');
  for (const name of ['large/1.bin', 'large/2.bin']) storeZeros(name, 300_000_000);
  await page.reload();
  await comesTo(t, () => namesOf(page), ['large/', 'a.png']);
  await save(page, 'a.png');
  t.strictSame(await onDisk(page), []);
  await act(page, 'large/', 'Download');
  await page.locator('#status').filter({ hasText: 'one download holds up to 500 MB' }).waitFor();
  t.strictSame(
    requests('GET files').filter(({ line }) => line.includes('large')),
    [],
  );
});

t.test('a full disk ends an archive; whatever else fails leaves only its file out', async (t) => {
  const { page } = await openFiles(t, browser, ['a.png', 'b.png', 'c.png']);
  await page.locator('#gallery .name').first().focus();
  await page.keyboard.press('Control+a');
  for (const [fault, words] of [
    ['QuotaExceededError', 'files.zip could not be downloaded. This did not work.'],
    ['NotReadableError', '2 files are downloaded as files.zip; 1 failed: a.png.'],
  ] as const) {
    await page.evaluate(`{
      const disk = FileSystemWritableFileStream.prototype;
      const { write } = disk;
      disk.write = async () => {
        disk.write = write;
        throw new DOMException('', '${fault}');
      };
    }`);
    await page.getByRole('button', { name: 'Download', exact: true }).click();
    await page.locator('#status').filter({ hasText: words }).waitFor();
  }
});
