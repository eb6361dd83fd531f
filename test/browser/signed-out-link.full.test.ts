import type { Page } from 'playwright-core';
import t from 'tap';
import { act } from '../services/web/acts.ts';
import { comesTo, PIXEL } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { startTestStack } from '../support/test-stack.ts';
import { signInOnPage, uploadOnPage } from './support/places.ts';
import { invite, makeTeam, openProfile } from './support/teams.ts';

t.test('a link to a file leads there after a sign-in, and no server learns the name', async (t) => {
  const stack = await startTestStack(t);
  const browser = await launchShell(t);
  const alice = await openProfile(t, browser);
  await alice.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const copied = async (name: string, whose: string, said: string) => {
    await act(alice.page, name, `Copy link for ${whose}`);
    await alice.page.locator('#status').filter({ hasText: said }).waitFor();
    return alice.page.evaluate<string>('navigator.clipboard.readText()');
  };
  await signInOnPage(alice.page, stack.appOrigin, 'alice');
  await uploadOnPage(alice.page, 'the moon?.png', PIXEL);
  const own = await copied('the moon?.png', 'yourself', 'Only you can open it');
  t.equal(own, `${stack.appOrigin}/#/the%20moon%3F.png`);
  await makeTeam(alice.page, 'Astronomers');
  await uploadOnPage(alice.page, 'the sunrise.png', PIXEL);
  const ofTeam = await copied('the sunrise.png', 'members', 'The members of Astronomers can open it');
  const invitation = await invite(alice.page, 'viewer');
  const bob = await openProfile(t, browser);
  await signInOnPage(bob.page, stack.appOrigin, 'bob');
  await bob.page.goto(invitation);
  await bob.page.click('#join-action');
  await bob.page.locator('#gallery li').waitFor();

  /** Follows a link in a browser where nobody is signed in. */
  const follow = async (link: string, login: string) => {
    const person = await openProfile(t, browser);
    await person.page.goto(link);
    await signInHere(person.page, login);
    const learnt = person.requests.map(urlOf).filter((url) => new URL(url).origin !== stack.filesOrigin);
    t.match(learnt.join(' '), '/auth/login');
    t.strictSame(
      learnt.filter((url) => /moon|sunrise/.test(url)),
      [],
    );
    return person.page;
  };
  const shownIn = (page: Page) => page.textContent('#lightbox[open] #lightbox-name');
  const atHome = await follow(own, 'alice');
  await comesTo(t, () => shownIn(atHome), 'the moon?.png');
  t.equal(atHome.url(), own);
  await comesTo(t, async () => shownIn(await follow(ofTeam, 'bob')), 'the sunrise.png', 'a member');
  const stranger = await follow(ofTeam, 'carol');
  await stranger.locator('#notice').filter({ hasText: 'You are not a member of this team.' }).waitFor();
  t.equal(await stranger.locator('#lightbox[open]').count(), 0);
});

/** The address of a request, without what the browser keeps to itself. */
function urlOf(line: string): string {
  return line.replace(/^\S+ /, '').replace(/#.*/, '');
}

/** Signs in from the page that is open. */
async function signInHere(page: Page, login: string): Promise<void> {
  await page.click('#sign-in');
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', 'anything');
  await page.click('form button');
  await page.waitForSelector('#account-button');
}
