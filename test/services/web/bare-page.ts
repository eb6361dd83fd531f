import { readFileSync } from 'node:fs';
import { buildSync } from 'esbuild';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Test } from 'tap';

/** What index.html has, without its scripts and styles. */
export const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

/**
 * A page with a piece of HTML, and a program that uses modules of the project. There is no host: the page is that of one
 * module, so a test sees each of its acts.
 * `settled()` in the page waits until what was done has had its effects. A page with a `baseURL` has an address.
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
  const { baseURL } = options;
  if (baseURL === undefined) await page.setContent(html);
  else {
    await page.route(baseURL, (route) =>
      route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }),
    );
    await page.goto('/');
  }
  // The browser's own frames and timers, also where a test has a clock of its own. A dialog tells that it is closed after a frame.
  await page.addScriptTag({
    content: `{
      globalThis.uncaught = [];
      addEventListener('unhandledrejection', ({ reason }) => uncaught.push(String(reason)));
      const frame = requestAnimationFrame.bind(globalThis);
      const pause = setTimeout.bind(globalThis);
      globalThis.settled = async () => {
        for (let turn = 0; turn < 3; turn++) await new Promise((done) => frame(() => pause(done)));
      };
    }`,
  });
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  return page;
}

/**
 * A part of a page's program: `wordsOf(element)` is all that a person reads in an element, with fields in brackets,
 * lists of choices in angle brackets and buttons in braces. `openDialogs()` does that for all open dialogs. `focused()`
 * says where the focus is.
 */
export const READING = `
  const ownText = (element) => [...element.childNodes].filter((each) => each.nodeType === 3).map((each) => each.data.trim()).join('');
  const wordOf = (element) => {
    if (element.matches('[type=radio]')) return element.checked ? '(x)' : '( )';
    if (element.matches('input, textarea')) return '[' + element.value + (element.disabled ? ' off' : '') + ']';
    if (element.matches('select')) return '<' + [...element.options].map((each) => each.text + (each.selected ? '*' : '')).join('/') + (element.disabled ? ' off' : '') + '>';
    if (element.matches('option')) return '';
    if (!element.matches('button')) return ownText(element);
    const named = element.ariaLabel && element.ariaLabel !== ownText(element) ? ' = ' + element.ariaLabel : '';
    return '{' + ownText(element) + named + (element.ariaDisabled ? ' busy' : '') + (element.disabled ? ' off' : '') + '}';
  };
  const wordsOf = (element, without = '') => [...element.querySelectorAll('*')].filter((each) => !each.closest('[hidden]' + without)).map(wordOf).filter(Boolean).join(' ');
  const openDialogs = (without) => [...document.querySelectorAll('dialog[open]')].map((each) => wordsOf(each, without)).join(' / ');
  const focused = () => document.activeElement.id || wordOf(document.activeElement);
`;

/**
 * Plays acts, one after another. Each row has an act, which is a program of the page or milliseconds of its clock, and
 * what it changes of `state()`, a list of texts. What is as before is `=`.
 */
export async function playActs(
  t: Test,
  page: Page,
  rows: readonly (readonly [act: string | number, wanted: string])[],
): Promise<void> {
  let last: string[] = [];
  for (const [index, [act, wanted]] of rows.entries()) {
    if (typeof act === 'number') await page.clock.runFor(act);
    else await page.evaluate(`(async () => { ${act} })()`);
    const now: string[] = await page.evaluate('settled().then(() => state())');
    const news = now.map((each, at) => (each === last[at] ? '=' : each)).join(' | ');
    last = now;
    t.equal(news, wanted, `${index} ${act}`);
  }
  t.strictSame(await page.evaluate('uncaught'), [], 'somebody catches each error');
}
