// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { type Mutant, mutantsOf } from '../../support/mutants.ts';

type Changes = Parameters<typeof mutantsOf>[2];

/** @param killedBy the test's path below `test/services/`, without its ending */
function mutants(file: string, killedBy: string, changes: Changes): Mutant[] {
  return mutantsOf(`services/${file}`, `test/services/${killedBy}.test.ts`, changes);
}

/** Faults in sessions, sign-in and revocation. */
export const MUTANTS: readonly Mutant[] = [
  ...mutants('auth/sessions/begin.ts', 'auth/model', [
    [
      'begins on whatever version it finds',
      'if (await users.write(userId, known.version, user)) {',
      'if (await users.write(userId, (await users.read(userId)).version, user)) {',
    ],
    ['begins although the provider has ended it', "joined.includes('ended')", "joined.includes('none')"],
    [
      'notes no cookie lifetime',
      'withCookieLifetime(user, deps.cookieLifetimeSeconds);\n    const begun',
      'user;\n    const begun',
    ],
  ]),
  ...mutants('auth/sessions/begin.ts', 'auth/interleavings', [
    [
      'accepts an ID token of the very second of a logout',
      'issuedAtEpoch <= loggedOutAtEpoch',
      'issuedAtEpoch < loggedOutAtEpoch',
    ],
    ["forgets the provider's name of the session", '{ sidHash: sid.hash }', '{}'],
    ['begins although the pointer is full', "joined.includes('full')", "joined.includes('none')"],
  ]),
  ...mutants('auth/sessions/begin.ts', 'auth/sessions', [
    ['begins twice after a lost answer', 'if (landed) return', 'if (landed && attempt < 0) return'],
    [
      'gives an id to a second subject',
      'owner !== undefined && owner !== subjectHash',
      'owner === subjectHash + 1',
    ],
    [
      'begins although all have been signed out',
      'signedOut.through > floorAtFirst',
      'signedOut.through < floorAtFirst',
    ],
    [
      'does not tell the edge of an eviction',
      'const isEvicting = user.changes > known.user.changes;',
      'const isEvicting = false;',
    ],
  ]),
  ...mutants('auth/sessions/end.ts', 'auth/http/routes/sign-out', [
    ['ends all in place of one', '(session) => session.id === id', '() => true'],
  ]),
  ...mutants('auth/sessions/end.ts', 'auth/interleavings', [
    ['denies an end if the answer was lost', 'isThere ||= without', 'isThere = without'],
    ['makes a ticket that is good for ever', 'const TICKET_SECONDS = 60;', 'const TICKET_SECONDS = 10 ** 9;'],
    [
      'leaves the tokens of other sessions',
      'Promise.all(others.map((id) => dropTokens(deps, id)))',
      'Promise.resolve()',
    ],
    [
      'leaves the tokens of a session',
      'const dropped = dropTokens(deps, id);',
      'const dropped = Promise.resolve();',
    ],
    ['takes any ticket', 'hashToken(secret)', 'hashToken(secret) && "x"'],
  ]),
  ...mutants('auth/sessions/end.ts', 'auth/sessions', [
    [
      'does not revoke a start that is given during a logout',
      'const isIt = ({ id }: { id: string }) => id === session.id;',
      'const isIt = ({ start }: { id: string; start: number }) => start === session.start;',
    ],
  ]),
  ...mutants('auth/sessions/end-at-provider.ts', 'auth/model', [
    [
      'raises no version if nothing ends',
      'const note = (user: UserRecord) => ({ ...user });',
      'const note = (_user: UserRecord) => undefined;',
    ],
    [
      'settles before the records are written',
      'return isDue ? finish(',
      'await deps.pointers.settle(pointer, mark, nowEpoch(deps));\n  return isDue ? finish(',
    ],
    ['never settles', '.settle(pointer, mark, nowEpoch(deps));', '.readDue(pointer).then(() => {});'],
    ['does not end sessions of the same second', '<= mark.issuedAtEpoch', '< mark.issuedAtEpoch'],
    [
      'ends sessions that began later',
      '&& session.issuedAtEpoch <= mark.issuedAtEpoch',
      '&& session.issuedAtEpoch <= mark.issuedAtEpoch + 9',
    ],
    [
      'finishes nothing that was cut off',
      'if (due) await finish(',
      'if (due && deps.clock.now() < 0) await finish(',
    ],
    ['does not note a logout of a subject', 'issuedAtEpoch > user.loggedOutAtEpoch ?', 'issuedAtEpoch < 0 ?'],
  ]),
  ...mutants('auth/sessions/end-at-provider.ts', 'auth/interleavings', [
    [
      'lets an older logout replace a later one',
      'issuedAtEpoch > user.loggedOutAtEpoch ?',
      'issuedAtEpoch > 0 ?',
    ],
  ]),
  ...mutants('auth/records/change-record.ts', 'auth/interleavings', [
    [
      'ignores how late it writes',
      'if (deps.clock.now() - madeAtMs < MAX_LATE_MS) return undefined;',
      'if (madeAtMs > 0) return undefined;',
    ],
  ]),
  ...mutants('auth/sessions/renew.ts', 'auth/sessions', [
    [
      'creates a deleted session anew',
      "if (!own) throw new GatewayError('no_session');\n    let changed = withCookieLifetime(user, deps.cookieLifetimeSeconds);",
      'if (!own) return { ...user, sessions: [...user.sessions, session] };\n    let changed = withCookieLifetime(user, deps.cookieLifetimeSeconds);',
    ],
    [
      'writes on whatever version it finds',
      'const writing = changeRecord(deps, userId, change, known);',
      'const writing = (async () => {\n    const by = change(known.user) ?? known.user;\n    await deps.users.write(userId, (await deps.users.read(userId)).version, by);\n    return by;\n  })();',
    ],
    [
      'does not note a longer cookie lifetime',
      'known.user.longestCookieSeconds < deps.cookieLifetimeSeconds;',
      'false;',
    ],
    [
      'keeps an idle session alive in the background',
      'const { userId, session, known, readAtEpoch } = current;',
      'const { userId, session, known, readAtEpoch } = current;\n  isBackground = false;',
    ],
    [
      'takes a failed write for a session that has ended',
      'throw error;\n    return undefined;',
      "throw error;\n    throw new GatewayError('no_session');",
    ],
    [
      'gives no new start to an overtaken session',
      'isOvertaken(known.user, session.start, readAtEpoch) ||',
      'false ||',
    ],
  ]),
  ...mutants('auth/sessions/sessions.ts', 'auth/sessions', [
    [
      'takes the time after the read',
      'const readAtEpoch = nowEpoch(deps);\n      const known = await deps.users.read(token.userId);',
      'const known = await deps.users.read(token.userId);\n      const readAtEpoch = nowEpoch(deps);',
    ],
  ]),
  ...mutants('auth/sessions/pointers.ts', 'auth/interleavings', [
    ['tells issuers not apart', '`${issuer}\\0${value}`', 'value || issuer.length.toString()'],
  ]),
  ...mutants('auth/records/change-record.ts', 'auth/model', [
    [
      'writes on a newer version than it read',
      'known.version, changed',
      '(await users.read(userId)).version, changed',
    ],
    [
      'says done without writing',
      'if (await users.write(userId, known.version, changed)) {',
      'if ((await users.write(userId, known.version, changed)) || true) {',
    ],
  ]),
  ...mutants('auth/revocations/edge-writer.ts', 'auth/model', [
    [
      'never notes that the edge was told',
      'withEdgeTold(known, changes, atEpoch)',
      'withEdgeTold(known, known.told, atEpoch)',
    ],
  ]),
  ...mutants('auth/revocations/edge-writer.ts', 'auth/model.full', [
    [
      'reads the version after the records',
      'const answer = await edge.write(version, entries);',
      'version = (await edge.describe()).version;\n    const answer = await edge.write(version, entries);',
    ],
    [
      'writes on any version',
      'const answer = await edge.write(version, entries);',
      'let answer = await edge.write(version, entries);\n    while (answer === false) answer = await edge.write((await edge.describe()).version, entries);',
    ],
    [
      'notes that changes made meanwhile were told',
      'withEdgeTold(known, changes, atEpoch)',
      'withEdgeTold(known, known.changes, atEpoch)',
    ],
  ]),
  ...mutants('auth/revocations/edge-writer.ts', 'auth/interleavings', [
    [
      'notes told although there was a conflict',
      'conflicts++;\n',
      'conflicts++;\n      await Promise.all(due.map(({ userId, read }) => noteTold(userId, read, atEpoch)));\n',
    ],
  ]),
  ...mutants('auth/revocations/edge-teller.ts', 'auth/model', [
    ['says told although it is not', 'if (known >= change)', 'if (known <= change)'],
  ]),
  ...mutants('auth/shares/shares.ts', 'auth/http/routes/shares', [
    [
      'shares for a session that has ended',
      'if (!findSession(user, session.tokenHash, nowEpoch(deps)))',
      'if (findSession(user, "x", 0))',
    ],
    ['keeps a share that was not signed', 'withoutShare(user, id)', '(id > 0 ? undefined : user)'],
  ]),
  ...mutants('auth/domain/live-sessions.ts', 'auth/domain/live-sessions', [
    ['finds a session that was signed out', ' && !isSignedOut(user, session.start)', ''],
    ['finds a session that is over', 'session && isLive(session, nowEpoch) &&', 'session &&'],
    [
      'finds a session by another token',
      'known.tokenHash === tokenHash',
      "known.tokenHash !== '' || tokenHash === ''",
    ],
    [
      'ends the session used last',
      'a.lastUsedAtEpoch - b.lastUsedAtEpoch',
      'b.lastUsedAtEpoch - a.lastUsedAtEpoch',
    ],
    ['allows one session too many', 'live.length - MAX_SESSIONS + 1', 'live.length - MAX_SESSIONS'],
    ['evicts without revoking', 'return starts.length === 0 ? begun :', 'return starts.length < 9 ? begun :'],
    [
      'ends without revoking',
      'return withRevokedStarts({ ...user, sessions }, starts, nowEpoch);',
      'return { ...user, sessions, changes: user.changes + starts.length * 0 + nowEpoch * 0 };',
    ],
    ['keeps sessions when all end', 'sessions: [] }', 'sessions: user.sessions }'],
    [
      'keeps shares when all end',
      'withSharesRevoked(withStartsRevoked(user, nowEpoch), nowEpoch)',
      'withStartsRevoked(user, nowEpoch)',
    ],
    ['lowers a cookie lifetime', 'seconds > user.longestCookieSeconds ?', 'seconds > 0 ?'],
    ['changes every session', 'session.id === id ?', 'session.id >= id ?'],
    [
      'leaves the start before',
      'return withRevokedStarts(restarted, [session.start], nowEpoch);',
      'return restarted;',
    ],
  ]),
  ...mutants('auth/domain/revocation-entry.ts', 'auth/domain/revocation-entry', [
    ['forgets the clocks’ difference', 'longestCookieSeconds + CLOCK_SKEW_SECONDS', 'longestCookieSeconds'],
    [
      'forgets cookies without a session',
      'Math.max(user.longestCookieSeconds, MAX_COOKIE_SECONDS)',
      'user.longestCookieSeconds',
    ],
    ['revokes a start twice', '!starts.includes(number)', 'number > 0'],
    ['leaves the highest start', 'start <= user.signedOut.through', 'start < user.signedOut.through'],
    [
      'does not raise the floor over starts that do not fit',
      'floor = higher(floor, { through: lowest?.number ?? 0,',
      'floor = higher(floor, { through: (lowest?.number ?? 0) * 0,',
    ],
    ['lets entries grow', 'const MAX_ENTRY_BYTES = 1_024;', 'const MAX_ENTRY_BYTES = 2_024;'],
    ['takes shares for sessions', 'shares: user.revokedShares.map', 'shares: user.revokedStarts.map'],
    [
      'forgets a floor',
      'sessionFloor: Math.max(open(user.signedOut), open(user.overtaken))',
      'sessionFloor: open(user.signedOut)',
    ],
  ]),
  ...mutants('auth/domain/revocation-entry.ts', 'auth/model', [
    ['does not count a change', 'changes: user.changes + 1', 'changes: user.changes'],
    ['lowers what was told', 'Math.max(rest.told, changes)', 'changes - 1'],
    ['never removes an entry', '?? Number.POSITIVE_INFINITY) <= nowEpoch', '?? 0) < 0'],
  ]),
  ...mutants('auth/domain/session.ts', 'auth/sessions', [
    [
      'knows no idle lifetime',
      'Math.min(session.expiresAtEpoch, session.lastUsedAtEpoch + IDLE_LIFETIME_SECONDS)',
      'session.expiresAtEpoch',
    ],
    [
      'knows no absolute lifetime',
      'Math.min(session.expiresAtEpoch, session.lastUsedAtEpoch + IDLE_LIFETIME_SECONDS)',
      'session.lastUsedAtEpoch + IDLE_LIFETIME_SECONDS',
    ],
    ['takes longer secrets', '{43})$/.exec', '{43})/.exec'],
    [
      'keeps the secret itself',
      "createHash('sha256').update(token).digest('base64url')",
      'token || createHash("sha256").digest("hex")',
    ],
    [
      'writes each use',
      'nowEpoch - session.lastUsedAtEpoch >= TOUCH_INTERVAL_SECONDS',
      'nowEpoch - session.lastUsedAtEpoch >= 0',
    ],
    ['keeps all of a user agent', 'rawUserAgent, MAX_USER_AGENT_BYTES', 'rawUserAgent, Infinity'],
  ]),
  ...mutants('auth/domain/login.ts', 'auth/domain/domain', [
    [
      'drops the newest login',
      '(a.transaction?.expiresAtEpoch ?? 0) - (b.transaction?.expiresAtEpoch ?? 0)',
      '(b.transaction?.expiresAtEpoch ?? 0) - (a.transaction?.expiresAtEpoch ?? 0)',
    ],
    ['keeps one login too many', 'logins.length - MAX_LOGINS + 1', 'logins.length - MAX_LOGINS'],
  ]),
  ...mutants('auth/domain/allow-rule.ts', 'auth/allow-rule', [
    [
      'takes a@evil@example.com',
      "const [localPart, domain, ...rest] = email.toLowerCase().split('@');",
      "const [localPart, ...rest] = email.toLowerCase().split('@');\n    const domain = rest.pop();\n    rest.length = 0;",
    ],
    ['takes a@example.com@evil', ' && rest.length === 0', ''],
    ['takes an address that is not verified', "(verified !== true && verified !== 'true')", 'verified === 1'],
    ['takes an address without a name', 'Boolean(localPart) && ', ''],
    ['takes one value for a part of another', 'held === rule.value', 'String(held).includes(rule.value)'],
  ]),
  ...mutants('auth/domain/user-id.ts', 'auth/domain/domain', [
    ['puts nothing between issuer and subject', ".update('\\0')", ''],
    ['takes a value that could be a derived id', ' && !DERIVED.test(rawValue)', ''],
    ['takes any id', "typeof rawId !== 'string' || !isUserId(rawId)", "typeof rawId !== 'string'"],
  ]),
  ...mutants('auth/domain/user-id.ts', 'auth/login', [
    ['takes longer subjects', '{1,255}', '{1,256}'],
    ['takes subjects beyond ASCII', '[\\x20-\\x7e]{1,255}', '[^]{1,255}'],
  ]),
  ...mutants('auth/http/routes/callback.ts', 'auth/login', [
    ['takes a transaction twice', 'if (!isFirst)', 'if (!isFirst && expiresAtEpoch < 0)'],
    ['takes a transaction that has expired', 'expiresAtEpoch > nowEpoch(deps) &&', ''],
    [
      'leaves the session that was there',
      'previous && (await deps.sessions.end(previous))',
      'previous && undefined',
    ],
    ["leaves others' cookies", 'clearFilesCookies(request, reply, deps, userId);', ''],
  ]),
  ...mutants('auth/http/routes/callback.ts', 'auth/http/routes/sign-out', [
    [
      'sets the session cookie before the last step that can fail',
      'clearFilesCookies(request, reply, deps, userId);',
      'clearFilesCookies(request, reply, deps, userId);\n  setSessionCookie(reply, token);',
    ],
  ]),
  ...mutants('auth/http/routes/callback.ts', 'auth/allow-rule', [
    [
      'asks no rule',
      'config.allowRule && !isAllowed',
      'config.allowRule && isAllowed.length < 0 && !isAllowed',
    ],
  ]),
  ...mutants('auth/http/routes/logout.ts', 'auth/http/routes/sign-out', [
    ['signs out another account than is shown', 'if (current) checkShownUser(request, current);', ''],
    [
      'signs out one session although all are meant',
      'deps.sessions.endAll(current.userId, current)',
      'deps.sessions.end(current)',
    ],
  ]),
  ...mutants('auth/http/routes/refresh.ts', 'auth/sessions', [
    ['clears cookies although the store fails', 'if (isOver && token)', 'if (token)'],
    ['clears nothing although the session is over', 'if (isOver && token)', 'if (!isOver && token)'],
  ]),
  ...mutants('auth/http/routes/backchannel-logout.ts', 'auth/http/routes/sign-out', [
    [
      'uses a token up before the sessions have ended',
      'const ended = await deps.sessions.endAtProvider(token);',
      'await deps.once.useOnce(hashToken(`${token.issuer}\\0${token.jti}`), 10 ** 10);\n      const ended = await deps.sessions.endAtProvider(token);',
    ],
    ['takes a token twice', 'if (!(await deps.once.useOnce(', 'if (false && !(await deps.once.useOnce('],
  ]),
  ...mutants('auth/http/routes/sessions.ts', 'auth/http/routes/sign-out', [
    ['calls every session the current one', 'current: id === current.id', 'current: id !== ""'],
    ['clears cookies when another session ends', 'if (id === session.id) {', 'if (id !== "") {'],
    [
      'says ended if there was none',
      "if (!ended) throw new GatewayError('no_such_session');\n      await ended.edge;",
      'await ended?.edge;',
    ],
  ]),
  ...mutants('auth/http/routes/end-session.ts', 'auth/http/routes/sign-out', [
    ['takes any state', 'expected === hashToken(state)', 'expected !== hashToken("")'],
    [
      'accepts a missing state from a browser that never left for the provider',
      'expected !== undefined &&',
      'true &&',
    ],
    ['takes two states', 'more.length === 0 &&', 'true &&'],
  ]),
  ...mutants('auth/http/plugins/signed-in.ts', 'auth/http/routes/sign-out', [
    ['acts for one user although another is shown', '    checkShownUser(request, session);\n', ''],
    [
      'takes the first of two names',
      'shown !== undefined && shown !== userId',
      'shown !== undefined && !String(shown).includes(userId)',
    ],
  ]),
  ...mutants('auth/adapters/dynamodb.ts', 'auth/stores', [
    ['reads a value that may be old', '...place(pk), ConsistentRead: true', '...place(pk)'],
    ['takes an empty answer for no item', '$metadata.requestId === undefined', '$metadata === undefined'],
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
      'deletes one after the other on any version',
      'Key, IfMatch: version }',
      'Key, IfMatch: (await client.send(new DescribeKeyValueStoreCommand(store))).ETag ?? version }',
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
  ...mutants('auth/adapters/lease.ts', 'auth/stores', [
    ['takes a lease that is held', "{ condition: 'attribute_not_exists(pk)' }", '{}'],
    ['takes it from anybody', "'holder = :expected'", "'attribute_exists(pk) OR holder = :expected'"],
  ]),
  ...mutants('auth/sessions/recheck.ts', 'auth/recheck-interleavings', [
    [
      'takes any claim for its own',
      'own?.recheck?.asking?.number === asking.number ? own : undefined',
      'own',
    ],
    ['keeps no new token', 'if (await tokens.replace(session.id, sealed)) return true;', 'return true;'],
    [
      'leaves the token of an ended session',
      'await provider.revoke(refreshToken.value)',
      'await Promise.resolve()',
    ],
    ['sends the token at any time', 'askedAtMs + limits.recheckMs', 'Number.POSITIVE_INFINITY'],
    [
      'gives back the claim of a question under way',
      'if (!isUsed && clock.now() - askedAtMs < limits.askMs) {',
      'if (askedAtMs > 0) {',
    ],
    [
      'writes the new token last',
      "    if (!(await keep(before, answer))) return { outcome: 'passed_over' };\n",
      '',
    ],
    [
      'ends by an answer that does not count any more',
      'const own = claimed(before);',
      'const own = findSession(before, session.tokenHash, nowEpoch(deps));',
    ],
  ]),
  ...mutants('auth/sessions/recheck.ts', 'auth/recheck', [
    ['goes on after invalid_grant', "return await end('invalid_grant')", "return { outcome: 'alive' }"],
    ['asks no rule', 'if (allowRule && subjects', 'if (allowRule && subjects.length > 9 && subjects'],
    ['takes another person', '.hash !== session.subjectHash', ".hash === ''"],
    ['waits as long as the answer takes', 'within(clock, limits.recheckMs,', 'within(clock, 60_000,'],
    ['ends by a failure', "return { outcome: 'failed' };", "return { outcome: 'ended' };"],
  ]),
  ...mutants('auth/domain/session.ts', 'auth/recheck-interleavings', [
    ['asks although another process is asking', 'return !isAsked && ', 'return '],
    ['takes a claim over too early', 'ASKING_SECONDS = 30', 'ASKING_SECONDS = 20'],
  ]),
  ...mutants('auth/adapters/record-format.ts', 'auth/sessions', [
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
  ...mutants('auth/domain/signed-url.ts', 'auth/http/routes/shares', [
    ['signs links for longer than a key stays', '7 * 24 * 60 * 60', '8 * 24 * 60 * 60'],
  ]),
  ...mutants('auth/http/routes/create-share.ts', 'auth/http/routes/shares', [
    ['shares for longer than a key stays', ', maximum: MAX_URL_SECONDS', ''],
  ]),
  ...mutants('cli/sign-url.ts', 'cli/sign-url', [
    ['signs links for longer than a key stays', 'seconds > MAX_URL_SECONDS', 'seconds > MAX_URL_SECONDS + 1'],
  ]),
  ...mutants('keys/rotation.ts', 'keys/rotation', [
    [
      'gives a key up before its last link',
      'keepsLinks ? MAX_URL_SECONDS : 0',
      'keepsLinks ? MAX_URL_SECONDS - 1 : 0',
    ],
  ]),
  ...mutants('cli/revoke.ts', 'cli/revoke', [
    [
      'tells success though the edge failed',
      'is revoked, ${EDGE[await edge]}`',
      'is revoked, ${EDGE.told}${(await edge) && ""}`',
    ],
  ]),
];
