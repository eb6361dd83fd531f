import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { teamOwner } from '@cloudfront-cookie-gateway/core/owner';
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { issueCookies, setLinkCookie } from '../cookies/cookies.ts';
import { checkChangedAt, NewUpload, Promised, shownUpload } from '../files/routes/uploads.ts';
import { route } from '../http/route.ts';
import { Instant, Window } from '../http/schemas.ts';
import { parseTeamSecret } from '../sessions/secret-token.ts';
import { shownWindow } from '../sessions/view.ts';
import { exactly } from '../settings/exactly.ts';
import type { Deps } from '../wiring/deps.ts';
import { LINK_CAPS, LINK_ROLES, LINK_SECONDS, type Link, type LinkCaps } from './link.ts';
import type { OpenedLink } from './links.ts';
import { sendThroughLink } from './send.ts';

const OF_TEAM = '/api/teams/:team/links';
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
  url: Type.Optional(Type.String({ description: 'Only for the one who made the link.' })),
});

const urlOf = ({ config }: Deps, secret: string) => `${config.origins.app}/#link=${secret}`;

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

const NewLink = exactly({
  role: Role,
  name: Type.Optional(Type.String({ maxLength: 2_048 })),
  password: Type.Optional(Password),
  expiresIn: Type.Optional(Seconds),
  maxFiles: Type.Optional(Type.Integer({ minimum: 1, maximum: LINK_CAPS.files.most })),
  maxBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: LINK_CAPS.bytes.most })),
});

const Change = exactly({ password: Type.Optional(Password), expiresIn: Type.Optional(Seconds) });

const Opened = Type.Object({
  link: Type.Object({
    id: Type.String(),
    role: Role,
    team: Type.Object({ id: Type.String(), name: Type.String() }),
    expiresAt: Instant,
  }),
  cookies: Type.Optional(Window),
});

const Opening = exactly({
  secret: Type.String({ maxLength: 256 }),
  password: Type.Optional(Type.String({ maxLength: 256 })),
});

/** @throws GatewayError link_over, signing_unavailable, store_unavailable */
async function answerOpened(request: FastifyRequest, reply: FastifyReply, opened: OpenedLink, deps: Deps) {
  const { teamId, team, link, readAtEpoch } = opened;
  const { hash: id, role, start, expiresAtEpoch: endsAtEpoch } = link;
  const shown = { id, role, team: { id: teamId, name: team.name }, expiresAt: toInstant(endsAtEpoch) };
  if (role !== 'viewer') return { link: shown };
  await deps.links.prepare(opened);
  const folder = { owner: teamOwner(teamId), start, endsAtEpoch, readAtEpoch };
  return { link: shown, cookies: shownWindow(await issueCookies(request, reply, folder, deps)) };
}

const { replace: _nothingIsReplaced, ...sent } = NewUpload.properties;

const BY_EDITOR = { caller: 'team', role: 'editor' } as const;

