import type { IncomingMessage, ServerResponse } from 'node:http';
import t from 'tap';
import { listenOnLoopback } from '../../edge/local/loopback.ts';
import { launchShell } from '../support/chromium.ts';

/** Rules that AWS leaves to browsers. This project relies on them. */
t.test('which cookies a browser brings to the files host', async (t) => {
  const brought = new Map<string, string[]>();
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const { url = '', headers } = request;
    const names = (headers.cookie ?? '').split('; ').map((pair) => pair.split('=')[0] ?? '');
    brought.set(`${headers.host?.split(':')[0]}${url}`, names.filter((name) => name !== '').toSorted());
    response.setHeader('content-type', url.startsWith('/page') ? 'text/html' : 'text/plain');
    response.setHeader('set-cookie', url === '/page' ? COOKIES : []);
    response.end();
  };
  const COOKIES = [
    'host=1; Path=/; SameSite=Lax',
    'domain=1; Path=/; SameSite=Lax; Domain=app.example.test',
    'folder=1; Path=/users/a/; SameSite=Lax; Domain=app.example.test',
    'starred=1; Path=/users/*; SameSite=Lax; Domain=app.example.test',
    'suffix=1; Path=/; SameSite=Lax; Domain=cloudfront.net',
  ];
  const server = await listenOnLoopback(serve, 0);
  t.teardown(() => server.close(0));
  const browser = await launchShell(t);
  const context = await browser.newContext();
  const page = await context.newPage();
  const files = `http://files.app.example.test:${server.port}`;
  await page.goto(`http://app.example.test:${server.port}/page`);
  /** Shows a picture as pages do. A picture that fails counts as an end as well. */
  const show = (url: string, attributes = '') =>
    page.evaluate(`new Promise((resolve) => {
      const image = Object.assign(document.createElement('img'), ${attributes || '{}'});
      image.onload = image.onerror = resolve;
      image.src = ${JSON.stringify(url)};
    })`);
  await show(`${files}/users/a/1`);
  t.strictSame(
    brought.get('files.app.example.test/users/a/1'),
    ['domain', 'folder'],
    'a child of the domain, by path',
  );
  await show(`${files}/users/b/1`);
  t.strictSame(brought.get('files.app.example.test/users/b/1'), ['domain'], 'another folder');
  await show(`${files}/users/a/2`, `{ crossOrigin: 'anonymous' }`);
  t.strictSame(
    brought.get('files.app.example.test/users/a/2'),
    [],
    'crossorigin="anonymous" brings no cookie',
  );
  await show(`http://app.example.test:${server.port}/users/a/3`);
  t.strictSame(brought.get('app.example.test/users/a/3'), ['domain', 'folder', 'host']);
  await page.goto(`http://other.test:${server.port}/page/foreign`);
  await show(`${files}/users/a/4`);
  t.strictSame(
    brought.get('files.app.example.test/users/a/4'),
    [],
    'another site brings no SameSite=Lax cookie',
  );
  await page.goto(`http://d111.cloudfront.net:${server.port}/page`);
  await show(`http://d222.cloudfront.net:${server.port}/5`);
  t.strictSame(brought.get('d222.cloudfront.net/5'), [], 'cloudfront.net is a public suffix');
});
