import { statfsSync } from 'node:fs';
import {
  create as createStore,
  type DynaliteIndex,
  type DynaliteStore,
  type DynaliteTable,
  getIndexActions,
} from 'dynalite/db/index.js';
import { checkTypes, checkValidations } from 'dynalite/validations/index.js';
import { isRecord } from '../../edge/local/template/shape.ts';
import { LocalSettingsError } from './settings.ts';
import { diskFault } from './store/disk-fault.ts';

/** Free space that a write and a reopening may need. */
const ROOM_BYTES = 8 * 1_024 * 1_024;

const READS = [
  'BatchGetItem',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'Query',
  'Scan',
];
const WRITES = ['BatchWriteItem', 'CreateTable', 'DeleteItem', 'DeleteTable', 'PutItem', 'UpdateItem'];

export interface EngineAnswer {
  status: number;
  body: object;
}

export interface DynamoDbEngine {
  /** @throws LocalSettingsError if the files cannot be opened */
  open(): Promise<void>;
  /** @param operation such as `PutItem` */
  run(operation: string, input: unknown): Promise<EngineAnswer>;
  close(): Promise<void>;
}

interface Action {
  act(store: DynaliteStore, data: unknown, done: (error: unknown, output?: object) => void): void;
  types: unknown;
  custom: unknown;
}

/** The operations of dynalite, without its server: the server ends the process if the disk fails. */
export function createDynamoDbEngine(directory: string): DynamoDbEngine {
  let store = openStore(directory);
  const underWay = new Set<Promise<EngineAnswer>>();
  let isBroken = false;
  let mending: Promise<void> | undefined;

  async function open(): Promise<void> {
    try {
      await store.db.open();
      await finishTables();
    } catch (error) {
      const { message = '' } = error instanceof Error && error.cause instanceof Error ? error.cause : {};
      const fault = diskFault(error) ?? `the database cannot be read (${message})`;
      throw new LocalSettingsError([`${directory}: ${fault}`]);
    }
  }

  /** Repairs what a kill leaves: a table that is not finished, and indexes that do not agree with the items. */
  async function finishTables(): Promise<void> {
    for await (const [key, table] of store.db.iterator(under('table'))) {
      const [locals, globals] = [table.LocalSecondaryIndexes ?? [], table.GlobalSecondaryIndexes ?? []];
      if (table.TableStatus === 'CREATING') {
        for (const index of globals) index.IndexStatus = 'ACTIVE';
        await store.db.put(key, { ...table, TableStatus: 'ACTIVE' });
      }
      await mendIndexes(table, 'local', locals);
      await mendIndexes(table, 'global', globals);
    }
  }

  async function mendIndexes(table: DynaliteTable, type: string, indexes: DynaliteIndex[]): Promise<void> {
    if (indexes.length === 0) return;
    const prefix = `index-${type}~${table.TableName}`;
    const wanted = new Map<string, object>();
    for await (const [, stored] of store.db.iterator(under(`item-${table.TableName}`))) {
      const { puts } = getIndexActions(indexes, undefined, stored, table);
      for (const { index, key, item } of puts) wanted.set(`${prefix}~${index}~${key}`, item);
    }
    for await (const [key, entry] of store.db.iterator(under(prefix))) {
      if (!wanted.has(key)) await store.db.del(key);
      else if (JSON.stringify(entry) === JSON.stringify(wanted.get(key))) wanted.delete(key);
    }
    for (const [key, entry] of wanted) await store.db.put(key, entry);
  }

  /**
   * Reopens LevelDB after a failed write, once there is room. Otherwise LevelDB may write on behind a torn record, and
   * lose those writes at the next opening.
   */
  async function mend(): Promise<void> {
    const { bavail, bsize } = statfsSync(directory);
    if (bavail * bsize < ROOM_BYTES) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    await store.db.close();
    store = openStore(directory);
    await open();
    isBroken = false;
  }

  async function answer(operation: string, input: unknown): Promise<EngineAnswer> {
    const isWrite = WRITES.includes(operation);
    if (!isWrite && !READS.includes(operation)) return refusal(400, 'UnknownOperationException', operation);
    const { act, types, custom } = await loadAction(operation);
    try {
      if (isBroken && isWrite) mending ??= mend().finally(() => (mending = undefined));
      await mending;
      const data = checkTypes(input, types);
      checkValidations(data, types, custom, store);
      const body = await new Promise<object>((resolve, reject) => {
        act(store, data, (error, output = {}) => (error ? reject(error) : resolve(output)));
      });
      return { status: 200, body };
    } catch (error) {
      if (isRecord(error) && typeof error['statusCode'] === 'number' && isRecord(error['body'])) {
        return { status: error['statusCode'], body: error['body'] };
      }
      isBroken ||= isWrite;
      return refusal(500, 'InternalServerError', diskFault(error) ?? 'The database has failed.');
    }
  }

  return {
    open,
    run(operation, input) {
      // The operation goes on if its client is gone. The store must not be closed meanwhile.
      const answered = answer(operation, input);
      underWay.add(answered);
      return answered.finally(() => underWay.delete(answered));
    },
    async close() {
      await Promise.all(underWay);
      await store.db.close();
    },
  };
}

function openStore(path: string): DynaliteStore {
  return createStore({ path, createTableMs: 0, deleteTableMs: 0 });
}

function under(prefix: string): { gte: string; lt: string } {
  return { gte: `${prefix}~`, lt: `${prefix}~\uffff` };
}

function refusal(status: number, code: string, message: string): EngineAnswer {
  return { status, body: { __type: `com.amazon.coral.service#${code}`, message } };
}

/** @param operation one of READS and WRITES */
async function loadAction(operation: string): Promise<Action> {
  const file = `${operation.charAt(0).toLowerCase()}${operation.slice(1)}.js`;
  const [{ default: act }, { default: validation }] = await Promise.all([
    import(`dynalite/actions/${file}`),
    import(`dynalite/validations/${file}`),
  ]);
  return { act, types: validation.types, custom: validation.custom };
}
