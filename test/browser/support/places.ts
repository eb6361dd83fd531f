import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { selfSigned } from '../../edge/local/support/certificate.ts';
import { account, choose, signOut } from '../../services/web/acts.ts';
import { waitUntil } from '../../services/web/browser.ts';
import { freePortVariables, startTestStack, type TestStack } from '../../support/test-stack.ts';

interface Teardown {
  teardown(fn: () => Promise<void> | void): void;
}

/** The two ways in which a browser meets the system: on localhost as with `npm start`, and as in a deployment. */
export const PLACES = ['http, both hosts localhost', 'https, a parent and a child host'] as const;
type Place = (typeof PLACES)[number];

// One certificate for all, because Firefox refuses two of the same issuer and serial number.
const certificate = selfSigned();
const spki = new X509Certificate(certificate.cert).publicKey.export({ type: 'spki', format: 'der' });

/**
 * For `launchChromium`: names under `.test` lead to this machine, and its certificate counts as valid. (Chromium does
 * not cache answers over a certificate that it only tolerates.)
 */
export const TEST_HOSTS = [
  '--host-resolver-rules=MAP *.test 127.0.0.1',
  `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`,
];

export async function startPlace(
  t: Teardown,
  place: Place,
  env: Record<string, string> = {},
): Promise<TestStack> {
  const ports = await freePortVariables();
  const origins = place === PLACES[0] ? {} : await startTlsFronts(t, ports);
  return startTestStack(t, { env: { ...ports, ...origins, ...env } });
}

async function startTlsFronts(t: Teardown, ports: Record<string, string>) {
  const app = await startTlsFront(t, Number(ports['APP_PORT']));
  const files = await startTlsFront(t, Number(ports['EDGE_PORT']));
  return {
    APP_ORIGIN: `https://app.example.test:${app}`,
    FILES_ORIGIN: `https://files.app.example.test:${files}`,
  };
}

/** Does the work of a load balancer: ends TLS, and passes everything on unchanged. */
async function startTlsFront(t: Teardown, port: number): Promise<number> {
  const server = createServer(certificate, (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    // Each request has its own connection: a kept one may be closed by the other side just when it is used again.
    const options = { host: 'localhost', port, method, path: url, headers, agent: false };
    const passed = request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      // An answer that breaks off breaks off for the browser too.
      pipeline(answer, outgoing, () => {});
    });
    passed.on('error', (error) => {
      console.error(`TLS front: ${method} ${url}: ${error.message}`);
      outgoing.destroy();
    });
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A profile of its own, which accepts certificates without an authority. */
export function newProfile(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ ignoreHTTPSErrors: true });
}

/** Signs in through the page and the provider's form. */
export async function signInOnPage(page: Page, appOrigin: string, login: string): Promise<void> {
  await page.goto(appOrigin);
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', 'anything');
  await page.click('form button');
  await account(page).waitFor();
}

/** Signs out on the page, and resolves once the browser is back from the provider. */
export async function signOutOnPage(page: Page, appOrigin: string): Promise<void> {
  let isOnItsWay = false;
  page.on('request', (request) => {
    isOnItsWay ||= request.isNavigationRequest() && request.url() === `${appOrigin}/`;
  });
  const isBack = new Promise<void>((resolve) => {
    page.on('load', () => isOnItsWay && resolve());
  });
  await signOut(page);
  await isBack;
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
}

/** Uploads through the page's own picker, and waits until the gallery shows the picture. */
export async function uploadOnPage(page: Page, name: string, bytes: Buffer): Promise<string> {
  await choose(page, ...[{ name, mimeType: 'image/png', buffer: bytes }]);
  await waitUntil(page, `${pictureOf(name)}?.naturalWidth > 0`);
  return page.evaluate<string>(`${pictureOf(name)}.src`);
}

/** The picture of a file in the list, as an expression. */
export function pictureOf(name: string): string {
  return `document.querySelector('main img[alt="${name}"]')`;
}

/** The cookies that this profile would send to a URL, as a header. */
export async function cookieHeader(context: BrowserContext, url: string): Promise<string> {
  return (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** The edge's status for a URL with cookies that were copied by hand. */
export async function replay(stack: TestStack, url: string, cookie = ''): Promise<number> {
  const { host, pathname, search } = new URL(url);
  const sent = request({
    host: 'localhost',
    port: stack.settings.ports.edge,
    path: pathname + search,
    headers: { host, cookie },
  });
  sent.end();
  const [answer] = await once(sent, 'response');
  answer.resume();
  return answer.statusCode;
}
