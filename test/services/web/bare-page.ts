import { buildSync } from 'esbuild';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/**
 * A page with a piece of HTML, and a program that uses modules of the project. There is no host: the page is that of one
 * module, so a test sees each of its acts.
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
  await page.setContent(html);
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  return page;
}
