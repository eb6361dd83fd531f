import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { ClockGuard, EdgeStore, LeaseStore, NumberStore, OnceStore, Stores } from '../domain/ports.ts';
import { guardedStores } from './clock-guard.ts';
import { createDueStore } from './due.ts';
import { createTable, type TablePlace } from './dynamodb.ts';
import { createLinkStore } from './links.ts';
import { createMoveStore } from './move-store.ts';
import { createPointerStore } from './pointers.ts';
import { createTeamStore } from './teams.ts';
import { createTokenStore } from './tokens.ts';
import { createUploadStore } from './upload-store.ts';
import { createUserStore } from './users.ts';

const LEASE_KEY = 'lease#edge';
const NUMBERS_KEY = 'numbers#teams';

/**
 * The lease of the edge's writer: one item in the table of the users. The item holds a random number, as text, and no
 * time. While nobody holds the lease, it holds the version of the edge's store.
 */
function createLeaseStore(place: TablePlace): LeaseStore {
  const table = createTable(place);

  return {
    read: async () => (await table.get(LEASE_KEY))?.['holder']?.S,

    async swap(expected, next, version) {
      const leaving =
        version === undefined ? 'REMOVE #holder, #version' : 'SET #version = :version REMOVE #holder';
      const change = next === undefined ? leaving : 'SET #holder = :next';
      const condition = expected === undefined ? 'attribute_not_exists(#holder)' : '#holder = :expected';
      const values = { ':expected': expected, ':next': next, ':version': version };
      const item = await table.update(LEASE_KEY, change, { condition, values });
      return item !== undefined && defined({ version: item['version']?.S });
    },
  };
}

/** The counter of the numbers of team starts: one item in the table of the users. */
function createNumberStore(place: TablePlace): NumberStore {
  const table = createTable(place);
  return {
    async next(last) {
      const condition = 'attribute_not_exists(#given) OR #given < :last';
      const values = { ':one': 1, ':last': last };
      const item = await table.update(NUMBERS_KEY, 'ADD #given :one', { condition, values });
      return item && Number(item['given']?.N);
    },

    async skip(count) {
      await table.update(NUMBERS_KEY, 'ADD #given :count', { values: { ':count': count } });
    },
  };
}

/** Remembers what was used once, in the table of the users. */
export function createOnceStore(place: TablePlace): OnceStore {
  const table = createTable(place);
  return {
    useOnce(hash, expiresAtEpoch) {
      // The client repeats a call if the answer was lost. The repeated call must not count as a second use.
      const usedBy = randomBytes(16).toString('base64url');
      return table.put(
        `used#${hash}`,
        { usedBy, ttl: expiresAtEpoch },
        { condition: 'attribute_not_exists(pk) OR usedBy = :by', values: { ':by': usedBy } },
      );
    },
  };
}

/** The stores of one process. While its clock is wrong, it writes no times (`guardedStores`). */
export function createStores(
  table: { db: DynamoDBClient; tableName: string },
  edge: EdgeStore,
  clockGuard: Pick<ClockGuard, 'check'>,
): Stores {
  const stores = {
    users: createUserStore(table),
    teams: createTeamStore(table),
    links: createLinkStore(table),
    numbers: createNumberStore(table),
    due: createDueStore(table),
    pointers: createPointerStore(table),
    tokens: createTokenStore(table),
    once: createOnceStore(table),
    uploads: createUploadStore(table),
    moves: createMoveStore(table),
    lease: createLeaseStore(table),
    edge,
  };
  return guardedStores(stores, clockGuard);
}
