import type { Gateway } from './gateway-types.ts';
import type { Emit } from './known-session.ts';
import type { GatewayEvents } from './types.ts';

/** Tells listeners what happens. Each runs on its own, so that its error stops no other one. */
export function createEvents(): [emit: Emit, on: Gateway['on']] {
  const listeners = new Set<{ [E in keyof GatewayEvents]?: (detail: GatewayEvents[E]) => void }>();
  return [
    (event, detail) => {
      for (const listener of listeners) queueMicrotask(() => listener[event]?.(detail));
    },
    (event, listener) => {
      const added = { [event]: listener };
      listeners.add(added);
      return () => listeners.delete(added);
    },
  ];
}
