import { inspect, isDeepStrictEqual } from 'node:util';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Test } from 'tap';
import type { Node } from 'typescript';

/** A PNG of one pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A tenth of a second of silence: 8,000 samples a second, 8 bits, one channel. */
export const WAV = Buffer.concat([
  Buffer.from('524946464403000057415645666d74201000000001000100401f0000401f00000100080064617461', 'hex'),
  Buffer.from([0x20, 0x03, 0, 0]),
  Buffer.alloc(800, 128),
]);

/** A page of a fresh profile, and the browser's complaints about scripts and content security policy. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  const page: Page = await context.newPage();
  page.setDefaultTimeout(60_000);
  // An early listener is sure to get the file choosers. The browser hands them over only to listeners.
  page.on('filechooser', () => undefined);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  return { page, complaints };
}

/**
 * The scripts of these pages leave no error to nobody.
 * @returns throws what was left. Call it at the end of the test
 */
export function watchErrors(context: BrowserContext): () => void {
  const left: string[] = [];
  context.on('weberror', (error) => left.push(String(error.error())));
  return () => {
    if (left.length > 0) throw new Error(`nobody has caught ${left.join(', ')}`);
  };
}

/** Waits until an expression is true in the page. Playwright's own way needs eval, which the page's policy forbids. */
export async function waitUntil(page: Page, expression: string, seconds = 30): Promise<void> {
  for (const endMs = Date.now() + seconds * 1_000; Date.now() < endMs; ) {
    if (await page.evaluate(expression)) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`never true: ${expression}; ${await valuesOf(page, expression)}`);
}

/**
 * Asserts a state that the page comes to. It reads the state again until the state is as wanted, because a page may draw
 * it later than the last thing that the test saw.
 */
export async function comesTo<T>(
  t: Test,
  read: () => Promise<T>,
  wanted: T,
  why = 'comes to it',
): Promise<void> {
  let state = await read();
  for (const endMs = Date.now() + 30_000; !isDeepStrictEqual(state, wanted) && Date.now() < endMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    state = await read();
  }
  t.strictSame(state, wanted, why);
}

/**
 * Sends a request of the page, and waits for its answer. What the page had begun to do before has been seen by then. For
 * tests that something does not happen.
 */
export async function roundTrip(page: Page): Promise<void> {
  await page.evaluate(`fetch('/', { cache: 'no-store' }).then((answer) => answer.text()).catch(String)`);
}

/** What the parts of an expression are in the page now. */
async function valuesOf(page: Page, expression: string): Promise<string> {
  const { default: ts } = await import('typescript');
  const source = ts.createSourceFile('page.js', `(${expression})`, ts.ScriptTarget.Latest, true);
  const parts: string[] = [];
  const visit = (node: Node): void => {
    if (
      ts.isBinaryExpression(node) ||
      ts.isParenthesizedExpression(node) ||
      ts.isPrefixUnaryExpression(node)
    ) {
      ts.forEachChild(node, visit);
    } else if (ts.isExpression(node) && !ts.isLiteralExpression(node)) parts.push(node.getText(source));
  };
  for (const statement of source.statements) ts.forEachChild(statement, visit);
  const values = parts.map(async (part) => {
    const value = await page.evaluate(part).catch(({ message }) => message.split('\n')[0]);
    return `${part} is ${inspect(value)}`;
  });
  return (await Promise.all(values)).join(', ');
}

/** Waits for an event outside the page, such as a request that a server saw. */
export async function until<T>(
  read: () => T,
  wanted: T | ((value: T) => boolean),
  seconds = 30,
): Promise<void> {
  const isWanted = wanted instanceof Function ? wanted : (value: T) => value === wanted;
  let value = read();
  for (const endMs = Date.now() + seconds * 1_000; !isWanted(value); value = read()) {
    if (Date.now() > endMs) throw new Error(`never as wanted: ${read} is ${inspect(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function atLeast(count: number): (value: number) => boolean {
  return (value) => value >= count;
}

/** Waits until the picture of this name, one pixel wide, is loaded. */
export async function waitForPixel(page: Page, name: string): Promise<void> {
  await waitUntil(page, `document.querySelector('img[alt="${name}"]')?.naturalWidth === 1`);
}
