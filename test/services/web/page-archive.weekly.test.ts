// Weekly, because it writes 4 GB to the disk. Last result: 2026-12-03, passed, 93 MB more at most, 29 s.

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { launchProfile } from '../../support/chromium.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { cards, press } from './acts.ts';
import { createStandIn } from './stand-in.ts';

const FILES = 4;
const FILE_BYTES = 1_000_000_000;
const MOST_BYTES = 100_000_000;

t.setTimeout(1_800_000);

t.test('an archive of 4 GB takes less than 100 MB of memory', async (t) => {
  const standIn = await createStandIn();
  t.teardown(() => standIn.close());
  for (let index = 0; index < FILES; index++) standIn.storeZeros(`trip/${index}.bin`, FILE_BYTES);
  // A private window, as each other context of a test is, would keep the archive in memory.
  const profile = temporaryDirectory(t);
  const context = await launchProfile(profile);
  t.teardown(() => context.close());
  const page = await context.newPage();
  await page.goto(`${standIn.origins.app}/auth/login`);
  await cards(page).getByRole('link').first().focus();
  await page.keyboard.press('Control+a');
  const before = memoryOf(profile);
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, memoryOf(profile));
  }, 250);
  t.teardown(() => clearInterval(sampling));
  const isDownloaded = page.waitForEvent('download', { timeout: 1_700_000 });
  await press(page, 'Download');
  const download = await isDownloaded;
  clearInterval(sampling);
  t.equal(download.suggestedFilename(), 'trip.zip');
  await page.getByRole('status').filter({ hasText: '4 files are downloaded as trip.zip.' }).waitFor();
  const grown = most - before;
  t.comment(`${Math.round(before / 1e6)} MB before, ${Math.round(grown / 1e6)} MB more at most`);
  t.ok(grown <= MOST_BYTES, `${grown} bytes`);
  await download.cancel();
});

/**
 * The memory of all processes of a browser, in bytes. What several processes share counts once. Programs and the data
 * of files do not count, since the system drops them when it needs room.
 */
function memoryOf(profile: string): number {
  const processes = readdirSync('/proc').flatMap((pid) => {
    const facts = /^\d+$/.test(pid) ? factsOf(pid) : undefined;
    return facts ? [{ pid, ...facts }] : [];
  });
  const ours = new Set(processes.filter(({ command }) => command.includes(profile)).map(({ pid }) => pid));
  // Linux gives a child a greater number than its parent, but for a turn of the numbers, so it goes round twice.
  for (const { pid, parent } of [...processes, ...processes]) if (ours.has(parent)) ours.add(pid);
  return processes.filter(({ pid }) => ours.has(pid)).reduce((sum, { bytes }) => sum + bytes, 0);
}

function factsOf(pid: string): { parent: string; command: string; bytes: number } | undefined {
  try {
    const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
    const [, parent = ''] = /^PPid:\s+(\d+)/m.exec(read('status')) ?? [];
    const kinds = read('smaps_rollup').matchAll(/^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+) kB/gm);
    const bytes = [...kinds].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1_024, 0);
    return { parent, command: read('cmdline'), bytes };
  } catch {
    // It has ended, or is a thread of the kernel.
    return undefined;
  }
}
