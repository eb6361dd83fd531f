import { statfsSync } from 'node:fs';
import { isRecord } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { create as createStore, type DynaliteStore, getIndexActions } from 'dynalite/db/index.js';
import { checkTypes, checkValidations } from 'dynalite/validations/index.js';
import { LocalSettingsError, MAKE_ROOM } from './settings.ts';
import type { Credentials } from './store/credentials.ts';
import { AwsError, diskFault } from './store/error.ts';
import type { LocalServer } from './store/http.ts';
import { createJsonApi } from './store/json-api.ts';
import type { Reserve } from './store/reserve.ts';

const LIMIT_BYTES = 16 * 1024 * 1024;
/** Free space that a write and a reopening may need. */
const ROOM_BYTES = 8_000_000;

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

/**
 * DynamoDB on this machine: dynalite behind a gate, because dynalite itself checks no signature. The gate refuses every
 * browser (any `Origin`), and every request without a valid signature of one of the credentials.
 */
export function createLocalDynamoDb(options: {
  /** The tables live here. */
  directory: string;
  region: string;
  credentials: Credentials[];
  /** Room for writes on a full disk. */
  reserve?: Pick<Reserve, 'give'>;
  now?: () => number;
}): LocalServer {
  const { directory, reserve, ...signed } = options;
  const engine = createEngine(directory, reserve);
  const server = createJsonApi({
    ...{ ...signed, name: 'database', service: 'dynamodb', limitBytes: LIMIT_BYTES },
    errors: {
      malformed: 'SerializationException',
      tooLarge: new AwsError(400, 'SerializationException', 'The request is too large.'),
      failed: 'InternalServerError',
    },
    async answer({ headers }, body) {
      const [, operation = ''] = String(headers['x-amz-target']).split('.');
      const answered = await engine.run(operation, JSON.parse(body.toString()));
      return { ...answered, headers: { 'content-type': 'application/x-amz-json-1.0' } };
    },
  });
  return {
    listen: async (...ports) => {
      await engine.open();
      return server.listen(...ports);
    },
    close: async () => {
      await server.close();
      await engine.close();
    },
  };
}

interface EngineAnswer {
  status: number;
  body: object;
}

interface Action {
  act(store: DynaliteStore, data: unknown, done: (error: unknown, output?: object) => void): void;
  types: unknown;
  custom: unknown;
}

/** The operations of dynalite, without its server: the server ends the process if the disk fails. */
function createEngine(directory: string, reserve?: Pick<Reserve, 'give'>) {
  let store = openStore(directory);
  const underWay = new Set<Promise<EngineAnswer>>();
  let isBroken = false;
  let mending: Promise<void> | undefined;

  /**
   * Reopens LevelDB after a failed write, once there is room. Otherwise LevelDB may write on behind a torn record, and
   * lose those writes at the next opening.
   */
  async function mend(): Promise<void> {
    const { bavail, bsize } = statfsSync(directory);
    if (bavail * bsize < ROOM_BYTES) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    await store.db.close();
    store = openStore(directory);
    await open(store, directory);
    isBroken = false;
  }

  async function answer(operation: string, input: unknown, isRepeated = false): Promise<EngineAnswer> {
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
      const fault = diskFault(error);
      if (reserve && isWrite && fault !== undefined && !isRepeated) {
        reserve.give();
        return answer(operation, input, true);
      }
      return refusal(500, 'InternalServerError', fault ?? 'The database has failed.');
    }
  }

  return {
    open: () => open(store, directory),
    /** @param operation such as `PutItem` */
    run(operation: string, input: unknown): Promise<EngineAnswer> {
      // The operation goes on if its client is gone. The store must not be closed meanwhile.
      const answered = answer(operation, input);
      underWay.add(answered);
      return answered.finally(() => underWay.delete(answered));
    },
    async close(): Promise<void> {
      await Promise.all(underWay);
      await store.db.close();
    },
  };
}

/** @throws LocalSettingsError if the files cannot be opened */
async function open(store: DynaliteStore, directory: string): Promise<void> {
  try {
    await store.db.open();
    await finishTables(store);
  } catch (error) {
    const { message = '' } = error instanceof Error && error.cause instanceof Error ? error.cause : {};
    const full = diskFault(error);
    const fault = full ? `${full}. ${MAKE_ROOM}` : `the database cannot be read (${message})`;
    throw new LocalSettingsError([`${directory}: ${fault}`]);
  }
}

/** Repairs what a kill leaves: a table that is not finished, and indexes that do not agree with the items. */
async function finishTables({ db }: DynaliteStore): Promise<void> {
  for await (const [key, table] of db.iterator(under('table'))) {
    const { TableName: name, GlobalSecondaryIndexes: indexes = [] } = table;
    if (table.TableStatus === 'CREATING') {
      for (const index of indexes) index.IndexStatus = 'ACTIVE';
      await db.put(key, { ...table, TableStatus: 'ACTIVE' });
    }
    const wanted = new Map<string, object>();
    for await (const [, stored] of db.iterator(under(`item-${name}`))) {
      const { puts } = getIndexActions(indexes, undefined, stored, table);
      for (const { index, key, item } of puts) wanted.set(`index-global~${name}~${index}~${key}`, item);
    }
    for await (const [key, entry] of db.iterator(under(`index-global~${name}`))) {
      if (!wanted.has(key)) await db.del(key);
      else if (JSON.stringify(entry) === JSON.stringify(wanted.get(key))) wanted.delete(key);
    }
    for (const [key, entry] of wanted) await db.put(key, entry);
  }
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
