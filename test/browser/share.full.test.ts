import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { WAV } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { type PromisedUpload, parseJson, png, sendPut, sha256, signIn } from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

const PDF = new TextEncoder().encode(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
);

t.test('a browser without cookies: media and a picture on a page of the app, a PDF by itself', async (t) => {
  const stack = await startTestStack(t);
  const alice = await signIn(stack, 'alice');
  const share = async (name: string, type: string, bytes: Uint8Array<ArrayBuffer>, more = {}) => {
    await alice.upload({ name, type, bytes });
    return parseJson<{ id: number; url: string }>(await alice.post('/api/shares', { name, ...more }));
  };
  const sound = await share('a.wav', 'audio/wav', new Uint8Array(WAV));
  const picture = await share('a.png', 'image/png', png());
  const pdf = await share('a.pdf', 'application/pdf', PDF);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
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
  const shown = await (await context.newPage()).goto(pdf.url);
  t.equal(shown?.status(), 200);
  t.equal(shown?.headers()['content-type'], 'application/pdf');
  t.strictSame(await context.cookies(), []);
});

t.test('a text that was uploaded encoded is saved as it is stored, and not decoded', async (t) => {
  const stack = await startTestStack(t);
  const mallory = await signIn(stack, 'mallory');
  const bytes = new Uint8Array(gzipSync('<script>alert(1)</script>'.repeat(40_000)));
  const asked = { name: 'a.txt', type: 'text/plain', size: bytes.length, sha256: sha256(bytes) };
  const { upload } = await parseJson<PromisedUpload>(await mallory.post('/api/uploads', asked));
  const encoded = { ...upload, headers: { ...upload.headers, 'content-encoding': 'gzip' } };
  t.equal((await sendPut(stack, encoded, bytes)).status, 200);
  const { url } = await parseJson<{ url: string }>(await mallory.post('/api/shares', { name: 'a.txt' }));
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  const saving = page.waitForEvent('download');
  await t.rejects(page.goto(url), { message: /Download is starting|ERR_ABORTED/ }, 'nothing is shown');
  const saved = await (await saving).path();
  t.ok(readFileSync(saved).equals(bytes));
});
