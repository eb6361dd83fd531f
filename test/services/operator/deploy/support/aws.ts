import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { startMoto } from '../../../../support/moto.ts';
import { type Asked, nothingYet, type Recorded, recordedAnswer } from './recorded.ts';

/** Calls that create something. */
const MAKES = /RequestCertificate|CreateKey|CreateSecret|ChangeResourceRecordSets/;

export interface StandInAws {
  endpoint: string;
  /** The moto behind it, for the test's own questions. */
  moto: string;
  /** Whether every connection ends without an answer. */
  isDown: boolean;
  /** How many calls are answered before it is down. */
  callsLeft: number;
  recorded: Recorded;
  /** The statements that a stack prints for a bucket and a key that existed before it. */
  printed: { BucketPolicy?: string; KeyPolicy?: string };
  /** The calls that created something, in order, such as `eu-central-1 CreateKey`. */
  made: string[];
  /** The calls by service and action, such as `kms CreateKey`, or method and path. */
  asked: Set<string>;
  /** Called when something was created, before its answer goes out. */
  onMade(action: string): void;
  /** Changes moto's answer, for states that moto cannot have. The shape follows AWS's API reference. */
  rewrite(action: string, body: string): string | Promise<string>;
  /** Actions that are refused, as IAM refuses them. */
  denied: Set<string>;
  /** Actions that do not know what they are asked for. */
  unknown: Set<string>;
  /** An empty account. */
  reset(): Promise<void>;
}

/**
 * AWS on loopback until the test ends: moto, and recorded shapes for services that moto does not know. This process's
 * clients go there, with made-up credentials.
 */
export async function startAws(t: { teardown(fn: () => Promise<void>): void }): Promise<StandInAws> {
  const moto = await startMoto(t, { MOTO_ACM_VALIDATION_WAIT: '0' });
  const aws: StandInAws = {
    endpoint: '',
    moto: moto.endpoint,
    isDown: false,
    callsLeft: Number.POSITIVE_INFINITY,
    recorded: nothingYet(),
    printed: {},
    made: [],
    asked: new Set(),
    onMade: () => {},
    rewrite: (_action, body) => body,
    denied: new Set(),
    unknown: new Set(),
    async reset() {
      await fetch(`${moto.endpoint}/moto-api/reset`, { method: 'POST' });
      Object.assign(aws, {
        isDown: false,
        callsLeft: Number.POSITIVE_INFINITY,
        recorded: nothingYet(),
        printed: {},
        made: [],
        onMade: () => {},
        rewrite: (_action: string, body: string) => body,
        denied: new Set(),
        unknown: new Set(),
      });
    },
  };
  const server = createServer((req, res) => {
    serve(aws, moto.endpoint, req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  aws.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'made-up',
    AWS_REGION: 'eu-central-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  });
  return aws;
}

async function serve(
  aws: StandInAws,
  moto: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const body = await text(req);
  if (aws.isDown) throw new Error('down');
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(req.headers.authorization ?? '') ?? [];
  const path = req.url ?? '';
  const target = String(req.headers['x-amz-target'] ?? '');
  const asked: Asked = { method: req.method ?? '', service, region, path, target, body };
  const action = actionOf(asked);
  aws.asked.add(`${service} ${action}`);
  if (aws.denied.has(action.replace(/\?.*/, ''))) {
    if (service === 'cloudfront' || service === 'cloudformation') {
      const error = '<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>denied</Message></Error>';
      res.writeHead(403, { 'content-type': 'text/xml' });
      return void res.end(`<?xml version="1.0"?><ErrorResponse>${error}</ErrorResponse>`);
    }
    res.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
    res.end(
      JSON.stringify({ __type: 'AccessDeniedException', message: `not authorized to perform ${action}` }),
    );
    return;
  }
  if (aws.unknown.has(action)) {
    res.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
    return void res.end(JSON.stringify({ __type: 'NotFoundException', message: 'not found' }));
  }
  const recorded = recordedAnswer(aws.recorded, asked);
  if (recorded) {
    countDown(aws);
    const { status, type, errorType, etag } = recorded;
    const more = { ...(errorType ? { 'x-amzn-errortype': errorType } : {}), ...(etag ? { etag } : {}) };
    res.writeHead(status, { 'content-type': type, ...more });
    res.end(recorded.body);
    return;
  }
  const answer = await forward(moto, req, body);
  const told = await text(answer);
  const bytes = Buffer.from(answer.statusCode === 200 ? await aws.rewrite(action, told) : told);
  if (MAKES.test(action) && (answer.statusCode ?? 500) < 400) {
    aws.made.push(`${region} ${action}`);
    aws.onMade(`${region} ${action}`);
  }
  countDown(aws);
  res.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': bytes.length });
  res.end(bytes);
}

/** The last call still takes effect, and its answer is lost. */
function countDown(aws: StandInAws): void {
  if (--aws.callsLeft <= 0) aws.isDown = true;
  if (aws.isDown) throw new Error('down');
}

function actionOf({ method, target, path, body }: Asked): string {
  if (target !== '') return target.replace(/^.*\./, '');
  if (method === 'POST' && /^\/2013-04-01\/hostedzone\/[^/]+\/rrset/.test(path))
    return 'ChangeResourceRecordSets';
  return new URLSearchParams(body).get('Action') ?? `${method} ${path}`;
}

function forward(moto: string, req: IncomingMessage, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { ...req.headers, 'content-length': Buffer.byteLength(body) };
    request(`${moto}${req.url}`, { method: req.method ?? 'GET', headers }, resolve)
      .on('error', reject)
      .end(body);
  });
}
