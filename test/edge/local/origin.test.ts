import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import t from 'tap';
import { Refusal } from '../../../edge/local/answer.ts';
import { createOrigin } from '../../../edge/local/origin.ts';
import type { OriginSettings } from '../../../edge/local/origin-binding.ts';
import { signForS3 } from '../../../edge/local/sigv4.ts';
import { type StandIn, startStandIn } from './support/stand-in.ts';

const CREDENTIALS = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
const NOW_MS = 1_790_000_000_000;
const OPTIONS = { region: 'us-east-1', now: () => NOW_MS };

function settingsFor({ endpoint }: StandIn): OriginSettings {
  return {
    binding: { endpoint, bucket: 'b', ...CREDENTIALS },
    connectionAttempts: 3,
    connectionTimeoutSeconds: 10,
    responseTimeoutSeconds: 30,
  };
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
    const request = { method: 'GET', host: 'localhost:9090', rawPath, rawQuery };
    const signed = signForS3(request, { ...CREDENTIALS, region: 'eu-central-1' }, NOW_MS);
    t.equal(signed['authorization'], expected.headers['authorization'], rawPath);
    t.equal(signed['x-amz-date'], expected.headers['x-amz-date']);
  }
});

t.test('an origin that does not answer in time is 504, and one that is not there 502', async (t) => {
  const standIn = await startStandIn();
  standIn.answer = () => {};
  const origin = createOrigin({ ...settingsFor(standIn), responseTimeoutSeconds: 0.05 }, OPTIONS);
  const status = (error: unknown) => (error instanceof Refusal ? error.answer.status : String(error));
  const asked = () => origin.ask('GET', '/a', '', {}).then(() => 'answered', status);
  t.equal(await asked(), 504);
  await standIn.close();
  t.equal(await asked(), 502);
  origin.close();
});

t.test('a kept connection that the origin has closed is opened anew', async (t) => {
  const standIn = await startStandIn();
  t.teardown(() => standIn.close());
  let requests = 0;
  standIn.answer = (request, response) => {
    requests++;
    if (requests === 2) request.socket.resetAndDestroy();
    else response.writeHead(200, { 'content-length': 0 }).end();
  };
  const origin = createOrigin(settingsFor(standIn), OPTIONS);
  t.teardown(() => origin.close());
  for (let i = 0; i < 2; i++) {
    const { status, body } = await origin.ask('GET', '/a', '', {});
    t.equal(status, 200);
    await body.toArray();
  }
  t.equal(requests, 3);
});
