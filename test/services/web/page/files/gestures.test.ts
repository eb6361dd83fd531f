import { buildSync } from 'esbuild';
import t from 'tap';
import { launchShell } from '../../../../support/chromium.ts';

const browser = await launchShell(t);
const { outputFiles } = buildSync({
  stdin: {
    contents: `import { watchGestures } from './services/web/page/files/gestures.ts'; globalThis.watch = watchGestures;`,
    resolveDir: '.',
  },
  ...{ bundle: true, format: 'iife', write: false },
});
const page = await (await browser.newContext()).newPage();

/** One event: its type, its place from the middle of the stage, and what else it has. */
type Step = [type: string, x: number, y: number, more?: object];

/**
 * Plays events on a stage of 400 by 300 pixels with a picture of 300 by 200.
 * @returns after each event the scale and the place of the picture, and what has been called
 */
async function play(steps: Step[], on = 'img'): Promise<string> {
  await page.setContent(`<style>
    #stage { position: absolute; left: 100px; top: 50px; width: 400px; height: 300px; margin: 0 }
    img { width: 300px; height: 200px }
  </style><div id="stage"><img><button></button><div class="paper"></div><video></video></div>`);
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  return page.evaluate(`(() => {
    const stage = document.getElementById('stage');
    const trace = [];
    const note = (what) => () => trace.push(what);
    stage.setPointerCapture = (id) => trace.push('capture ' + id);
    const steps = { next: note('next'), previous: note('previous'), leave: note('leave') };
    const { reset } = watch(stage, steps);
    for (const [type, x, y, { t = 0, id = 1, by = 'touch', ...more } = {}] of ${JSON.stringify(steps)}) {
      if (type === 'reset') reset();
      else {
        const Event = /^pointer/.test(type) ? PointerEvent : type === 'wheel' ? WheelEvent : MouseEvent;
        const place = { clientX: x + 300, clientY: y + 200, pointerId: id, pointerType: by };
        const event = new Event(type, { bubbles: true, cancelable: true, ...place, ...more });
        Object.defineProperty(event, 'timeStamp', { value: t });
        stage.querySelector('${on}').dispatchEvent(event);
        if (event.defaultPrevented) trace.push('prevented');
      }
      const value = (name) => Math.round(parseFloat(stage.style.getPropertyValue(name) || 0) * 100) / 100;
      const zoomed = stage.classList.contains('zoomed') ? ' zoomed' : '';
      trace.push(value('--scale') + ' ' + value('--x') + ' ' + value('--y') + zoomed);
    }
    return trace.join(', ');
  })()`);
}

const press = (x: number, y: number, more = {}): Step => ['pointerdown', x, y, more];
const move = (x: number, y: number, more = {}): Step => ['pointermove', x, y, more];
const lift = (x: number, y: number, more = {}): Step => ['pointerup', x, y, more];
const SECOND = { id: 2 };
const tapAt = (x: number, y: number, t: number, more = {}) => [
  press(x, y, { t, ...more }),
  lift(x, y, { t, ...more }),
];

/** A swipe from the middle to a place. */
const swipe = (x: number, y: number) => [press(0, 0), move(x, y), lift(x, y)];

