import { promisify } from 'node:util';
import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { create, createKey } from 'dynalite/db/index.js';
import { toEpochSeconds } from '../../../core/epoch-seconds.ts';
import { SESSION_LIFETIME_SECONDS } from '../../../core/time-bounds.ts';
import { deriveUserId } from '../../../core/user-id.ts';
import { createTokenStore } from '../../../services/auth/adapters/tokens.ts';
import { createUserStore } from '../../../services/auth/adapters/users.ts';
import { withCookieLifetime, withSession } from '../../../services/auth/domain/live-sessions.ts';
import type { TokenMac } from '../../../services/auth/domain/secret-token.ts';
import { issueToken } from '../../../services/auth/domain/secret-token.ts';
import { newSessionId } from '../../../services/auth/domain/session.ts';
import { NEW_USER } from '../../../services/auth/domain/user-record.ts';
import { REGION } from '../../../services/local/state.ts';

type Item = Record<string, AttributeValue>;

const TABLE = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
};
const ITEMS_A_BATCH = 2_000;
const COOKIE_LIFETIME_SECONDS = 900;

/**
 * One session for each of many users, as sign-ins leave them. The service's own adapters make the items, and they go
 * into dynalite's store before it is opened. Over HTTP, 25 at once, a million items would take six minutes.
 * @param directory of the local DynamoDB
 * @returns the values of the session cookies
 */
export async function seedSessions(
  { directory, tableName }: { directory: string; tableName: string },
  count: number,
  tokenMac: TokenMac,
): Promise<string[]> {
  const items: Item[] = [];
  const db = collectingClient(items);
  const tokens = createTokenStore({ db, tableName });
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
  const cookies: string[] = [];
  for (let number = 0; number < count; number++) {
    const id = newSessionId();
    const now = toEpochSeconds(Date.now());
    const expiresAtEpoch = now + SESSION_LIFETIME_SECONDS;
    const userId = deriveUserId('growth', String(number));
    const { token, hash: tokenHash } = issueToken(tokenMac, 'session', userId);
    const subjectHash = 'x'.repeat(22);
    const session = {
      ...{ id, tokenHash, subjectHash, sidHash: subjectHash, expiresAtEpoch },
      ...{ createdAtEpoch: now, lastUsedAtEpoch: now, issuedAtEpoch: now },
    };
    const user = withSession(withCookieLifetime(NEW_USER, COOKIE_LIFETIME_SECONDS), session, now);
    if (!user) throw new Error('a first session has a start');
    await users.write(userId, 0, user);
    await tokens.put(id, 'x'.repeat(1_200), expiresAtEpoch);
    cookies.push(token);
    if (items.length >= ITEMS_A_BATCH) await write();
  }
  await write();
  await store.db.close();
  return cookies;
}

/** A client that finds no item, and collects every item that it is told to put. */
function collectingClient(items: Item[]): DynamoDBClient {
  return Object.assign(new DynamoDBClient({ region: REGION }), {
    send: async ({ input }: { input: { Item?: Item } }) => {
      if (input.Item) items.push(input.Item);
      return {};
    },
  });
}
