import type { TokenStore } from '../domain/ports.ts';
import { createTable, type TablePlace } from './dynamodb.ts';

/**
 * The provider's tokens in the table of the users, one item for each session. `ttl` only cleans up: no code treats it
 * as an expiry.
 */
export function createTokenStore(place: TablePlace): TokenStore {
  const table = createTable(place);
  const key = (sessionId: string) => `tokens#${sessionId}`;

  return {
    async put(sessionId, sealed, expiresAtEpoch) {
      await table.put(key(sessionId), { sealed, ttl: expiresAtEpoch });
    },

    async read(sessionId) {
      const item = await table.get(key(sessionId));
      return item?.['ticket'] === undefined ? item?.['sealed']?.S : undefined;
    },

    async replace(sessionId, sealed) {
      const replaced = await table.update(key(sessionId), 'SET sealed = :sealed', {
        condition: 'attribute_exists(pk) AND attribute_not_exists(ticket)',
        values: { ':sealed': sealed },
      });
      return replaced !== undefined;
    },

    async turnIntoTicket(sessionId, ticketHash, expiresAtEpoch) {
      const ticket = await table.update(key(sessionId), 'SET ticket = :hash, #ttl = :ttl', {
        condition: 'attribute_exists(pk)',
        values: { ':hash': ticketHash, ':ttl': expiresAtEpoch },
      });
      return ticket !== undefined;
    },

    async take(sessionId, ticketHash, nowEpoch) {
      const terms = { condition: 'ticket = :hash', values: { ':hash': ticketHash } };
      const item = await table.delete(key(sessionId), terms);
      return Number(item?.['ttl']?.N) > nowEpoch ? item?.['sealed']?.S : undefined;
    },

    async delete(sessionId) {
      await table.delete(key(sessionId));
    },
  };
}
