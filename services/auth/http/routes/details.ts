import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import { isTakenAt } from '../../domain/details.ts';
import { exactly } from '../../domain/exactly.ts';
import { storedName } from '../../files/listing.ts';
import { route } from '../route.ts';
import { Name } from '../schemas.ts';

const Pixels = Type.Integer({ minimum: 1, maximum: 65_535 });

/** What a client has read in a picture or film. Nobody checks it against the file. */
export const Picture = Type.Object({
  takenAt: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d)?$',
      description: 'ISO 8601. It has a zone only if the camera stored one.',
    }),
  ),
  width: Type.Optional({ ...Pixels, description: 'Pixels, as shown.' }),
  height: Type.Optional(Pixels),
  color: Type.Optional(Type.String({ pattern: '^#[0-9a-f]{6}$', description: 'The average color.' })),
});

const Described = exactly({
  name: Name,
  etag: Type.String({ maxLength: 64, description: 'Of the content that was read.' }),
  ...Picture.properties,
});

export const describeFileRoute = route({
  method: 'POST',
  url: '/files/details',
  operation: 'describe_file',
  summary: 'Adds to a file what a client has read in it: the date of a picture, its size and its color',
  caller: 'folder',
  role: 'editor',
  problems: ['no_such_file', 'invalid_name', 'files_unavailable'],
  body: Described,
  answers: { 204: Type.Null() },
  async handler({ deps, folder: { owner }, body: { name: rawName, etag, ...picture } }) {
    if (picture.takenAt !== undefined && !isTakenAt(picture.takenAt)) {
      throw new GatewayError('bad_request', { detail: 'takenAt is no date.' });
    }
    const name = await storedName(deps.objects, owner, rawName);
    await deps.details.describe({ owner, name }, etag, picture);
  },
});
