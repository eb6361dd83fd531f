import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { launchChromium } from '../../../support/chromium.ts';
import { missing } from '../../../support/missing.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { waitUntil } from '../browser.ts';
import { ALICE } from '../stand-in.ts';
import { openClient } from './open.ts';

const FFMPEG = '/usr/bin/ffmpeg';

/** So many bytes for each second that a browser does not fetch the whole film at once. */
const RATE = '-b:v 8M -minrate 8M -maxrate 8M -bufsize 8M -x264-params nal-hrd=cbr'.split(' ');
const CODING = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -movflags +faststart'.split(' ');

t.test('a film that is renewed stays as large as it is', { skip: missing(FFMPEG) }, async (t) => {
  const film = join(temporaryDirectory(t), 'film.mp4');
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25', '-t', '60'];
  execFileSync(FFMPEG, ['-v', 'error', ...source, ...RATE, ...CODING, film]);
  const browser = await launchChromium(['--autoplay-policy=no-user-gesture-required']);
  t.teardown(() => browser.close());
  const { context, open, signIn, origins, state, store, requests } = await openClient(t, browser);
  store('film.mp4', 'video/mp4', readFileSync(film));
  const page = await open();
  await page.evaluate(`
    globalThis.film = Object.assign(document.createElement('video'), { muted: true });
    film.src = '${origins.files}/users/${ALICE.id}/film.mp4';
    document.body.append(film);
    film.play();
  `);
  await waitUntil(page, 'film.currentTime > 0.2');
  await page.evaluate(`
    globalThis.frames = 0;
    globalThis.sizes = new Set();
    (function frame() {
      frames++;
      sizes.add(film.clientWidth + 'x' + film.clientHeight);
      requestAnimationFrame(frame);
    })();
  `);

  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  await context.route('**/auth/refresh', async (route) => {
    await context.route('**/film.mp4', async (again) => {
      await answered;
      await again.continue();
    });
    await route.continue();
  });
  state.cookieLifetimeMs = -1;
  await signIn();
  state.cookieLifetimeMs = 900_000;
  await page.evaluate('film.currentTime = 50');
  await waitUntil(page, 'film.readyState === 0 && !film.error');
  await waitUntil(page, `frames > ${await page.evaluate('frames')} + 3`);
  answer();
  await waitUntil(page, 'film.currentTime > 50.2');
  t.strictSame(await page.evaluate('[...sizes]'), ['640x360']);
  t.equal(await page.evaluate('film.getAnimations().length'), 0, 'and can have another size again');
  t.equal(requests('POST /auth/refresh').length, 1);
});
