import type { CookieGateway } from './gateway-types.ts';
import type { SessionState, SessionStore } from './types.ts';

/** Follows the events of a gateway from its beginning. */
export function createSessionStore({
  on,
  session: load,
}: Pick<CookieGateway, 'on' | 'session'>): SessionStore {
  const listeners = new Set<(state: SessionState) => void>();
  let state: SessionState = { status: 'loading' };
  let isAsked = false;

  function set(next: SessionState): void {
    state = next;
    for (const listener of listeners) queueMicrotask(() => listeners.has(listener) && listener(next));
  }

  /** An event is newer than the answer to the first question. */
  function setFirst(next: SessionState): void {
    if (state.status === 'loading') set(next);
  }

  on('session', (session) => set({ status: 'in', session }));
  on('signedout', ({ reason }) => set({ status: 'out', reason }));

  return {
    subscribe(added) {
      // Each subscription has a listener of its own.
      const listener = (next: SessionState) => added(next);
      listeners.add(listener);
      added(state);
      if (!isAsked) {
        isAsked = true;
        load().then(
          (session) => setFirst(session ? { status: 'in', session } : { status: 'out' }),
          (error: unknown) => setFirst({ status: 'error', error }),
        );
      }
      return () => listeners.delete(listener);
    },
    getSnapshot: () => state,
  };
}
