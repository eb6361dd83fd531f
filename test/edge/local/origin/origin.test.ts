import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { SignatureV4 } from '@smithy/signature-v4';
import t from 'tap';
import type { Origin } from '../../../../edge/local/origin/origin.ts';
import { createS3Signer } from '../../../../edge/local/origin/sigv4.ts';
import { createOrigin } from '../../../../edge/local/origin/targets.ts';
import type { OriginSettings } from '../../../../edge/local/template/origins.ts';
import { Refusal } from '../../../../edge/local/viewer/answer.ts';
import { bucketSettings, viewerOf } from '../support/settings.ts';
import { type StandIn, startStandIn } from '../support/stand-in.ts';

const CREDENTIALS = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
const NOW_MS = 1_790_000_000_000;
const OPTIONS = { region: 'us-east-1', now: () => NOW_MS, via: 'via' };
const ASKED = { method: 'GET', uri: '/a', query: '', headers: {}, viewer: viewerOf('/a') };

function settingsFor({ endpoint }: Pick<StandIn, 'endpoint'>): OriginSettings {
  return bucketSettings({ endpoint, bucket: 'b', ...CREDENTIALS });
}

class Sha256 {
  #hash: { update(data: string | Uint8Array): unknown; digest(): Uint8Array };
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash('sha256');
    else if (typeof secret === 'string') this.#hash = createHmac('sha256', secret);
    else
      this.#hash = createHmac(
        'sha256',
        ArrayBuffer.isView(secret)
          ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
          : new Uint8Array(secret),
      );
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  reset(): void {}
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function asked(origin: Origin): Promise<unknown> {
  const status = (error: unknown) => (error instanceof Refusal ? error.answer.status : String(error));
  return origin.ask(ASKED).then(({ status }) => `answered ${status}`, status);
}

t.test('the signature is the one that the SDK makes', async (t) => {
  const signer = new SignatureV4({
    service: 's3',
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  for (const [rawPath, canonicalPath, rawQuery, query] of [
    ['/gateway-files/users/a/b.txt', '/gateway-files/users/a/b.txt', '', {}],
    ['/gateway-files/users/a/b.txt', '/gateway-files/users/a/b.txt', 'v=1', { v: '1' }],
    ["/f/it's(1)!", '/f/it%27s%281%29%21', 'v=a%2fb', { v: 'a/b' }],
    ['/f/%e5%86%99/a%20b', '/f/%E5%86%99/a%20b', '', {}],
    ['/f/%7e/a%2Bb', '/f/~/a%2Bb', '', {}],
  ] as const) {
    const expected = await signer.sign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname: 'localhost',
        path: canonicalPath,
        query,
        headers: { host: 'localhost:9090', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      },
      { signingDate: new Date(NOW_MS) },
    );
    const sign = createS3Signer({ ...CREDENTIALS, region: 'eu-central-1' }, 'localhost:9090');
    const signed = sign({ method: 'GET', rawPath, rawQuery }, NOW_MS);
    t.equal(signed['authorization'], expected.headers['authorization'], rawPath);
    t.equal(signed['x-amz-date'], expected.headers['x-amz-date'], rawPath);
  }
});

t.test('an origin that does not answer in time is 504, and one that is not there 502', async (t) => {
  const standIn = await startStandIn();
  standIn.answer = () => {};
  const origin = createOrigin({ ...settingsFor(standIn), responseTimeoutSeconds: 0.05 }, OPTIONS);
  t.equal(await asked(origin), 504);
  t.equal(standIn.requests.length, 3, 'after as many attempts as the template says');
  await standIn.close();
  t.equal(await asked(origin), 502);
  origin.close();
});

t.test('a request that fails before its answer is tried again', async (t) => {
  const standIn = await startStandIn();
  t.teardown(() => standIn.close());
  const origin = createOrigin({ ...settingsFor(standIn), connectionAttempts: 2 }, OPTIONS);
  t.teardown(() => origin.close());
  standIn.answer = (_request, response) => {
    if (standIn.requests.length === 1) response.destroy();
    else response.writeHead(503, { 'content-length': 0 }).end();
  };
  t.equal(await asked(origin), 'answered 503', 'an answer is an answer');
  standIn.answer = (_request, response) => response.destroy();
  standIn.requests.splice(0);
  t.equal(await asked(origin), 502);
  t.equal(standIn.requests.length, 2);
  standIn.requests.splice(0);
  const viewer = viewerOf('/a', { method: 'PUT', body: Readable.from(['1']) });
  const refused = await origin.ask({ ...ASKED, method: 'PUT', viewer }).catch((error: unknown) => error);
  t.match(refused, { answer: { status: 502 } });
  t.equal(standIn.requests.length, 1, 'a body is sent once');
});
