import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { BrowserContext, Page } from 'playwright-core';
import t from 'tap';
import { waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { missing } from '../support/missing.ts';
import { freePorts } from '../support/ports.ts';
import { startTestStack, temporaryDirectory } from '../support/test-stack.ts';
import { appProject, startTool } from './support/app-project.ts';
import { documentedFiles } from './support/documented-files.ts';

// npm, which asks the registry.
t.setTimeout(900_000);

const FFMPEG = '/usr/bin/ffmpeg';
const lacking = missing(FFMPEG);
if (lacking) {
  t.pass('needs ffmpeg', { skip: lacking });
  process.exit();
}

const PACKAGES = ['vite@8.3.8', 'hls.js@1.7.4', 'pdfjs-dist@6.5.438'];
const [appPort = 0, devPort = 0] = await freePorts(2);
const appOrigin = `http://localhost:${devPort}`;
const documented = documentedFiles('docs/your-page.md');
const NAMES = ['src/film.ts', 'src/hls.ts', 'src/pdf.ts'];
const proxy = Object.fromEntries(
  ['/auth', '/api'].map((path) => [path, { target: `http://localhost:${appPort}` }]),
);
const directory = await appProject(t, PACKAGES, [
  ...NAMES.map((name): [string, string] => [name, documented.get(name) ?? '']),
  ['vite.config.js', `export default ${JSON.stringify({ server: { port: devPort, proxy } })};`],
  [
    'index.html',
    `<!doctype html><title>recipes</title><script type="module">
${NAMES.map((name, index) => `import * as module${index} from '/${name}';`).join('\n')}
Object.assign(globalThis, module0, module1, module2, { ready: true });
</script>`,
  ],
]);
const stack = await startTestStack(t, { env: { APP_ORIGIN: appOrigin, APP_PORT: `${appPort}` } });
await startTool(t, directory, [join('node_modules', 'vite', 'bin', 'vite.js')], 'ready in');
const browser = await launchChromium(['--autoplay-policy=no-user-gesture-required']);
t.teardown(() => browser.close());
const context = await browser.newContext();
const page = await context.newPage();
const folder = await signInAsAlice(page);

/** @returns the address of her folder */
async function signInAsAlice(page: Page): Promise<string> {
  await page.goto(`${appOrigin}/auth/login`);
  await page.fill('input[name=login]', 'alice');
  await page.fill('input[name=password]', 'anything');
  await page.click('form button');
  await waitUntil(page, 'globalThis.ready');
  return page.evaluate<string>(
    `fetch('/auth/session').then((it) => it.json()).then(({ files }) => files.origin + files.prefix)`,
  );
}

const { endpoint, ...credentials } = JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8'));
const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
t.teardown(() => s3.destroy());

async function put(name: string, body: Buffer, type: string): Promise<string> {
  const url = folder + name;
  const input = {
    Bucket: 'gateway-files',
    Key: new URL(url).pathname.slice(1),
    Body: body,
    ContentType: type,
  };
  await s3.send(new PutObjectCommand(input));
  return url;
}

/** A test picture for so many seconds. */
function film(seconds: number, ...options: string[]): string {
  const target = temporaryDirectory(t);
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10', '-t', `${seconds}`];
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '20'];
  execFileSync(FFMPEG, ['-v', 'error', ...source, ...coding, ...options], { cwd: target });
  return target;
}

async function dropFilesCookies(context: BrowserContext): Promise<void> {
  await context.clearCookies({ name: /^CloudFront-/ });
}

t.test('a video with crossorigin, whose pictures a canvas may read', async (t) => {
  const made = film(2, '-movflags', '+faststart', 'film.mp4');
  const url = await put('film.mp4', readFileSync(join(made, 'film.mp4')), 'video/mp4');
  await page.evaluate(`document.body.append(globalThis.video = showFilm(${JSON.stringify(url)}))`);
  await waitUntil(page, 'video.readyState >= 2');
  const pixel = await page.evaluate<number[]>(`(() => {
    const context = Object.assign(document.createElement('canvas'), { width: 160, height: 90 }).getContext('2d');
    context.drawImage(video, 0, 0);
    return [...context.getImageData(80, 45, 1, 1).data];
  })()`);
  t.equal(pixel[3], 255);
  await page.evaluate(
    `globalThis.other = Object.assign(document.createElement('video'), { crossOrigin: 'anonymous', src: ${JSON.stringify(url)} })`,
  );
  await waitUntil(page, 'other.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED');
});

t.test('hls.js goes on where the cookies end within the film', async (t) => {
  const made = film(90, '-hls_time', '2', '-hls_list_size', '0', 'film.m3u8');
  for (const name of readdirSync(made).filter((name) => name !== 'film.m3u8')) {
    await put(`hls/${name}`, readFileSync(join(made, name)), 'video/mp2t');
  }
  const playlist = readFileSync(join(made, 'film.m3u8'));
  const url = await put('hls/film.m3u8', playlist, 'application/vnd.apple.mpegurl');
  const refused: string[] = [];
  page.on('requestfailed', (request) => request.url().endsWith('.ts') && refused.push(request.url()));
  const answered = page.waitForResponse(url);
  await page.evaluate(`(() => {
    globalThis.player = Object.assign(document.createElement('video'), { muted: true });
    document.body.append(player);
    return playHls(player, ${JSON.stringify(url)});
  })()`);
  const { 'content-type': type, 'content-disposition': disposition } = (await answered).headers();
  t.strictSame([type, disposition], ['application/octet-stream', 'attachment'], 'it stays a download');
  await page.evaluate('player.play()');
  await waitUntil(page, 'player.currentTime > 1');
  t.strictSame(refused, []);
  await dropFilesCookies(context);
  await page.evaluate('player.currentTime = 80');
  await waitUntil(page, 'player.currentTime > 81 && !player.paused && player.readyState >= 3');
  t.match(refused[0], /\/hls\/film\d+\.ts$/);
});

t.test('pdf.js draws a page', async (t) => {
  const url = await put('page.pdf', pdfOfOneColour(), 'application/pdf');
  await page.evaluate(
    `drawPdf(globalThis.canvas = document.createElement('canvas'), ${JSON.stringify(url)})`,
  );
  const drawn = await page.evaluate<number[]>(
    `[canvas.width, canvas.height, ...canvas.getContext('2d').getImageData(50, 50, 1, 1).data]`,
  );
  t.strictSame(drawn, [200, 100, 255, 0, 0, 255]);
});

/** 200 by 100 points of red. */
function pdfOfOneColour(): Buffer {
  const content = '1 0 0 rg 0 0 200 100 re f';
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${`${at}`.padStart(10, '0')} 00000 n \n`;
  });
  const at = text.length;
  text += `xref\n0 5\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(`${text}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`);
}
