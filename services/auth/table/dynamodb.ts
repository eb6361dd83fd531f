import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  ThrottlingException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { DUE_PARTITIONS, type DueKind, dueAtEpoch, FORMAT, parseItem, type Table } from './table.ts';

/**
 * The sparse index of the work that is still to be done. The sort key is the time at which it is tried, and `dueSince` the
 * time since which it waits.
 */
export const DUE_INDEX = { name: 'due', partitionKey: 'due', sortKey: 'dueAt', more: ['dueSince'] };

/** The partition of the index in which an item waits for this kind of work. */
export function duePartition(kind: DueKind, key: string): string {
  return `${kind}#${(createHash('sha256').update(key).digest()[0] ?? 0) % DUE_PARTITIONS[kind]}`;
}

/** The items of a further page. The first page is as long as the list that was asked for. */
const PAGE_SIZE = 1_000;

export interface TablePlace {
  db: DynamoDBClient;
  tableName: string;
  /** The attributes of a key. */
  keyOf?: (key: string) => Record<string, string>;
}

type Attributes = Record<string, AttributeValue>;
/** A list becomes a set of strings, which DynamoDB wants not to be empty. */
type Values = Record<string, string | number | readonly string[] | undefined>;

export function createTable(place: TablePlace): Table {
  const { db, tableName: TableName, keyOf = (pk: string) => ({ pk }) } = place;
  const at = (key: string) => ({ TableName, Key: attributesOf(keyOf(key)) });

  async function get(key: string): Promise<Attributes | undefined> {
    return (await answerOf(db.send(new GetItemCommand({ ...at(key), ConsistentRead: true }))))?.Item;
  }

  /** @returns the item after the update */
  async function update(key: string, UpdateExpression: string, condition: string, values: Values) {
    const command = new UpdateItemCommand({
      ...{ ...at(key), UpdateExpression, ConditionExpression: condition || undefined },
      ...expressions(`${UpdateExpression} ${condition}`, values),
      ReturnValues: 'ALL_NEW',
    });
    return (await answerOf(db.send(command)))?.Attributes;
  }

  return {
    async read(key) {
      const found = await get(key);
      return { item: found && parseAttributes(found), version: Number(found?.['version']?.N ?? 0) };
    },

    async write(key, version, item, { due, ttl } = {}) {
      const values = {
        ...{ ...keyOf(key), version: version + 1, json: JSON.stringify({ format: FORMAT, ...item }), ttl },
        [DUE_INDEX.partitionKey]: due && duePartition(due.kind, key),
        [DUE_INDEX.sortKey]: due && dueAtEpoch(due),
        dueSince: due?.sinceEpoch,
      };
      const put = { TableName, Item: attributesOf(values), ...ifVersion(version) };
      return falseIfThrottled(async () => (await answerOf(db.send(new PutItemCommand(put)))) !== undefined);
    },

    async remove(key, version) {
      const condition = version === undefined ? {} : ifVersion(version);
      return (await answerOf(db.send(new DeleteItemCommand({ ...at(key), ...condition })))) !== undefined;
    },

    async add(key, amounts, { most = {}, ttl } = {}) {
      const names = Object.keys(amounts);
      const room = Object.entries(most).map(([name, count]) => [name, count - (amounts[name] ?? 0)] as const);
      if (room.some(([, left]) => left < 0)) return undefined;
      const added = `ADD ${names.map((name) => `#${name} :${name}`).join(', ')}`;
      const found = await update(
        key,
        ttl === undefined ? added : `${added} SET #ttl = :ttl`,
        room.map(([name]) => `(attribute_not_exists(#${name}) OR #${name} <= :${name}Room)`).join(' AND '),
        {
          ...Object.fromEntries(names.map((name) => [`:${name}`, amounts[name]])),
          ...Object.fromEntries(room.map(([name, left]) => [`:${name}Room`, left])),
          ':ttl': ttl,
        },
      );
      return found && parseAttributes(found);
    },

    addName: (key, name, { most, ttl }) =>
      falseIfThrottled(async () => {
        const condition = 'attribute_not_exists(#names) OR size(#names) < :most';
        const values = { ':name': [name], ':most': most, ':ttl': ttl };
        return (await update(key, 'ADD #names :name SET #ttl = :ttl', condition, values)) !== undefined;
      }),

    async removeNames(key, names) {
      await update(key, 'DELETE #names :names', 'attribute_exists(#names)', { ':names': names });
    },

    names: async (key) => (await get(key))?.['names']?.SS ?? [],

    async due(kind, limit, { untilEpoch = Number.MAX_SAFE_INTEGER, isPassedOver = () => false } = {}) {
      const KeyConditionExpression = '#due = :part AND #dueAt <= :until';
      const pick = ({ pk, dueAt, dueSince }: Attributes) => {
        const [key, sinceEpoch] = [pk?.S ?? '', Number(dueSince?.N ?? 0)];
        return isPassedOver(key) ? undefined : { item: { key, sinceEpoch }, at: Number(dueAt?.N) };
      };
      const parts = Array.from({ length: DUE_PARTITIONS[kind] }, (_, part) => {
        const terms = expressions(KeyConditionExpression, {
          ...{ ':part': `${kind}#${part}`, ':until': untilEpoch },
        });
        const query = { TableName, IndexName: DUE_INDEX.name, KeyConditionExpression, ...terms };
        return pickFrom(db, query, limit, pick);
      });
      const picked = (await Promise.all(parts)).flat();
      return picked
        .toSorted((one, other) => one.at - other.at)
        .slice(0, limit)
        .map(({ item }) => item);
    },

    async retryAt(key, kind, atEpoch) {
      const values = { ':at': atEpoch, ':place': duePartition(kind, key) };
      await update(key, 'SET #dueAt = :at', '#due = :place', values);
    },

    async *scan() {
      let from: Attributes | undefined;
      do {
        const scan = { TableName, ConsistentRead: true, ExclusiveStartKey: from };
        const page = await answerOf(db.send(new ScanCommand(scan)));
        yield (page?.Items ?? []).map((found) => ({ key: found['pk']?.S ?? '', item: rawItemOf(found) }));
        from = page?.LastEvaluatedKey;
      } while (from);
    },
  };
}

