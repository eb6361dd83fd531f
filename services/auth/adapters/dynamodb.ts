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

/**
 * The sparse index of the work that is still to be done. The partition key is the kind of work and a part of the items
 * (`duePartition`); the sort key is the time since which it waits.
 */
export const DUE_INDEX = { name: 'due', partitionKey: 'due', sortKey: 'dueAt' };

/**
 * A partition takes 1,000 write units a second, and an index that is throttled makes the writes of the table fail
 * (certain, DynamoDB Developer Guide: bp-partition-key-design, gsi-throttling). So the items of one kind are spread.
 */
const PARTS = 16;

/** Where an item stands in the index. */
export function duePartition(kind: string, pk: string): string {
  return `${kind}#${(createHash('sha256').update(pk).digest()[0] ?? 0) % PARTS}`;
}

/** The items of a further page. The first page is as long as the list that was asked for. */
const PAGE_SIZE = 1_000;

export interface TablePlace {
  db: DynamoDBClient;
  tableName: string;
}

export type Item = Record<string, AttributeValue>;
/** A list becomes a set of strings, which DynamoDB wants not to be empty. */
type Values = Record<string, string | number | readonly string[] | undefined>;

/** The condition of a write, with its values. `#word` is the attribute `word`, unless `names` says another. */
interface Terms {
  condition?: string;
  names?: Record<string, string>;
  values?: Values;
}

/**
 * Calls to the one table, each for one item by its key. All calls throw GatewayError store_unavailable. A write returns
 * undefined if its condition does not hold.
 */
export function createTable({ db, tableName: TableName }: TablePlace) {
  const place = (pk: string) => ({ TableName, Key: { pk: { S: pk } } });
  const put = async (pk: string, values: Values, terms?: Terms): Promise<boolean> => {
    const item = toItem({ pk, ...values });
    const command = new PutItemCommand({ TableName, Item: item, ...expressions(terms) });
    return (await answerOf(db.send(command))) !== undefined;
  };

  return {
    put,

    /** The read is consistent: it sees every write that was answered before. */
    async get(pk: string): Promise<Item | undefined> {
      return (await answerOf(db.send(new GetItemCommand({ ...place(pk), ConsistentRead: true }))))?.Item;
    },

    /**
     * Puts an item if its version is still the one that was read, which is 0 if there was no item.
     * @returns false, with nothing written, if the version is another one by now. The same if too many writes came at
     *   once, and DynamoDB refused this one: the caller waits, and reads again
     */
    async putNext(pk: string, version: number, values: Values): Promise<boolean> {
      const terms =
        version === 0
          ? { condition: 'attribute_not_exists(pk)' }
          : { condition: 'version = :read', values: { ':read': version } };
      try {
        return await put(pk, { version: version + 1, ...values }, terms);
      } catch (error) {
        if (isThrottled(error)) return false;
        throw error;
      }
    },

    /** @returns the item after the update */
    async update(pk: string, expression: string, terms: Terms): Promise<Item | undefined> {
      const update = new UpdateItemCommand({
        ...place(pk),
        UpdateExpression: expression,
        ...expressions(terms, expression),
        ReturnValues: 'ALL_NEW',
      });
      return (await answerOf(db.send(update)))?.Attributes;
    },

    /** @returns the item as it was before, or an empty item if there was none */
    async delete(pk: string, terms?: Terms): Promise<Item | undefined> {
      const remove = new DeleteItemCommand({ ...place(pk), ...expressions(terms), ReturnValues: 'ALL_OLD' });
      const answer = await answerOf(db.send(remove));
      return answer && (answer.Attributes ?? {});
    },

    /**
     * The first items of one kind of work, those that have waited longest first.
     * @param parse makes a result of an item; undefined passes over the item
     * @param isPassedOver results that take no place in the list
     */
    async due<T>(
      { kind, untilEpoch = Number.MAX_SAFE_INTEGER }: { kind: string; untilEpoch?: number },
      limit: number,
      parse: (item: Item) => T | undefined,
      isPassedOver: (result: T) => boolean = () => false,
    ): Promise<T[]> {
      const pick = (item: Item) => {
        const result = parse(item);
        const atEpoch = Number(item[DUE_INDEX.sortKey]?.N);
        return result && !isPassedOver(result) ? { result, atEpoch } : undefined;
      };
      const KeyConditionExpression = '#due = :part AND #dueAt <= :until';
      const parts = Array.from({ length: PARTS }, (_, part) => {
        const values = { ':part': `${kind}#${part}`, ':until': untilEpoch };
        const terms = expressions({ values }, KeyConditionExpression);
        return pickFrom(db, { TableName, KeyConditionExpression, ...terms }, limit, pick);
      });
      const picked = (await Promise.all(parts)).flat();
      return picked
        .toSorted((one, other) => one.atEpoch - other.atEpoch)
        .slice(0, limit)
        .map(({ result }) => result);
    },

    /** The keys of the items that match a filter, page by page, in no order. It reads the whole table. */
    async *scan(FilterExpression: string, filter: Omit<Terms, 'condition'>): AsyncGenerator<string[]> {
      const terms = { ...expressions(filter, FilterExpression), ProjectionExpression: 'pk' };
      let from: Item | undefined;
      do {
        const scan = { TableName, ConsistentRead: true, FilterExpression, ...terms, ExclusiveStartKey: from };
        const page = await answerOf(db.send(new ScanCommand(scan)));
        yield (page?.Items ?? []).map(({ pk }) => pk?.S ?? '');
        from = page?.LastEvaluatedKey;
      } while (from);
    },
  };
}

/** The first results of a query of the index, page by page. */
async function pickFrom<T>(
  db: DynamoDBClient,
  query: QueryCommandInput,
  limit: number,
  pick: (item: Item) => T | undefined,
): Promise<T[]> {
  const picked: T[] = [];
  let from: Item | undefined;
  let pageSize = limit;
  do {
    const place = { Limit: pageSize, ExclusiveStartKey: from };
    const command = new QueryCommand({ ...query, IndexName: DUE_INDEX.name, ...place });
    const page = await answerOf(db.send(command));
    picked.push(...(page?.Items ?? []).flatMap((item) => pick(item) ?? []));
    from = page?.LastEvaluatedKey;
    pageSize = PAGE_SIZE;
  } while (from && picked.length < limit);
  return picked.slice(0, limit);
}

/** Whether DynamoDB takes no more calls for this item in this second. The SDK has already tried again by then. */
export function isThrottled(error: unknown): boolean {
  const cause = error instanceof GatewayError && error.cause;
  return cause instanceof ProvisionedThroughputExceededException || cause instanceof ThrottlingException;
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

export function expressions({ condition, names = {}, values = {} }: Terms = {}, expression = '') {
  const used = `${expression} ${condition}`.match(/#\w+/g) ?? [];
  return {
    ConditionExpression: condition,
    ExpressionAttributeNames: orNone(
      Object.fromEntries(used.map((name) => [name, names[name] ?? name.slice(1)])),
    ),
    ExpressionAttributeValues: orNone(toItem(values)),
  };
}

/** DynamoDB refuses an empty map. */
function orNone<T extends object>(map: T): T | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

export function toItem(values: Values): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) item[name] = toAttribute(value);
  return item;
}

function toAttribute(value: string | number | readonly string[]): AttributeValue {
  if (typeof value === 'number') return { N: String(value) };
  return typeof value === 'string' ? { S: value } : { SS: [...value] };
}
