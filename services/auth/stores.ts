import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { guardedStores } from './adapters/clock-guard.ts';
import { createLeaseStore } from './adapters/lease.ts';
import { createOnceStore } from './adapters/once.ts';
import { createPointerStore } from './adapters/pointers.ts';
import { createTokenStore } from './adapters/tokens.ts';
import { createUploadStore } from './adapters/upload-store.ts';
import { createUserStore } from './adapters/users.ts';
import type { UploadStore } from './domain/file-ports.ts';
import type {
  ClockGuard,
  EdgeStore,
  LeaseStore,
  OnceStore,
  PointerStore,
  TokenStore,
  UserStore,
} from './domain/ports.ts';

/**
 * Everything that is remembered between two requests, except files: one DynamoDB table, and the edge's KeyValueStore.
 */
export interface Stores {
  users: UserStore;
  pointers: PointerStore;
  tokens: TokenStore;
  once: OnceStore;
  uploads: UploadStore;
  lease: LeaseStore;
  edge: EdgeStore;
}

/** The stores of one process. While its clock is wrong, it writes no times (`guardedStores`). */
export function createStores(
  table: { db: DynamoDBClient; tableName: string },
  edge: EdgeStore,
  clockGuard: Pick<ClockGuard, 'check'>,
): Stores {
  const stores = {
    users: createUserStore(table),
    pointers: createPointerStore(table),
    tokens: createTokenStore(table),
    once: createOnceStore(table),
    uploads: createUploadStore(table),
    lease: createLeaseStore(table),
    edge,
  };
  return guardedStores(stores, clockGuard);
}
