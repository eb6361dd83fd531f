import type { ErrorCode } from '@cloudfront-cookie-gateway/core/errors';
import { filePath } from '@cloudfront-cookie-gateway/core/file-name';
import { type Owner, teamOwner, toTeamId, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import * as Type from 'typebox';
import { checkRole, requireMembership } from '../../domain/membership.ts';
import { audit, whoIn } from '../audit.ts';
import { rawTokenOf } from '../bearer.ts';
import type { Deps, Scope } from '../context.ts';
import { type FolderSession, inFolder } from '../guards.ts';
import { Name } from '../schemas.ts';
import { answerTold } from '../told.ts';

const NewPlace = Type.Object(
  {
    from: Name,
    to: Name,
    replace: Type.Optional(Type.Boolean({ description: 'A file with the new name may be replaced.' })),
    toTeam: Type.Optional(
      Type.Union([Type.String({ maxLength: 64 }), Type.Null()], {
        description:
          "The team whose folder it goes into; null is one's own folder. The same folder if left out.",
      }),
    ),
  },
  { additionalProperties: false },
);

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

type MovesDeps = Pick<Deps, 'config' | 'moves'>;

/** `POST …/files/move` and `POST …/files/copy`: a file gets another name, another folder, or both. */
export function moveRoutes(app: Scope, deps: MovesDeps): void {
  moveRoute(app, deps, 'move');
  moveRoute(app, deps, 'copy');
}

function moveRoute(app: Scope, { config, moves }: MovesDeps, operation: 'copy' | 'move'): void {
  const isMove = operation === 'move';
  app.post(
    `/files/${operation}`,
    {
      schema: { body: NewPlace, response: { 200: Placed, 202: Begun } },
      config: {
        operation: `${operation}_file`,
        role: isMove ? 'editor' : 'viewer',
        summary: isMove
          ? 'Moves a file; the shares of the old name end. Above 1 GB it goes on after the answer'
          : 'Copies a file. Above 1 GB it goes on after the answer',
        problems: PROBLEMS,
      },
    },
    async (request, reply) => {
      const folder = inFolder(request);
      const { owner, userId } = folder;
      const { toTeam, ...wanted } = request.body;
      const toOwner = destination(folder, toTeam);
      const by = { owner, userId, token: rawTokenOf(request) ?? '' };
      const started = await moves.start(operation, by, { ...wanted, toOwner });
      const said = { ...whoIn(folder), file: wanted.from, to: wanted.to, toOwner: toOwner.id };
      const event = isMove ? 'file_moved' : 'file_copied';
      if ('id' in started) {
        audit(request.log, event, { ...said, move: started.id });
        return reply.code(202).send({ id: started.id });
      }
      audit(request.log, event, said);
      const { name, etag, sharesEnded, edge } = started.file;
      if (edge) answerTold(reply, edge);
      const url = `${config.origins.files}${filePath(toOwner, name)}?v=${etag}`;
      return { name, url, etag, sharesEnded };
    },
  );
}

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

/** `GET …/files/moves/<id>`: how a copy or a move in the background stands. */
export function readMoveRoute(app: Scope, { moves }: Pick<Deps, 'moves'>): void {
  app.get(
    '/files/moves/:id',
    {
      schema: { params: Type.Object({ id: Type.String({ maxLength: 64 }) }), response: { 200: State } },
      config: {
        operation: 'read_move',
        role: 'viewer',
        summary: 'The state of a copy or a move in the background; known for a day',
        problems: ['not_found'],
      },
    },
    (request) => moves.read(request.params.id, inFolder(request)),
  );
}
