import { buildSync } from 'esbuild';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/**
 * A page with a piece of HTML, and a program that uses modules of the project. There is no host: the page is that of one
 * module, so a test sees each of its acts.
 * `settled()` in the page waits until what was done has had its effects.
 * @param program imports by paths from the project's folder, such as `./services/web/page/dom.ts`
 */
export async function openBarePage(
  browser: Browser,
  html: string,
  program: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { outputFiles } = buildSync({
    stdin: { contents: program, resolveDir: '.' },
    ...{ bundle: true, format: 'iife', write: false },
  });
  const page = await (await browser.newContext({ locale: 'en', ...options })).newPage();
  // The browser's own frames and timers, also where a test has a clock of its own. A dialog tells that it is closed after a frame.
  await page.addScriptTag({
    content: `{
      const frame = requestAnimationFrame.bind(globalThis);
      const pause = setTimeout.bind(globalThis);
      globalThis.settled = async () => {
        for (let turn = 0; turn < 3; turn++) await new Promise((done) => frame(() => pause(done)));
      };
    }`,
  });
  await page.setContent(html);
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  return page;
}