export const linkRoutes = [
  route({
    method: 'GET',
    url: OF_TEAM,
    operation: 'list_links',
    summary: 'The open links to a team, with the URLs of those that the user made',
    ...BY_EDITOR,
    answers: { 200: Type.Object({ links: Type.Array(Shown) }) },
    handler: async ({ deps, person, teamId }) => ({
      links: (await deps.links.list({ person, teamId })).map(({ secret, ...each }) => ({
        ...shownLink(each),
        ...(secret === undefined ? {} : { url: urlOf(deps, secret) }),
      })),
    }),
  }),

  // The secret is in the fragment of the URL.
  route({
    method: 'POST',
    url: OF_TEAM,
    operation: 'make_link',
    summary: "A link to a team's folder, as a URL",
    ...BY_EDITOR,
    problems: ['invalid_name', 'too_many_links', 'teams_full'],
    body: NewLink,
    answers: { 201: Type.Object({ id: Type.String(), url: Type.String(), expiresAt: Instant }) },
    async handler({ deps, body, audit, person, teamId }) {
      const { maxFiles, maxBytes, expiresIn: seconds = LINK_SECONDS.usual, ...wanted } = body;
      if (wanted.role === 'viewer' && (maxFiles ?? maxBytes) !== undefined) {
        throw new GatewayError('bad_request', { detail: 'maxFiles and maxBytes are of an uploader alone.' });
      }
      const { files, bytes } = LINK_CAPS;
      const caps = { files: maxFiles ?? files.usual, bytes: maxBytes ?? bytes.usual };
      const { link, secret } = await deps.links.make({ person, teamId }, { ...wanted, seconds, caps });
      audit('link_made', { link: link.hash, role: link.role });
      return { id: link.hash, url: urlOf(deps, secret), expiresAt: toInstant(link.expiresAtEpoch) };
    },
  }),

  route({
    method: 'PATCH',
    url: `${OF_TEAM}/:link`,
    operation: 'change_link',
    summary:
      'Gives a link a new password or expiry. A new password or an earlier expiry closes it wherever it is open',
    ...BY_EDITOR,
    problems: ['no_such_link', 'too_many_links'],
    body: Change,
    answers: { 200: Shown },
    async handler({ deps, params, body: { password, expiresIn: seconds }, audit, told, person, teamId }) {
      const wanted = defined({ password, seconds });
      const { link, edge } = await deps.links.change({ person, teamId }, params.link, wanted);
      audit('link_changed', { link: link.hash });
      told(edge);
      return shownLink({ link });
    },
  }),

  // Calling it again gives the same answer.
  route({
    method: 'DELETE',
    url: `${OF_TEAM}/:link`,
    operation: 'end_link',
    summary: 'Ends a link, wherever it is open',
    ...BY_EDITOR,
    answers: { 204: Type.Null({ description: 'There is no such link any more.' }) },
    async handler({ deps, params: { link }, audit, told, person, teamId }) {
      const edge = await deps.links.end({ person, teamId }, link);
      audit('link_ended', { link: link.slice(0, 64) });
      told(edge);
    },
  }),

  route({
    method: 'POST',
    url: '/auth/links/open',
    operation: 'open_link',
    summary: "Opens a link by its secret; a viewer also gets the cookies of the team's folder",
    caller: 'anybody',
    problems: [
      ...(['link_over', 'password_needed', 'wrong_password'] as const),
      ...(['signing_unavailable', 'store_unavailable', 'clock_wrong'] as const),
    ],
    // Each guess of a stranger costs a read of a team.
    limit: { refusalsThatBlock: 10 },
    body: Opening,
    answers: { 200: Opened },
    async handler({ deps, request, reply, body: { secret, ...given }, audit }) {
      try {
        const opened = await deps.links.open(secret, { ...given, address: normalizeIP(request.ip) });
        const answer = await answerOpened(request, reply, opened, deps);
        setLinkCookie(request, reply, { id: opened.link.hash, pass: opened.pass });
        const { link, teamId: team } = opened;
        audit('link_opened', { team, link: link.hash, role: link.role });
        return answer;
      } catch (error) {
        const code = error instanceof GatewayError ? error.code : 'internal';
        const meant = parseTeamSecret(secret);
        audit('link_refused', { ...(meant && { team: meant.teamId, link: meant.hash }), code });
        throw error;
      }
    },
  }),

  // The same answer as the opening of the link.
  route({
    method: 'POST',
    url: '/auth/links/:link/refresh',
    operation: 'refresh_link',
    summary: "For a viewer, fresh cookies of the team's folder",
    caller: 'link',
    problems: ['signing_unavailable'],
    limit: { ofUser: 10 },
    answers: { 200: Opened },
    handler: ({ deps, request, reply, opened }) => answerOpened(request, reply, opened, deps),
  }),

  // Into the folder of the link.
  route({
    method: 'POST',
    url: '/api/links/:link/uploads',
    operation: 'link_create_upload',
    summary:
      'By a link: a signed PUT for one content; above 16 MB an upload in parts. A name that is taken gets a number',
    caller: 'link',
    linkRole: 'uploader',
    problems: [
      ...(['link_full', 'file_too_large', 'quota_exceeded', 'type_not_allowed'] as const),
      ...(['invalid_name', 'file_exists', 'files_unavailable'] as const),
    ],
    limit: { ofUser: 10 },
    body: exactly(sent),
    answers: { 201: Promised },
    async handler({ deps, opened, sender, body, audit }) {
      checkChangedAt(deps, body.changedAt);
      const upload = await sendThroughLink(deps, opened, sender, body);
      audit('upload_asked', { team: opened.teamId, link: opened.link.hash, file: upload.name });
      return shownUpload(deps, sender.owner, upload);
    },
  }),
];
