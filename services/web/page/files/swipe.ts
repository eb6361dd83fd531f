/** The distance, in pixels, from which a movement is a swipe. */
const MIN_DISTANCE = 60;

export interface Swipes {
  left(): void;
  right(): void;
  down(): void;
}

/** Watches swipes of one finger. Two fingers zoom, and a finger on a player belongs to the player. */
export function watchSwipes(element: HTMLElement, swipes: Swipes): void {
  let start: Touch | undefined;
  element.addEventListener(
    'touchstart',
    ({ touches, target }) => {
      const isZoomed = (globalThis.visualViewport?.scale ?? 1) > 1.01;
      start =
        touches.length === 1 && !isZoomed && !(target instanceof HTMLMediaElement) ? touches[0] : undefined;
    },
    { passive: true },
  );
  element.addEventListener('touchend', ({ changedTouches }) => {
    const end = changedTouches[0];
    if (!start || !end) return;
    const x = end.clientX - start.clientX;
    const y = end.clientY - start.clientY;
    start = undefined;
    if (Math.abs(x) > MIN_DISTANCE && Math.abs(x) > 2 * Math.abs(y)) (x < 0 ? swipes.left : swipes.right)();
    else if (y > 2 * MIN_DISTANCE && y > 2 * Math.abs(x)) swipes.down();
  });
}
