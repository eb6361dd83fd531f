import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { parseTeamId, teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { UploadRecord, UploadStore } from '../domain/file-ports.ts';
import { createTable, type Item, type TablePlace } from './dynamodb.ts';

export const UPLOAD = 'upload#';

/** Uploads in the table of the sessions, one item for each. */
export function createUploadStore(place: TablePlace): UploadStore {
  const table = createTable(place);

  return {
    async create(id, { owner, expiresAtEpoch, replace, ...upload }) {
      await table.put(UPLOAD + id, {
        ...upload,
        ...(owner.kind === 'team' ? { teamId: owner.id } : {}),
        replace: Number(replace),
        ttl: expiresAtEpoch,
      });
    },

    async read(id) {
      const item = await table.get(UPLOAD + id);
      return item && parseUpload(item);
    },

    async update(id, change) {
      const changes = Object.entries(change);
      const updated = await table.update(
        UPLOAD + id,
        `SET ${changes.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        {
          condition: 'attribute_exists(pk)',
          values: Object.fromEntries(changes.map(([name, value]) => [`:${name}`, value])),
        },
      );
      if (!updated) throw new GatewayError('store_unavailable');
    },
  };
}

function parseUpload(item: Item): UploadRecord {
  const outcome = item['outcome']?.S;
  const teamId = item['teamId']?.S;
  const userId = parseUserId(item['userId']?.S ?? '');
  return {
    // An upload without a team goes into the folder of its user.
    owner: teamId === undefined ? userOwner(userId) : teamOwner(parseTeamId(teamId)),
    userId,
    key: item['key']?.S ?? '',
    size: Number(item['size']?.N),
    type: item['type']?.S ?? '',
    replace: item['replace']?.N === '1',
    multipartId: item['multipartId']?.S ?? '',
    expiresAtEpoch: Number(item['ttl']?.N),
    ...defined({ changedAt: item['changedAt']?.S, etag: item['etag']?.S }),
    ...(outcome === 'completed' || outcome === 'aborted' || outcome === 'taken' ? { outcome } : {}),
  };
}
