import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { openBarePage, playActs } from '../bare-page.ts';

const browser = await launchShell(t);
const FILES = 'https://files.test';

const PROGRAM = `
  import { createMediaWatch } from './services/web/client/media.ts';
  const told = [];
  const asked = [];
  const wait = (words) => { told.push(words); return new Promise((resolve, reject) => asked.push({ resolve, reject })); };
  const listeners = {};
  const state = { isGood: false, isOpen: false, isOut: false };
  globalThis.fetch = (url, { method, credentials }) => wait(method + ' ' + url + ' ' + credentials);
  const renewal = {
    signedIn: async () => { if (state.isOut) throw new Error('out'); },
    isGood: (team) => (told.push('good? ' + team), state.isGood), isOpen: (team) => (told.push('open? ' + team), state.isOpen),
    renew: (team) => wait('renew ' + team), isFreshAtFirst: state.isFreshAtFirst,
  };
  const watch = createMediaWatch(renewal, (event, listener) => { listeners[event] = listener; });
  const { load } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.load = function () { told.push('load ' + this.id); };
  HTMLMediaElement.prototype.play = async function () { told.push('play ' + this.id); throw new Error('nobody has clicked'); };
  const by = (id) => document.getElementById(id);
  for (const image of document.querySelectorAll('img')) {
    const { set, get } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
    Object.defineProperty(image, 'src', { get, set(value) { told.push('src ' + image.id); set.call(image, value); } });
  }
  const player = (id) => Object.fromEntries(['currentTime', 'paused', 'playbackRate'].map((name) => [name, { configurable: true, get: () => by(id)['_' + name], set: (value) => told.push(name + ' ' + value) }]));
  for (const id of ['film', 'sound']) Object.defineProperties(by(id), player(id));
  Object.assign(globalThis, {
    by, options: state, watch, told,
    begin: () => { for (const each of document.querySelectorAll('[data-src]')) each.setAttribute('src', each.dataset.src); load.call(by('sound')); },
    on: (event, detail) => listeners[event](detail),
    session: () => listeners.session({ files: { origin: '${FILES}', prefix: '/users/ann/' } }),
    fails: (...ids) => { for (const id of ids) by(id).dispatchEvent(new Event('error')); },
    set: (id, values) => { for (const [name, value] of Object.entries(values)) by(id)['_' + name] = value; },
    give: (value) => asked.shift().resolve(value), fail: () => asked.shift().reject(new Error()),
    answer: (status, type = 'text/xml') => asked.shift().resolve({ status, headers: new Map([['content-type', type]]) }),
    state: () => [
      [...document.querySelectorAll('img, video, audio')].flatMap((each) => [...each.getAnimations().map((animation) => each.id + ' ' + animation.effect.getKeyframes().map((frame) => [frame.opacity, frame.overflow, frame.width, frame.height].filter(Boolean).join(' ')).join(' to ')), ...(each.style.display ? [each.id + ' is ' + each.style.display] : [])]).join(', '),
      told.splice(0).join(', '),
    ],
  });`;

const BODY = `<style>#block { display: block } video { width: 100px; height: 50px }</style>
  ${['a', 'b', 'block', 'late'].map((id) => `<img id="${id}" data-src="${FILES}/users/ann/${id}">`).join('')}
  <img id="team" data-src="${FILES}/teams/t/x"><img id="other" data-src="${FILES}/users/bob/x">
  <video id="film" data-src="${FILES}/users/ann/film"></video><video id="sound"><source id="source" data-src="${FILES}/users/ann/sound"></video><p id="p"></p>`;

/** A page whose files host answers nothing, but refuses what is gone. So no other element fails by itself. */
async function openPage(body = BODY) {
  const page = await openBarePage(browser, body, PROGRAM);
  await page.route(`${FILES}/**`, (route) =>
    route.request().url().endsWith('/gone') ? route.fulfill({ status: 403 }) : undefined,
  );
  await page.evaluate('begin()');
  return page;
}

