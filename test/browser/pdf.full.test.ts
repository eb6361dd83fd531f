import type { Page } from 'playwright-core';
import t from 'tap';
import { choose, fileLink } from '../services/web/acts.ts';
import { openPage, waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { screenshotPath } from '../support/page-look.ts';
import { startTestStack } from '../support/test-stack.ts';
import { signInOnPage } from './support/places.ts';

/** One page, all of it green. */
function greenPdf(): Buffer {
  const drawing = '0 0.6 0 rg 0 0 300 400 re f';
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents 4 0 R/Resources<<>>>>',
    `<</Length ${drawing.length}>>stream\n${drawing}\nendstream`,
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj${object}endobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const start = text.length;
  const table = `xref\n0 5\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(`${text}${table}trailer<</Size 5/Root 1 0 R>>\nstartxref\n${start}\n%%EOF`);
}

/** How many of the picture's points are as green as the page of that PDF. */
function greenPoints(painter: Page, picture: Buffer): Promise<number> {
  return painter.evaluate<number>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${picture.toString('base64')}';
    await image.decode();
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] < 30 && Math.abs(data[at + 1] - 153) < 15 && data[at + 2] < 30) count++;
    }
    return count;
  })()`);
}

t.test(
  "a PDF is drawn in the lightbox by Chromium's own viewer, under the policies of both hosts",
  async (t) => {
    const stack = await startTestStack(t);
    const browser = await launchChromium();
    t.teardown(() => browser.close());
    const { page, complaints } = await openPage(browser, { viewport: { width: 1_000, height: 800 } });
    const { page: painter } = await openPage(browser);
    await signInOnPage(page, stack.appOrigin, 'alice');
    t.equal(await page.evaluate('navigator.pdfViewerEnabled'), true);
    const pdf = { name: 'green.pdf', mimeType: 'application/pdf', buffer: greenPdf() };
    await choose(page, pdf);
    await fileLink(page, 'green.pdf').click();
    await waitUntil(page, `!!document.querySelector('dialog iframe')?.src`);
    let seen = 0;
    for (const endMs = Date.now() + 60_000; seen < 10_000 && Date.now() < endMs; ) {
      const path = screenshotPath('lightbox-pdf');
      seen = await greenPoints(painter, await page.getByRole('dialog').screenshot({ path }));
    }
    t.ok(seen >= 10_000, `${seen} green points`);
    t.strictSame(complaints, []);
    await page.keyboard.press('Escape');
  },
);
