import type { ErrorCode } from '@cloudfront-cookie-gateway/core/errors';
import { filePath } from '@cloudfront-cookie-gateway/core/file-name';
import { type Owner, teamOwner, toTeamId, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import * as Type from 'typebox';
import { rawTokenOf } from '../http/bearer.ts';
import type { FolderSession } from '../http/guards.ts';
import { route } from '../http/route.ts';
import { Name } from '../http/schemas.ts';
import { exactly } from '../settings/exactly.ts';
import { checkRole, requireMembership } from '../teams/membership.ts';

const NewPlace = exactly({
  from: Name,
  to: Name,
  replace: Type.Optional(Type.Boolean({ description: 'A file with the new name may be replaced.' })),
  toTeam: Type.Optional(
    Type.Union([Type.String({ maxLength: 64 }), Type.Null()], {
      description:
        "The team whose folder it goes into; null is one's own folder. The same folder if left out.",
    }),
  ),
});

const Placed = Type.Object({
  name: Type.String(),
  url: Type.String({ format: 'uri' }),
  etag: Type.String(),
  sharesEnded: Type.Integer({ description: 'The shares of the old name that have ended.' }),
});
const Begun = Type.Object({ id: Type.String() }, { description: 'It goes on after this answer.' });

const PROBLEMS: ErrorCode[] = [
  ...(['no_such_team', 'role_too_low', 'invalid_name', 'no_such_file', 'file_exists'] as const),
  ...(['quota_exceeded', 'too_many_moves', 'files_unavailable'] as const),
];

/**
 * The folder of the new name. Whoever writes there must be its editor.
 * @throws GatewayError no_such_team, role_too_low
 */
function destination({ owner, role, userId, known }: FolderSession, toTeam?: string | null): Owner {
  if (toTeam === null) return userOwner(userId);
  if (toTeam !== undefined) {
    return teamOwner(requireMembership(known.user, toTeamId(toTeam), 'editor').teamId);
  }
  checkRole(role, 'editor');
  return owner;
}

const State = Type.Object({
  state: Type.Union([Type.Literal('moving'), Type.Literal('done'), Type.Literal('failed')]),
  name: Type.Optional(Type.String({ description: 'The new name, once it is done.' })),
  code: Type.Optional(Type.String({ description: 'Why it failed. Both files are as they were.' })),
});

/** A file gets another name, another folder, or both. */
function moveRoute(operation: 'copy' | 'move') {
  const isMove = operation === 'move';
  return route({
    method: 'POST',
    url: `/files/${operation}`,
    operation: `${operation}_file`,
    summary: isMove
      ? 'Moves a file; the shares of the old name end. Above 1 GB it goes on after the answer'
      : 'Copies a file. Above 1 GB it goes on after the answer',
    caller: 'folder',
    role: isMove ? 'editor' : 'viewer',
    problems: PROBLEMS,
    body: NewPlace,
    answers: { 200: Placed, 202: Begun },
    async handler({
      deps: { config, moves },
      request,
      reply,
      folder,
      body: { toTeam, ...wanted },
      audit,
      told,
    }) {
      const toOwner = destination(folder, toTeam);
      const by = { ...folder, token: rawTokenOf(request) ?? '' };
      const started = await moves.start(operation, by, { ...wanted, toOwner });
      const move = 'id' in started ? { move: started.id } : {};
      const said = { file: wanted.from, to: wanted.to, toOwner: toOwner.id, ...move };
      audit(isMove ? 'file_moved' : 'file_copied', said);
      if ('id' in started) {
        reply.code(202);
        return started;
      }
      const { name, etag, sharesEnded, edge } = started.file;
      if (edge) told(edge);
      const url = `${config.origins.files}${filePath(toOwner, name)}?v=${etag}`;
      return { name, url, etag, sharesEnded };
    },
  });
}

export const moveRoutes = [
  moveRoute('move'),
  moveRoute('copy'),

  route({
    method: 'GET',
    url: '/files/moves/:id',
    operation: 'read_move',
    summary: 'The state of a copy or a move in the background; known for a day',
    caller: 'folder',
    role: 'viewer',
    problems: ['not_found'],
    params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
    answers: { 200: State },
    handler: ({ deps, folder, params }) => deps.moves.read(params.id, folder),
  }),
];
