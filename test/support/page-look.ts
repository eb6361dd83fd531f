import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const DIRECTORY = new URL('../../test-results/screenshots/', import.meta.url);
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The path of a screenshot with this name. Git ignores the directory. */
export function screenshotPath(name: string): string {
  mkdirSync(DIRECTORY, { recursive: true });
  return fileURLToPath(new URL(`${name}.png`, DIRECTORY));
}

/** Gives the page another size, and waits until the page is drawn in it. The gallery is laid out one frame later. */
export async function resize(page: Page, viewport: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(viewport);
  await page.evaluate(`new Promise((end) => {
    let frames = 0;
    (function frame() {
      if (innerWidth === ${viewport.width} && frames++ >= 3) end();
      else requestAnimationFrame(frame);
    })();
  })`);
}

/** The faults that axe-core finds in the page as it is now: WCAG 2.2 A and AA, and good practice. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE};undefined`);
  return page.evaluate<string[]>(`axe.run(document).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ' ' + failureSummary)))`);
}

/**
 * The texts and labels of the page that hold Latin words and nothing Japanese. Code, English parts and the given names
 * are left out, since they are the same in every language.
 */
export async function latinWords(page: Page, names: readonly string[]): Promise<string[]> {
  const words = await page.evaluate<string[]>(`(() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      if (!parentElement.closest('script, noscript, svg, code, [lang="en"]')) found.push(data.trim());
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      found.push(element.ariaLabel ?? '', element.title ?? '', element.placeholder ?? '');
    }
    return found;
  })()`);
  return words.filter(
    (each) => /[a-z]{2}/i.test(each) && !/[ぁ-ヿ一-鿿]/.test(each) && !names.includes(each),
  );
}
