import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { compressAnswer } from '../../../services/auth/http/encodings.ts';
import { DONE_PAGE, DONE_POLICY } from '../../../services/auth/sessions/routes/done.ts';
import { cachedWeb } from '../../support/cached-build.ts';
import { operationRoutes } from './stand-in-operations.ts';

export const ALICE = { id: 'aliceaaaaaaaaaaaaaaaaaaaaa', name: 'Alice Liddell' };
export const BOB = { id: 'bobbbbbbbbbbbbbbbbbbbbbbbb', name: 'Bob' };

interface StoredFile {
  type: string;
  bytes: Buffer;
  /** A file that is too large for memory has so many zeros in place of bytes. */
  zeros?: number;
  etag: string;
  lastModified: string;
}

/** A file as it is stored now, unless the time says otherwise. */
function storedFile(type: string, bytes: Buffer, lastModified = new Date().toISOString()): StoredFile {
  return { type, bytes, etag: randomUUID(), lastModified };
}

function* zerosOf(count: number): Generator<Buffer> {
  const part = Buffer.alloc(65_536);
  for (let left = count; left > 0; left -= part.length) yield part.subarray(0, left);
}

interface Paging {
  cursor?: string;
  prefix?: string;
  limit?: string;
}

interface Wanted {
  name: string;
  type: string;
  size: number;
  sha256: string;
  replace?: boolean;
}

/** A link to a team's folder. */
interface StandInLink {
  id: string;
  secret: string;
  role: 'viewer' | 'uploader';
  team: { id: string; name: string };
  password?: string;
}

const THUMBNAILS = '.thumbnails/';

/**
 * The app host and the files host as the page sees them, without the cryptography. A CloudFront cookie is the time at
 * which it expires. The end-to-end tests use the real hosts.
 */
