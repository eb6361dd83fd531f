import type { Gateway, GatewayEvents, Session } from './types.ts';

export { ApiError } from './api.ts';
export type * from './types.ts';

/**
 * The app host and the files host, for a page of the app host: it takes requests from its own origin alone.
 * @param options.appOrigin what the page was built for, to be told at once where it runs elsewhere
 * @throws TypeError where that is not the origin of the page
 */
export function createGateway(options: { appOrigin?: string } = {}): Gateway {
  const { appOrigin = location.origin } = options;
  if (appOrigin !== location.origin) throw new TypeError(`not a page of ${appOrigin}`);
  const events = new EventTarget();
  const session = async (): Promise<Session | null> => null;
  return {
    session,
    login() {},
    async logout() {},
    refresh: session,
    files: {
      list: async () => ({ files: [] }),
      upload: async (file) => ({ name: file.name, url: '' }),
      delete: async () => undefined,
      share: async () => ({ id: 0, url: '', expiresAt: '' }),
    },
    shares: { list: async () => [], revoke: async () => undefined },
    on<E extends keyof GatewayEvents>(event: E, listener: (detail: GatewayEvents[E]) => void) {
      const heard = (heard: Event) => {
        if (heard instanceof CustomEvent) listener(heard.detail);
      };
      events.addEventListener(event, heard);
      return () => events.removeEventListener(event, heard);
    },
    watchImages: () => () => undefined,
    close() {},
  };
}
