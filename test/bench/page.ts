import { type ChildProcess, fork } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { signInOnPage } from '../browser/support/places.ts';
import { launchChromium, noChromium } from '../support/chromium.ts';
import { type FileList, parseJson, png, signIn } from '../support/client.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { photoPage } from './support/photo-page.ts';
import { type BenchResult, type BenchRun, type Goal, measurementOf } from './support/result.ts';
import { cpuSeconds, serviceProcess, tableName } from './support/service-process.ts';

const IMAGES = 100;
const IMAGE_BYTES = 10_000;
const ROUNDS = 5;
/**
 * The three ways: cookies; a URL signed for each picture at each render, as in the article; streaming through an app.
 */
const WAYS = ['cookies', 'signed', 'streamed'] as const;
type Way = (typeof WAYS)[number];

interface View {
  readyMs: number;
  imageBytes: number;
  /** Requests to the app while the page was loading (without the page itself), and the app's processor time. */
  appRequests: number;
  appCpuMs: number;
}

/** A page of 100 pictures in Chromium, on the first visit and on reload. */
export async function run(): Promise<BenchRun> {
  const reason = await noChromium();
  if (reason) return { skipped: reason };
  const ends: (() => Promise<void> | void)[] = [];
  const stack = await startTestStack({ teardown: (end) => ends.push(end) });
  try {
    const listedUrls = await uploadImages(stack);
    const app = await startBaselines(stack, listedUrls);
    ends.push(() => void app.child.kill());
    const browser = await launchChromium();
    ends.push(() => browser.close());
    const first = newRounds();
    const reload = newRounds();
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of WAYS) {
        const views = await visit(browser, stack, app, way);
        first[way].push(views.first);
        reload[way].push(views.reload);
      }
    }
    return [
      ...rows('first visit', first),
      ...rows('reload', reload, NONE),
      ...(await photoPage(browser, stack)),
    ];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

function newRounds(): Record<Way, View[]> {
  return { cookies: [], signed: [], streamed: [] };
}

const NONE = { atMost: 0 };

function rows(visit: string, views: Record<Way, View[]>, bytesGoal?: Goal): BenchResult[] {
  /** Each goal is shown beside one baseline. A goal of zero says something only if that baseline is above zero. */
  const row = (
    what: string,
    pick: (view: View) => number,
    goals: { signed?: Goal | undefined; streamed?: Goal } = {},
  ): BenchResult => {
    const of = (way: Way, name: string) => measurementOf(name, views[way].map(pick));
    const ours = of('cookies', 'signed cookies');
    const beside = (way: 'signed' | 'streamed', name: string) => {
      const baseline = of(way, name);
      const goal = goals[way];
      return { ...baseline, ratio: ours.median / baseline.median, ...(goal ? { goal } : {}) };
    };
    return {
      name: `${visit}: ${what}`,
      unit: `${IMAGES} pictures`,
      ours,
      baselines: [beside('signed', 'a signed URL for each'), beside('streamed', 'streamed through an app')],
    };
  };
  return [
    row('ms until all are decoded', (view) => view.readyMs),
    row('bytes of pictures', (view) => view.imageBytes, { signed: bytesGoal }),
    row('requests for pictures to the app', (view) => view.appRequests, { streamed: NONE }),
    { ...row('processor time of the app, ms', (view) => view.appCpuMs), isDetail: true },
  ];
}

async function uploadImages(stack: TestStack): Promise<string[]> {
  const alice = await signIn(stack, 'alice');
  for (let i = 0; i < IMAGES; i++) {
    const bytes = png(`${i} `.padEnd(IMAGE_BYTES, '.'));
    await alice.upload({ name: `${i}.png`, type: 'image/png', bytes });
  }
  const { files } = await parseJson<FileList>(await alice.request(`${stack.appOrigin}/api/files?limit=1000`));
  return files.map(({ url }) => url);
}

interface App {
  child: ChildProcess;
  origin: string;
}

async function startBaselines(stack: TestStack, listedUrls: string[]): Promise<App> {
  const child = fork(fileURLToPath(new URL('support/page-baselines.ts', import.meta.url)));
  const rsa = stack.state.keys.find((key) => createPrivateKey(key.privatePem).asymmetricKeyType === 'rsa');
  const { accessKeyId, secretAccessKey } = stack.state.secrets.service;
  child.send({
    listedUrls,
    keyPairId: rsa?.keyPairId,
    privateKey: rsa?.privatePem,
    tableName: tableName(),
    s3: JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8')),
    dynamodb: { endpoint: `http://localhost:${stack.settings.ports.dynamodb}`, accessKeyId, secretAccessKey },
  });
  const [{ port }] = await once(child, 'message');
  return { child, origin: `http://localhost:${port}` };
}

/** Visits the page twice, signed in, with a profile of its own. */
async function visit(browser: Browser, stack: TestStack, app: App, way: Way) {
  const context = await browser.newContext();
  const page = await signInWith(context, stack);
  const bytes = await countImageBytes(page);
  const pid = way === 'cookies' ? serviceProcess() : (app.child.pid ?? 0);
  const requestsOf = async () =>
    way === 'cookies' ? (await stack.settledLog()).filter(isNoProbe).length : pictureRequestsOf(app);
  const view = async (open: () => Promise<unknown>): Promise<View> => {
    const before = { bytes: bytes.total, requests: await requestsOf(), cpuSeconds: cpuSeconds(pid) };
    const startedMs = performance.now();
    await open();
    await page.evaluate('Promise.all([...document.images].map((image) => image.decode()))');
    return {
      readyMs: performance.now() - startedMs,
      imageBytes: bytes.total - before.bytes,
      appRequests: (await requestsOf()) - before.requests,
      appCpuMs: (cpuSeconds(pid) - before.cpuSeconds) * 1_000,
    };
  };
  const first = await view(() => page.goto(`${app.origin}/${way}`));
  // Within one second, a signed URL would be the same again. No reader reloads that fast.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const reload = await view(() => page.reload());
  await context.close();
  return { first, reload };
}

function isNoProbe(line: string): boolean {
  return !line.includes('"operation":"livez"');
}

async function signInWith(context: BrowserContext, stack: TestStack): Promise<Page> {
  const page = await context.newPage();
  await signInOnPage(page, stack.appOrigin, 'alice');
  await page.goto('about:blank');
  // The gallery has already loaded the same pictures, so the cache is cleared.
  const session = await context.newCDPSession(page);
  await session.send('Network.clearBrowserCache');
  return page;
}

/** Bytes of response bodies as they came over the network, for pictures only. */
async function countImageBytes(page: Page): Promise<{ total: number }> {
  const session = await page.context().newCDPSession(page);
  const images = new Set<string>();
  const bytes = { total: 0 };
  session.on('Network.requestWillBeSent', ({ requestId, type }) => {
    if (type === 'Image') images.add(requestId);
  });
  session.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
    if (images.has(requestId)) bytes.total += encodedDataLength;
  });
  await session.send('Network.enable');
  return bytes;
}

async function pictureRequestsOf(app: App): Promise<number> {
  app.child.send('counts');
  const [{ requests }] = await once(app.child, 'message');
  return requests;
}