export async function createStandIn({
  hostname = 'localhost',
  assets = new Map<string, string>(),
  /** The folder of the built page. */
  built = cachedWeb(),
} = {}) {
  const web = await built;
  const app = fastify({ forceCloseConnections: true });
  const filesHost = fastify({ forceCloseConnections: true, bodyLimit: 64_000_000 });
  const stored = new Map<string, StoredFile>();
  const promised = new Map<string, Wanted>();
  const shares = new Map<number, { name: string; expiresAt: string; etag: string | undefined }>();
  const state = {
    /** The person of the next sign-in, and the owner of the session. */
    next: ALICE,
    user: undefined as typeof ALICE | undefined,
    /** The ids of the user's teams. */
    teams: [] as string[],
    /** What the list of teams says of each. */
    team: { name: 'Physics', role: 'editor', kind: 'made' },
    mayMakeTeams: true,
    /** The open links to teams' folders. */
    links: [] as StandInLink[],
    pageSize: 1_000,
    /** Whether only files whose names begin with `clean` have passed a scan. */
    isScanned: false,
    /** The limits of the host: `types`, `maxBytes`. */
    limits: {} as { types?: string[]; maxBytes?: number },
    sessions: [] as {
      id: string;
      current: boolean;
      createdAt: string;
      lastUsedAt: string;
      userAgent?: string;
    }[],
    cookieLifetimeMs: 900_000,
    issuedAtMs: Date.now(),
    /** The time of the app host's clock. */
    aheadMs: 0,
    /** Answers to replace the next answers to `METHOD path`. */
    faults: new Map<string, (number | string)[][]>(),
    /** Called for each `METHOD path` request. It gives status and body, or delays the usual answer. */
    answers: new Map<string, () => [number, object] | Promise<[number, object] | undefined>>(),
    /** Every request to either host, in order. */
    log: [] as { line: string; headers: FastifyRequest['headers']; body: unknown }[],
    /** The answer waits for this promise, so a test sees an upload under way. */
    s3Gate: Promise.resolve(),
  };
  const origins = { app: '', files: '' };

  /**
   * Ends a connection in the middle of an answer. Before an answer, browsers would repeat the request by themselves.
   */
  const breakOff = (reply: FastifyReply) => {
    reply.hijack();
    const { socket } = reply.raw;
    socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
  };
  const note = (prefix: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0] ?? '';
    const line = `${request.method} ${prefix}${path}`;
    state.log.push({
      line: `${request.method} ${prefix}${request.url}`,
      headers: request.headers,
      body: request.body,
    });
    const [status, code] = state.faults.get(line)?.shift() ?? [];
    if (status === 0) return breakOff(reply);
    if (status !== undefined) return reply.code(Number(status)).send({ code });
    const answer = await state.answers.get(line)?.();
    return answer && reply.code(answer[0]).send(answer[1]);
  };
  const issueCookies = (reply: FastifyReply) => {
    const attributes = `HttpOnly; Secure; SameSite=Lax; Path=/users/${state.user?.id}/`;
    state.issuedAtMs = Date.now();
    reply.header('set-cookie', `CloudFront-Policy=${Date.now() + state.cookieLifetimeMs}; ${attributes}`);
  };
  const iso = (ms: number) => new Date(ms + state.aheadMs).toISOString();
  const windowFrom = (issuedAtMs: number) => ({
    issuedAt: iso(issuedAtMs),
    expiresAt: iso(issuedAtMs + 900_000),
    refreshAt: iso(issuedAtMs + 600_000),
  });
  const teamCookies = (id: string, reply: FastifyReply) => {
    if (!state.teams.includes(id)) return reply.code(404).send({ code: 'no_such_team' });
    const attributes = `HttpOnly; Secure; SameSite=Lax; Path=/teams/${id}/`;
    reply.header('set-cookie', `CloudFront-Policy=${Date.now() + state.cookieLifetimeMs}; ${attributes}`);
    // The host counts in seconds.
    const nowMs = Math.floor(Date.now() / 1_000) * 1_000;
    return reply.send({ team: { id, role: state.team.role }, cookies: windowFrom(nowMs) });
  };
  const linkAnswer = ({ id, role, team }: StandInLink, reply: FastifyReply) => {
    const link = { id, role, team, expiresAt: iso(Date.now() + 86_400_000) };
    if (role !== 'viewer') return reply.send({ link });
    const attributes = `HttpOnly; Secure; SameSite=Lax; Path=/teams/${team.id}/`;
    reply.header('set-cookie', `CloudFront-Policy=${Date.now() + state.cookieLifetimeMs}; ${attributes}`);
    return reply.send({ link, cookies: windowFrom(Date.now()) });
  };
  const session = (request: FastifyRequest<{ Querystring: { team?: string } }>, reply: FastifyReply) => {
    if (!state.user) return reply.code(401).send({ code: 'no_session' });
    const shown = request.headers['gateway-user'] ?? state.user.id;
    if (shown !== state.user.id) return reply.code(409).send({ code: 'account_changed' });
    const { team } = request.query;
    if (team !== undefined) return teamCookies(team, reply);
    if (request.method === 'POST') issueCookies(reply);
    return reply.send({
      user: state.user,
      files: { origin: origins.files, prefix: `/users/${state.user.id}/`, ...state.limits },
      cookies: windowFrom(state.issuedAtMs),
      session: { expiresAt: iso(state.issuedAtMs + 43_200_000) },
      serverTime: iso(Date.now()),
    });
  };

  app.addHook('preHandler', note(''));
  app.addHook('preHandler', async (request, reply) => {
    const isOfLink = /^\/(?:api|auth)\/links\//.test(request.url);
    const isApi = request.url.startsWith('/api/') && !isOfLink;
    if (isApi && !state.user) return reply.code(401).send({ code: 'no_session' });
    if (request.method === 'GET' || request.url === '/files-cookies') return undefined;
    if (request.headers.origin !== origins.app) return reply.code(403).send({ code: 'cross_origin' });
    const shown = request.headers['gateway-user'];
    if (state.user && !isOfLink && shown !== state.user.id)
      return reply.code(409).send({ code: 'account_changed' });
    return undefined;
  });
  for (const [path, name, type] of [
    ['/', 'index.html', 'text/html; charset=utf-8'],
    ['/app.js', 'app.js', 'text/javascript'],
    ['/style.css', 'style.css', 'text/css'],
    ['/later.css', 'later.css', 'text/css'],
    ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
    ['/manifest.webmanifest', 'manifest.webmanifest', 'application/manifest+json'],
    ['/icon-192.png', 'icon-192.png', 'image/png'],
    ['/icon-512.png', 'icon-512.png', 'image/png'],
  ] as const) {
    app.get(path, (_, reply) =>
      reply
        .type(type)
        .header('referrer-policy', 'same-origin')
        .header(
          'content-security-policy',
          `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' ${origins.files}; font-src 'self'; media-src ${origins.files} blob:; worker-src 'self' blob:; frame-src ${origins.files}; manifest-src 'self'; connect-src 'self' ${origins.files}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
        )
        .send(readFileSync(join(web, name))),
    );
  }
  app.get<{ Params: { '*': string } }>('/assets/*', ({ params }, reply) =>
    reply.type('text/javascript').send(readFileSync(join(web, 'assets', params['*']))),
  );
  for (const [path, text] of assets) {
    app.get(path, (_, reply) =>
      reply.type(path.endsWith('.js') ? 'text/javascript' : 'text/html').send(text),
    );
  }
  app.get<{ Querystring: { return_to?: string } }>('/auth/login', ({ query }, reply) => {
    state.user = state.next;
    issueCookies(reply);
    return reply.redirect(query.return_to ?? '/');
  });
  app.get('/auth/done', (_, reply) =>
    reply.type('text/html').header('content-security-policy', DONE_POLICY).send(DONE_PAGE),
  );
  app.get('/auth/session', session);
  app.post('/auth/refresh', session);
  app.post<{ Body: { secret: string; password?: string } }>('/auth/links/open', ({ body }, reply) => {
    const link = state.links.find(({ secret }) => secret === body.secret);
    if (!link) return reply.code(410).send({ code: 'link_over' });
    const { id, password } = link;
    if (password !== undefined && body.password === undefined)
      return reply.code(401).send({ code: 'password_needed' });
    if (password !== body.password) return reply.code(403).send({ code: 'wrong_password' });
    const attributes = 'HttpOnly; Secure; SameSite=Lax; Path=/';
    reply.header('set-cookie', `__Host-link-${id}=pass; ${attributes}`);
    return linkAnswer(link, reply);
  });
  /** The link that a request names and has the pass of. Undefined if it is over. */
  const linkOf = ({ params: { link: wanted }, headers }: FastifyRequest<{ Params: { link: string } }>) =>
    state.links.find(({ id }) => id === wanted && headers.cookie?.includes(`__Host-link-${id}=`));
  app.post<{ Params: { link: string } }>('/auth/links/:link/refresh', (request, reply) => {
    const link = linkOf(request);
    return link ? linkAnswer(link, reply) : reply.code(410).send({ code: 'link_over' });
  });
  // For an app with a login of its own.
  app.post('/files-cookies', session);
  for (const path of ['/auth/logout', '/auth/logout-all']) {
    app.post(path, (_, reply) => {
      state.user = undefined;
      return reply.header('server-timing', 'edge;dur=43').send({ redirect_to: '/goodbye' });
    });
  }
  app.get('/goodbye', (_, reply) => reply.type('text/html').send('<!doctype html><title>Goodbye</title>'));
  app.get('/api/files/usage', () => ({
    bytes: [...stored.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
    keptBytes: 0,
    files: stored.size,
  }));
  /** The files of a folder. Those of a team are stored under `teams/<id>/`. */
  const filesIn = (folder: string, base: string, { cursor = '0', prefix = '', limit = '100' }: Paging) => {
    const names = [...stored.keys()]
      .filter((key) => key.startsWith(base) && (base !== '' || !key.startsWith('teams/')))
      .map((key) => key.slice(base.length))
      .filter((name) => name.startsWith(prefix) && !name.startsWith(THUMBNAILS))
      .sort();
    const start = Number(cursor);
    const end = start + Math.min(state.pageSize, Number(limit));
    const files = names.slice(start, end).map((name) => {
      const { type, bytes, zeros, etag, lastModified } =
        stored.get(base + name) ?? storedFile('', Buffer.of());
      const urlOf = (path: string, version: string) =>
        `${origins.files}/${folder}/${path.split('/').map(encodeURIComponent).join('/')}?v=${version}`;
      const thumbnail = stored.get(base + THUMBNAILS + name);
      return {
        ...{
          name,
          size: zeros ?? bytes.length,
          type,
          etag,
          lastModified,
          url: urlOf(name, etag),
        },
        ...(thumbnail ? { thumbnailUrl: urlOf(THUMBNAILS + name, thumbnail.etag) } : {}),
      };
    });
    return {
      files,
      folders: operations.foldersIn(base),
      ...(end < names.length ? { cursor: String(end) } : {}),
    };
  };
  const operations = operationRoutes(app, stored);
  app.get<{ Querystring: Paging }>('/api/files', { onSend: compressAnswer }, ({ query }) =>
    filesIn(`users/${state.user?.id}`, '', query),
  );
  app.post<{ Body: Wanted }>('/api/uploads', (request, reply) => {
    const { name, type, replace } = request.body;
    const { types } = state.limits;
    if (types && !types.includes(type)) {
      const detail = `Files of this type are not allowed. Allowed types: ${types.join(', ')}.`;
      return reply.code(415).send({ code: 'type_not_allowed', detail });
    }
    const id = randomUUID();
    promised.set(id, request.body);
    const headers = { 'content-type': type, ...(replace ? {} : { 'if-none-match': '*' }) };
    const upload = { method: 'PUT', url: `${origins.files}/bucket?upload=${id}`, headers, expiresAt: '' };
    const url = `${origins.files}/users/${state.user?.id}/${encodeURIComponent(name)}`;
    return reply.code(201).send({ name, url, upload });
  });
  app.post<{ Body: Omit<Wanted, 'type'> }>('/api/thumbnails', (request, reply) => {
    if (!stored.has(request.body.name)) return reply.code(404).send({ code: 'no_such_file' });
    const id = randomUUID();
    const name = THUMBNAILS + request.body.name;
    promised.set(id, { ...request.body, name, type: 'image/webp', replace: true });
    const headers = { 'content-type': 'image/webp' };
    const upload = { method: 'PUT', url: `${origins.files}/bucket?thumbnail=${id}`, headers, expiresAt: '' };
    return reply.code(201).send({ upload });
  });
  app.post<{ Body: { name: string; etag: string } }>('/api/files/details', ({ body }, reply) =>
    stored.get(body.name)?.etag === body.etag
      ? reply.code(204).send()
      : reply.code(404).send({ code: 'no_such_file' }),
  );
  app.delete<{ Querystring: { name: string } }>('/api/files', (request, reply) => {
    stored.delete(THUMBNAILS + request.query.name);
    stored.delete(request.query.name);
    return reply.code(204).send();
  });
  app.get('/api/teams', () => ({
    teams: state.teams.map((id) => ({ id, prefix: `/teams/${id}/`, ...state.team })),
    mayMake: state.mayMakeTeams,
  }));
  app.get<{ Params: { team: string }; Querystring: Paging }>(
    '/api/teams/:team/files',
    ({ params: { team }, query }, reply) =>
      state.teams.includes(team)
        ? filesIn(`teams/${team}`, `teams/${team}/`, query)
        : reply.code(404).send({ code: 'no_such_team' }),
  );
  app.get<{ Params: { link: string }; Querystring: Paging }>('/api/links/:link/files', (request, reply) => {
    const link = linkOf(request);
    if (!link) return reply.code(410).send({ code: 'link_over' });
    return filesIn(`teams/${link.team.id}`, `teams/${link.team.id}/`, request.query);
  });
  app.post<{ Params: { link: string }; Body: Wanted }>('/api/links/:link/uploads', (request, reply) => {
    const link = linkOf(request);
    if (!link) return reply.code(410).send({ code: 'link_over' });
    if ('replace' in request.body) return reply.code(400).send({ code: 'bad_request' });
    const folder = `teams/${link.team.id}/received-1/`;
    const [, stem = '', end = ''] = /^(.*?)(\.[^.]*)?$/.exec(request.body.name) ?? [];
    let name = request.body.name;
    for (let number = 2; stored.has(folder + name); number++) name = `${stem} (${number})${end}`;
    const id = randomUUID();
    promised.set(id, { ...request.body, name: folder + name });
    const headers = { 'content-type': request.body.type, 'if-none-match': '*' };
    const upload = { method: 'PUT', url: `${origins.files}/bucket?upload=${id}`, headers, expiresAt: '' };
    return reply.code(201).send({ name: `received-1/${name}`, url: `${origins.files}/${folder}`, upload });
  });
  app.get('/api/teams/:team/files/usage', () => ({ bytes: 500, keptBytes: 0, files: 1 }));
  app.get('/api/sessions', () => ({ sessions: state.sessions }));
  app.delete<{ Params: { id: string } }>('/api/sessions/:id', (request, reply) => {
    state.sessions = state.sessions.filter(({ id }) => id !== request.params.id);
    return reply.code(204).send();
  });
  const pageOf = (id: number) => `${origins.app}/#share=secret-${id}`;
  app.post<{ Body: { secret: string } }>('/auth/shares/open', ({ body }, reply) => {
    const share = shares.get(Number(body.secret.replace('secret-', '')));
    const file = share && stored.get(share.name);
    if (!file || file.etag !== share.etag) return reply.code(410).send({ code: 'link_over' });
    const { name, expiresAt } = share;
    const url = `${origins.files}/shared/${encodeURIComponent(name)}`;
    const shown = { size: file.bytes.length, type: file.type, url, downloadUrl: `${url}?download` };
    return reply.send({ name, ...shown, expiresAt });
  });
  filesHost.get<{ Params: { name: string } }>('/shared/:name', ({ params }, reply) => {
    const file = stored.get(params.name);
    return file ? reply.type(file.type).send(file.bytes) : reply.code(403).send('<Error/>');
  });
  app.get('/api/shares', () => ({
    shares: [...shares].map(([id, { etag, ...share }]) => ({
      id,
      page: pageOf(id),
      ...share,
      stale: etag !== stored.get(share.name)?.etag,
    })),
  }));
  /** Shares a file, as its owner does. */
  const share = (name: string, expiresIn: number) => {
    const id = shares.size + 1;
    const expiresAt = new Date(Date.now() + expiresIn * 1_000).toISOString();
    shares.set(id, { name, expiresAt, etag: stored.get(name)?.etag });
    return { id, url: `${origins.files}/shared/${id}`, page: pageOf(id), expiresAt };
  };
  app.post<{ Body: { name: string; expiresIn: number } }>('/api/shares', ({ body }, reply) =>
    reply.code(201).send(share(body.name, body.expiresIn)),
  );
  app.delete<{ Params: { id: string } }>('/api/shares/:id', (request, reply) => {
    shares.delete(Number(request.params.id));
    return reply.code(204).send();
  });

  filesHost.addHook('onRequest', async (_, reply) => {
    reply
      .header('access-control-allow-origin', origins.app)
      .header('access-control-allow-credentials', 'true')
      .header('access-control-expose-headers', 'ETag')
      .header('cross-origin-resource-policy', 'same-site');
  });
  filesHost.addHook('preHandler', note('files'));
  filesHost.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  filesHost.options('/bucket', (_, reply) =>
    reply
      .header('access-control-allow-methods', 'PUT')
      .header('access-control-allow-headers', 'content-type, if-none-match')
      .send(),
  );
  filesHost.put<{ Body: Buffer; Querystring: { upload?: string; thumbnail?: string } }>(
    '/bucket',
    async ({ body, headers, query }, reply) => {
      await state.s3Gate;
      const wanted = promised.get(query.upload ?? query.thumbnail ?? '');
      const sha256 = createHash('sha256').update(body).digest('hex');
      const isWanted = wanted?.sha256 === sha256 && wanted.type === headers['content-type'];
      const mayReplace = wanted?.replace === true;
      if (!wanted || !isWanted || (headers['if-none-match'] === '*') === mayReplace)
        return reply.code(403).send('<Error/>');
      if (stored.has(wanted.name) && !mayReplace) return reply.code(412).send('<Error/>');
      const file = storedFile(wanted.type, body);
      stored.set(wanted.name, file);
      return reply.code(200).header('etag', `"${file.etag}"`).send();
    },
  );
  /** Also for a team, whose files have the path as the name. */
  filesHost.get<{ Params: { owners: string; id: string; '*': string } }>(
    '/:owners/:id/*',
    (request, reply) => {
      const expiresAtMs = Number(/CloudFront-Policy=(\d+)/.exec(request.headers.cookie ?? '')?.[1] ?? 0);
      if (expiresAtMs < Date.now()) {
        return reply.removeHeader('access-control-allow-origin').code(403).type('text/xml').send('<Error/>');
      }
      if (request.url.endsWith('?clear')) return reply.header('clear-site-data', '"cache"').send('');
      const { owners, id, '*': name } = request.params;
      const file = stored.get(owners === 'users' ? name : `teams/${id}/${name}`);
      // S3 refuses what is not scanned, and what is not there.
      if (state.isScanned && !(file && name.startsWith('clean')))
        return reply.code(403).type('application/xml').send('<Error/>');
      if (!file) return reply.code(404).type('application/xml').send('<Error/>');
      const isVersion = request.url.endsWith(`?v=${file.etag}`);
      reply.type(file.type);
      reply.header('cache-control', isVersion ? 'private, max-age=900, immutable' : 'private, no-cache');
      reply.header('last-modified', 'Wed, 25 Nov 2026 12:00:00 GMT');
      if (file.zeros) return reply.send(Readable.from(zerosOf(file.zeros)));
      const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
      if (start === undefined) return reply.header('accept-ranges', 'bytes').send(file.bytes);
      const size = file.bytes.length;
      return reply
        .code(206)
        .header('content-range', `bytes ${start}-${size - 1}/${size}`)
        .send(file.bytes.subarray(Number(start)));
    },
  );

  const portOf = (address: string) => new URL(address).port;
  origins.app = `http://${hostname}:${portOf(await app.listen({ host: '127.0.0.1', port: 0 }))}`;
  origins.files = `http://${hostname}:${portOf(await filesHost.listen({ host: '127.0.0.1', port: 0 }))}`;
  return {
    origins,
    state,
    stored,
    shares,
    share,
    operations,
    replaceFile: (name: string, type: string, bytes: Buffer) =>
      operations.replace(name, storedFile(type, bytes)),
    store: (name: string, type: string, bytes: Buffer, lastModified = '2026-11-25T12:00:00.000Z') =>
      stored.set(name, storedFile(type, bytes, lastModified)),
    storeZeros: (name: string, zeros: number) =>
      stored.set(name, { ...storedFile('application/octet-stream', Buffer.of()), zeros }),
    requests: (start: string) => state.log.filter(({ line }) => line.startsWith(start)),
    close: async () => {
      await Promise.all([app.close(), filesHost.close()]);
    },
  };
}
