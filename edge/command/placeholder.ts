import { type LoopbackServer, listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';

/** A server in place of those that nobody has named. It starts when it is needed. */
export function createPlaceholder(): { url(): Promise<string>; close(): Promise<void> } {
  let starting: Promise<LoopbackServer> | undefined;
  return {
    async url() {
      starting ??= listenOnLoopback((request, response) => {
        const words = `${request.method} ${request.url} is for a server that has no address yet.`;
        const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
        response.writeHead(501, headers).end(`${words} Name it: --origin <id>=http://localhost:<port>\n`);
      }, 0);
      return `http://127.0.0.1:${(await starting).port}`;
    },
    async close() {
      await (await starting)?.close();
    },
  };
}
