import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { act, card, cards, choose, fileLink, items, press, signOut } from './acts.ts';
import { atLeast, comesTo, PIXEL, roundTrip, until, waitUntil } from './browser.ts';
import { openFiles } from './open-page.ts';
import { BOB } from './stand-in.ts';

const browser = await launchShell(t);

const picture = (name: string, bytes = 100) => ({
  name,
  mimeType: 'image/png',
  buffer: Buffer.concat([PIXEL, Buffer.alloc(bytes), Buffer.from(name)]),
});
const tray = (page: Page) => page.getByRole('region', { name: 'Uploads', exact: true });
const title = (page: Page) =>
  page.getByRole('region', { name: 'Uploads', exact: true }).getByRole('heading').textContent();
const offline = async (page: Page, isOffline: boolean) => {
  await page.context().setOffline(isOffline);
  await waitUntil(page, `navigator.onLine === ${!isOffline}`);
};
/** Nobody is signed in any more once an upload begins. Earlier, another request of the page could find it out. */
const endSessionAtUpload = (state: Awaited<ReturnType<typeof openFiles>>['state']) =>
  state.answers.set('POST /api/uploads', async () => {
    state.answers.delete('POST /api/uploads');
    state.user = undefined;
    return undefined;
  });

t.test(
  'offline, uploads wait for the network: nothing drops them, and they go on by themselves',
  async (t) => {
    const { page, stored, complaints } = await openFiles(t, browser, []);
    await offline(page, true);
    await choose(page, picture('a.png'), picture('b.png'));
    await comesTo(t, () => title(page), 'Waiting for the network');
    t.equal(
      await page.getByRole('button', { name: 'Close the uploads', exact: true }).isVisible(),
      false,
      'what waits cannot be closed away',
    );
    await choose(page, picture('c.png'));
    await comesTo(t, () => items(page, 'Uploads').count(), 3);
    t.equal(await tray(page).isVisible(), true);
    t.strictSame(await axeViolations(page), []);
    await offline(page, false);
    await page.getByText('3 files are uploaded.').waitFor();
    t.ok(['a.png', 'b.png', 'c.png'].every((name) => stored.has(name)));
    t.strictSame(complaints, []);
  },
);

t.test('a person pauses all uploads, and lets them go on', async (t) => {
  const { page, state, stored, requests } = await openFiles(t, browser, []);
  const release = hold(state);
  await choose(page, ...['1', '2', '3', '4', '5'].map((name) => picture(`${name}.png`)));
  await until(() => requests('PUT files/bucket').length, atLeast(1));
  await press(page, 'Pause');
  await comesTo(t, () => title(page), 'Paused');
  release();
  await until(() => stored.size, atLeast(1));
  await roundTrip(page);
  t.notOk(stored.has('5.png'), 'nothing begins');
  t.strictSame(await axeViolations(page), []);
  await press(page, 'Go on');
  await fileLink(page, '5.png').waitFor();
  await until(() => ['1', '2', '3', '4', '5'].filter((name) => !stored.has(`${name}.png`)).length, 0);
});

t.test('the session ends during uploads: a second window signs in, and the chosen files go on', async (t) => {
  const { page, state, stored, complaints } = await openFiles(t, browser, []);
  endSessionAtUpload(state);
  await choose(page, picture('a.png'), picture('b.png'), picture('c.png'), picture('d.png'));
  await page.getByRole('heading', { name: 'Your files, for your eyes only' }).waitFor();
  await comesTo(t, () => title(page), 'Sign in to go on');
  t.equal(await items(page, 'Not uploaded').count(), 0, 'nothing has failed');
  t.strictSame(await axeViolations(page), []);
  await page.evaluate(
    '{ const { open } = globalThis; globalThis.open = () => ((globalThis.open = open), null); }',
  );
  await tray(page).getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This browser did not open the window.').waitFor();
  const opened = page.waitForEvent('popup');
  await tray(page).getByRole('button', { name: 'Sign in' }).click();
  const second = await opened;
  if (!second.isClosed()) await second.waitForEvent('close');
  await page.getByText('4 files are uploaded.').waitFor();
  t.strictSame([...stored.keys()].filter((name) => !name.startsWith('.')).toSorted(), [
    'a.png',
    'b.png',
    'c.png',
    'd.png',
  ]);
  await fileLink(page, 'a.png').waitFor();
  t.strictSame(complaints, []);
});

