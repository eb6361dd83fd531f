import type { LinkStore } from '../domain/link.ts';
import { createTable, isThrottled, type TablePlace } from './dynamodb.ts';

const PREFIX = 'link#';
const TRIES = 'tries#';

/** What is counted for links, in the table of the users. The links themselves are in the items of their teams. */
export function createLinkStore(place: TablePlace): LinkStore {
  const table = createTable(place);

  return {
    async takeRoom(hash, bytes, caps, forgetAtEpoch) {
      if (bytes > caps.bytes) return false;
      const item = await table.update(PREFIX + hash, 'SET #ttl = :ttl ADD #files :one, #bytes :bytes', {
        condition: 'attribute_not_exists(pk) OR (#files < :files AND #bytes <= :room)',
        values: {
          ...{ ':ttl': forgetAtEpoch, ':one': 1, ':bytes': bytes },
          ...{ ':files': caps.files, ':room': caps.bytes - bytes },
        },
      });
      return item !== undefined;
    },

    async takenRoom(hash) {
      const item = await table.get(PREFIX + hash);
      return { files: Number(item?.['files']?.N ?? 0), bytes: Number(item?.['bytes']?.N ?? 0) };
    },

    async keepRoom(hash, forgetAtEpoch) {
      await table.update(PREFIX + hash, 'SET #ttl = :ttl', {
        condition: 'attribute_exists(pk) AND #ttl < :ttl',
        values: { ':ttl': forgetAtEpoch },
      });
    },

    async addTry(key, name, most, forgetAtEpoch) {
      const terms = {
        condition: 'attribute_not_exists(#tries) OR size(#tries) < :most',
        values: { ':ttl': forgetAtEpoch, ':tries': [name], ':most': most },
      };
      try {
        return (await table.update(TRIES + key, 'SET #ttl = :ttl ADD #tries :tries', terms)) !== undefined;
      } catch (error) {
        if (isThrottled(error)) return false;
        throw error;
      }
    },

    async readTries(key) {
      const item = await table.get(TRIES + key);
      return item?.['tries']?.SS ?? [];
    },

    async removeTries(key, names) {
      await table.update(TRIES + key, 'DELETE #tries :tries', {
        condition: 'attribute_exists(pk)',
        values: { ':tries': names },
      });
    },
  };
}
