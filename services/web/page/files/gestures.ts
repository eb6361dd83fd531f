/** The distance, in pixels, from which a movement is a swipe; and from which it is one at all. */
const MIN_SWIPE_PX = 60;
const MIN_MOVE_PX = 8;
const MAX_SCALE = 8;
/** The scale after a double tap. */
const NEAR_SCALE = 2.5;
const DOUBLE_TAP_MS = 300;

export interface Steps {
  next(): void;
  previous(): void;
  leave(): void;
}

interface Point {
  x: number;
  y: number;
}

/**
 * Zooms what lies on a stage by wheel, pinch, double tap and double click, and moves it with the finger: while it is
 * zoomed, within its edges; otherwise to the next file, the one before, or down and away. Players and texts keep their
 * own gestures. The page itself is never zoomed (lightbox.css, `touch-action`).
 */
export function watchGestures(stage: HTMLElement, steps: Steps): { reset(): void } {
  const view = createZoom(stage);
  const fingers = createFingers(stage, view, steps);
  let lastPointer = '';

  stage.addEventListener('pointerdown', (event) => {
    lastPointer = event.pointerType;
    const isIdle = event.pointerType === 'mouse' && view.scale() === 1;
    if (isOnPicture(event.target) && !isIdle) fingers.press(event);
  });
  stage.addEventListener('pointermove', fingers.move);
  for (const type of ['pointerup', 'pointercancel'] as const) stage.addEventListener(type, fingers.release);
  // Otherwise a browser takes a swipe for the start of a scroll that runs on, and swallows the tap that ends it.
  stage.addEventListener(
    'touchmove',
    (event) => {
      if (isOnPicture(event.target)) event.preventDefault();
    },
    { passive: false },
  );
  stage.addEventListener('dblclick', (event) => {
    // A double tap is a double click, too.
    if (lastPointer === 'mouse' && isOnPicture(event.target)) view.toggle(view.place(event));
  });
  stage.addEventListener(
    'wheel',
    (event) => {
      if (!isOnPicture(event.target)) return;
      event.preventDefault();
      // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
      view.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), view.place(event));
    },
    { passive: false },
  );
  return { reset: view.reset };
}

/** What the fingers on the stage, or a pressed mouse, do: move, swipe, pinch or tap. */
function createFingers(stage: HTMLElement, view: Zoom, steps: Steps) {
  const pointers = new Map<number, Point>();
  let start: Point | undefined;
  let isMoved = false;
  let lastTap: (Point & { atMs: number }) | undefined;

  function tap({ pointerType, timeStamp }: PointerEvent, at: Point): void {
    if (pointerType === 'mouse') return;
    const isSecond = lastTap && timeStamp < lastTap.atMs + DOUBLE_TAP_MS && distance(lastTap, at) < 40;
    lastTap = isSecond ? undefined : { ...at, atMs: timeStamp };
    if (isSecond) view.toggle(at);
  }

  return {
    press(event: PointerEvent): void {
      const at = view.place(event);
      pointers.set(event.pointerId, at);
      // A second finger turns a swipe into a pinch.
      start = pointers.size === 1 ? at : undefined;
      if (pointers.size > 1) view.settle();
      isMoved = pointers.size > 1;
    },
    move(event: PointerEvent): void {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const at = view.place(event);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (!isMoved && (!start || distance(start, at) < MIN_MOVE_PX)) return;
      if (!isMoved) stage.setPointerCapture(event.pointerId);
      isMoved = true;
      pointers.set(event.pointerId, at);
      if (other) view.pinch([before, at], other);
      else if (view.scale() > 1) view.move(at.x - before.x, at.y - before.y);
      else if (start) view.follow(at.x - start.x, at.y - start.y);
    },
    release(event: PointerEvent): void {
      if (!pointers.delete(event.pointerId)) return;
      const from = start;
      start = undefined;
      const at = view.place(event);
      if (!isMoved) {
        tap(event, at);
        return;
      }
      const isSwipe = from !== undefined && view.scale() === 1 && event.type !== 'pointercancel';
      view.settle();
      if (!isSwipe) return;
      const [x, y] = [at.x - from.x, at.y - from.y];
      if (Math.abs(x) > MIN_SWIPE_PX && Math.abs(x) > 2 * Math.abs(y))
        (x < 0 ? steps.next : steps.previous)();
      else if (y > 2 * MIN_SWIPE_PX && y > 2 * Math.abs(x)) steps.leave();
    },
  };
}

/** Whether a gesture belongs to the stage, and not to a player, a text or a button on it. */
function isOnPicture(target: EventTarget | null): boolean {
  return target instanceof Element && !target.closest('video, audio, iframe, a, button, .paper');
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

type Zoom = ReturnType<typeof createZoom>;

/** How far the picture is zoomed, and where it is. lightbox.css draws it by three properties of the stage. */
function createZoom(stage: HTMLElement) {
  let scale = 1;
  let offset: Point = { x: 0, y: 0 };

  function draw(): void {
    stage.style.setProperty('--scale', String(scale));
    stage.style.setProperty('--x', `${offset.x}px`);
    stage.style.setProperty('--y', `${offset.y}px`);
    stage.classList.toggle('zoomed', scale > 1);
  }

  /** Keeps the picture within its edges. */
  function settle(): void {
    const picture = stage.querySelector('img');
    const free = (side: number, room: number) => Math.max((side * scale - room) / 2, 0);
    const x = free(picture?.clientWidth ?? 0, stage.clientWidth);
    const y = free(picture?.clientHeight ?? 0, stage.clientHeight);
    const within = (value: number, most: number) => Math.min(Math.max(value, -most), most);
    offset = { x: within(offset.x, x), y: within(offset.y, y) };
    draw();
  }

  /** @param at the point that stays where it is, from the middle of the stage */
  function zoom(factor: number, at: Point): void {
    const next = Math.min(Math.max(scale * factor, 1), MAX_SCALE);
    const ratio = next / scale;
    offset = { x: at.x - (at.x - offset.x) * ratio, y: at.y - (at.y - offset.y) * ratio };
    scale = next;
    settle();
  }

  return {
    scale: () => scale,
    settle,
    zoom,
    /** Where an event is, from the middle of the stage. */
    place({ clientX, clientY }: MouseEvent): Point {
      const { left, top, width, height } = stage.getBoundingClientRect();
      return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
    },
    toggle: (at: Point) => zoom(scale > 1 ? 1 / scale : NEAR_SCALE, at),
    /** One finger has moved, and the other one rests. */
    pinch([before, after]: [Point, Point], other: Point): void {
      const middle = { x: (after.x + other.x) / 2, y: (after.y + other.y) / 2 };
      zoom(distance(after, other) / Math.max(distance(before, other), 1), middle);
    },
    move(x: number, y: number): void {
      offset = { x: offset.x + x, y: offset.y + y };
      settle();
    },
    /** The picture follows a finger that swipes: to a side, or down. */
    follow(x: number, y: number): void {
      offset = Math.abs(x) > Math.abs(y) ? { x, y: 0 } : { x: 0, y: Math.max(y, 0) };
      draw();
    },
    reset(): void {
      scale = 1;
      offset = { x: 0, y: 0 };
      draw();
    },
  };
}
