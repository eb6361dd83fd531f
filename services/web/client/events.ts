import type { Emit } from './known-session.ts';
import type { Gateway, GatewayEvents } from './types.ts';

/** Listeners to events, and a function that tells them. */
export function createEvents(): { emit: Emit; on: Gateway['on'] } {
  const listeners = new Set<{ [E in keyof GatewayEvents]?: (detail: GatewayEvents[E]) => void }>();
  return {
    emit(event, detail) {
      // Each listener runs on its own, so that its error stops no other one.
      for (const listener of listeners) queueMicrotask(() => listener[event]?.(detail));
    },
    on(event, listener) {
      const added = { [event]: listener };
      listeners.add(added);
      return () => listeners.delete(added);
    },
  };
}
