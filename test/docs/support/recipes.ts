import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { signIn } from '../../support/client.ts';
import type { Tab } from '../../support/tabs.ts';
import { type TestStack, temporaryDirectory } from '../../support/test-stack.ts';

export const FFMPEG = '/usr/bin/ffmpeg';

/** The addresses that the recipes show, in the folder of one user. */
export interface Shown {
  film: string;
  playlist: string;
  pdf: string;
}

export async function putRecipes(t: Test, stack: TestStack, folder: string): Promise<Shown> {
  const { endpoint, ...credentials } = JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8'));
  const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  t.teardown(() => s3.destroy());
  const put = async (name: string, body: Buffer, type: string) => {
    const Key = new URL(folder + name).pathname.slice(1);
    await s3.send(new PutObjectCommand({ Bucket: 'gateway-files', Key, Body: body, ContentType: type }));
    return folder + name;
  };
  // VP8 and H.264: WebKitGTK has the first by itself, and hls.js needs the second.
  const film = join(makeFilm(t, 2, 'libvpx', 'film.webm'), 'film.webm');
  const parts = makeFilm(t, 90, 'libx264', '-g', '20', '-hls_time', '2', '-hls_list_size', '0', 'film.m3u8');
  for (const name of readdirSync(parts).filter((name) => name !== 'film.m3u8')) {
    await put(`hls/${name}`, readFileSync(join(parts, name)), 'video/mp2t');
  }
  const playlist = readFileSync(join(parts, 'film.m3u8'));
  return {
    film: await put('film.webm', readFileSync(film), 'video/webm'),
    playlist: await put('hls/film.m3u8', playlist, 'application/vnd.apple.mpegurl'),
    pdf: await put('page.pdf', pdfOfOneColour(), 'application/pdf'),
  };
}

export async function showFilmOn(t: Test, tab: Tab, url: string): Promise<void> {
  await tab.run(`void document.body.append(globalThis.film = showFilm(${JSON.stringify(url)}))`);
  // The first picture may come a moment later than its data.
  await tab.until(`film.readyState >= 2 && (() => {
    const context = Object.assign(document.createElement('canvas'), { width: 160, height: 90 }).getContext('2d');
    context.drawImage(film, 0, 0);
    return context.getImageData(80, 45, 1, 1).data[3] === 255;
  })()`);
  t.pass('a canvas may read it');
  const other = `{ crossOrigin: 'anonymous', src: ${JSON.stringify(url)} }`;
  await tab.run(`void (globalThis.other = Object.assign(document.createElement('video'), ${other}))`);
  await tab.until('other.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED');
}

/** Checks that an answer is a download. Its cookies are fresh. */
export async function isDownload(t: Test, stack: TestStack, url: string): Promise<void> {
  const answer = await (await signIn(stack, 'alice')).request(url);
  const { headers, status } = answer;
  t.strictSame(
    [status, headers.get('content-type'), headers.get('content-disposition')],
    [200, 'application/octet-stream', 'attachment'],
  );
}

/** A page that sleeps while it plays. The cookies end, nobody renews them, and the page wakes up further on. */
export async function playHlsOn(tab: Tab, url: string): Promise<void> {
  const address = JSON.stringify(url);
  await tab.run(`void (() => {
    const { send } = XMLHttpRequest.prototype;
    globalThis.refused = [];
    XMLHttpRequest.prototype.send = function (...body) {
      this.addEventListener('error', () => refused.push(this));
      return send.apply(this, body);
    };
    const awake = globalThis.fetch;
    globalThis.sleeps = false;
    globalThis.fetch = (to, options) =>
      sleeps && /\\/auth\\//.test(to) ? Promise.reject(new TypeError('asleep')) : awake(to, options);
    globalThis.player = Object.assign(document.createElement('video'), { muted: true });
    document.body.append(player);
    playHls(player, ${address});
  })()`);
  await tab.until('player.readyState >= 3');
  await tab.run('void player.play()');
  await tab.until('player.currentTime > 1');
  const before = await tab.run('refused.length');
  await tab.run(`void (async () => {
    globalThis.sleeps = true;
    const opens = () => fetch(${address}, { method: 'HEAD', credentials: 'include' }).then(({ ok }) => ok, () => false);
    while (await opens()) await new Promise((resolve) => setTimeout(resolve, 200));
    player.currentTime = 80;
  })()`);
  await tab.until(`refused.length > ${before}`);
  await tab.run('void (globalThis.sleeps = false)');
  await tab.until('player.currentTime > 81 && !player.paused && player.readyState >= 3');
}

export async function drawPdfOn(t: Test, tab: Tab, url: string): Promise<void> {
  await tab.run(`void (globalThis.canvas = document.createElement('canvas'),
    drawPdf(canvas, ${JSON.stringify(url)}).then(() => { globalThis.isDrawn = true }))`);
  await tab.until('globalThis.isDrawn');
  const drawn = `[canvas.width, canvas.height, ...canvas.getContext('2d').getImageData(50, 50, 1, 1).data]`;
  t.strictSame(await tab.run(drawn), [200, 100, 255, 0, 0, 255]);
}

/**
 * Makes a film of a test picture, this many seconds long, with a codec and with options and file names for ffmpeg.
 * @returns its folder
 */
function makeFilm(t: Test, seconds: number, codec: string, ...options: string[]): string {
  const target = temporaryDirectory(t);
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10', '-t', `${seconds}`];
  const coding = ['-c:v', codec, ...(codec === 'libx264' ? ['-preset', 'ultrafast'] : [])];
  execFileSync(FFMPEG, ['-v', 'error', ...source, ...coding, '-pix_fmt', 'yuv420p', ...options], {
    cwd: target,
  });
  return target;
}

/** A page of 200 by 100 points, all red. */
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
