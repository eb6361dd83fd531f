import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { png } from '../../support/client.ts';
import { BROWSERS, enterLogin, type Tab } from '../../support/tabs.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

/**
 * Uses the app of docs/your-page.md in each of these browsers, as a person does, at the address of each.
 * @param look called while the page shows cat.png
 */
export async function useApp(
  t: Test,
  origin: string,
  browsers: readonly string[],
  look: (t: Test, tab: Tab) => Promise<void> = async () => {},
): Promise<void> {
  for (const { name, skip, start } of BROWSERS.filter(({ name }) => browsers.includes(name))) {
    await t.test(`in ${name}`, { skip }, async (t) => {
      const tab = await start();
      t.teardown(() => tab.close());
      // Each browser has a user of its own, because a name is taken once.
      await useAs(t, tab, origin, name.toLowerCase(), () => look(t, tab));
    });
  }
}

async function useAs(
  t: Test,
  tab: Tab,
  origin: string,
  login: string,
  look: () => Promise<void>,
): Promise<void> {
  const directory = temporaryDirectory(t);
  const choose = async (name: string) => {
    writeFileSync(join(directory, name), png());
    await tab.upload('input[type=file]', join(directory, name));
  };
  const says = (text: string) => `document.querySelector('button')?.innerText === '${text}'`;
  await tab.open(origin);
  await tab.until(says('Sign in'));
  await tab.click('button');
  await enterLogin(tab, login);
  await tab.until(says(`Sign out ${login}`));
  t.equal(await tab.run('location.origin'), origin);
  await choose('cat.png');
  await tab.until(`document.querySelector('img[alt="cat.png"]')?.naturalWidth > 0`);
  await look();
  await choose('reads-backwards-\u202egnp.exe');
  // Where an input takes several files, a WebDriver adds to those that it has. So cat.png comes again, and is refused.
  await tab.until(
    `[...document.querySelectorAll('[role=alert]')].some((one) => one.innerText.includes('cannot have this name'))`,
  );
  await tab.click('button');
  await tab.until(says('Sign in'));
  // A 401 says that nobody is signed in, and a 422 that a name is refused.
  t.strictSame(
    tab.errors.filter((error) => !/401|422|favicon|404/.test(error)),
    [],
  );
}
