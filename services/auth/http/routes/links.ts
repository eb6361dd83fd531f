import { toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { teamOwner } from '@cloudfront-cookie-gateway/core/owner';
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { LINK_CAPS, LINK_ROLES, LINK_SECONDS, type Link, type LinkCaps } from '../../domain/link.ts';
import { parseTeamSecret } from '../../domain/secret-token.ts';
import { shownWindow } from '../../domain/session-view.ts';
import type { LinkEditor, Links, OpenedLink } from '../../links/links.ts';
import { sendThroughLink } from '../../links/send.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { issueTeamCookies, setLinkCookie } from '../cookies.ts';
import { inFolder, ofLink, requireLink, requireTeam } from '../guards.ts';
import { nameOperations } from '../limits.ts';
import { Instant, Window } from '../schemas.ts';
import { answerTold } from '../told.ts';
import { listFilesRoute } from './files.ts';
import {
  checkChangedAt,
  multipartUploadRoutes,
  NewUpload,
  Promised,
  readMultipartUploadRoute,
  shownUpload,
} from './uploads.ts';

/** The deps of a service that has links. */
type LinkDeps<Names extends keyof Deps = never> = Pick<Deps, Names> & { links: Links };

const OF_TEAM = '/api/teams/:team/links';
const OF_LINK = '/api/links/:link';
const Password = Type.String({ minLength: 1, maxLength: 256 });
const Seconds = Type.Integer({ minimum: LINK_SECONDS.shortest, maximum: LINK_SECONDS.longest });
const Role = Type.Enum([...LINK_ROLES]);
const Shown = Type.Object({
  id: Type.String(),
  role: Role,
  name: Type.Optional(Type.String()),
  maker: Type.String(),
  hasPassword: Type.Boolean(),
  createdAt: Instant,
  expiresAt: Instant,
  maxFiles: Type.Optional(Type.Integer()),
  maxBytes: Type.Optional(Type.Integer()),
  files: Type.Optional(Type.Integer({ description: 'How many uploads were signed for it.' })),
  bytes: Type.Optional(Type.Integer()),
});
const LinkParams = Type.Object({ team: Type.String(), link: Type.String() });

function shownLink({ link, taken }: { link: Link; taken?: LinkCaps }) {
  const { hash: id, role, name, maker, password, createdAtEpoch, expiresAtEpoch, caps } = link;
  return {
    ...{ id, role, maker: maker.userId, hasPassword: password !== undefined },
    ...(name === undefined ? {} : { name }),
    ...{ createdAt: toInstant(createdAtEpoch), expiresAt: toInstant(expiresAtEpoch) },
    ...(caps ? { maxFiles: caps.files, maxBytes: caps.bytes } : {}),
    ...taken,
  };
}

/** The editor of a request, in the scope of a team. */
function editorOf(request: FastifyRequest): LinkEditor {
  const { owner, ...person } = inFolder(request);
  if (owner.kind !== 'team') throw new Error('this route is not in the scope of a team');
  return { person, teamId: owner.id };
}

/** `GET /api/teams/<tid>/links`: those that are open, without their secrets. */
export async function linkReadingRoutes(reading: Scope, { links }: LinkDeps): Promise<void> {
  await reading.register(
    async (scope) => {
      requireTeam(scope);
      const config = {
        ...{ operation: 'list_links', role: 'editor' as const },
        summary: 'The open links to a team, without their secrets',
      };
      const response = { 200: Type.Object({ links: Type.Array(Shown) }) };
      scope.get('', { schema: { response }, config }, async (request) => ({
        links: (await links.list(editorOf(request))).map(shownLink),
      }));
    },
    { prefix: OF_TEAM },
  );
}

/** What editors change. */
export async function linkChangingRoutes(changing: Scope, deps: LinkDeps<'config'>): Promise<void> {
  await changing.register(
    async (scope) => {
      requireTeam(scope);
      makeLinkRoute(scope, deps);
      changeLinkRoute(scope, deps);
      endLinkRoute(scope, deps);
    },
    { prefix: OF_TEAM },
  );
}

const NewLink = Type.Object(
  {
    role: Role,
    name: Type.Optional(Type.String({ maxLength: 2_048 })),
    password: Type.Optional(Password),
    expiresIn: Type.Optional(Seconds),
    maxFiles: Type.Optional(Type.Integer({ minimum: 1, maximum: LINK_CAPS.files.most })),
    maxBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: LINK_CAPS.bytes.most })),
  },
  { additionalProperties: false },
);

