import { promisify } from 'node:util';
import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { create, createKey } from 'dynalite/db/index.js';
import { createSessionStore } from '../../../services/auth/adapters/sessions.ts';
import { createUserStore } from '../../../services/auth/adapters/users.ts';
import { toEpochSeconds } from '../../../services/auth/domain/epoch-seconds.ts';
import { withCookieLifetime, withNextStart } from '../../../services/auth/domain/revocation.ts';
import {
  IDLE_LIFETIME_SECONDS,
  newSecretToken,
  SESSION_LIFETIME_SECONDS,
} from '../../../services/auth/domain/session.ts';
import { deriveUserId } from '../../../services/auth/domain/user-id.ts';
import { REGION } from '../../../services/local/state.ts';

type Item = Record<string, AttributeValue>;

const TABLE = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
};
const ITEMS_A_BATCH = 2_000;
const COOKIE_LIFETIME_SECONDS = 900;

/**
 * Sessions of a user each, as sign-ins leave them: items that the service's own adapters make, put into dynalite's store before
 * it is opened. Over HTTP, by 25 at once, a million would take six minutes.
 * @param directory of the local DynamoDB
 * @returns the values of the session cookies
 */
export async function seedSessions(directory: string, tableName: string, count: number): Promise<string[]> {
  const items: Item[] = [];
  const db = collectingClient(items);
  const sessions = createSessionStore({ db, tableName });
  const users = createUserStore({ db, tableName });
  const store = create({ path: directory });
  const itemDb = store.getItemDb(tableName);
  const batch = promisify(itemDb.batch);
  const write = async () => {
    const puts = items
      .splice(0)
      .map((value) => ({ type: 'put' as const, key: createKey(value, TABLE), value }));
    await batch(puts);
  };
  const tokens: string[] = [];
  for (let number = 0; number < count; number++) {
    const { token, hash } = newSecretToken();
    const nowEpoch = toEpochSeconds(Date.now());
    const userId = deriveUserId('growth', String(number));
    const { lastStart: start } = await users.update(userId, (known) => {
      const next = withNextStart(known, nowEpoch);
      return next && withCookieLifetime(next, COOKIE_LIFETIME_SECONDS);
    });
    await sessions.create(hash, {
      userId,
      start,
      expiresAtEpoch: nowEpoch + SESSION_LIFETIME_SECONDS,
      idleExpiresAtEpoch: nowEpoch + IDLE_LIFETIME_SECONDS,
      idToken: 'x'.repeat(800),
    });
    tokens.push(token);
    if (items.length >= ITEMS_A_BATCH) await write();
  }
  await write();
  await store.db.close();
  return tokens;
}

/** Knows no item, and keeps what it is told to put. */
function collectingClient(items: Item[]): DynamoDBClient {
  return Object.assign(new DynamoDBClient({ region: REGION }), {
    send: async ({ input }: { input: { Item?: Item } }) => {
      if (input.Item) items.push(input.Item);
      return {};
    },
  });
}