t.test('somebody else signs in: the files of the first person are dropped', async (t) => {
  const { page, state, requests } = await openFiles(t, browser, []);
  endSessionAtUpload(state);
  await choose(page, picture('a.png'));
  await page.getByRole('heading', { name: 'Your files, for your eyes only' }).waitFor();
  await tray(page).getByRole('button', { name: 'Sign in' }).waitFor();
  state.next = BOB;
  const before = requests('POST /api/uploads').length;
  const loaded = page.waitForEvent('load');
  await tray(page).getByRole('button', { name: 'Sign in' }).click();
  await loaded;
  await page.getByText('Bob', { exact: true }).waitFor();
  t.equal(await tray(page).isVisible(), false);
  await roundTrip(page);
  t.equal(requests('POST /api/uploads').length, before, 'nothing is sent for Bob');
});

t.test('leaving during an upload asks first; afterwards, and when signing out, it does not', async (t) => {
  const { page, state } = await openFiles(t, browser, []);
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  const gate = Promise.withResolvers<void>();
  state.s3Gate = gate.promise;
  // A browser asks only where a person has done something.
  await page.getByRole('searchbox', { name: 'Search by name', exact: true }).click();
  await choose(page, picture('a.png'));
  await items(page, 'Uploads').waitFor();
  await page.reload();
  t.strictSame(asked, ['beforeunload']);
  await page.getByText('Nothing here yet').waitFor();
  await page.getByRole('searchbox', { name: 'Search by name', exact: true }).click();
  await choose(page, picture('b.png'));
  await items(page, 'Uploads').waitFor();
  await signOut(page);
  await page.waitForURL('**/goodbye');
  t.strictSame(asked, ['beforeunload'], 'who signs out has said so');
  gate.resolve();
});

t.test('offline, nothing is deleted, and nobody says that it will be', async (t) => {
  const { page, stored } = await openFiles(t, browser, ['a.png']);
  // What a delete needs of the page is there.
  await act(page, 'a.png', 'Rename');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await offline(page, true);
  await act(page, 'a.png', 'Delete');
  await page.getByText('You are offline. Try again when you are online.', { exact: true }).waitFor();
  await offline(page, false);
  await roundTrip(page);
  t.ok(stored.has('a.png'));
  t.equal(await cards(page).count(), 1);
});

t.test('a file that finds no room says the sizes, and offers only what can help', async (t) => {
  const { page, state } = await openFiles(t, browser, ['here.png']);
  state.limits.maxBytes = 1_000;
  state.answers.set('POST /api/uploads', () => [413, { code: 'quota_exceeded' }]);
  await page.reload();
  await cards(page).waitFor();
  await choose(page, picture('large.png', 2_000));
  const failures = page.getByRole('list', { name: 'Not uploaded', exact: true });
  await failures.getByText('This file is larger than the whole space: it has 2.1 kB').waitFor();
  await failures.getByText('all files together may have 1.0 kB').waitFor();
  t.equal(await failures.getByRole('button', { name: 'Try again' }).count(), 0);
  await roundTrip(page);
  t.equal(await page.getByRole('button', { name: 'Open the trash' }).count(), 0, 'the trash would not help');
  await page.getByRole('button', { name: 'Close the uploads', exact: true }).click();

  await choose(page, picture('small.png', 100));
  await failures.getByText(/: \d+ B of 1.0 kB are free. Delete other files/).waitFor();
  await page.getByRole('button', { name: 'Open the trash' }).waitFor();
  state.answers.delete('POST /api/uploads');
  await failures.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('small.png is uploaded.').waitFor();
});

const many = (count: number, bytes?: number) =>
  Array.from({ length: count }, (_, index) => picture(`${index}.png`, bytes));

/** Uploads that S3 does not answer until the test says so. */
function hold(state: { s3Gate: Promise<void> }) {
  const gate = Promise.withResolvers<void>();
  state.s3Gate = gate.promise;
  return gate.resolve;
}

t.test('one panel for any number of files, which moves nothing of the page', async (t) => {
  const { page, state, complaints } = await openFiles(t, browser, ['a.png']);
  const release = hold(state);
  const place = () => card(page, 'a.png').boundingBox();
  const before = await place();
  await choose(page, ...many(120, 20_000));
  await page.getByText('Uploading 0 of 120').waitFor();
  await page.getByText(/^[1-9]%/).waitFor();
  t.strictSame(await place(), before);
  await page.getByText(/^and \d+ more$/).waitFor();
  t.strictSame(await axeViolations(page), []);
  await press(page, 'Fold the uploads away');
  await items(page, 'Uploads').first().waitFor({ state: 'hidden' });
  t.equal(
    await page.getByRole('region', { name: 'Uploads' }).getByRole('progressbar').first().isVisible(),
    true,
  );
  await press(page, 'Show the uploads');
  await items(page, 'Uploads').first().waitFor();
  await press(page, 'Cancel all');
  await tray(page).waitFor({ state: 'hidden' });
  await page.getByText('120 uploads were cancelled.', { exact: true }).waitFor();
  release();
  t.strictSame(complaints, []);
});

