import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetKeyCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { isEntry } from '@cloudfront-cookie-gateway/core/entry-format';
import { LocalSettingsError, parseLocalSettings } from '@cloudfront-cookie-gateway/local/settings';
import { ACCOUNT_ID, REGION } from '@cloudfront-cookie-gateway/local/state';
import { createLocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import type { Decision } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import { wordsFor as edgeWordsFor } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import { contextOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/schema';
import {
  isRecord,
  listOf,
  recordAt,
  textOf,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { readTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { publicKeyConfig } from '@cloudfront-cookie-gateway/local-cloudfront/template/trusted-keys';
import { errorName } from '../deploy/aws/finding.ts';
import {
  type Environment,
  originsOf,
  type Place,
  parseCommand,
  type Syntax,
  UsageError,
  usageError,
} from './command-line.ts';
import { openSessionStores } from './stores.ts';

export const DOCTOR = {
  usage: "doctor <url> [--cookie '<Cookie header>' | --cookie -] [--method GET]",
  about: 'says which step of the edge would refuse a request, without sending it; status 0 if none would',
  options: {
    cookie: { type: 'string' },
    method: { type: 'string', default: 'GET' },
  },
  operands: [1, 1],
} as const satisfies Syntax;

/**
 * Tells which step of the edge would refuse a request, and by which clause. It reads the template that `npm start`
 * built last, or that of the deployment. The request is not sent. No secret is printed.
 * @param readInput reads standard input, for `--cookie -`: the cookie then does not get into the shell's history
 * @throws UsageError
 */
export async function doctor(
  args: string[],
  place: Place,
  now: () => number,
  readInput: () => string = () => '',
): Promise<{ text: string; isAdmitted: boolean }> {
  const { values, operands } = parseCommand(DOCTOR, args);
  const { method } = values;
  const [url = ''] = operands;
  const cookie = parseCookie(values.cookie === '-' ? readInput().trim() : values.cookie);
  const { protocol, host, target } = parseUrl(url);
  const edge = place.env['STACK_NAME'] ? await deployedEdge(place) : localEdge(place);
  if (!edge.origin.startsWith(`${protocol}://`)) {
    return { text: `refused: request, scheme\n  The files host is ${edge.origin}.`, isAdmitted: false };
  }
  const { decision, entries, unseen } = await decided(edge, now, {
    method,
    url: target,
    socket: { remoteAddress: '127.0.0.1' },
    rawHeaders: ['Host', host, ...(cookie === undefined ? [] : ['Cookie', cookie])],
  });
  const { text, isAdmitted } = describe(decision, entries);
  return { text: [text, ...unseen.map((one) => `not checked: ${one}`)].join('\n'), isAdmitted };
}

/** What decides at the edge of a place. */
interface Edge {
  origin: string;
  template: unknown;
  names: { region: string; accountId: string };
  /** The key pair ids by the logical ids of the public keys. The local stack names each key by its id. */
  keyPairIds?: ReadonlyMap<string, string>;
  /** An entry of the KeyValueStore. */
  readEntry(key: string): Promise<string | undefined>;
}

/** @throws UsageError if there is no local stack */
function localEdge({ env, localDirectory }: Place): Edge {
  const [file] = globSync(join(localDirectory, 'build', 'infra', '*.template.json'));
  if (!file) throw new UsageError('there is no template in .local/build/infra: run npm start once');
  const entries = readRevocations(localDirectory);
  return {
    origin: filesOriginOf(env),
    template: JSON.parse(readFileSync(file, 'utf8')),
    names: { region: REGION, accountId: ACCOUNT_ID },
    readEntry: async (key) => entries.get(key),
  };
}

/** @throws UsageError if AWS does not answer */
async function deployedEdge(place: Place): Promise<Edge> {
  const { STACK_NAME: stack = '', AWS_REGION: region = '' } = place.env;
  const { filesOrigin: origin } = originsOf(place.env);
  const { client, arn } = openSessionStores(place).keyValues;
  // The AWS client is loaded only for a deployment.
  const { readTemplateOf, resourcesOf } = await import('../deploy/aws/stacks.ts');
  const asked = <T>(answer: Promise<T>, permission: string): Promise<T> =>
    answer.catch((cause: unknown) => {
      const words = `AWS does not answer (${errorName(cause)}): sign in as somebody who has ${permission}`;
      throw new UsageError(words, { cause });
    });
  const [template, keyPairIds] = await Promise.all([
    asked(readTemplateOf(stack, region), 'cloudformation:GetTemplate'),
    asked(resourcesOf(stack, region, 'AWS::CloudFront::PublicKey'), 'cloudformation:ListStackResources'),
  ]);
  const read = async (Key: string) => {
    try {
      return (await client.send(new GetKeyCommand({ KvsARN: arn, Key }))).Value;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };
  return {
    origin,
    template,
    names: { region, accountId: arn.split(':')[4] ?? '' },
    keyPairIds,
    readEntry: (key) => asked(read(key), 'cloudfront-keyvaluestore:GetKey'),
  };
}

/** Decides as the edge would. The functions run again until every entry that they ask for is there. */
async function decided(
  { origin, template, names, keyPairIds, readEntry }: Edge,
  now: () => number,
  request: Parameters<ReturnType<typeof createLocalCloudFront>['decide']>[0],
) {
  const resolved = readTemplate(template, names);
  const { properties } = resolved.only('AWS::CloudFront::Distribution');
  const origins = listOf(recordAt(properties, 'DistributionConfig')['Origins']);
  const keys = resolved.ofType('AWS::CloudFront::PublicKey').map((key) => {
    const { Name } = publicKeyConfig(key, contextOf(resolved));
    return [Name, keyPairIds?.get(key.logicalId) ?? Name];
  });
  const read = new Map<string, string | undefined>();
  const missing = new Set<string>();
  const get = (key: string) => {
    if (!read.has(key)) missing.add(key);
    return read.get(key);
  };
  const edge = createLocalCloudFront({
    template,
    bindings: {
      ...{ ...names, origin, now, httpCountsAsHttps: true },
      // Nothing is ever sent to this address.
      origins: Object.fromEntries(
        origins.map((one) => [textOf(recordAt(one)['Id']), { url: 'http://localhost' }]),
      ),
      keyPairIds: Object.fromEntries(keys),
      keyValueStores: { [resolved.only('AWS::CloudFront::KeyValueStore').logicalId]: { get, size: 0 } },
    },
  });
  let decision = await edge.decide(request);
  while (missing.size > 0) {
    for (const key of missing) read.set(key, await readEntry(key));
    missing.clear();
    decision = await edge.decide(request);
  }
  const address = 'the address of the viewer; 127.0.0.1 stands in for it';
  const entries = [...read].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return {
    decision,
    entries,
    unseen: [...edge.ignored, ...(decision.clause === 'ip_address' ? [address] : [])],
  };
}

/** @param entries the entries of KeyValueStores that the functions have read */
function describe(
  decision: Decision,
  entries: (readonly [key: string, value: string])[],
): { text: string; isAdmitted: boolean } {
  const { method, path, credential, step, clause, status, required, given } = decision;
  // A redirect to HTTPS is not a file yet.
  const isAdmitted = status === undefined || status < 300;
  // Functions of other projects have entries of other forms.
  const unreadable = clause === 'revocation_unknown' ? entries.filter(([, value]) => !isEntry(value)) : [];
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

/** The last content of the local KeyValueStore. The local stack stores its entries as one JSON object. */
function readRevocations(directory: string): ReadonlyMap<string, string> {
  const file = join(directory, 'key-value-store.json');
  const kept: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const entries = isRecord(kept) && isRecord(kept['entries']) ? Object.entries(kept['entries']) : [];
  return new Map(entries.map(([key, value]) => [key, String(value)]));
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