/** The items of a query page by page, until enough were picked. */
async function pickFrom<T>(
  db: DynamoDBClient,
  query: QueryCommandInput,
  limit: number,
  pick: (found: Attributes) => T | undefined,
): Promise<T[]> {
  const picked: T[] = [];
  let from: Attributes | undefined;
  let pageSize = limit;
  do {
    const page = await answerOf(
      db.send(new QueryCommand({ ...query, Limit: pageSize, ExclusiveStartKey: from })),
    );
    picked.push(...(page?.Items ?? []).flatMap((found) => pick(found) ?? []));
    from = page?.LastEvaluatedKey;
    pageSize = PAGE_SIZE;
  } while (from && picked.length < limit);
  return picked.slice(0, limit);
}

export function parseAttributes<T extends object>(found: Attributes): T {
  return parseItem(rawItemOf(found));
}

/** What `write` or `add` has written. */
function rawItemOf<T extends object>({ json, ...others }: Attributes): T {
  if (json?.S !== undefined) return JSON.parse(json.S);
  const counters = Object.entries(others).flatMap(([name, { N }]) =>
    N === undefined ? [] : [[name, Number(N)]],
  );
  return Object.fromEntries(counters);
}

function ifVersion(version: number) {
  return version === 0
    ? { ConditionExpression: 'attribute_not_exists(version)' }
    : {
        ConditionExpression: 'version = :read',
        ExpressionAttributeValues: attributesOf({ ':read': version }),
      };
}

/** Whether DynamoDB takes no more calls for this item in this second. The SDK has already tried again by then. */
async function falseIfThrottled(write: () => Promise<boolean>): Promise<boolean> {
  try {
    return await write();
  } catch (error) {
    const cause = error instanceof GatewayError && error.cause;
    if (cause instanceof ProvisionedThroughputExceededException || cause instanceof ThrottlingException)
      return false;
    throw error;
  }
}

/**
 * Undefined if the condition of a write does not hold.
 * @throws GatewayError store_unavailable
 */
export async function answerOf<T extends { $metadata: { requestId?: string | undefined } }>(
  call: Promise<T>,
): Promise<T | undefined> {
  try {
    const answer = await call;
    // An answer of 200 that is not from DynamoDB must not look like a missing item, which would be a sign-out.
    if (answer.$metadata.requestId === undefined) throw new Error('the answer is not from DynamoDB');
    return answer;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return undefined;
    throw new GatewayError('store_unavailable', { cause });
  }
}

/** `#word` stands for the attribute `word`: many short names are reserved words of DynamoDB. */
export function expressions(text: string, values: Values) {
  const names = Object.fromEntries((text.match(/#\w+/g) ?? []).map((name) => [name, name.slice(1)]));
  return {
    ExpressionAttributeNames: orNone(names),
    ExpressionAttributeValues: orNone(attributesOf(values)),
  };
}

/** DynamoDB refuses an empty map. */
function orNone<T extends object>(map: T): T | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

export function attributesOf(values: Values): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'number') attributes[name] = { N: String(value) };
    else if (typeof value === 'string') attributes[name] = { S: value };
    else if (value) attributes[name] = { SS: [...value] };
  }
  return attributes;
}
