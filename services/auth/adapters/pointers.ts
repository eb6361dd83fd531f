import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Pointer, PointerStore } from '../domain/ports.ts';
import { parseUserId, type UserId } from '../domain/user-id.ts';
import { DUE_INDEX, guarded, ifHeld, number, text } from './dynamodb.ts';

type Item = Record<string, AttributeValue>;

/** Users that one pointer names. */
const MAX_USERS = 100;
/** An item outlives what it is for by a day. */
const DAY_SECONDS = 24 * 60 * 60;
/** Each user is an attribute of its own, so that one update adds a user to an item that may not exist yet. */
const USER = 'user#';
const DUE = 'provider';

/** Pointers in the table of the users: one item each, by single-item updates alone. */
export function createPointerStore({
  db,
  tableName,
}: {
  db: DynamoDBClient;
  tableName: string;
}): PointerStore {
  const key = ({ kind, hash }: Pointer) => ({ pk: text(`${kind}#${hash}`) });
  const update = (
    pointer: Pointer,
    expression: string,
    condition: string,
    names: Record<string, string>,
    values: Item,
  ) =>
    ifHeld(
      db.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: key(pointer),
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeNames: names,
          ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );

  async function read(pointer: Pointer): Promise<Item> {
    const { Item: item } = await guarded(
      db.send(new GetItemCommand({ TableName: tableName, Key: key(pointer), ConsistentRead: true })),
    );
    return item ?? {};
  }

  /** Users without a session that could still live. */
  async function remove(pointer: Pointer, userId: UserId, expiresAtEpoch: number): Promise<void> {
    await update(
      pointer,
      'REMOVE #user',
      '#user = :end',
      { '#user': USER + userId },
      { ':end': number(expiresAtEpoch) },
    );
  }

  return {
    async join(pointer, userId, { issuedAtEpoch, expiresAtEpoch }, nowEpoch) {
      const names = { '#user': USER + userId };
      const values = { ':end': number(expiresAtEpoch) };
      const isOpen =
        pointer.kind === 'sid'
          ? { condition: 'attribute_not_exists(#mark)', values: {} }
          : {
              condition: '(attribute_not_exists(#mark) OR #mark < :iat)',
              values: { ':iat': number(issuedAtEpoch) },
            };
      const joined =
        (await update(
          pointer,
          'SET #user = :end, #ttl = :ttl',
          `attribute_not_exists(#due) AND ${isOpen.condition}`,
          { ...names, '#ttl': 'ttl', '#due': DUE_INDEX.partitionKey, '#mark': 'mark' },
          { ...values, ...isOpen.values, ':ttl': number(expiresAtEpoch + DAY_SECONDS) },
        )) ??
        // Whatever is still due must not be forgotten: no time to live then.
        (await update(
          pointer,
          'SET #user = :end',
          `attribute_exists(#due) AND ${isOpen.condition}`,
          { ...names, '#due': DUE_INDEX.partitionKey, '#mark': 'mark' },
          { ...values, ...isOpen.values },
        ));
      if (!joined) return 'ended';
      const users = usersOf(joined.Attributes ?? {});
      const past = users.filter(({ endEpoch }) => endEpoch <= nowEpoch);
      await Promise.all(past.map((user) => remove(pointer, user.userId, user.endEpoch)));
      if (users.length - past.length <= MAX_USERS) return 'joined';
      await remove(pointer, userId, expiresAtEpoch);
      return 'full';
    },

    async mark(pointer, { issuedAtEpoch }, nowEpoch) {
      const marked = await update(
        pointer,
        'SET #mark = :iat, #due = :kind, #at = :now REMOVE #ttl',
        'attribute_not_exists(#mark) OR #mark < :iat',
        { '#mark': 'mark', '#due': DUE_INDEX.partitionKey, '#at': DUE_INDEX.sortKey, '#ttl': 'ttl' },
        { ':iat': number(issuedAtEpoch), ':kind': text(DUE), ':now': number(nowEpoch) },
      );
      return parseItem(marked?.Attributes ?? (await read(pointer)));
    },

    async settle(pointer, { issuedAtEpoch }, nowEpoch) {
      await update(
        pointer,
        'SET #ttl = :ttl REMOVE #due, #at',
        '#mark = :iat AND attribute_exists(#due)',
        { '#mark': 'mark', '#due': DUE_INDEX.partitionKey, '#at': DUE_INDEX.sortKey, '#ttl': 'ttl' },
        // Sessions that began after the logout live no longer than this, and no ID token that it concerns does.
        { ':iat': number(issuedAtEpoch), ':ttl': number(nowEpoch + DAY_SECONDS) },
      );
    },

    async due(limit) {
      const { Items: items = [] } = await guarded(
        db.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: DUE_INDEX.name,
            KeyConditionExpression: '#due = :kind',
            ExpressionAttributeNames: { '#due': DUE_INDEX.partitionKey },
            ExpressionAttributeValues: { ':kind': text(DUE) },
            Limit: limit,
          }),
        ),
      );
      return items.map((item) => parsePointer(item['pk']?.S ?? ''));
    },

    async readDue(pointer) {
      const item = parseItem(await read(pointer));
      return item.isDue ? item : undefined;
    },
  };
}

function parsePointer(pk: string): Pointer {
  const [kind, hash = ''] = pk.split('#');
  return { kind: kind === 'sid' ? 'sid' : 'sub', hash };
}

function parseItem(item: Item) {
  return {
    mark: { issuedAtEpoch: Number(item['mark']?.N ?? 0) },
    isDue: item[DUE_INDEX.partitionKey] !== undefined,
    userIds: usersOf(item).map(({ userId }) => userId),
  };
}

function usersOf(item: Item): { userId: UserId; endEpoch: number }[] {
  return Object.entries(item)
    .filter(([name]) => name.startsWith(USER))
    .map(([name, value]) => ({ userId: parseUserId(name.slice(USER.length)), endEpoch: Number(value.N) }));
}