/** `POST /api/teams/<tid>/links`: makes a link, whose secret is in the fragment of its address. */
function makeLinkRoute(app: Scope, { links, config }: LinkDeps<'config'>): void {
  app.post(
    '',
    {
      schema: {
        body: NewLink,
        response: { 201: Type.Object({ id: Type.String(), url: Type.String(), expiresAt: Instant }) },
      },
      config: {
        operation: 'make_link',
        role: 'editor',
        summary: "A link to a team's folder, as an address that is shown once",
        problems: ['invalid_name', 'too_many_links', 'teams_full'],
      },
    },
    async (request, reply) => {
      const editor = editorOf(request);
      const { maxFiles, maxBytes, expiresIn = LINK_SECONDS.usual, ...wanted } = request.body;
      if (wanted.role === 'viewer' && (maxFiles ?? maxBytes) !== undefined) {
        throw new GatewayError('bad_request', { detail: 'maxFiles and maxBytes are of an uploader alone.' });
      }
      const { files, bytes } = LINK_CAPS;
      const caps = { files: maxFiles ?? files.usual, bytes: maxBytes ?? bytes.usual };
      const { link, secret } = await links.make(editor, { ...wanted, seconds: expiresIn, caps });
      audit(request.log, 'link_made', { ...whose(editor), link: link.hash, role: link.role });
      const url = `${config.origins.app}/#link=${secret}`;
      return reply.code(201).send({ id: link.hash, url, expiresAt: toInstant(link.expiresAtEpoch) });
    },
  );
}

const Change = Type.Object(
  { password: Type.Optional(Password), expiresIn: Type.Optional(Seconds) },
  { additionalProperties: false },
);

/** `PATCH /api/teams/<tid>/links/<id>`: a new password or end. */
function changeLinkRoute(app: Scope, { links }: LinkDeps): void {
  app.patch(
    '/:link',
    {
      schema: { params: LinkParams, body: Change, response: { 200: Shown } },
      config: {
        operation: 'change_link',
        role: 'editor',
        summary:
          'Gives a link a new password or expiry. A new password or an earlier expiry closes it wherever it is open',
        problems: ['no_such_link', 'too_many_links'],
      },
    },
    async (request, reply) => {
      const editor = editorOf(request);
      const { password, expiresIn: seconds } = request.body;
      const wanted = {
        ...(password === undefined ? {} : { password }),
        ...(seconds === undefined ? {} : { seconds }),
      };
      const { link, edge } = await links.change(editor, request.params.link, wanted);
      audit(request.log, 'link_changed', { ...whose(editor), link: link.hash });
      answerTold(reply, edge);
      return shownLink({ link });
    },
  );
}

/** `DELETE /api/teams/<tid>/links/<id>`: ends a link. Calling it again gives the same answer. */
function endLinkRoute(app: Scope, { links }: LinkDeps): void {
  app.delete(
    '/:link',
    {
      schema: {
        params: LinkParams,
        response: { 204: Type.Null({ description: 'There is no such link any more.' }) },
      },
      config: { operation: 'end_link', role: 'editor', summary: 'Ends a link, wherever it is open' },
    },
    async (request, reply) => {
      const editor = editorOf(request);
      const { link } = request.params;
      const edge = await links.end(editor, link);
      audit(request.log, 'link_ended', { ...whose(editor), link: link.slice(0, 64) });
      return answerTold(reply, edge).code(204).send(null);
    },
  );
}

function whose({ person, teamId }: LinkEditor) {
  return { userId: person.userId, team: teamId };
}

const Opened = Type.Object({
  link: Type.Object({
    id: Type.String(),
    role: Role,
    team: Type.Object({ id: Type.String(), name: Type.String() }),
    expiresAt: Instant,
  }),
  cookies: Type.Optional(Window),
});

const Opening = Type.Object(
  { secret: Type.String({ maxLength: 256 }), password: Type.Optional(Type.String({ maxLength: 256 })) },
  { additionalProperties: false },
);

/** `POST /auth/links/open`: opens a link in this browser. Nobody has to be signed in. */
export function openLinkRoute(app: Scope, deps: LinkDeps<'config' | 'cookieIssuer' | 'metrics'>): void {
  app.post(
    '/auth/links/open',
    {
      schema: { body: Opening, response: { 200: Opened } },
      config: {
        operation: 'open_link',
        summary: "Opens a link by its secret; a viewer also gets the cookies of the team's folder",
        problems: [
          ...(['link_over', 'password_needed', 'wrong_password'] as const),
          ...(['signing_unavailable', 'store_unavailable', 'clock_wrong'] as const),
        ],
      },
    },
    async (request, reply) => {
      const { secret, ...given } = request.body;
      try {
        const opened = await deps.links.open(secret, { ...given, address: normalizeIP(request.ip) });
        const answer = await answerOpened(request, reply, opened, deps);
        setLinkCookie(request, reply, { id: opened.link.hash, pass: opened.pass });
        const { link, teamId: team } = opened;
        audit(request.log, 'link_opened', { team, link: link.hash, role: link.role });
        deps.metrics?.countOpening('opened');
        return answer;
      } catch (error) {
        const code = error instanceof GatewayError ? error.code : 'internal';
        const meant = parseTeamSecret(secret);
        audit(request.log, 'link_refused', { ...(meant && { team: meant.teamId, link: meant.hash }), code });
        deps.metrics?.countOpening(code);
        throw error;
      }
    },
  );
}