/** Each row has an act, and what it changes: the elements that are held, and what is told. */
t.test('pictures that failed are loaded again once the cookies are good', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [`globalThis.stop = watch(), fails('a')`, ' | '],
    [`session(), fails('other', 'p')`, '= | ='],
    [
      `fails('a', 'b', 'block')`,
      'a 0 hidden to 0 hidden, a is inline-block, b 0 hidden to 0 hidden, b is inline-block, block 0 hidden to 0 hidden | good? undefined, good? undefined, renew undefined, good? undefined, good? undefined',
    ],
    [
      `by('b').dispatchEvent(new Event('load'))`,
      'a 0 hidden to 0 hidden, a is inline-block, b is inline-block, block 0 hidden to 0 hidden | ',
    ],
    [`give({})`, ' | src a, src b, src block'],
    [`fails('a')`, '= | '],
    [
      `options.isGood = true, fails('late')`,
      `late 0 hidden to 0 hidden, late is inline-block | good? undefined, good? undefined, HEAD ${FILES}/users/ann/- include`,
    ],
    [`answer(404)`, ' | '],
    [
      `fails('late'), await settled(), answer(403, 'application/xml')`,
      `= | good? undefined, good? undefined, HEAD ${FILES}/users/ann/- include`,
    ],
    [
      `fails('late'), await settled(), answer(403)`,
      `late 0 hidden to 0 hidden, late is inline-block | good? undefined, good? undefined, HEAD ${FILES}/users/ann/- include, renew undefined`,
    ],
    [`by('late').style.display = 'flex', give({})`, 'late is flex | src late'],
    [`session(), fails('a')`, '= | good? undefined, src a'],
    [
      `fails('a')`,
      `a 0 hidden to 0 hidden, a is inline-block, late is flex | good? undefined, good? undefined, HEAD ${FILES}/users/ann/- include`,
    ],
    [`fail(), await settled(), fail()`, '= | renew undefined'],
    [`session()`, 'late is flex | src a'],
    [`options.isGood = false, options.isOut = true, fails('b')`, '= | '],
    [
      `options.isOut = false, fails('b'), by('b').setAttribute('src', '${FILES}/users/ann/z'), await settled(), give({})`,
      '= | good? undefined, good? undefined, renew undefined',
    ],
    [
      `on('team', { team: { id: 't' } }), fails('team')`,
      'late is flex, team 0 hidden to 0 hidden, team is inline-block | good? t, good? t, renew t',
    ],
    [`fail()`, 'late is flex | open? t'],
    [
      `options.isOpen = true, fails('team'), await settled(), fail()`,
      'late is flex, team 0 hidden to 0 hidden, team is inline-block | good? t, good? t, renew t, open? t',
    ],
    [`on('team', { team: { id: 't' } })`, 'late is flex | src team'],
    [
      `by('team').setAttribute('src', '${FILES}/teams/t/y'), fails('team'), await settled(), on('teamleft', { id: 't' })`,
      '= | good? t, good? t, renew t',
    ],
    [`fails('team')`, '= | '],
    [
      `by('a').setAttribute('src', '${FILES}/users/ann/y'), fails('a'), await settled(), on('signedout')`,
      '= | good? undefined, good? undefined, renew undefined',
    ],
    [`fails('a')`, '= | '],
    [`session(), stop(), fails('a')`, '= | ='],
  ]);
});

t.test('players go on where they were', async (t) => {
  const page = await openPage();
  await playActs(t, page, [
    [
      `await settled(), watch(by('p').parentNode), session(), set('film', { currentTime: 7, paused: false, playbackRate: 2 }), set('sound', { currentTime: 3, paused: true, playbackRate: 1 }), fails('film', 'source')`,
      'film 100px 50px to 100px 50px, sound 100px 50px to 100px 50px | good? undefined, good? undefined, renew undefined, good? undefined',
    ],
    [`give({})`, '= | load film, load sound'],
    [
      `by('film').dispatchEvent(new Event('loadedmetadata')), by('film').dispatchEvent(new Event('loadedmetadata'))`,
      'sound 100px 50px to 100px 50px | currentTime 7, playbackRate 2, play film',
    ],
    [`by('sound').dispatchEvent(new Event('loadedmetadata'))`, ' | currentTime 3, playbackRate 1'],
    [`fails('film')`, '= | '],
  ]);
});

t.test('what has failed before is seen at once, and links wait', async (t) => {
  const page = await openPage(
    `${['gone', 'a'].map((id) => `<img id="${id}" data-src="${FILES}/users/ann/${id}">`).join('')}<img id="none">
     <video id="film" data-src="${FILES}/users/ann/film"></video><video id="sound" data-src="${FILES}/users/ann/gone"></video>
     <a href="${FILES}/users/ann/x"><b id="p">x</b></a>`,
  );
  await page.waitForFunction(`by('sound').error && by('gone').complete`);
  await playActs(t, page, [
    [
      `session(), globalThis.stop = watch()`,
      'gone 0 hidden to 0 hidden, gone is inline-block, sound 300px 150px to 300px 150px | good? undefined, good? undefined, renew undefined, good? undefined',
    ],
    [`give({})`, 'sound 300px 150px to 300px 150px | src gone, load sound'],
    [
      `addEventListener('click', (event) => { told.push('opens'); event.preventDefault(); }), by('p').click()`,
      '= | good? undefined, renew undefined',
    ],
    [`give({})`, '= | opens'],
    [
      `by('p').dispatchEvent(new MouseEvent('auxclick', { bubbles: true, cancelable: true, button: 1 }))`,
      '= | good? undefined, renew undefined',
    ],
    [`give(null)`, '= | '],
    [`stop(), by('p').click()`, '= | opens'],
  ]);
});
