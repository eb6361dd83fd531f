import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, CDPSession } from 'playwright-core';
import { type Child, startChild } from '../support/child.ts';
import { launchChromium } from '../support/chromium.ts';
import { type FileList, parseJson, png, signIn } from '../support/client.ts';
import { cpuSeconds, servicePid, tableName } from '../support/process-figures.ts';
import { startTestStack, type Teardown, type TestStack } from '../support/test-stack.ts';
import { amount, type BenchResult, type BenchRun, compare, type Goal, inTurns } from './support/measure.ts';
import { openSignedIn, photoPage } from './support/photo-page.ts';

const IMAGES = amount(100, 10);
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
export async function run(t: Teardown): Promise<BenchRun> {
  const stack = await startTestStack(t);
  const app = await startBaselines(stack, await uploadImages(stack));
  t.teardown(app.stop);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const views = await inTurns(
    WAYS.map((way) => () => visit(browser, stack, app, way)),
    ROUNDS,
  );
  const of = (when: 'first' | 'reload') => views.map((rounds) => rounds.map((round) => round[when]));
  return [
    ...rows('first visit', of('first')),
    ...rows('reload', of('reload'), NONE),
    ...(await photoPage(browser, stack)),
  ];
}

const NONE = { atMost: 0 };

function rows(
  visit: string,
  [cookies = [], signed = [], streamed = []]: View[][],
  bytesGoal?: Goal,
): BenchResult[] {
  /** Each goal is shown beside one baseline. A goal of zero says something only if that baseline is above zero. */
  const row = (
    what: string,
    pick: (view: View) => number,
    goals: { signed?: Goal | undefined; streamed?: Goal } = {},
  ) =>
    compare(
      [`${visit}: ${what}`, `${IMAGES} pictures`],
      ['signed cookies', cookies.map(pick)],
      ['a signed URL for each', signed.map(pick), goals.signed],
      ['streamed through an app', streamed.map(pick), goals.streamed],
    );
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

function startBaselines(stack: TestStack, listedUrls: string[]): Promise<Child> {
  const rsa = stack.state.keys.find((key) => createPrivateKey(key.privatePem).asymmetricKeyType === 'rsa');
  const { accessKeyId, secretAccessKey } = stack.state.secrets.service;
  return startChild(new URL('support/page-baselines.ts', import.meta.url), {
    listedUrls,
    keyPairId: rsa?.keyPairId,
    privateKey: rsa?.privatePem,
    tableName: tableName(),
    s3: JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8')),
    dynamodb: { endpoint: `http://localhost:${stack.settings.ports.dynamodb}`, accessKeyId, secretAccessKey },
  });
}

/** Visits the page twice, signed in, with a profile of its own. */
async function visit(browser: Browser, stack: TestStack, app: Child, way: Way) {
  const context = await browser.newContext();
  const { page, session } = await openSignedIn(context, stack, 'alice');
  const bytes = await countImageBytes(session);
  const pid = way === 'cookies' ? servicePid() : app.pid;
  const requestsOf = async () =>
    way === 'cookies'
      ? (await stack.settledLog()).filter(isNoProbe).length
      : (await app.ask('counts')).requests;
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
  const first = await view(() => page.goto(`http://localhost:${app.ready.port}/${way}`));
  // Within one second, a signed URL would be the same again. No reader reloads that fast.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const reload = await view(() => page.reload());
  await context.close();
  return { first, reload };
}

function isNoProbe(line: string): boolean {
  return !line.includes('"operation":"livez"');
}

/** Bytes of response bodies as they came over the network, for pictures only. */
async function countImageBytes(session: CDPSession): Promise<{ total: number }> {
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