/** @throws GatewayError link_over, signing_unavailable, store_unavailable */
async function answerOpened(
  request: FastifyRequest,
  reply: FastifyReply,
  opened: OpenedLink,
  deps: LinkDeps<'config' | 'cookieIssuer'>,
) {
  const { teamId, team, link, readAtEpoch } = opened;
  const { hash: id, role, start, expiresAtEpoch: endsAtEpoch } = link;
  const shown = { id, role, team: { id: teamId, name: team.name }, expiresAt: toInstant(endsAtEpoch) };
  if (role !== 'viewer') return { link: shown };
  await deps.links.prepare(opened);
  const folder = { teamId, start, endsAtEpoch, readAtEpoch };
  return { link: shown, cookies: shownWindow(await issueTeamCookies(request, reply, folder, deps)) };
}

/** What a browser reads by a link that it has opened. */
export async function openedLinkReadingRoutes(
  app: Scope,
  deps: LinkDeps<'config' | 'objects' | 'uploads' | 'details'>,
): Promise<void> {
  await app.register(
    async (viewer) => {
      requireLink(viewer, deps, 'viewer');
      nameOperations(viewer, 'link');
      listFilesRoute(viewer, deps);
    },
    { prefix: OF_LINK },
  );
  await app.register(
    async (uploader) => {
      requireLink(uploader, deps, 'uploader');
      nameOperations(uploader, 'link');
      readMultipartUploadRoute(uploader, deps);
    },
    { prefix: OF_LINK },
  );
}

/** What a browser does with a link that it has opened. */
export async function openedLinkChangingRoutes(
  app: Scope,
  deps: LinkDeps<'config' | 'cookieIssuer' | 'objects' | 'uploads' | 'usage' | 'details' | 'clock'>,
): Promise<void> {
  await app.register(
    async (opened) => {
      requireLink(opened, deps);
      refreshLinkRoute(opened, deps);
    },
    { prefix: '/auth/links/:link' },
  );
  await app.register(
    async (uploader) => {
      requireLink(uploader, deps, 'uploader');
      nameOperations(uploader, 'link');
      sendRoute(uploader, deps);
      multipartUploadRoutes(uploader, deps);
    },
    { prefix: OF_LINK },
  );
}

/** `POST /auth/links/<id>/refresh`: the same answer as the opening of the link, with fresh cookies. */
function refreshLinkRoute(app: Scope, deps: LinkDeps<'config' | 'cookieIssuer'>): void {
  app.post(
    '/refresh',
    {
      schema: { response: { 200: Opened } },
      config: {
        operation: 'refresh_link',
        summary: "For a viewer, fresh cookies of the team's folder",
        problems: ['signing_unavailable'],
      },
    },
    (request, reply) => answerOpened(request, reply, ofLink(request), deps),
  );
}

/** `POST /api/links/<id>/uploads`: the terms of an upload into the folder of the link. */
function sendRoute(
  app: Scope,
  deps: LinkDeps<'config' | 'objects' | 'uploads' | 'usage' | 'details' | 'clock'>,
): void {
  const { replace: _nothingIsReplaced, ...properties } = NewUpload.properties;
  app.post(
    '/uploads',
    {
      schema: {
        body: Type.Object(properties, { additionalProperties: false }),
        response: { 201: Promised },
      },
      config: {
        operation: 'create_upload',
        summary:
          'a signed PUT for one content; above 16 MB an upload in parts. A name that is taken gets a number',
        problems: [
          ...(['link_full', 'file_too_large', 'quota_exceeded', 'type_not_allowed'] as const),
          ...(['invalid_name', 'file_exists', 'files_unavailable'] as const),
        ],
      },
    },
    async (request, reply) => {
      checkChangedAt(deps, request.body.changedAt);
      const { sender, ...opened } = ofLink(request);
      const sent = await sendThroughLink(deps, opened, sender, request.body);
      const { teamId: team, link } = opened;
      audit(request.log, 'upload_asked', { team, link: link.hash, file: sent.name });
      return reply.code(201).send(shownUpload(deps, teamOwner(team), sent));
    },
  );
}
