import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDemo } from '../services/web/acts.ts';
import { openPage, waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { startTestStack, temporaryDirectory } from '../support/test-stack.ts';

/**
 * Films "Try to break in", for the top of README.md: `node test/docs/animation.ts`. It uses the page of a local stack
 * in Debian's Chromium, and needs Debian's ffmpeg.
 */
const FILM = fileURLToPath(new URL('../../docs/break-in.gif', import.meta.url));
const MAX_BYTES = 1_000_000;
const SIZE = { width: 960, height: 640 };
const FRAMES_A_SECOND = 5;

const ends: (() => Promise<void> | void)[] = [];
const t = { teardown: (end: () => Promise<void> | void) => void ends.push(end) };
try {
  const stack = await startTestStack(t);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const { page } = await openPage(browser, { viewport: SIZE });
  await page.goto(stack.appOrigin);
  await openDemo(page);
  await page.getByRole('button', { name: 'Be Alice' }).click();
  await page.locator('#empty').waitFor();
  const hues = [130, 180, 60, 260, 20, 205, 320, 95];
  for (const [index, hue] of hues.entries()) {
    const name = `summer ${index + 1}.png`;
    await page.setInputFiles('#file-input', {
      name,
      mimeType: 'image/png',
      buffer: await drawPng(page, hue),
    });
    await page.getByText(`${name} is uploaded.`).waitFor();
  }
  await waitUntil(
    page,
    `[...document.querySelectorAll('#gallery img')].every((image) => image.naturalWidth > 0)`,
  );
  await page.evaluate(`document.getElementById('status').textContent = ''`);

  const frames = temporaryDirectory(t);
  let count = 0;
  const film = async (seconds: number, moveOn: () => Promise<unknown> = async () => undefined) => {
    for (let frame = 0; frame < seconds * FRAMES_A_SECOND; frame++) {
      await page.screenshot({ path: join(frames, `${String(count++).padStart(4, '0')}.png`) });
      await moveOn();
    }
  };
  await film(1.4);
  await openDemo(page);
  await page.getByRole('button', { name: 'Try to break in' }).hover();
  await film(0.6);
  await page.getByRole('button', { name: 'Try to break in' }).click();
  await page.getByText('29 of 29 attacks refused').waitFor();
  await film(3);
  await film(3, () => page.evaluate(`document.getElementById('demo-attempts').scrollBy(0, 45)`));
  await film(2);

  const palette = 'split[a][b];[a]palettegen=max_colors=64:stats_mode=diff[p];[b][p]paletteuse=dither=none';
  const input = ['-framerate', String(FRAMES_A_SECOND), '-i', join(frames, '%04d.png')];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...input, '-vf', palette, '-loop', '0', FILM]);
  const { size } = statSync(FILM);
  console.log(`${FILM}: ${count} frames, ${size} bytes`);
  if (size > MAX_BYTES) throw new Error(`that is more than ${MAX_BYTES}`);
} finally {
  for (const end of ends.toReversed()) await end();
}
