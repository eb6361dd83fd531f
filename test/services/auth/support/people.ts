import process from 'node:process';
import type { FastifyServerOptions } from 'fastify';
import type { Test } from 'tap';
import type { TimeLimits } from '../../../../services/auth/settings/time-limits.ts';
import { EC, startEdge } from '../../../edge/local/support/edge.ts';
import { CookieJar, decodePolicy, send } from '../../../support/client.ts';
import { BUCKET, OPERATOR, put, s3Client, startS3 } from '../../local/support/local-s3.ts';
import { type Misbehavior, startMisbehavingProvider } from './misbehaving-provider.ts';
import { attemptLogin, type Service, STORE_CREDENTIALS, startService, startStore } from './service.ts';
import { UNHURRIED } from './sessions.ts';

/** The edge of `startEdge` accepts what a service with these settings signs. */
export const SIGNING = {
  KEY_PAIR_ID: EC.keyPairId,
  SIGNING_KEY: EC.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  FILES_ORIGIN: 'http://localhost:8080',
};

/** The files host, with the revocations that the service has written. */
export async function startFilesHost(
  t: Test,
  { reader }: Awaited<ReturnType<typeof startStore>>['keyValueStore'],
  now = Date.now,
) {
  const edge = await startEdge({ bindings: { now, keyValueStores: { RevocationsAE845E47: reader } } });
  t.teardown(() => edge.close());
  const get = async (path: string, cookie = ''): Promise<string> => {
    const object = { body: Buffer.from('a'), type: 'text/plain' };
    const { pathname } = new URL(path, SIGNING.FILES_ORIGIN);
    edge.origin.objects.set(pathname.slice(1), object);
    const { status, body } = await edge.get(path, { cookie, accept: 'application/json' });
    return status === 403 ? (/"code":"(\w+)"/.exec(body)?.[1] ?? '403') : String(status);
  };
  return {
    /** Whether cookies open a folder, such as `/users/<id>/`. */
    opens: async (folder: string, cookies: CookieJar | string) => {
      const cookie = typeof cookies === 'string' ? cookies : cookies.header(folder);
      return (await get(`${folder}a.txt`, cookie)) === '200';
    },
    /** The status for who has a URL and no cookies, or the code of a refusal. Every file is there. */
    openUrl: ({ pathname, search }: URL, path = pathname) => get(`${path}${search}`),
  };
}

/** An S3 for the services that start after it. */
export async function startFiles(t: Test) {
  const { store, port } = await startS3({
    credentials: [OPERATOR, { ...STORE_CREDENTIALS, principal: { kind: 'operator' } }],
  });
  t.teardown(() => store.close());
  const endpoint = `http://localhost:${port}`;
  process.env['AWS_ENDPOINT_URL_S3'] = endpoint;
  const s3 = s3Client(port);
  t.teardown(() => s3.destroy());
  return {
    s3,
    settings: { BUCKET_NAME: BUCKET, AWS_ENDPOINT_URL_S3: endpoint },
    put: (key: string, text: string) => put(s3, key, text),
    close: () => store.close(),
  };
}

/** A service with a provider, where each person has the id that is their name. */
export async function startPeople(
  t: Test,
  {
    settings = {},
    logger = false,
    limits = UNHURRIED,
    store,
  }: {
    settings?: Record<string, string>;
    logger?: FastifyServerOptions['logger'];
    limits?: TimeLimits;
    store?: Awaited<ReturnType<typeof startStore>>;
  } = {},
) {
  const { keyValueStore } = store ?? (await startStore(t));
  const provider = await startMisbehavingProvider(t);
  const changes = { ...SIGNING, USER_ID_CLAIM: 'id', RATE_LIMIT_PER_MINUTE: '10000', ...settings };
  const service = await startService(t, provider.issuer, changes, logger, limits);

  /** Signs somebody in, in a browser. */
  async function signIn(
    name: string,
    { of = service, jar = new CookieJar(), claims = {}, ...more }: SignInOptions = {},
  ) {
    const person = { ...more, subject: name, claims: { id: name, ...claims } };
    const { answer, code } = await attemptLogin(of, provider, person, { jar });
    if (answer.status !== 302) throw new Error(`${name} is not signed in: ${answer.status} ${code}`);
    return personOf(of, name, jar);
  }

  /** A team with a manager, and others by their roles. */
  async function makeTeam(manager: Person, others: [Person, Role][] = [], name = 'Photos'): Promise<string> {
    const { json, text, status } = await manager.ask('POST', '/api/teams', { name });
    if (status !== 201) throw new Error(text);
    const id = String(json['id']);
    for (const [person, role] of others) await joinTeam(id, manager, person, role);
    return id;
  }

  const filesHost = await startFilesHost(t, keyValueStore);
  return { provider, service, origin: service.origin, ...filesHost, signIn, makeTeam };
}

type Role = 'viewer' | 'editor' | 'manager';
export type Person = ReturnType<typeof personOf>;
export type People = Awaited<ReturnType<typeof startPeople>>;

interface SignInOptions extends Misbehavior {
  of?: Service;
  jar?: CookieJar;
}

/** The secret of an invitation to a team. */
export async function invite(teamId: string, manager: Person, role: Role, uses = 1): Promise<string> {
  const { json, text } = await manager.ask('POST', `/api/teams/${teamId}/invitations`, { role, uses });
  const secret = String(json['url']).split('#join=')[1];
  if (secret === undefined) throw new Error(text);
  return secret;
}

export async function joinTeam(teamId: string, manager: Person, person: Person, role: Role): Promise<void> {
  const secret = await invite(teamId, manager, role);
  const { status, text } = await person.ask('POST', '/api/invitations/accept', { secret });
  if (status !== 200) throw new Error(text);
}

/** A browser, and who uses it. */
export function personOf(service: Pick<Service, 'origin'>, id: string, jar = new CookieJar()) {
  return {
    id,
    jar,
    /** Asks as the page does. */
    ask: (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
      ask(service, jar, { method, path, ...(body ? { body } : {}), headers }),
    /** Asks another process of the service. */
    askAt: (other: Pick<Service, 'origin'>, method: string, path: string, body?: object) =>
      ask(other, jar, { method, path, ...(body ? { body } : {}) }),
  };
}

export async function ask(
  { origin }: Pick<Service, 'origin'>,
  jar: CookieJar,
  { method, path, body, headers = {} }: { method: string; path: string; body?: object; headers?: object },
) {
  const answer = await send(jar, origin + path, {
    method,
    headers: {
      ...{ origin, accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  const json: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {};
  const edge = answer.headers.get('gateway-edge') ?? json['edge'];
  return { answer, status: answer.status, code: json['code'], json, text, edge };
}

/** The CloudFront policy that an answer sets, as text. */
export function policyIn(answer: Response): string {
  const line = answer.headers.getSetCookie().find((each) => each.startsWith('CloudFront-Policy='));
  return JSON.stringify(decodePolicy(/=([^;]*)/.exec(line ?? '')?.[1] ?? ''));
}

/** The times between which the CloudFront cookies of an answer count. */
export const startIn = (answer: Response) =>
  Number(/DateGreaterThan":\{"AWS:EpochTime":(\d+)/.exec(policyIn(answer))?.[1]);
export const endIn = (answer: Response) =>
  Number(/DateLessThan":\{"AWS:EpochTime":(\d+)/.exec(policyIn(answer))?.[1]);
