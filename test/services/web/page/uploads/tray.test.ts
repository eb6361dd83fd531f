import { readFileSync } from 'node:fs';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);
const BODY = readFileSync('services/web/index.html', 'utf8').replace(/^.*<body>|<\/body>.*$/gs, '');

/** Each row has an act, and what it changes. What is as before is `=`. */
t.test('the panel shows all uploads as one, and those that need the person', async (t) => {
  const page = await openBarePage(
    browser,
    BODY,
    `import { createBatch } from './services/web/page/uploads/batch.ts';
     import { createTray } from './services/web/page/uploads/tray.ts';
     const told = [];
     const note = (what) => (given) => told.push(what + ' ' + [given].flat().map((each) => each?.wanted?.name ?? '').join());
     const own = { team: undefined };
     const team = { team: { id: 't', name: 'Physics' } };
     const state = { course: 'going', draws: 0 };
     let tray;
     const batch = createBatch(() => tray?.show());
     tray = createTray(batch, {
       course: () => (state.draws++, state.course),
       pause: () => (told.push('pause'), (state.course = 'paused')),
       goOn: () => (told.push('go on'), (state.course = 'going')),
       signIn: note('sign in'), choose: note('choose'), cancel: note('cancel'), cancelAll: note('cancel all'),
       retry: note('retry'), dismiss: note('dismiss'),
       nameOf: (owner) => owner.team?.name ?? '',
     });
     const add = (name, bytes, owner = own) => batch.add({ file: { size: bytes }, owner, wanted: { name } });
     const isShown = (element) => element.checkVisibility();
     const words = (element) => element.textContent.trim();
     const rowsOf = (id) => [...document.getElementById(id).children].map((row) => {
       const bar = row.querySelector('progress');
       const parts = [...row.querySelectorAll('span, button')].map(words);
       const buttons = [...row.querySelectorAll('button')].map((button) => button.ariaLabel);
       return [row.dataset.state, ...parts, ...buttons, bar?.checkVisibility() ? bar.value.toFixed(2) : ''].filter(Boolean).join(', ');
     });
     let last = [];
     globalThis.state = () => {
       const panel = document.getElementById('tray');
       const { activeElement } = document;
       const shown = ['tray-title', 'tray-pace', 'tray-pause', 'tray-cancel', 'tray-close', 'tray-sign-in', 'tray-asking-words', 'tray-more']
         .map((id) => document.getElementById(id)).filter(isShown).map((each) => each.ariaLabel ?? words(each).slice(0, 60));
       const bar = document.getElementById('tray-progress');
       const fold = document.getElementById('tray-fold');
       const now = [
         isShown(panel) ? panel.dataset.course + ': ' + shown.join(', ') : 'hidden',
         isShown(bar) ? bar.value.toFixed(2) : '',
         rowsOf('uploads').slice(0, 3).join(' / ') + (rowsOf('uploads').length > 3 ? ' and ' + (rowsOf('uploads').length - 3) : ''),
         rowsOf('failures').join(' / '),
         activeElement.ariaLabel ?? activeElement.id,
         [fold.ariaExpanded, fold.ariaLabel, fold.title, panel.className].join(', '),
         told.splice(0).join(),
       ];
       const news = now.map((each, at) => (each === last[at] ? '=' : each)).join(' | ');
       last = now;
       return news;
     };
     Object.assign(globalThis, { batch, tray, add, own, team, counts: state, set: (course) => void (state.course = course) });`,
  );
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(60_000);
  await page.evaluate(`Object.defineProperty(performance, 'now', { value: () => Date.now() }), undefined`);
  const failed = (words: string, canRetry: boolean) =>
    `{ state: 'failed', failure: { words: '${words}', canRetry: ${canRetry} } }`;
  const press = (id: string) => `document.getElementById('${id}').click()`;
  for (const [index, [act, wanted]] of [
    ['tray.show()', 'hidden |  |  |  |  | true, Fold the uploads away, ,  | '],
    [50, '= | = | = | = | = | = | ='],
    [
      `globalThis.a = add('a', 1000), globalThis.b = add('b', 3000, team), globalThis.z = add('z', 0)`,
      '= | = | = | = | = | = | =',
    ],
    [49, '= | = | = | = | = | = | ='],
    [
      1,
      'going: Uploading 0 of 3, 0%, Pause, Cancel all | 0.00 | waiting, a, Waiting, Cancel the upload of a / waiting, b, Waiting · Physics, Cancel the upload of b / waiting, z, Waiting, Cancel the upload of z | = | = | = | =',
    ],
    [
      `batch.update(a, { state: 'sending', sentBytes: 0 }), batch.update(z, { state: 'sending' })`,
      '= | = | = | = | = | = | =',
    ],
    [
      1_000,
      '= | = | sending, a, Uploading 1.0 kB, Cancel the upload of a, 0.00 / sending, z, Uploading 0 B, Cancel the upload of z, 0.00 / waiting, b, Waiting · Physics, Cancel the upload of b | = | = | = | =',
    ],
    [`batch.update(a, { sentBytes: 500 })`, '= | = | = | = | = | = | ='],
    [
      1_000,
      'going: Uploading 0 of 3, 13% · 476 B/s · 0:08 left, Pause, Cancel all | 0.13 | sending, a, Uploading 1.0 kB, Cancel the upload of a, 0.50 / sending, z, Uploading 0 B, Cancel the upload of z, 0.00 / waiting, b, Waiting · Physics, Cancel the upload of b | = | = | = | =',
    ],
    [1_000, 'going: Uploading 0 of 3, 13% · 244 B/s · 0:15 left, Pause, Cancel all | = | = | = | = | = | ='],
    [
      press('tray-pause'),
      'paused: Paused, 13%, Go on, Cancel all | = | sending, a, Uploading 1.0 kB, Cancel the upload of a, 0.50 / sending, z, Uploading 0 B, Cancel the upload of z, 0.00 / waiting, b, Paused · Physics, Cancel the upload of b | = | = | = | pause',
    ],
    [
      press('tray-pause'),
      'going: Uploading 0 of 3, 13%, Pause, Cancel all | = | sending, a, Uploading 1.0 kB, Cancel the upload of a, 0.50 / sending, z, Uploading 0 B, Cancel the upload of z, 0.00 / waiting, b, Waiting · Physics, Cancel the upload of b | = | = | = | go on',
    ],
    [
      `set('offline'), dispatchEvent(new Event('offline'))`,
      'offline: Waiting for the network, 13%, Pause, Cancel all | = | sending, a, Uploading 1.0 kB, Cancel the upload of a, 0.50 / sending, z, Uploading 0 B, Cancel the upload of z, 0.00 / waiting, b, Waiting for the network · Physics, Cancel the upload of b | = | = | = | ',
    ],
    [
      `set('signedOut'), dispatchEvent(new Event('online'))`,
      'signedOut: Sign in to go on, 13%, Cancel all, The chosen files stay here. Sign in again in a second window | = | sending, a, Uploading 1.0 kB, Cancel the upload of a, 0.50 / sending, z, Uploading 0 B, Cancel the upload of z, 0.00 / waiting, b, Sign in to go on · Physics, Cancel the upload of b | = | = | = | =',
    ],
    [press('tray-sign-in-button'), '= | = | = | = | = | = | sign in '],
    [`set('going'), batch.update(b, { state: 'asking' })`, '= | = | = | = | = | = | '],
    [
      50,
      'going: Uploading 0 of 3, 13%, Pause, Cancel all, A file with this name is there already | = | sending, a, Uploading 1.0 kB, Cancel the upload of a, 0.50 / sending, z, Uploading 0 B, Cancel the upload of z, 0.00 / asking, b, A file with this name exists · Physics, Cancel the upload of b | = | = | = | =',
    ],
    [`batch.update(z, { state: 'asking' })`, '= | = | = | = | = | = | ='],
    [
      50,
      'going: Uploading 0 of 3, 13%, Pause, Cancel all, 2 names are taken already | = | sending, a, Uploading 1.0 kB, Cancel the upload of a, 0.50 / asking, b, A file with this name exists · Physics, Cancel the upload of b / asking, z, A file with this name exists, Cancel the upload of z | = | = | = | =',
    ],
    [press('tray-choose'), '= | = | = | = | = | = | choose '],
    [press('tray-fold'), '= | = | = | = | = | false, Show the uploads, Show the uploads, folded | '],
    [press('tray-fold'), '= | = | = | = | = | true, Fold the uploads away, Fold the uploads away,  | ='],
    [`document.querySelector('#uploads button').focus()`, '= | = | = | = | Cancel the upload of a | = | ='],
    [`document.querySelector('#uploads button').click()`, '= | = | = | = | = | = | cancel a'],
    [`batch.finish(a, 'a'), batch.finish(z, 'z')`, '= | = | = | = | = | = | '],
    [
      50,
      'going: Uploading 2 of 3, 25%, Pause, Cancel all, A file with this name is there already | 0.25 | asking, b, A file with this name exists · Physics, Cancel the upload of b | = |  | = | =',
    ],
    [`batch.update(b, ${failed('No room.', true)})`, '= | = | = | = | = | = | ='],
    [
      50,
      'ended: Not uploaded: 1, Close the uploads |  |  | failed, No room., b · Physics, Try again, Dismiss, Try again: b, Dismiss: b | = | = | =',
    ],
    [
      `for (const name of 'cdefg') batch.update(add(name, 1, own), ${failed('No room.', true)})`,
      '= | = | = | = | = | = | =',
    ],
    [`batch.update(add('h', 1, own), ${failed('Not allowed.', false)})`, '= | = | = | = | = | = | ='],
    [
      50,
      'ended: Not uploaded: 7, Close the uploads | = | = | failed, No room., b · Physics, Try again, Dismiss, Try again: b, Dismiss: b / failed, No room., c, d, e, and 2 more, Try again, Dismiss, Try again: c, d, e, and 2 more, Dismiss: c, d, e, and 2 more / failed, Not allowed., h, Dismiss, Dismiss: h | = | = | =',
    ],
    [`document.querySelectorAll('#failures button')[2].click()`, '= | = | = | = | = | = | retry c,d,e,f,g'],
    [`document.querySelectorAll('#failures button')[3].click()`, '= | = | = | = | = | = | dismiss c,d,e,f,g'],
    [press('tray-close'), '= | = | = | = | = | = | dismiss b,c,d,e,f,g,h'],
    [press('tray-cancel'), '= | = | = | = | = | = | cancel all '],
    [`for (const each of batch.failed()) batch.drop(each)`, '= | = | = | = | = | = | '],
    [50, 'hidden | = | = |  | = | = | ='],
    [`for (let at = 0; at < 53; at++) add('n' + at, 10)`, '= | = | = | = | = | = | ='],
    [
      50,
      'going: Uploading 2 of 55, 65%, Pause, Cancel all, and 3 more | 0.65 | waiting, n0, Waiting, Cancel the upload of n0 / waiting, n1, Waiting, Cancel the upload of n1 / waiting, n2, Waiting, Cancel the upload of n2 and 47 | = | = | = | =',
    ],
    [
      `document.querySelectorAll('#uploads button')[1].focus(), batch.drop(batch.next())`,
      '= | = | = | = | Cancel the upload of n1 | = | =',
    ],
    [
      50,
      'going: Uploading 2 of 54, 66%, Pause, Cancel all, and 2 more | 0.66 | waiting, n1, Waiting, Cancel the upload of n1 / waiting, n2, Waiting, Cancel the upload of n2 / waiting, n3, Waiting, Cancel the upload of n3 and 47 | = | = | = | =',
    ],
    [`batch.drop(batch.unfinished()[0]), batch.drop(batch.unfinished()[0])`, '= | = | = | = | = | = | ='],
    [
      50,
      'going: Uploading 2 of 52, 67%, Pause, Cancel all | 0.67 | waiting, n3, Waiting, Cancel the upload of n3 / waiting, n4, Waiting, Cancel the upload of n4 / waiting, n5, Waiting, Cancel the upload of n5 and 47 | = |  | = | =',
    ],
  ].entries()) {
    if (typeof act === 'number') await page.clock.runFor(act);
    else await page.evaluate(`(() => { ${act} })()`);
    t.equal(await page.evaluate('state()'), wanted, `${index} ${act}`);
  }
  // News that come together, and the news of the next second, cost one drawing each.
  await page.evaluate(`batch.update(add('last', 1), ${failed('No room.', true)}), counts.draws = 0`);
  await page.clock.runFor(50);
  t.equal(await page.evaluate('counts.draws'), 1);
  await page.evaluate(
    `globalThis.parts = ['#uploads li span.quiet', '#failures button'].map((each) => document.querySelector(each).firstChild), counts.draws = 0`,
  );
  await page.clock.runFor(1_000);
  t.equal(await page.evaluate('counts.draws'), 1);
  t.strictSame(
    await page.evaluate('parts.map((each) => each.isConnected)'),
    [true, true],
    'what says the same stays',
  );
});