for (const [what, steps, trace] of [
  ['a small movement is none', swipe(7, 0), '0 0 0, 0 0 0, 0 0 0'],
  ['a swipe to the left', swipe(-61, 0), '0 0 0, capture 1, 1 -61 0, next, 1 0 0'],
  ['a swipe to the right', swipe(61, 30), '0 0 0, capture 1, 1 61 0, previous, 1 0 0'],
  ['a swipe that is too short', swipe(60, 0), '0 0 0, capture 1, 1 60 0, 1 0 0'],
  ['a swipe that is too steep', swipe(70, 35), '0 0 0, capture 1, 1 70 0, 1 0 0'],
  ['a swipe down', swipe(0, 121), '0 0 0, capture 1, 1 0 121, leave, 1 0 0'],
  ['a swipe down that is too short', swipe(0, 120), '0 0 0, capture 1, 1 0 120, 1 0 0'],
  ['a swipe down that is too slanted', swipe(61, 122), '0 0 0, capture 1, 1 0 122, 1 0 0'],
  ['a swipe up', swipe(0, -130), '0 0 0, capture 1, 1 0 0, 1 0 0'],
  [
    'a swipe that the browser takes over',
    [press(0, 0), move(-100, 0), ['pointercancel', -100, 0]],
    '0 0 0, capture 1, 1 -100 0, 1 0 0',
  ],
  ['a finger that was never down', [move(50, 0), lift(50, 0)], '0 0 0, 0 0 0'],
  [
    'a movement back below the least',
    [press(0, 0), move(8, 0), move(4, 0), lift(4, 0)],
    '0 0 0, capture 1, 1 8 0, 1 4 0, 1 0 0',
  ],
  [
    'a double tap, and one more',
    [...tapAt(50, 20, 0), ...tapAt(50, 20, 299), ...tapAt(50, 20, 400), ...tapAt(50, 20, 500)],
    '0 0 0, 0 0 0, 0 0 0, 2.5 -75 -30 zoomed, 2.5 -75 -30 zoomed, 2.5 -75 -30 zoomed, 2.5 -75 -30 zoomed, 1 0 0',
  ],
  [
    'two taps that are too far apart',
    [...tapAt(0, 0, 0), ...tapAt(40, 0, 100)],
    '0 0 0, 0 0 0, 0 0 0, 0 0 0',
  ],
  [
    'two taps that are near',
    [...tapAt(0, 0, 0), ...tapAt(39, 0, 100)],
    '0 0 0, 0 0 0, 0 0 0, 2.5 -58.5 0 zoomed',
  ],
  ['two taps that are too slow', [...tapAt(0, 0, 0), ...tapAt(0, 0, 300)], '0 0 0, 0 0 0, 0 0 0, 0 0 0'],
  [
    'three taps are one double tap',
    [...tapAt(0, 0, 0), ...tapAt(0, 0, 100), ...tapAt(0, 0, 200)],
    '0 0 0, 0 0 0, 0 0 0, 2.5 0 0 zoomed, 2.5 0 0 zoomed, 2.5 0 0 zoomed',
  ],
  [
    'a mouse does not tap',
    [...tapAt(0, 0, 0, { by: 'mouse' }), ...tapAt(0, 0, 100, { by: 'mouse' })],
    '0 0 0, 0 0 0, 0 0 0, 0 0 0',
  ],
  [
    'a double click',
    [press(0, 0, { by: 'mouse' }), ['dblclick', 50, 20], ['dblclick', 50, 20]],
    '0 0 0, 2.5 -75 -30 zoomed, 1 0 0',
  ],
  ['a double click by a finger', [press(0, 0), ['dblclick', 50, 20]], '0 0 0, 0 0 0'],
  [
    'a wheel',
    [
      ['wheel', 100, 0, { deltaY: -500 }],
      ['wheel', 0, 0, { deltaY: -5_000 }],
      ['wheel', 0, 0, { deltaY: 5_000 }],
    ],
    'prevented, 2.72 -171.83 0 zoomed, prevented, 8 -505.7 0 zoomed, prevented, 1 0 0',
  ],
  ['a touchpad', [['wheel', 0, 0, { deltaY: -50, ctrlKey: true }]], 'prevented, 1.65 0 0 zoomed'],
  [
    'a mouse moves what is zoomed, within its edges',
    [
      ['wheel', 0, 0, { deltaY: -500 }],
      press(0, 0, { by: 'mouse' }),
      move(10, -20, { by: 'mouse' }),
      move(900, -900, { by: 'mouse' }),
      lift(900, -900, { by: 'mouse' }),
      ['reset', 0, 0],
    ],
    'prevented, 2.72 0 0 zoomed, 2.72 0 0 zoomed, capture 1, 2.72 10 -20 zoomed, 2.72 207.74 -121.83 zoomed, 2.72 207.74 -121.83 zoomed, 1 0 0',
  ],
  [
    'a mouse moves nothing that is not zoomed',
    [press(0, 0, { by: 'mouse' }), move(100, 0, { by: 'mouse' }), lift(100, 0, { by: 'mouse' })],
    '0 0 0, 0 0 0, 0 0 0',
  ],
  [
    'a pinch',
    [
      press(-50, 0),
      press(50, 0, SECOND),
      move(100, 0, SECOND),
      move(-100, 40),
      lift(-100, 40),
      lift(100, 0, SECOND),
    ],
    '0 0 0, 1 0 0, 1.5 -12.5 0 zoomed, 2.04 -17 -7.19 zoomed, 2.04 -17 -7.19 zoomed, 2.04 -17 -7.19 zoomed',
  ],
  [
    'a pinch of fingers on one place',
    [press(0, 0), press(0, 0, SECOND), move(3, 0, SECOND)],
    '0 0 0, 1 0 0, 3 -3 0 zoomed',
  ],
  [
    'a second finger ends a swipe',
    [press(0, 0), move(-100, 0), press(50, 0, SECOND), lift(50, 0, SECOND), lift(-100, 0)],
    '0 0 0, capture 1, 1 -100 0, 1 0 0, 1 0 0, 1 0 0',
  ],
  ['a finger on a page', [['touchmove', 0, 0]], 'prevented, 0 0 0'],
] as [string, Step[], string][]) {
  t.test(what, async (t) => t.equal(await play(steps), trace));
}

t.test('what has gestures of its own keeps them', async (t) => {
  const steps: Step[] = [
    ...swipe(-100, 0),
    ['touchmove', 0, 0],
    ['wheel', 0, 0, { deltaY: -500 }],
    ['dblclick', 0, 0, {}],
  ];
  for (const on of ['button', '.paper', 'video'])
    t.equal(await play([press(0, 0, { by: 'mouse' }), ...steps], on), Array(7).fill('0 0 0').join(', '), on);
});
