import { gzipSync } from 'node:zlib';
import t from 'tap';
import { WAV } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { type PromisedUpload, parseJson, png, sendPut, sha256, signIn } from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

const stack = await startTestStack(t);
const browser = await launchShell(t);

t.test('a browser without cookies: media and a picture on a page of the app', async (t) => {
  const alice = await signIn(stack, 'alice');
  const share = async (name: string, type: string, bytes: Uint8Array<ArrayBuffer>) => {
    await alice.upload({ name, type, bytes });
    return parseJson<{ id: number; url: string }>(await alice.post('/api/shares', { name }));
  };
  const sound = await share('a.wav', 'audio/wav', new Uint8Array(WAV));
  const picture = await share('a.png', 'image/png', png());
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(stack.appOrigin);
  const load = (tag: 'img' | 'video', url: string) =>
    page.evaluate<string>(`new Promise((resolve) => {
      const element = document.createElement('${tag}');
      element.onerror = () => resolve('error');
      element.onload = () => resolve('loaded');
      element.oncanplaythrough = () => {
        element.onseeked = () => resolve('at ' + element.currentTime + ' of ' + element.duration);
        element.currentTime = 0.05;
      };
      element.src = ${JSON.stringify(url)};
      document.body.append(element);
    })`);
  t.equal(await load('video', sound.url), 'at 0.05 of 0.1');
  t.equal(await load('img', picture.url), 'loaded');
  await alice.delete(`/api/shares/${sound.id}`);
  // A page may go on with the media that it holds in memory, so the browser starts anew.
  await page.reload();
  t.equal(await load('video', `${sound.url}#`), 'error', 'revoked');
  t.strictSame(await context.cookies(), []);
  await context.close();
});

t.test('a text that was uploaded encoded is saved as it is stored, and not decoded', async (t) => {
  const mallory = await signIn(stack, 'mallory');
  const bytes = new Uint8Array(gzipSync('<script>alert(1)</script>'.repeat(40_000)));
  const asked = { name: 'a.txt', type: 'text/plain', size: bytes.length, sha256: sha256(bytes) };
  const { upload } = await parseJson<PromisedUpload>(await mallory.post('/api/uploads', asked));
  const encoded = { ...upload, headers: { ...upload.headers, 'content-encoding': 'gzip' } };
  t.equal((await sendPut(stack, encoded, bytes)).status, 200);
  const { url } = await parseJson<{ url: string }>(await mallory.post('/api/shares', { name: 'a.txt' }));
  const page = await (await browser.newContext()).newPage();
  const saving = page.waitForEvent('download');
  await t.rejects(page.goto(url), { message: /Download is starting|ERR_ABORTED/ }, 'nothing is shown');
  const saved = await (await saving).createReadStream();
  t.ok(Buffer.concat(await saved.toArray()).equals(bytes));
  await page.context().close();
});
