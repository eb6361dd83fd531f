import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isEntry } from '@cloudfront-cookie-gateway/core/entry-format';
import { LocalSettingsError, parseLocalSettings } from '@cloudfront-cookie-gateway/local/settings';
import { ACCOUNT_ID, BUCKET, REGION } from '@cloudfront-cookie-gateway/local/state';
import { createLocalCloudFront, type LocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import type { Decision } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import { wordsFor as edgeWordsFor } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import type { KeyValueReader } from '@cloudfront-cookie-gateway/local-cloudfront/functions/key-value-store';
import { contextOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/schema';
import { isRecord } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { readTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { publicKeyConfig } from '@cloudfront-cookie-gateway/local-cloudfront/template/trusted-keys';
import {
  type Environment,
  type Place,
  parseCommand,
  type Syntax,
  UsageError,
  usageError,
} from './command-line.ts';
import { liveEdge } from './live-edge.ts';

export const DOCTOR = {
  usage: "doctor <url> [--cookie '<Cookie header>' | --cookie -] [--method GET] [--distribution <id>]",
  about: 'says which step of the edge would refuse a request, without sending it; status 0 if none would',
  options: {
    cookie: { type: 'string' },
    method: { type: 'string', default: 'GET' },
    distribution: { type: 'string' },
  },
  operands: [1, 1],
} as const satisfies Syntax;

/**
 * Tells which step of the local edge would refuse a request, and by which clause. It reads the template that `npm
 * start` built last, or the live configuration of `--distribution`. The request is not sent. No secret is printed.
 * @param readInput reads standard input, for `--cookie -`: the cookie then does not get into the shell's history
 * @throws UsageError
 */
export async function doctor(
  args: string[],
  { env, localDirectory }: Place,
  now: () => number,
  readInput: () => string = () => '',
): Promise<{ text: string; isAdmitted: boolean }> {
  const { values, operands } = parseCommand(DOCTOR, args);
  const { method, distribution } = values;
  const [url = ''] = operands;
  const cookie = parseCookie(values.cookie === '-' ? readInput().trim() : values.cookie);
  const { protocol, host, target } = parseUrl(url);
  const request = {
    method,
    url: target,
    socket: { remoteAddress: '127.0.0.1' },
    rawHeaders: ['Host', host, ...(cookie === undefined ? [] : ['Cookie', cookie])],
  };
  if (distribution !== undefined) {
    const edge = await liveEdge(distribution, { protocol, host }, env, now);
    const decision = await edge.decide(request);
    const unseen = edge.unseen();
    const { text, isAdmitted } = describe(decision, edge.entries());
    if (decision.clause === 'ip_address')
      unseen.push('the address of the viewer; 127.0.0.1 stands in for it');
    return { text: [text, ...unseen.map((one) => `not checked: ${one}`)].join('\n'), isAdmitted };
  }
  const filesOrigin = filesOriginOf(env);
  if (!filesOrigin.startsWith(`${protocol}://`)) {
    return { text: `refused: request, scheme\n  The files host is ${filesOrigin}.`, isAdmitted: false };
  }
  const revocations = noting(readRevocations(localDirectory));
  const edge = localEdge(localDirectory, { filesOrigin, revocations: revocations.reader, now });
  return describe(await edge.decide(request), revocations.noted);
}

/** @param entries the entries of KeyValueStores that the functions have read */
function describe(
  decision: Decision,
  entries: Iterable<[key: string, value: string]>,
): { text: string; isAdmitted: boolean } {
  const { method, path, credential, step, clause, status, required, given } = decision;
  // A redirect to HTTPS is not a file yet.
  const isAdmitted = status === undefined || status < 300;
  // Functions of other projects have entries of other forms.
  const unreadable =
    clause === 'revocation_unknown' ? [...entries].filter(([, value]) => !isEntry(value)) : [];
  const shown = credential?.kind === 'url' ? 'a signed URL' : 'signed cookies';
  const lines = [
    `${method} ${path}, ${credential ? shown : 'no credential'}${credential?.keyPairId ? `, key ${credential.keyPairId}` : ''}`,
    isAdmitted ? 'admitted' : `refused: ${step}, ${clause} (${status})`,
    `  ${wordsFor(decision)}`,
    ...(required === undefined ? [] : [`  required: ${required}`]),
    ...(given === undefined ? [] : [`  given:    ${given}`]),
    ...unreadable.map(([key]) => `  given:    an entry of another form under the key ${key}`),
  ];
  return { text: lines.join('\n'), isAdmitted };
}

/** A whole header line does as well. */
function parseCookie(given: string | undefined): string | undefined {
  const cookie = given?.replace(/^cookie:\s*/i, '');
  if (cookie !== undefined && !/^[\x20-\x7e]*$/.test(cookie)) throw usageError(DOCTOR);
  return cookie;
}

/** The URL as a browser sends it: without its fragment, and in ASCII. Nothing in it is resolved. */
function parseUrl(url: string): { protocol: string; host: string; target: string } {
  const match = /^(https?):\/\/([^/?#\s]+)([^#]*)/i.exec(url);
  if (!match) throw new UsageError('the URL must be complete: http://host/path');
  const [, protocol = '', host = '', rest = ''] = match;
  const target = rest.replace(/[^\x21-\x7e]+/g, (characters) => encodeURIComponent(characters));
  return { protocol: protocol.toLowerCase(), host, target: target.startsWith('/') ? target : `/${target}` };
}

function filesOriginOf(env: Environment): string {
  try {
    return parseLocalSettings(env).filesOrigin;
  } catch (error) {
    if (error instanceof LocalSettingsError) throw new UsageError(error.message);
    throw error;
  }
}

function localEdge(
  directory: string,
  { filesOrigin, revocations, now }: { filesOrigin: string; revocations: KeyValueReader; now: () => number },
): LocalCloudFront {
  const built = join(directory, 'build', 'infra');
  const file = existsSync(built) && readdirSync(built).find((name) => name.endsWith('.template.json'));
  if (!file) throw new UsageError('there is no template in .local/build/infra: run npm start once');
  const template: unknown = JSON.parse(readFileSync(join(built, file), 'utf8'));
  const resolved = readTemplate(template, { region: REGION, accountId: ACCOUNT_ID });
  const names = resolved
    .ofType('AWS::CloudFront::PublicKey')
    .map((key) => publicKeyConfig(key, contextOf(resolved)).Name);
  const { logicalId } = resolved.only('AWS::CloudFront::KeyValueStore');
  return createLocalCloudFront({
    template,
    bindings: {
      origin: filesOrigin,
      origins: {
        // Nothing is ever sent to this address.
        [`${BUCKET}.s3.${REGION}.amazonaws.com`]: {
          endpoint: 'http://localhost',
          bucket: BUCKET,
          accessKeyId: '',
          secretAccessKey: '',
        },
      },
      // The local stack names each key by its id.
      keyPairIds: Object.fromEntries(names.map((name) => [name, name])),
      region: REGION,
      accountId: ACCOUNT_ID,
      httpCountsAsHttps: true,
      keyValueStores: { [logicalId]: revocations },
      now,
    },
  });
}

/** The last content of the local KeyValueStore. The local stack stores its entries as one JSON object. */
function readRevocations(directory: string): ReadonlyMap<string, string> {
  const file = join(directory, 'key-value-store.json');
  const kept: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const entries = isRecord(kept) && isRecord(kept['entries']) ? Object.entries(kept['entries']) : [];
  return new Map(entries.map(([key, value]) => [key, String(value)]));
}

/** A store that notes the entries that were read. */
function noting(entries: ReadonlyMap<string, string>) {
  const noted = new Map<string, string>();
  const reader: KeyValueReader = {
    size: entries.size,
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) noted.set(key, value);
      return value;
    },
  };
  return { reader, noted };
}

/** The meaning of each code of our own viewer-request function. */
const OWN: Record<string, string> = {
  bad_path:
    'The function does not accept this spelling of a path: dot segments, slashes in disguise, broken escapes.',
  not_a_file: 'The path is a folder.',
  no_credential: 'The function found no credential that it can read.',
  revoked: 'The session or the share was revoked.',
  policy_not_ours: 'The policy is validly signed, but neither for one folder nor for one file.',
  ambiguous: 'The credential could be read in two ways: a parameter or cookie twice, or in two spellings.',
  destination_refused: 'The function gives no file as script, style, worker, manifest, object or embed.',
  revocation_unknown:
    'The revocation store could not be read, or an entry in it has a form that the function does not know. So the function gives no file.',
};

function wordsFor(decision: Decision): string {
  return OWN[decision.clause] ?? edgeWordsFor(decision) ?? 'The function answered by itself.';
}
