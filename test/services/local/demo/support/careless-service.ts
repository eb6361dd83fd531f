/**
 * The auth service with the demonstration, in a system that can break rules. `POST /careless` says which one it breaks
 * from then on.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { cloudFrontPairs } from '../../../../../core/cookies.ts';
import { parseEpochSeconds, toEpochSeconds } from '../../../../../core/epoch-seconds.ts';
import { parseTeamId, teamOwner, userOwner } from '../../../../../core/owner.ts';
import { folderPolicy } from '../../../../../core/policy.ts';
import { parseUserId } from '../../../../../core/user-id.ts';
import { hashToken } from '../../../../../services/auth/domain/secret-token.ts';
import { TIME_LIMITS } from '../../../../../services/auth/domain/time-limits.ts';
import type { Deps } from '../../../../../services/auth/http/context.ts';
import type { OpenedLink } from '../../../../../services/auth/links/links.ts';
import { run } from '../../../../../services/auth/main.ts';
import type { CurrentSession } from '../../../../../services/auth/sessions/session-deps.ts';
import { askForDecisions } from '../../../../../services/local/demo/decisions.ts';
import { demonstrationRoutes } from '../../../../../services/local/demo/routes.ts';
import { askBehind } from '../../../../support/store-proxy.ts';

let broken = '';

/** A CloudFront that does not compare the folder of a policy, or does not verify its signature. */
async function cookiesFor(url: string, cookie: string, deps: Deps): Promise<string> {
  const [, kind = '', id = ''] = url.split('/');
  const raw = /CloudFront-Policy=([^;]+)/.exec(cookie)?.[1] ?? '';
  const policy = Buffer.from(raw.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
  const start = Number(/"DateGreaterThan":\{"AWS:EpochTime":(\d+)/.exec(policy.toString())?.[1] ?? 0);
  const isOfFolder = policy.includes(`/${kind}/${id}/*"`);
  const isForgiven = broken === (isOfFolder ? 'signature' : 'resource');
  if (start === 0 || !isForgiven) return cookie;
  const signed = await deps.signer.sign(
    folderPolicy({
      filesOrigin: deps.config.origins.files,
      owner: kind === 'teams' ? teamOwner(parseTeamId(id)) : userOwner(parseUserId(id)),
      start: parseEpochSeconds(start),
      expiresAt: parseEpochSeconds(toEpochSeconds(Date.now()) + 60),
    }),
  );
  return cloudFrontPairs(signed)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
}

/** A service that forgets to check something about links. `path` is what the request asks for. */
function carelessLinks(deps: Deps, path: () => string): void {
  const { ofTeams, objects } = deps;
  if (!ofTeams) return;
  const { links } = ofTeams;
  const { make, open, find } = links;
  /** By secret, the password. */
  const passwords = new Map<string, string | undefined>();
  /** What each pass opened when it was given. */
  const passes = new Map<string, OpenedLink>();
  let lastSecret = '';
  links.make = async (editor, wanted) => {
    const made = await make(editor, wanted);
    passwords.set(made.secret, wanted.password);
    lastSecret = made.secret;
    return made;
  };
  links.open = async (secret, by) => {
    const password = passwords.get(secret);
    if (broken === 'password' && password !== undefined) return open(secret, { ...by, password });
    const opened = await open(broken !== 'secret' || passwords.has(secret) ? secret : lastSecret, by);
    passes.set(opened.pass, opened);
    return opened;
  };
  links.find = async (pass = '', id) => {
    const [, secret = ''] = pass.split('.');
    const own = broken === 'pass' ? hashToken(secret) : id;
    const given = passes.get(pass);
    const before = given?.link.hash === id ? given : undefined;
    const opened = (await find(pass, own)) ?? (broken === 'generation' ? before : undefined);
    if (!opened || broken !== 'role') return opened;
    const role = path().endsWith('/uploads') ? 'uploader' : 'viewer';
    return { ...opened, link: { ...opened.link, role, caps: { files: 1, bytes: 1_024 } } };
  };
  const { presignUpload } = objects;
  objects.presignUpload = (upload) => presignUpload({ ...upload, replace: broken === 'overwrite' });
}

function careless(deps: Deps): void {
  const { clear } = deps.cookieIssuer;
  deps.cookieIssuer.clear = (owner) => (broken === 'clear' ? [] : clear(owner));
  const { find } = deps.sessions;
  const known = new Map<string, CurrentSession['known']>();
  // A record that is read too early still has the membership.
  deps.sessions.find = async (token) => {
    const current = await find(token);
    if (!current) return current;
    const { memberships } = current.known.user;
    const before = known.get(current.userId);
    if (broken === 'stale' && before && before.user.memberships.length > memberships.length) {
      const user = { ...current.known.user, memberships: before.user.memberships };
      return { ...current, known: { ...current.known, user } };
    }
    known.set(current.userId, current.known);
    return current;
  };
}

await run(
  (app, deps) => {
    const edgePort = Number(process.env['EDGE_PORT']);
    const front = createServer(async (request, response) => {
      const { cookie = '' } = request.headers;
      request.headers.cookie = await cookiesFor(request.url ?? '', cookie, deps);
      if (request.headers.cookie === '') delete request.headers.cookie;
      const answer = await askBehind(request, Buffer.alloc(0), edgePort);
      response.writeHead(answer.status, answer.headers).end(answer.content);
    }).unref();
    app.addHook('onReady', async () => {
      await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    });
    app.addHook('onClose', async () => void front.close());
    app.post('/careless', { config: { operation: 'demo' } }, async (request) => {
      broken = String(request.body);
      return {};
    });
    let path = '';
    app.addHook('onRequest', async ({ url }) => {
      path = url;
    });
    careless(deps);
    carelessLinks(deps, () => path);
    demonstrationRoutes(app, deps, {
      edge: {
        get port() {
          return (front.address() as AddressInfo).port;
        },
        host: new URL(deps.config.origins.files).host,
      },
      decisionsSince: askForDecisions,
    });
  },
  // However busy the machine is, all attempts fit into one answer, and the edge is told before it.
  { ...TIME_LIMITS, answerMs: 120_000, edgeMs: 10_000 },
  pathToFileURL(`${process.env['DEMO_DIRECTORY']}/`),
);