t.test('failures are told by their reason, and tried again together', async (t) => {
  const { page, state, stored } = await openFiles(t, browser, []);
  const lost = Array.from({ length: 4 }, () => [503, 'store_unavailable']);
  const tooLarge = Array.from({ length: 3 }, () => [413, 'file_too_large']);
  state.faults.set('POST /api/uploads', [...lost, ...tooLarge]);
  await choose(page, ...many(9));
  await page.getByText('2 uploaded, 7 failed.').waitFor();
  await page.getByText('Not uploaded: 7').waitFor();
  await comesTo(t, () => items(page, 'Not uploaded').count(), 2);
  const server = items(page, 'Not uploaded').filter({ hasText: 'The server has a problem' });
  await server.getByText('and 1 more').waitFor();
  t.strictSame(await axeViolations(page), []);
  await server.getByRole('button', { name: /^Try again/ }).click();
  await page.getByText('4 uploaded, 3 failed.').waitFor();
  t.equal([...stored.keys()].filter((name) => !name.startsWith('.')).length, 6);
  await press(page, 'Close the uploads');
  await tray(page).waitFor({ state: 'hidden' });
});

t.test('folders are taken with all that is in them: chosen, or dropped', async (t) => {
  const { page, stored } = await openFiles(t, browser, []);
  const trip = join(temporaryDirectory(t), 'trip');
  mkdirSync(join(trip, 'day 1'), { recursive: true });
  writeFileSync(join(trip, 'a.txt'), 'a');
  writeFileSync(join(trip, 'day 1', 'b.txt'), 'b');
  await page.getByLabel('Choose a folder', { exact: true }).setInputFiles(trip);
  await page.getByText('2 files are uploaded.').waitFor();
  t.strictSame([...stored.keys()].toSorted(), ['trip/a.txt', 'trip/day 1/b.txt']);

  // A browser hands over a dropped folder in parts, for example of a hundred entries.
  await page.evaluate(`(() => {
    const file = (fullPath) => ({ isFile: true, fullPath, file: (done) => done(new File([fullPath], fullPath.split('/').pop())) });
    const folder = (...parts) => ({ isDirectory: true, createReader: () => ({ readEntries: (done) => done(parts.shift() ?? []) }) });
    const tree = folder([file('/drop/1.txt'), folder([file('/drop/in/2.txt')])], [file('/drop/3.txt')]);
    DataTransferItem.prototype.webkitGetAsEntry = () => tree;
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([''], 'drop'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  })()`);
  await page.getByText('3 files are uploaded.').waitFor();
  const dropped = [...stored.keys()].filter((name) => name.startsWith('drop'));
  t.strictSame(dropped.toSorted(), ['drop/1.txt', 'drop/3.txt', 'drop/in/2.txt']);
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

t.test('an upload can be cancelled, while it waits and on its way', async (t) => {
  const { page, state, requests } = await openFiles(t, browser, []);
  const release = hold(state);
  await choose(page, ...many(4));
  const rows = items(page, 'Uploads');
  await rows.getByText('Waiting').waitFor();
  await press(page, 'Cancel the upload of 3.png');
  await press(page, 'Cancel the upload of 0.png');
  await page.getByText('The upload of 0.png was cancelled.').waitFor();
  release();
  await fileLink(page, '2.png').waitFor();
  await comesTo(t, () => rows.count(), 0);
  await roundTrip(page);
  const sent = requests('POST /api/uploads').map(({ body }) => Object(body).name);
  t.notOk(sent.includes('3.png'), 'what waited is not even asked for');
});

t.test('a storage that refuses is said; each try asks for a new address', async (t) => {
  const { page, state, stored, requests } = await openFiles(t, browser, []);
  state.faults.set('PUT files/bucket', Array(99).fill([403, 'expired']));
  await page.clock.install();
  await choose(page, picture('a.png'));
  const failed = items(page, 'Not uploaded').filter({ hasText: 'The storage refused this file' });
  // There are pauses between the tries.
  for (let seconds = 0; seconds < 300 && (await failed.count()) === 0; seconds++) {
    await page.clock.runFor(1_000);
    await roundTrip(page);
  }
  state.faults.delete('PUT files/bucket');
  const before = requests('POST /api/uploads').length;
  await press(page, 'Try again: a.png');
  await page.getByText('a.png is uploaded.').waitFor();
  t.ok(stored.has('a.png'));
  t.equal(requests('POST /api/uploads').length, before + 1);
});
