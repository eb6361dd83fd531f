import type { KeyObject } from 'node:crypto';
import { dirname } from 'node:path';
import { createLocalCloudFront, type LocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import { chooseBehavior } from '@cloudfront-cookie-gateway/local-cloudfront/behavior';
import { type Decision, wordsFor } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import { type LoopbackServer, listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';
import type { CacheBehavior } from '@cloudfront-cookie-gateway/local-cloudfront/template/distribution';
import { readDistribution } from '@cloudfront-cookie-gateway/local-cloudfront/template/distribution';
import { type KeyMaker, newKey, type Signing, signedCookies, signedUrl } from './keys.ts';
import { checkNames } from './known-names.ts';
import { UsageError } from './options.ts';
import { createPlaceholder } from './placeholder.ts';
import { prepared, readTemplateFile } from './prepared.ts';

export interface EdgeOptions {
  /** A file in JSON or YAML, or the template itself: what `cdk synth` gives, or what `Template.toJSON()` of CDK's assertions gives. */
  template: unknown;
  /** The folder of each bucket, by the bucket's name. A missing one is `./<name>`. */
  buckets?: Readonly<Record<string, string>>;
  /** The address of each custom origin, by its Id. A missing one answers 501. */
  origins?: Readonly<Record<string, string>>;
  /** The values of parameters and imports by their names, and of attributes as `LogicalId.Attribute`. */
  values?: Readonly<Record<string, string>>;
  /** The entries of each KeyValueStore, by its logical id. */
  stores?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The headers that CloudFront writes about viewers, such as `CloudFront-Viewer-Country`. */
  viewerHeaders?: Readonly<Record<string, string>>;
  /** The logical id of the distribution, if the template has several. */
  distribution?: string;
  /** The names of properties that are not modelled, and that are left out. */
  ignore?: readonly string[];
  /** Milliseconds since 1970. Signatures and the cache go by it. Default `Date.now`. */
  now?: () => number;
  /** Gets the lines that functions print. */
  onPrint?: (functionName: string, line: string) => void;
}

export interface Edge {
  /** `http://localhost:<port>`. Plain HTTP counts as HTTPS for ViewerProtocolPolicy. */
  url: string;
  /** What was guessed or left out, one line each. */
  notices: readonly string[];
  /** Asks for a path. Redirects are not followed unless `init` says so. As in a browser, dot segments are resolved first. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** What would become of a request, and why. Its path is taken as it is, and no origin is asked. */
  explain(
    path: string,
    request?: { method?: string; headers?: Readonly<Record<string, string>> },
  ): Promise<Explained>;
  /** A signed URL for a path, good for `seconds` (3,600). @throws Error if the behavior of the path asks for no signature */
  sign(path: string, seconds?: number): string;
  /** The Cookie header for everything that a path such as `/a/*` covers. @throws Error as `sign` does */
  signCookies(path: string, seconds?: number): string;
  /** Forgets the cached objects below paths, and gives their number. */
  invalidate(paths: readonly string[]): number;
  close(): Promise<void>;
}

/** A decision, with its reason for people. */
export interface Explained extends Decision {
  words: string | undefined;
}

/**
 * CloudFront for a test: a distribution of a template on a free port of loopback. What the template needs and no option
 * gives is guessed. Every key is a new one, so `sign` works with any template.
 * @throws TemplateError that lists everything that is not modelled; UsageError for a name that the template does not have
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { now = Date.now, onPrint, ignore = [], viewerHeaders = {} } = options;
  const placeholder = createPlaceholder();
  const keys = createKeys();
  let server: LoopbackServer | undefined;
  try {
    const { rawTemplate, given } = await givenBy(options);
    const ready = await prepared(rawTemplate, { ...given, keys }, placeholder.url);
    checkNames(rawTemplate, given, ready.bindings.values);
    const { template, distributions } = ready;
    const [distribution = '', ...others] = distributions;
    if (others.length > 0)
      throw new UsageError(`the template has ${distributions.join(', ')}; \`distribution\` says which one`);
    const { behaviors } = readDistribution(template, { ...ready.bindings, distribution, ignore });
    let edge: LocalCloudFront | undefined;
    server = await listenOnLoopback((request, response) => edge?.handle(request, response), 0, {
      maxHeaderSize: 65_536,
    });
    const url = `http://localhost:${server.port}`;
    const own = { origin: url, httpCountsAsHttps: true, viewerHeaders, keyValueStores: given.stores, now };
    const bindings = { ...ready.bindings, ...own };
    edge = createLocalCloudFront({
      ...(onPrint ? { onPrint } : {}),
      template,
      distribution,
      ignore,
      bindings,
    });
    const signer = createSigner(url, behaviors, { keys, now });
    const notices = [...ready.lines, ...edge.ignored.map((path) => `left out: ${path}`)];
    return { url, notices, ...signer, ...asked(url, edge), close: closing(edge, server, placeholder) };
  } catch (error) {
    await server?.close();
    await placeholder.close();
    throw error;
  }
}

async function givenBy({
  template: source,
  buckets = {},
  origins = {},
  stores = {},
  ...options
}: EdgeOptions) {
  const folders = Object.entries(buckets).map(([name, folder]) => [name, { folder }]);
  const servers = Object.entries(origins).map(([id, url]) => [id, { url }]);
  const given = {
    origins: Object.fromEntries([...folders, ...servers]),
    values: { ...options.values },
    stores: Object.fromEntries(
      Object.entries(stores).map(([id, entries]) => [id, new Map(Object.entries(entries))]),
    ),
    ignore: [...(options.ignore ?? [])],
    distribution: options.distribution,
    assembly: typeof source === 'string' ? dirname(source) : '.',
  };
  const rawTemplate = typeof source === 'string' ? await readTemplateFile(source) : source;
  return { rawTemplate, given };
}

/** The methods of an edge that ask it something. */
function asked(url: string, edge: LocalCloudFront): Pick<Edge, 'fetch' | 'explain' | 'invalidate'> {
  return {
    invalidate: edge.invalidate,
    fetch: (path, init) => fetch(new URL(path, url), { redirect: 'manual', ...init }),
    async explain(path, { method = 'GET', headers = {} } = {}) {
      const rawHeaders = Object.entries({ host: new URL(url).host, ...headers }).flat();
      const socket = { remoteAddress: '127.0.0.1', remotePort: 0 };
      const decision = await edge.decide({ method, url: path, rawHeaders, socket });
      return { ...decision, words: wordsFor(decision) };
    },
  };
}

/** The methods of an edge that sign. */
function createSigner(
  url: string,
  behaviors: readonly CacheBehavior[],
  { keys, now }: { keys: Keys; now: () => number },
): Pick<Edge, 'sign' | 'signCookies'> {
  const signingFor = (path: string, seconds = 3_600): Signing => {
    const [keyPairId = ''] = chooseBehavior(behaviors, path.replace(/\?.*/s, '')).trustedKeys?.keys() ?? [];
    const key = keys.of(keyPairId);
    if (!key) throw new Error(`the behavior of ${path} trusts no key that could sign`);
    return { key, keyPairId, endsAtEpoch: Math.floor(now() / 1_000) + seconds };
  };
  return {
    sign: (path, seconds) => signedUrl(`${url}${path}`, signingFor(path, seconds)),
    signCookies: (path, seconds) => signedCookies(`${url}${path}`, signingFor(path, seconds)),
  };
}

function closing(edge: LocalCloudFront, server: LoopbackServer, placeholder: { close(): Promise<void> }) {
  return async () => {
    await Promise.all([server.close(), edge.close()]);
    await placeholder.close();
  };
}

/** New keys in place of all keys of a template. They are kept in memory. */
interface Keys extends KeyMaker {
  of(name: string): KeyObject | undefined;
}

function createKeys(): Keys {
  const made = new Map<string, KeyObject>();
  return {
    replacesAll: true,
    keyFor(name, encodedKey) {
      const key = made.get(name) ?? newKey(encodedKey);
      made.set(name, key);
      return key;
    },
    of: (name) => made.get(name),
  };
}
