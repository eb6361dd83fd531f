import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { PIXEL } from '../services/web/browser.ts';
import { BROWSERS, enterLogin } from '../support/tabs.ts';
import { startTestStack, temporaryDirectory } from '../support/test-stack.ts';
import { pictureOf } from './support/places.ts';

const stack = await startTestStack(t, { env: { HTTPS: '1', COOKIE_LIFETIME_SECONDS: '10' } });

/** The button of the menu of the account. Its words begin with those that only screen readers read. */
const ACCOUNT = `[...document.querySelectorAll('button')].find((it) => it.checkVisibility() && it.textContent.startsWith('Account'))`;
/** The visible button or link with these words, as an expression. */
const control = (words: string) =>
  `[...document.querySelectorAll('button, a')].find((it) => it.checkVisibility() && it.innerText.trim() === '${words}')`;

for (const { name, skip, start } of BROWSERS.filter(({ name }) => name === 'WebKitGTK')) {
  t.test(
    `${name}: over HTTPS everything works that Safari refuses over http`,
    { skip, timeout: 240_000 },
    async (t) => {
      const file = join(temporaryDirectory(t), 'a.png');
      writeFileSync(file, PIXEL);
      const tab = await start();
      t.teardown(() => tab.close());
      t.match(stack.appOrigin, /^https:\/\/localhost:/);
      await tab.open(stack.appOrigin);
      const press = async (words: string) => {
        await tab.until(control(words));
        await tab.run(`${control(words)}.click()`);
      };
      await press('Sign in');
      await enterLogin(tab, 'alice');
      await tab.until(ACCOUNT);
      await tab.upload('input[type=file]', file);
      await tab.until(`${pictureOf('a.png')}?.naturalWidth === 1`);
      const src = String(await tab.run(`${pictureOf('a.png')}.src`));
      t.ok(src.startsWith(stack.filesOrigin), 'uploaded to S3, and shown from the files host');

      const renewed = '"operation":"refresh"';
      await stack.logged(renewed);
      // In the page, which loads it again if a slow machine has let the cookies end meanwhile.
      await tab.run(
        `document.body.append(globalThis.fresh = Object.assign(new Image(), { src: ${JSON.stringify(`${src}&again`)} }))`,
      );
      await tab.until('globalThis.fresh.naturalWidth === 1');
      t.pass('renewed, and still open');

      // The page that is being left shows the sign-in button too. While the tab is on its way to the provider, it
      // cannot open anything else.
      await tab.run('void (globalThis.isLeft = false)');
      await tab.run(`${ACCOUNT}.click()`);
      await press('Sign out');
      await tab.until(`globalThis.isLeft === undefined && ${control('Sign in')}`);
      await tab.open(src);
      await tab.until(
        `/MissingKey|403|no_credential|Missing Key/.test(document.documentElement.textContent)`,
      );
      t.pass('signed out: refused');
    },
  );
}
