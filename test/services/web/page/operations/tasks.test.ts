import { buildSync } from 'esbuild';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';

const browser = await launchShell(t);
const { outputFiles } = buildSync({
  stdin: {
    contents: `
      import { createTasks } from './services/web/page/operations/tasks.ts';
      const tasks = createTasks();
      const told = [];
      /** A task whose runs the test ends. */
      const begin = (title) => {
        const task = { title, ends: [] };
        task.start = tasks.start({
          title,
          run: ({ signal, onProgress }) => new Promise((resolve, reject) => {
            Object.assign(task, { resolve, reject, onProgress, signal });
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
          onRest: () => told.push(title + ' rests'),
          onFail: (error) => told.push(title + ' failed: ' + error.message),
        }).then(() => told.push(title + ' is over'));
        return task;
      };
      Object.assign(globalThis, { tasks, begin, told });`,
    resolveDir: '.',
  },
  ...{ bundle: true, format: 'iife', write: false },
});

t.test('work that takes a while has a row, from its begin to its rest', async (t) => {
  const page = await (await browser.newContext({ locale: 'en' })).newPage();
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(60_000);
  await page.setContent(
    '<main id="main"><button id="new"></button><input id="search"><section id="tray"></section><p id="toast"><span id="status"></span></p></main>',
  );
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  /** The rows, what has the focus, what was announced, whether the page asks before it is left, and what was told. */
  const state = () =>
    page.evaluate<string>(`(async () => {
      await new Promise((done) => done());
      const panel = document.getElementById('tasks');
      const rows = [...panel.querySelectorAll('li')].map((row) => {
        const [name, state, bar, buttons] = row.children;
        const progress = bar.hidden ? 'no bar' : bar.hasAttribute('value') ? bar.value.toFixed(2) : 'no value';
        const words = [...buttons.children].map((button) => button.textContent + ' = ' + button.ariaLabel);
        return [name.textContent, state.className + ' ' + state.textContent, progress, ...words].join(', ');
      });
      const leave = new Event('beforeunload', { cancelable: true });
      dispatchEvent(leave);
      const { activeElement } = document;
      return [
        panel.hidden ? 'hidden' : rows.join(' / '),
        activeElement.ariaLabel ?? activeElement.id,
        document.getElementById('status').textContent,
        leave.defaultPrevented ? 'asks' : '',
        told.splice(0).join(', '),
      ].join(' | ');
    })()`);
  for (const [index, [act, wanted]] of [
    ['globalThis.a = begin("A")', 'hidden |  |  | asks | '],
    [499, 'hidden |  |  | asks | '],
    ['a.resolve()', 'hidden |  |  |  | A rests, A is over'],
    [1, 'hidden |  |  |  | '],
    ['globalThis.b = begin("B")', 'hidden |  |  | asks | '],
    [500, 'B, quiet Reading the list…, no value, Stop = Stop: B |  |  | asks | '],
    [
      'b.onProgress({ done: 1_000, count: 4_000 })',
      'B, quiet 1,000 of 4,000, 0.25, Stop = Stop: B |  |  | asks | ',
    ],
    [
      'document.querySelector("#tasks button").focus()',
      'B, quiet 1,000 of 4,000, 0.25, Stop = Stop: B | Stop: B |  | asks | ',
    ],
    [
      'document.activeElement.click()',
      'B, quiet Stopped at 1,000 of 4,000., no bar, Go on = Go on: B, Dismiss = Dismiss: B | Go on: B | B: Stopped at 1,000 of 4,000. |  | B rests, B is over',
    ],
    [
      'document.activeElement.click()',
      'B, quiet Reading the list…, no value, Stop = Stop: B | Stop: B | B: Stopped at 1,000 of 4,000. | asks | ',
    ],
    [
      'b.reject(new Error("no"))',
      'B, failed Stopped at 1,000 of 4,000. This did not work., no bar, Go on = Go on: B, Dismiss = Dismiss: B | Go on: B | B: Stopped at 1,000 of 4,000. This did not work. |  | B failed: no, B rests',
    ],
    [
      'globalThis.c = begin("C"), c.reject(new Error("early"))',
      'B, failed Stopped at 1,000 of 4,000. This did not work., no bar, Go on = Go on: B, Dismiss = Dismiss: B / C, failed This did not work., no bar, Go on = Go on: C, Dismiss = Dismiss: C | Go on: B | C: This did not work. |  | C failed: early, C rests, C is over',
    ],
    [
      500,
      'B, failed Stopped at 1,000 of 4,000. This did not work., no bar, Go on = Go on: B, Dismiss = Dismiss: B / C, failed This did not work., no bar, Go on = Go on: C, Dismiss = Dismiss: C | Go on: B | C: This did not work. |  | ',
    ],
    [
      'document.querySelectorAll("#tasks button")[3].click()',
      'B, failed Stopped at 1,000 of 4,000. This did not work., no bar, Go on = Go on: B, Dismiss = Dismiss: B | Go on: B | C: This did not work. |  | ',
    ],
    [
      'document.querySelector("#tasks button").click()',
      'B, quiet Reading the list…, no value, Stop = Stop: B | Stop: B | C: This did not work. | asks | ',
    ],
    ['b.resolve()', 'hidden | new | C: This did not work. |  | B rests'],
    [
      'globalThis.d = begin("D"), globalThis.e = begin("E")',
      'hidden | new | C: This did not work. | asks | ',
    ],
    [
      500,
      'D, quiet Reading the list…, no value, Stop = Stop: D / E, quiet Reading the list…, no value, Stop = Stop: E | new | C: This did not work. | asks | ',
    ],
    ['tasks.clear()', 'hidden | new | C: This did not work. |  | D is over, E is over'],
  ].entries()) {
    if (typeof act === 'number') await page.clock.runFor(act);
    else await page.evaluate(`(() => { ${act} })()`);
    t.equal(await state(), wanted, `${index} ${act}`);
  }
});
