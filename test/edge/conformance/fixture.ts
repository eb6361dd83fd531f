import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type KeyName, templateOf } from './template.ts';

/**
 * The things that every emulator gets: a template, a folder for its bucket, entries for its store, and a server as its
 * other origin.
 */
export interface Fixture {
  directory: string;
  templateFile: string;
  /** A cloud assembly with the template, as `cdk synth` leaves one. */
  assembly: string;
  folder: string;
  storeFile: string;
  /** The server behind the origin `api`. */
  api: string;
  keys: Record<KeyName, KeyObject>;
  close(): void;
}

/** 4,000 bytes that compress well. */
export const LONG_TEXT = 'compress me '.repeat(400).slice(0, 4_000);

const FILES: Record<string, string> = {
  'index.html': '<h1>root</h1>',
  'missing.html': 'nothing here',
  'plain.txt': '0123456789',
  'long.txt': LONG_TEXT,
  'short.txt': 'short',
  'folder/index.html': 'of the folder',
  'private/a.txt': 'private a',
  'private/ab/c.txt': 'private c',
  'private/b c.txt': 'private b c',
  'private2/a.txt': 'open',
  'response/a.txt': 'response',
  'cors/a.txt': 'cors',
};

/**
 * Answers `/status/404` with that status, and paths below `/broken` with 503. Other paths get the request, and its
 * count.
 */
async function startApi(): Promise<{ url: string; close(): void }> {
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const body = (await buffer(request)).toString();
    const count = (counts.get(url) ?? 0) + 1;
    counts.set(url, count);
    const [, status] = /^\/(?:status\/(\d{3})|broken)/.exec(url) ?? [undefined, '200'];
    response.writeHead(Number(status ?? 503), {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    response.end(JSON.stringify({ method, url, headers, body, count }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Writes the fixture into a folder of its own. The folder stays if the caller wants it. */
export async function createFixture(
  directory = mkdtempSync(join(tmpdir(), 'edge-conformance-')),
): Promise<Fixture> {
  const pairs = {
    KRSA: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
    KEC: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  };
  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
  const template = templateOf({ KRSA: pem(pairs.KRSA.publicKey), KEC: pem(pairs.KEC.publicKey) });
  const write = (name: string, content: string) => {
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const templateFile = write('assembly/Conformance.template.json', JSON.stringify(template, null, 2));
  const properties = { templateFile: 'Conformance.template.json' };
  const artifact = {
    ...{ type: 'aws:cloudformation:stack', properties },
    environment: 'aws://123456789012/us-east-1',
  };
  write(
    'assembly/manifest.json',
    JSON.stringify({ version: '36.0.0', artifacts: { Conformance: artifact } }),
  );
  for (const [name, content] of Object.entries(FILES)) write(join('site', name), content);
  for (const [name, { privateKey }] of Object.entries(pairs)) {
    write(`keys/${name}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  const data = [
    { key: 'text', value: 'kept text' },
    { key: 'json', value: '{"a":1}' },
  ];
  const api = await startApi();
  return {
    ...{ directory, templateFile, assembly: join(directory, 'assembly'), folder: join(directory, 'site') },
    storeFile: write('store.json', JSON.stringify({ data })),
    api: api.url,
    keys: { KRSA: pairs.KRSA.privateKey, KEC: pairs.KEC.privateKey },
    close: api.close,
  };
}
