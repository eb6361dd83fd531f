// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import type { Mutant } from '../../../support/mutants.ts';
import { mutants } from './mutants-in.ts';

/** Faults in what is asked of DynamoDB, the edge's store and the provider. */
export const ADAPTERS: readonly Mutant[] = [
  ...mutants('auth/adapters/token-mac.ts', 'auth/adapters/token-mac', [
    ['checks by the first secret only', 'keys.some((key) => isSame(', '[keys[0]].some((key) => isSame('],
    [
      'takes a MAC of any length',
      'one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))',
      'other.startsWith(one)',
    ],
    ['has the key of the sealer', "hkdfSync('sha256', secret, '', LABEL, 32)", 'new Uint8Array(secret)'],
  ]),
  ...mutants('auth/adapters/logout-token.ts', 'auth/adapters/logout-token', [
    [
      'takes an event that is null',
      "typeof value === 'object' && value !== null && ",
      "typeof value === 'object' && ",
    ],
    ['takes an event that is a list', ' && !Array.isArray(value)', ''],
    ['takes a token of any type', '!TYPES.includes(typ.toLowerCase())', "typ === ''"],
    ['takes a token for several clients', '[aud].flat().length === 1', '[aud].flat().length > 0'],
    ['takes a token for another party', 'azp === clientId;', "azp !== '';"],
    ['takes a token with a nonce', 'nonce === undefined &&', "nonce !== 'x' &&"],
  ]),
  ...mutants('auth/adapters/dynamodb.ts', 'auth/stores', [
    ['reads a value that may be old', '...place(pk), ConsistentRead: true', '...place(pk)'],
    ['takes an empty answer for no item', '$metadata.requestId === undefined', '$metadata === undefined'],
    ['takes an update without its item for a refusal', "send(update), 'Attributes'", 'send(update)'],
    ['takes a query without items for an end of work', "send(command), 'Items'", 'send(command)'],
    ['takes a scan without items for an empty table', "ScanCommand(scan)), 'Items'", 'ScanCommand(scan))'],
    ['writes without a condition', 'ConditionExpression: condition,', ''],
    [
      'takes a conflict for a failure',
      'cause instanceof ConditionalCheckFailedException',
      'cause === undefined',
    ],
  ]),
  ...mutants('auth/adapters/users.ts', 'auth/stores', [
    [
      'writes on any version',
      "condition: 'version = :read'",
      "condition: 'version = :read OR attribute_exists(pk)'",
    ],
    ['creates over an existing item', "{ condition: 'attribute_not_exists(pk)' }", '{}'],
    [
      'puts expired entries before changes that were not told',
      "if (told < changes) return due('untold'",
      "if (told > changes) return due('untold'",
    ],
  ]),
  ...mutants('auth/adapters/pointers.ts', 'auth/stores', [
    [
      'lets join in the second of a logout',
      "'(attribute_not_exists(#mark) OR #mark < :iat)'",
      "'(attribute_not_exists(#mark) OR #mark <= :iat)'",
    ],
    [
      'lets join a sid that has ended',
      "condition: 'attribute_not_exists(#mark)', values: {} }",
      "condition: 'attribute_not_exists(nothing) OR attribute_exists(#mark)', values: {} }",
    ],
    [
      'lets an older logout replace a later one',
      "'attribute_not_exists(#mark) OR #mark < :iat',",
      "'attribute_not_exists(#mark) OR #mark <> :iat',",
    ],
    ['names more than a hundred users', '<= MAX_USERS', '<= MAX_USERS + 1'],
    ['keeps users who have left', 'endEpoch <= nowEpoch', 'endEpoch <= 0'],
  ]),
  ...mutants('auth/adapters/tokens.ts', 'auth/stores', [
    [
      'takes a ticket for ever',
      "Number(item?.['ttl']?.N) > nowEpoch ?",
      'Number(item?.["ttl"]?.N) > 0 * nowEpoch ?',
    ],
    ['takes any ticket', "'ticket = :hash'", "'attribute_exists(pk) OR ticket = :hash'"],
    ['makes tickets of nothing', "'attribute_exists(pk)'", "'attribute_not_exists(nothing)'"],
  ]),
  ...mutants('auth/adapters/edge-store.ts', 'auth/stores', [
    [
      'takes a conflict for done',
      'if (error instanceof ConflictException) return false;',
      'if (error instanceof ConflictException) return { version: undefined };',
    ],
    [
      'deletes missing keys on any version',
      'return update(version, [], deletes);',
      'return update((await client.send(new DescribeKeyValueStoreCommand(store))).ETag ?? version, [], deletes);',
    ],
    [
      'fails for a key that does not exist',
      'deletes.length === 0 || !(error',
      'deletes.length >= 0 || !(error',
    ],
    [
      'writes on any version',
      'IfMatch: ifMatch, ...changes',
      'IfMatch: (await client.send(new DescribeKeyValueStoreCommand(store))).ETag ?? ifMatch, ...changes',
    ],
  ]),
  ...mutants('auth/adapters/edge-store.ts', 'auth/stores', [
    [
      'takes an answer from anybody',
      'if ($metadata.requestId === undefined)',
      'if (version === undefined && $metadata.requestId === undefined)',
    ],
    [
      'takes an answer without an ETag for a write',
      "if (!version) throw new Error('the KeyValueStore gave no ETag');",
      "if (version === null) throw new Error('the KeyValueStore gave no ETag');",
    ],
  ]),
  ...mutants('auth/adapters/edge-store.ts', 'auth/revocations/full-store', [
    [
      'takes a full store for one that is down',
      "if (error instanceof ServiceQuotaExceededException) throw new EdgeRefusal('full', { cause: error });",
      '',
    ],
  ]),
  ...mutants('auth/surroundings.ts', 'auth/adapters/key-value-store-client', [
    [
      'gives a write up with its connection',
      'createLazyEdgeStore({ ...keyValueStore, ...options, compareClock })',
      'createLazyEdgeStore({ ...keyValueStore, ...options, compareClock, maxAttempts: 1 })',
    ],
  ]),
  ...mutants('auth/adapters/dynamodb.ts', 'auth/stores', [
    ['reads one page of due work', 'while (from && picked.length < limit)', 'while (from && limit === 0)'],
  ]),
  ...mutants('auth/adapters/pointers.ts', 'auth/stores', [
    [
      "takes another deployment's item for a logout",
      "return kind === 'sid' || kind === 'sub' || kind === 'sub-without-sid' ? { kind, hash } : undefined;",
      "return { kind: kind === 'sid' ? 'sid' : 'sub', hash };",
    ],
  ]),
  ...mutants('auth/adapters/lease.ts', 'auth/stores', [
    ['takes a lease that is held', "{ condition: 'attribute_not_exists(pk)' }", '{}'],
    ['takes it from anybody', "'holder = :expected'", "'attribute_exists(pk) OR holder = :expected'"],
  ]),
  ...mutants('auth/adapters/record-format.ts', 'auth/sessions/lifetimes', [
    ['reads a newer format', 'if (format > FORMAT) {', 'if (format > FORMAT + 1) {'],
    ["forgets the provider's name of a session", 'session.sidHash ?? null', 'null'],
  ]),
  ...mutants('auth/adapters/logout-token.ts', 'auth/http/routes/sign-out', [
    ['takes an ID token', 'nonce === undefined && ', ''],
    ['takes any event', 'name === LOGOUT_EVENT &&', ''],
    ['takes an old token', 'maxTokenAge: MAX_AGE_SECONDS,', ''],
    ['takes a token for others', 'audience: clientId,', ''],
    ["takes another provider's token", '      issuer,\n      audience', '      audience'],
    ['takes a token for nobody', 'names.length > 0 && ', ''],
    ['takes a token without a name', '!isText(jti) || iat', 'jti === null || iat'],
  ]),
  ...mutants('auth/adapters/clock-comparison.ts', 'auth/adapters/clock-comparison', [
    ['hears no refusal of a store', "priority: 'low', ", "priority: 'high', "],
    [
      'takes the time of the answer for that of the request',
      'const sentAtMs = now();',
      'const sentAtMs = 0;',
    ],
  ]),
  ...mutants('auth/adapters/files.ts', 'auth/clocks', [
    ['signs uploads by a wrong clock', 'presign: by(presigner.presign)', 'presign: presigner.presign'],
    ['begins uploads by a wrong clock', 'create: by(multipart.create)', 'create: multipart.create'],
  ]),
  ...mutants('auth/adapters/discovery.ts', 'auth/adapters/discovery', [
    [
      'takes a slash at the end for nothing',
      'issuer.replace(/%[0-9a-f]{2}/gi,',
      "issuer.replace(/\\/$/, '').replace(/%[0-9a-f]{2}/gi,",
    ],
  ]),
  ...mutants('auth/main.ts', 'auth/main', [
    ['starts with another issuer', '  await compareIssuer(deps.identityProvider);\n', ''],
  ]),
];
