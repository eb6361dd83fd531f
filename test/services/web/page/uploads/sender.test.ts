import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';
import { openBarePage } from '../../bare-page.ts';

const browser = await launchShell(t);

/** Each row has an act, and what it changes. What is as before is `=`. */
t.test(
  'uploads are sent, three at once, each until its file is stored, it fails, or it is given up',
  async (t) => {
    const page = await openBarePage(
      browser,
      '',
      `import { ApiError } from './services/web/client/api-error.ts';
     import { createBatch } from './services/web/page/uploads/batch.ts';
     import { createSender } from './services/web/page/uploads/sender.ts';
     const told = [];
     const uploads = new Map();
     const state = { isOpen: true, online: true, there: {}, limit: 1_000, taken: [], used: 900 };
     Object.defineProperty(navigator, 'onLine', { get: () => state.online });
     const waits = {};
     const wait = (what, words = what) => new Promise((done, fail) => { told.push(words); waits[what] = { done, fail: (status, code) => fail(code ? new ApiError(status, code) : status) }; });
     const owner = { files: {
       upload: (file, { name, replace, type, signal, onProgress }) => {
         const sent = wait('upload ' + name, 'upload ' + name + (replace ? ' in its place' : '') + ' as ' + type);
         uploads.set(name, { onProgress, signal });
         signal.addEventListener('abort', () => { told.push(name + ' stopped: ' + signal.reason); waits['upload ' + name].fail(new Error('stopped')); });
         return sent;
       },
       delete: (name) => wait('delete ' + name),
       usage: async () => { if (state.used === undefined) throw new Error(); return { bytes: await state.used }; },
       async *all({ prefix }) { told.push('free ' + prefix); yield* (await state.taken).map((name) => ({ name })); },
     } };
     const batch = createBatch(() => {});
     const sender = createSender(batch, {
       isOpen: () => state.isOpen,
       present: ({ wanted }) => state.there[wanted.name],
       ask: ({ wanted }, present) => wait('ask ' + wanted.name, 'ask ' + wanted.name + ' ' + JSON.stringify(present.size ?? present.code)),
       onUploaded: async (upload, stored) => void told.push('stored ' + JSON.stringify(stored)),
       limitOf: () => state.limit,
       onFull: () => told.push('full'),
       onEnd: (words) => told.push('end' + (words ? ': ' + words : '')),
     });
     const add = (name, more = {}, size = 10) => sender.send(batch.add({ file: { size, type: 'text/plain' }, owner, wanted: { name, ...more } }));
     let last = [];
     Object.assign(globalThis, {
       signedOut: new ApiError(401, 'no_session'), add, sender, batch, set: (changes) => void Object.assign(state, changes),
       done: (what, name = what.slice(what.indexOf(' ') + 1)) => waits[what].done(what.startsWith('upload') ? { name } : name), choose: (what, choice) => waits['ask ' + what].done(choice),
       fail: (what, ...error) => waits[what].fail(...error), progress: (name, fraction) => uploads.get(name).onProgress(fraction),
       cancel: (name) => batch.cancel([...batch.unfinished(), ...batch.failed()].find(({ wanted }) => wanted.name === name)),
       clear: () => batch.failed().forEach(batch.drop),
       state: async () => {
         await settled();
         const now = [
           sender.course(),
           [...batch.unfinished(), ...batch.failed()].map(({ wanted, state, sentBytes, failure }) =>
             [wanted.name, state, sentBytes || '', failure ? failure.words + (failure.canRetry ? ' again' : '') : ''].filter(Boolean).join(' ')).join(', '),
           told.splice(0).join(', '),
         ];
         const news = now.map((each, at) => (each === last[at] ? '=' : each)).join(' | ');
         last = now;
         return news;
       },
     });`,
    );
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(60_000);
    await page.evaluate(`Object.defineProperty(performance, 'now', { value: () => Date.now() }), undefined`);
    for (const [index, [act, wanted]] of [
      [
        `for (const name of ['a', 'b', 'c.md', 'd']) add(name)`,
        'going | a sending, b sending, c.md sending, d waiting | upload a as text/plain, upload b as text/plain, upload c.md as text/plain',
      ],
      [`progress('a', 0.5)`, '= | a sending 5, b sending, c.md sending, d waiting | '],
      [
        `done('upload a')`,
        '= | b sending, c.md sending, d sending | stored {"name":"a"}, end, upload d as text/plain',
      ],
      [8_000, '= | = | '],
      [1, 'offline | = | ='],
      [`progress('b', 0.1)`, 'going | b sending 1, c.md sending, d sending | ='],
      [
        `cancel('b')`,
        '= | c.md sending, d sending | b stopped: AbortError: signal is aborted without reason',
      ],
      [`fail('upload c.md', 0, 'network')`, 'offline | d sending, c.md waiting | '],
      [1_999, '= | = | ='],
      [1, '= | = | ='],
      [`fail('upload d', 0, 'network'), add('e')`, '= | c.md waiting, d waiting, e waiting | ='],
      [`fail('upload c.md', 0, 'network')`, '= | = | ='],
      [3_999, '= | = | ='],
      [1, '= | c.md sending, d waiting, e waiting | upload c.md as text/plain'],
      [
        `done('upload c.md')`,
        'going | d sending, e sending | stored {"name":"c.md"}, end, upload d as text/plain, upload e as text/plain',
      ],
      [`fail('upload d', 0, 'network'), fail('upload e', 0, 'network')`, 'offline | d waiting, e waiting | '],
      [3_999, '= | = | ='],
      [
        `dispatchEvent(new Event('online'))`,
        'going | d sending, e sending | upload d as text/plain, upload e as text/plain',
      ],
      [`set({ online: false }), done('upload d')`, 'offline | e sending | stored {"name":"d"}, end'],
      [`add('w')`, '= | e sending, w waiting | '],
      [
        `set({ online: true }), dispatchEvent(new Event('online'))`,
        'going | e sending, w sending | upload w as text/plain',
      ],
      [
        `fail('upload w', 0, 'network'), await settled(), progress('e', 0.5)`,
        'offline | e sending 5, w waiting | ',
      ],
      [1_999, '= | = | ='],
      [1, 'going | e sending 5, w sending | upload w as text/plain'],
      [`cancel('w')`, '= | e sending 5 | w stopped: AbortError: signal is aborted without reason'],
      [`done('upload e', 'other')`, '= |  | stored {"name":"other"}, end'],
      [
        `for (let at = 0; at < 6; at++) { add('x'); cancel('x'); }`,
        '= | = | upload x as text/plain, x stopped: AbortError: signal is aborted without reason, upload x as text/plain, x stopped: AbortError: signal is aborted without reason, upload x as text/plain, x stopped: AbortError: signal is aborted without reason',
      ],
      [`add('f'), add('g')`, '= | f sending, g sending | upload f as text/plain, upload g as text/plain'],
      [`sender.pause()`, 'paused | f waiting, g waiting | f stopped: pause, g stopped: pause'],
      [`progress('f', 0.5)`, '= | = | '],
      [`add('h')`, '= | f waiting, g waiting, h waiting | ='],
      [
        `sender.goOn()`,
        'going | f sending, g sending, h sending | upload f as text/plain, upload g as text/plain, upload h as text/plain',
      ],
      [`fail('upload f', 401, 'no_session')`, 'signedOut | g sending, h sending, f waiting | '],
      [`done('upload g')`, '= | h sending, f waiting | stored {"name":"g"}, end'],
      [`sender.signedIn()`, 'going | f sending, h sending | upload f as text/plain'],
      [`set({ isOpen: false }), done('upload f')`, 'signedOut | h sending | stored {"name":"f"}, end'],
      [`add('i')`, '= | h sending, i waiting | '],
      [`set({ isOpen: true }), sender.signedIn()`, 'going | h sending, i sending | upload i as text/plain'],
      [
        `done('upload h'), fail('upload i', 413, 'file_too_large')`,
        '= | i failed This file is too large. | stored {"name":"h"}, end, end',
      ],
      [
        `clear(), add('j', {}, 200), fail('upload j', 403, 'quota_exceeded')`,
        '= | j failed There is no space for this file: 100 B of 1.0 kB are free. Delete other files, then try again in a minute. again | upload j as text/plain, end, full',
      ],
      [
        `clear(), set({ used: 2_000 }), add('k', {}, 200), fail('upload k', 403, 'quota_exceeded')`,
        '= | k failed There is no space for this file: 0 B of 1.0 kB are free. Delete other files, then try again in a minute. again | upload k as text/plain, end, full',
      ],
      [
        `clear(), set({ used: undefined }), add('l', {}, 1_000), fail('upload l', 403, 'quota_exceeded')`,
        '= | l failed There is no space for this file. again | upload l as text/plain, end, full',
      ],
      [
        `clear(), add('m', {}, 1_001), fail('upload m', 403, 'quota_exceeded')`,
        '= | m failed This file is larger than the whole space: it has 1.0 kB, and all files together may have 1.0 kB. | upload m as text/plain, end',
      ],
      [
        `clear(), set({ limit: undefined }), add('n', {}, 10), fail('upload n', 403, 'quota_exceeded')`,
        '= | n failed There is no space for this file. | upload n as text/plain, end',
      ],
      [
        `clear(), add('n'), fail('upload n', 500, 'internal')`,
        '= | n failed The server has a problem at the moment. again | =',
      ],
      [
        `clear(), globalThis.held = Promise.withResolvers(), set({ limit: 1_000, used: held.promise }), add('o'), fail('upload o', 403, 'quota_exceeded')`,
        '= | o sending | upload o as text/plain',
      ],
      [`cancel('o'), held.resolve(900)`, '= |  | o stopped: AbortError: signal is aborted without reason'],
      [`set({ there: { p: { size: 5 } }, taken: ['p (2)'] }), add('p')`, '= | p asking | ask p 5'],
      [`choose('p', 'keep')`, '= | p (3) sending | free p (, upload p (3) as text/plain'],
      [`done('upload p (3)')`, '= |  | stored {"name":"p (3)"}, end'],
      [`add('p')`, '= | p asking | ask p 5'],
      [`choose('p', 'replace')`, '= | p sending | upload p in its place as text/plain'],
      [`done('upload p')`, '= |  | stored {"name":"p"}, end'],
      [`add('p')`, '= | p asking | ask p 5'],
      [`choose('p', 'skip')`, '= |  | end: p is left as it was.'],
      [`add('p')`, '= | p asking | ask p 5'],
      [`cancel('p'), choose('p', 'replace')`, '= |  | '],
      [
        `globalThis.held = Promise.withResolvers(), set({ taken: held.promise }), add('p'), choose('p', 'keep')`,
        '= | p asking | ask p 5, free p (',
      ],
      [`cancel('p'), held.resolve([])`, '= |  | '],
      [
        `globalThis.held = Promise.withResolvers(), set({ taken: held.promise }), add('p'), choose('p', 'keep')`,
        '= | p asking | ask p 5, free p (',
      ],
      [`cancel('p'), held.reject(signedOut)`, '= |  | '],
      [
        `globalThis.held = Promise.withResolvers(), set({ taken: held.promise }), add('p'), choose('p', 'keep'), held.reject(signedOut)`,
        'signedOut | p waiting | ask p 5, free p (',
      ],
      [`cancel('p'), set({ taken: [] }), sender.signedIn()`, 'going |  | '],
      [
        `add('q'), fail('upload q', 409, 'file_exists')`,
        '= | q asking | upload q as text/plain, ask q "file_exists"',
      ],
      [`choose('q', 'keep')`, '= | q (2) sending | free q (, upload q (2) as text/plain'],
      [`fail('upload q (2)', 409, 'file_exists')`, '= | q (2) asking | ask q (2) "file_exists"'],
      [`choose('q (2)', 'keep')`, '= | q (2) sending | free q (, upload q (2) as text/plain'],
      [`done('upload q (2)')`, '= |  | stored {"name":"q (2)"}, end'],
      [`add('r', { instead: 's', mayReplace: true })`, '= | r sending | upload r in its place as text/plain'],
      [`done('upload r')`, '= | = | delete s'],
      [`done('delete s')`, '= |  | stored {"name":"r","gone":"s"}, end'],
      [`add('r', { instead: 's' })`, '= | r sending | upload r as text/plain'],
      [`done('upload r')`, '= | = | delete s'],
      [
        `fail('delete s', 403, 'role_too_low')`,
        '= |  | stored {"name":"r","words":"r is uploaded. s is still there."}, end: r is uploaded. s is still there.',
      ],
    ].entries()) {
      if (typeof act === 'number') await page.clock.runFor(act);
      else await page.evaluate(`(async () => { ${act} })()`);
      t.equal(await page.evaluate('state()'), wanted, `${index} ${act}`);
    }
  },
);
