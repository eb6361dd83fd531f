// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { type Mutant, mutantsOf } from '../../support/mutants.ts';

/**
 * @param file its path below `services/auth/`
 * @param killedBy the test's path below `test/services/auth/`, without its ending
 */
function mutants(file: string, killedBy: string, changes: Parameters<typeof mutantsOf>[2]): Mutant[] {
  return mutantsOf(`services/auth/${file}`, `test/services/auth/${killedBy}.test.ts`, changes);
}

/** Faults in how a session begins, renews and ends. */
const SESSIONS: readonly Mutant[] = [
  ...mutants('sessions/begin.ts', 'model', [
    [
      'begins on whatever version it finds',
      'if (await users.write(userId, known.version, user)) {',
      'if (await users.write(userId, (await users.read(userId)).version, user)) {',
    ],
    ['begins although the provider has ended it', "joined.includes('ended')", "joined.includes('none')"],
    [
      'notes no cookie lifetime',
      'withCookieLifetime(user, cookieLifetimeSeconds);\n  const inTeams',
      'user;\n  const inTeams',
    ],
  ]),
  ...mutants('sessions/begin.ts', 'interleavings', [
    [
      'does not tell the edge of an eviction',
      'const isRevoking = user.changes > known.user.changes;',
      'const isRevoking = false;',
    ],
    [
      'accepts an ID token of the very second of a logout',
      'issuedAtEpoch <= loggedOutAtEpoch',
      'issuedAtEpoch < loggedOutAtEpoch',
    ],
    ["forgets the provider's name of the session", '      sidHash: sid?.hash,\n', ''],
  ]),
  ...mutants('sessions/begin.ts', 'sessions/begin', [
    ['begins although the pointer is full', "joined.includes('full')", "joined.includes('none')"],
  ]),
  ...mutants('sessions/begin.ts', 'sessions/begin', [
    ['begins twice after a lost answer', 'if (landed) {', 'if (landed && attempt < 0) {'],
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
  ]),
  ...mutants('sessions/begin.ts', 'sessions/begin', [
    [
      'leaves the tokens of lost attempts',
      '  await dropTokens(deps, sessionId);',
      '  if (sessionId === "") await dropTokens(deps, sessionId);',
    ],
    [
      'removes tokens that are still to be stored',
      '  await storing.catch(() => {});\n',
      '  storing.catch(() => {});\n',
    ],
    ['removes the tokens of the session that began', '    attempts.delete(begun.current.session.id);\n', ''],
  ]),
  ...mutants('domain/secret-token.ts', 'sessions/end', [
    [
      'takes a ticket for a session',
      '`${kind}\\0${name}\\0${random}`',
      '`${kind.length > 0}\\0${name}\\0${random}`',
    ],
    [
      "takes another user's MAC",
      '`${kind}\\0${name}\\0${random}`',
      '`${kind}\\0${name.length > 0}\\0${random}`',
    ],
    [
      'takes the MAC of another random part',
      '`${kind}\\0${name}\\0${random}`',
      '`${kind}\\0${name}\\0${random.length}`',
    ],
  ]),
  ...mutants('sessions/sessions.ts', 'sessions/end', [
    [
      'looks a made-up session up',
      '!isIssued(deps.tokenMac, kind, { name: token.userId, ...token })',
      "token.secret === ''",
    ],
  ]),
  ...mutants('sessions/provider-tokens.ts', 'sessions/end', [
    ['looks a made-up ticket up', "!isIssued(deps.tokenMac, 'ticket', token)", "token.secret === ''"],
  ]),
  ...mutants('sessions/ended-by-provider.ts', 'sessions/ended-by-provider', [
    [
      'ends no session without a sid',
      "(subject === '' ? [] : [without])",
      "(subject !== '' ? [] : [without])",
    ],
    [
      'ends sessions with another sid too',
      "(pointer.kind === 'sub' || session.sidHash === undefined)",
      "(pointer.kind === 'sub' || session.sidHash !== pointer.hash)",
    ],
  ]),
  ...mutants('sessions/begin.ts', 'interleavings', [
    [
      'notes no sign-in without a sid',
      'sid ?? withoutSidPointer(issuer, subject),',
      '...(sid ? [sid] : []),',
    ],
  ]),
  ...mutants('sessions/end.ts', 'http/routes/sign-out', [
    ['ends all in place of one', '(session) => session.id === id', '() => true'],
  ]),
  ...mutants('sessions/end.ts', 'sessions/end', [
    ['denies an end if the answer was lost', 'isThere ||= without', 'isThere = without'],
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
  ]),
  ...mutants('sessions/provider-tokens.ts', 'sessions/end', [
    ['makes a ticket that is good for ever', 'const TICKET_SECONDS = 60;', 'const TICKET_SECONDS = 10 ** 9;'],
    ['takes any ticket', 'hashToken(token.secret)', 'hashToken(token.secret) && "x"'],
  ]),
  ...mutants('sessions/end.ts', 'sessions/end', [
    [
      'does not revoke a start that is given during a logout',
      'const isIt = ({ id }: { id: string }) => id === session.id;',
      'const isIt = ({ start }: { id: string; start: number }) => start === session.start;',
    ],
  ]),
  ...mutants('sessions/ended-by-provider.ts', 'model', [
    ['raises no version if nothing ends', 'note: (user) => ({ ...user }),', 'note: () => undefined,'],
    ['never settles', '.settle(pointer, mark, nowEpoch(deps)),', '.readDue(pointer).then(() => {}),'],
    [
      'finishes nothing that was cut off',
      'if (due) await finish(',
      'if (due && deps.clock.now() < 0) await finish(',
    ],
    [
      'does not note a logout of a subject',
      'Math.max(user.loggedOutAtEpoch, issuedAtEpoch)',
      'user.loggedOutAtEpoch',
    ],
  ]),
  ...mutants('sessions/ended-by-provider.ts', 'model.full', [
    [
      'settles before the records are written',
      'return () => (isDue ? finish(',
      'await deps.pointers.settle(pointer, mark, nowEpoch(deps));\n      return () => (isDue ? finish(',
    ],
    ['does not end sessions of the same second', '<= mark.issuedAtEpoch', '< mark.issuedAtEpoch'],
    ['ends sessions that began later', '<= mark.issuedAtEpoch &&', '<= mark.issuedAtEpoch + 9 &&'],
  ]),
  ...mutants('sessions/ended-by-provider.ts', 'interleavings', [
    [
      'lets an older logout replace a later one',
      'Math.max(user.loggedOutAtEpoch, issuedAtEpoch)',
      'issuedAtEpoch',
    ],
  ]),
  ...mutants('sessions/ended-by-provider.ts', 'sessions/ended-by-provider', [
    [
      'counts as finished although a record failed',
      'Promise.all([failed ? undefined : settle?.(), ...telling])',
      'Promise.all([settle?.(), ...telling])',
    ],
    ['answers the provider with success although a record failed', 'if (failed) throw failed.reason;', ''],
  ]),
  ...mutants('revocations/second-steps.ts', 'sessions/ended-by-provider', [
    [
      'lets logouts that fail take the place of others',
      'await Promise.all(due.map(tryOne));',
      'await Promise.all(due.map(tryOne));\n    break;',
    ],
  ]),
  ...mutants('sessions/renew.ts', 'sessions/renew', [
    [
      'creates a deleted session anew',
      'const own = requireSession(user, session.tokenHash, now);',
      'const own = user.sessions.find(({ id }) => id === session.id);\n  if (!own) return { ...user, sessions: [...user.sessions, session] };',
    ],
    [
      'writes on whatever version it finds',
      'const writing = changeRecord(deps, userId, change, known);',
      'const writing = (async () => {\n    const by = change(known.user) ?? known.user;\n    await deps.users.write(userId, (await deps.users.read(userId)).version, by);\n    return by;\n  })();',
    ],
    [
      'keeps an idle session alive in the background',
      'const { userId, session, known, readAtEpoch } = current;',
      'const { userId, session, known, readAtEpoch } = current;\n  renewal = { ...renewal, isBackground: false };',
    ],
    [
      'takes a failed write for a session that has ended',
      'throw error;\n    return undefined;',
      "throw error;\n    throw new GatewayError('no_session');",
    ],
  ]),
  ...mutants('sessions/renew.ts', 'interleavings', [
    ['gives no new start to an overtaken session', 'isOvertaken(user, session.start) ||', 'false ||'],
    [
      'extends the idle time when a background renewal has to write',
      'if (!renewal.isBackground && isTouchDue(own, readAtEpoch)) {',
      'if (isTouchDue(own, readAtEpoch)) {',
    ],
  ]),
  ...mutants('sessions/renew.ts', 'sessions/sessions', [
    [
      'does not note a longer cookie lifetime',
      'user.longestCookieSeconds < deps.cookieLifetimeSeconds ||',
      'false ||',
    ],
  ]),
  ...mutants('sessions/sessions.ts', 'sessions/sessions', [
    [
      'takes the time after the read',
      'const readAtEpoch = nowEpoch(deps);\n  const known = await deps.users.read(token.userId);',
      'const known = await deps.users.read(token.userId);\n  const readAtEpoch = nowEpoch(deps);',
    ],
  ]),
  ...mutants('domain/pointer.ts', 'sessions/begin', [
    ['tells issuers not apart', '`${issuer}\\0${value}`', 'value || issuer.length.toString()'],
  ]),
  ...mutants('sessions/recheck.ts', 'recheck-interleavings', [
    [
      'takes any claim for its own',
      'own?.recheck?.asking?.number === asking.number ? own : undefined',
      'own',
    ],
    ['keeps no new token', 'if (await deps.tokens.replace(sessionId, sealed)) return true;', 'return true;'],
    [
      'leaves the token of an ended session',
      'await deps.provider.revoke(refreshToken.value)',
      'await Promise.resolve()',
    ],
    [
      'keeps the ID token of before',
      'idToken: idToken ?? before.idToken,',
      'idToken: before.idToken ?? idToken,',
    ],
    ['sends the token at any time', 'askedAtMs + limits.recheckMs', 'Number.POSITIVE_INFINITY'],
    [
      'gives back the claim of a question under way',
      'if (!isUsed && clock.now() - askedAtMs < limits.askMs) {',
      'if (askedAtMs > 0) {',
    ],
    [
      'writes the new token last',
      "    if (!(await keep({ ...deps, provider }, session.id, before, answer))) return { outcome: 'passed_over' };\n",
      '',
    ],
    [
      'ends by an answer that does not count any more',
      'const own = claimed(user);\n      return own && change(user, own);',
      'const own = findSession(user, session.tokenHash, nowEpoch(deps));\n      return own && change(user, own);',
    ],
  ]),
  ...mutants('sessions/recheck-claims.ts', 'sessions/recheck-claims', [
    ['takes a claim over too early', 'SEEN_MS = 30_000', 'SEEN_MS = 29_000'],
    ['takes another claim for the one that it saw', 'numbers.get(id) === number', 'numbers.has(id)'],
    [
      'judges a claim by a clock that somebody sets',
      'const nowMs = clock.monotonicMs();',
      'const nowMs = clock.now();',
    ],
    ['is blocked by a claim for ever', 'asking.sinceEpoch >= LOST_SECONDS', 'asking.sinceEpoch < 0'],
    ['forgets nobody', 'seen.size > MAX_USERS', 'seen.size < 0'],
  ]),
  ...mutants('sessions/recheck-claims.ts', 'recheck-interleavings', [
    ['takes a claim of another clock for old', 'LOST_SECONDS = 5 * 60', 'LOST_SECONDS = 30'],
  ]),
  ...mutants('sessions/recheck.ts', 'recheck-interleavings', [
    [
      'asks although another process asks',
      'if (deps.claims.isHeld(userId, user, own)) return undefined;\n',
      '\n',
    ],
    ['does not note its own claim', 'if (own) deps.claims.isHeld(userId, asClaimed.user, own);\n', '\n'],
  ]),
  ...mutants('sessions/sessions.ts', 'clocks', [
    ['signs out by a wrong clock', 'if (kept) deps.clockGuard.check();\n', '\n'],
    ['takes every missing session for a wrong clock', 'if (kept) deps', 'deps'],
  ]),
  ...mutants('sessions/recheck.ts', 'recheck', [
    ['goes on after invalid_grant', "return await end('invalid_grant')", "return { outcome: 'alive' }"],
    ['asks no rule', 'if (allowRule && subjects', 'if (allowRule && subjects.length > 9 && subjects'],
    ['takes another person', '.hash !== subjectHash', ".hash === ''"],
    ['waits as long as the answer takes', 'within(clock, limits.recheckMs,', 'within(clock, 60_000,'],
    ['ends by a failure', "return { outcome: 'failed' };", "return { outcome: 'ended' };"],
  ]),
];

/** Faults in the rules of a record. */
const RECORDS: readonly Mutant[] = [
  ...mutants('domain/live-sessions.ts', 'domain/live-sessions', [
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
    ['allows one session too many', 'kept.length - MAX_SESSIONS + 1', 'kept.length - MAX_SESSIONS'],
    [
      'forgets a session by one clock',
      'nowEpoch - CLOCKS_APART_SECONDS',
      'nowEpoch + CLOCKS_APART_SECONDS * 0',
    ],
    [
      'evicts without revoking',
      'return evicted.length === 0 ? begun :',
      'return evicted.length < 9 ? begun :',
    ],
    [
      'ends without revoking',
      'return withSessionsRevoked({ ...user, sessions }, ending, nowEpoch);',
      'return { ...user, sessions };',
    ],
    ['keeps sessions when all end', 'sessions: [] }', 'sessions: user.sessions }'],
    [
      'keeps shares when all end',
      'withSharesRevoked(withStartsRevoked(user, nowEpoch), nowEpoch)',
      'withStartsRevoked(user, nowEpoch)',
    ],
    ['lowers a cookie lifetime', 'seconds > item.longestCookieSeconds ?', 'seconds > 0 ?'],
    ['changes every session', 'session.id === id ?', 'session.id >= id ?'],
    [
      'leaves the start before',
      'return withRevokedStarts(restarted, [session.start], nowEpoch);',
      'return restarted;',
    ],
  ]),
  ...mutants('domain/revocation-entry.ts', 'domain/revocation-entry', [
    ['forgets the clocks’ difference', 'madeForEpoch) + CLOCKS_APART_SECONDS', 'madeForEpoch)'],
    ['goes by a clock that was set back', 'Math.max(nowEpoch, madeForEpoch)', 'nowEpoch'],
    [
      'forgets cookies without a session',
      'Math.max(cookiesEpoch, fromEpoch + COOKIE_SECONDS.longest)',
      'cookiesEpoch',
    ],
    [
      'forgets that cookies had a longer lifetime once',
      'Math.max(cookiesEpoch, fromEpoch + COOKIE_SECONDS.longest)',
      'fromEpoch + COOKIE_SECONDS.longest',
    ],
    [
      'ends links with cookies',
      'noting(madeForEpoch, fromEpoch + MAX_URL_SECONDS)',
      'noting(madeForEpoch, cookiesEpoch)',
    ],
    [
      'counts the end from when the entry was made',
      '{ ...part, untilEpoch: endEpoch }',
      '{ ...part, untilEpoch: endEpoch - nowEpoch + madeForEpoch }',
    ],
    [
      'gives what came after the read an end',
      'if (!was || was.untilEpoch !== part.untilEpoch) return part;',
      '',
    ],
    [
      'gives a floor that was raised after the read an end',
      'was.through === part.through ? was : undefined',
      'was.through < 0 ? undefined : was',
    ],
    [
      'gives an end at once',
      'const revokedStarts = withSingles(user.revokedStarts, starts);',
      'const revokedStarts = withSingles(user.revokedStarts, starts).map((one) => ({ untilEpoch: nowEpoch + user.longestCookieSeconds + CLOCKS_APART_SECONDS, ...one }));',
    ],
    [
      'leaves the end of a start that is revoked again',
      '  return [\n    ...singles.filter(',
      '  numbers = numbers.filter((one) => singles.every(({ number }) => number !== one));\n  return [\n    ...singles.filter(',
    ],
    [
      'drops by the clock',
      'const signedOut = absorbed(item.signedOut, item.revokedStarts);',
      'const signedOut = absorbed(item.signedOut, item.revokedStarts.filter(({ untilEpoch = Infinity }) => untilEpoch > (item.untoldSinceEpoch ?? 0)));',
    ],
    [
      'drops revoked shares by the clock',
      'absorbed(item.sharesSignedOut, item.revokedShares)',
      'absorbed(item.sharesSignedOut, item.revokedShares.filter(({ untilEpoch = 0 }) => untilEpoch > (item.untoldSinceEpoch ?? 0)))',
    ],
    [
      'drops what has ended since the entry was made',
      'goneAtEpoch(part.untilEpoch) <= madeForEpoch',
      'goneAtEpoch(part.untilEpoch) <= Math.max(endEpoch - 1_200, madeForEpoch)',
    ],
    ['drops a second too late', '<= madeForEpoch ? {', '< madeForEpoch ? {'],
    ['keeps what is gone', '        .filter(({ untilEpoch }) => untilEpoch !== 0),', ','],
    ['overtakes for ever', 'return floor.untilEpoch === 0 ? NOTHING', 'return floor.through === 0 ? NOTHING'],
    ['gives a floor at nothing an end', 'part.through === 0 ? NOTHING : noted(', 'noted('],
    [
      'lets what has no end take over an end',
      'return ends.length < parts.length ? {} :',
      'return ends.length === 0 ? {} :',
    ],
    ['takes the earliest end', 'untilEpoch: Math.max(...ends) };', 'untilEpoch: Math.min(...ends) };'],
    [
      'takes no room for what has ended',
      'ownText(fittedWith(part), 0)',
      'ownText(fittedWith(part), item.untoldSinceEpoch ?? 0)',
    ],
    ['revokes a start twice', '!numbers.includes(number)', 'number > 0'],
    ['leaves the highest start', 'start <= user.signedOut.through', 'start < user.signedOut.through'],
    [
      'does not raise the floor over starts that do not fit',
      'floor = higher(floor, { through: lowest.number,',
      'floor = higher(floor, { through: lowest.number * 0,',
    ],
    ['does not fill an entry', '.length > MAX_ENTRY_BYTES', '.length >= MAX_ENTRY_BYTES'],
    ['keeps what has ended for a second too long', 'untilEpoch > atEpoch', 'untilEpoch >= atEpoch'],
    ['is due a second too late', 'POSITIVE_INFINITY) <= nowEpoch', 'POSITIVE_INFINITY) < nowEpoch'],
    ['does not overtake the last one', 'start <= user.overtaken.through', 'start < user.overtaken.through'],
    ['takes shares for sessions', 'shares: shares.singles,', 'shares: starts.singles,'],
    ['forgets a floor', 'heldAt([item.signedOut, item.overtaken]', 'heldAt([item.signedOut]'],
  ]),
  ...mutants('domain/revocation-entry.ts', 'model', [
    ['does not count a change', 'changes: item.changes + 1', 'changes: item.changes'],
    ['lowers what was told', 'Math.max(item.told, read.changes)', 'read.changes - 1'],
    ['never removes an entry', '?? Number.POSITIVE_INFINITY) <= nowEpoch', '?? 0) < 0'],
  ]),
  ...mutantsOf('core/time-bounds.ts', 'test/services/auth/domain/revocation-entry.test.ts', [
    [
      'drops what a process with another clock may bring back',
      'const WRITERS_APART_SECONDS = 150;',
      'const WRITERS_APART_SECONDS = 0;',
    ],
  ]),
  ...mutantsOf('core/entry-format.ts', 'test/services/auth/domain/revocation-entry.test.ts', [
    ['lets entries grow by a byte', 'const MAX_ENTRY_BYTES = 1_024;', 'const MAX_ENTRY_BYTES = 1_025;'],
  ]),
];

/** Faults in what a record says of teams. */
const TEAMS: readonly Mutant[] = [
  ...mutants('domain/revocation-entry.ts', 'domain/team-starts', [
    [
      'revokes some starts of a number',
      'teamStart(key.number, STARTS_PER_NUMBER - 1)',
      'teamStart(key.number, STARTS_PER_NUMBER - 2)',
    ],
  ]),
  ...mutants('domain/team-starts.ts', 'domain/team-starts', [
    [
      'goes on with a number that the team refuses',
      'return isLeft ? withNumberLeft(member, nowEpoch) : member;',
      'return isLeft && nowEpoch < 0 ? withNumberLeft(member, nowEpoch) : member;',
    ],
    [
      'removes without revoking',
      'if (!teamNumber) return left;',
      'if (!teamNumber || nowEpoch > 0) return left;',
    ],
    [
      'puts the floor at the highest live start',
      'const through = teamStart(number, given - 1);',
      'const through = Math.max(0, ...user.sessions.map(({ teamStart: start = 0 }) => start)) + given * 0;',
    ],
    ['forgets how many starts were given', 'given: Math.max(given, n + 1)', 'given: n + 1 + given * 0'],
    [
      'does not revoke the start that is replaced',
      'return withTeamStartsRevoked({ ...user, teamNumber, sessions }, [session], nowEpoch);',
      'return { ...user, teamNumber, sessions };',
    ],
    ['gives a start under the floor', 'start > floor.through && !taken.has(start)', '!taken.has(start)'],
    ['gives a start that is revoked', '    ...singles.map((single) => single.number),\n', ''],
    ['gives a start that a session has', '    ...user.sessions.map((session) => session.teamStart),\n', ''],
    [
      'goes on with a start that was overtaken',
      '.floor.through ? undefined : start',
      '.floor.through ? start : start',
    ],
    [
      'goes on with starts of a number that is left',
      'const sessions = user.sessions.map(({ teamStart: _left, ...session }) => session);',
      'const { sessions } = user;',
    ],
    ['allows one number too many', 'length < MAX_NEW_NUMBERS', 'length <= MAX_NEW_NUMBERS'],
    ['keeps one key too many', 'length < MAX_KEYS_OF_TEAMS', 'length <= MAX_KEYS_OF_TEAMS'],
    [
      'gives a number while too many wait',
      'keysOfNumbers < MAX_KEYS_OF_NUMBERS',
      'keysOfNumbers <= MAX_KEYS_OF_NUMBERS',
    ],
    [
      'counts keys of teams as keys of numbers',
      'user.teamKeys.length - keysOfTeams(user).length',
      'user.teamKeys.length',
    ],
    [
      'leaves the number, and revokes nothing',
      ': withNumberLeft(left, nowEpoch);',
      ': { ...left, teamNumber: undefined };',
    ],
    [
      'counts numbers for a second too long',
      'atEpoch > nowEpoch - DAY_SECONDS',
      'atEpoch >= nowEpoch - DAY_SECONDS',
    ],
  ]),
  ...mutants('domain/team-starts.ts', 'sessions/largest-record', [
    [
      'keeps a key for each team that was ever left',
      'return keysOfTeams(user).length < MAX_KEYS_OF_TEAMS\n',
      'return keysOfTeams(user).length >= 0\n',
    ],
  ]),
  ...mutants('domain/live-sessions.ts', 'domain/team-starts', [
    [
      'ends a session, and not its team start',
      'withTeamStartsRevoked(withRevokedStarts(user, starts, nowEpoch), ending, nowEpoch)',
      'withRevokedStarts(user, starts, nowEpoch)',
    ],
    ['leaves the team starts when all end', 'withAllTeamStartsRevoked(ended, nowEpoch)', 'ended'],
    [
      'trusts the number of a restored record',
      '...withNumberLeft(user, nowEpoch), lastStart',
      '...user, lastStart',
    ],
  ]),
  ...mutants('domain/revocation-entry.ts', 'domain/team-starts', [
    ['writes every key again', 'isShrinking && !parts.some(hasEnded)', 'isShrinking && atEpoch < 0'],
    [
      'writes only keys that have changed',
      'isShrinking && !parts.some(hasEnded)',
      'isShrinking && (atEpoch > 0 || !parts.some(hasEnded))',
    ],
    ['counts no change of a team key', 'lastChange: changed.changes };', 'lastChange: user.changes };'],
    [
      'takes a change of another key for one of the own key',
      'lastOwnChange: item.lastOwnChange ?? item.changes,',
      'lastOwnChange: item.lastOwnChange ?? changed.changes,',
    ],
    [
      'counts no change of the own key beside others',
      '{ ...changed, lastOwnChange: changed.changes }',
      '{ ...changed, lastOwnChange: item.lastOwnChange }',
    ],
    [
      'keeps a key that is gone',
      'floor.through > 0 || singles.length > 0',
      'floor.through >= 0 || singles.length > 0',
    ],
    ['revokes a removal in every team', "`${teamId ?? ''}.${number}`", '`${teamId && ""}.${number}`'],
  ]),
  ...mutants('adapters/record-format.ts', 'adapters/record-format', [
    ['lets deployments without teams read teams', 'hasTeams ? FORMAT_WITH_TEAMS : FORMAT', 'FORMAT'],
    [
      'keeps others from a record without teams',
      'hasTeams ? FORMAT_WITH_TEAMS : FORMAT',
      'FORMAT_WITH_TEAMS',
    ],
    [
      'lets deployments without teams count changes',
      'dueInTeams.length > 0 ||\n    user.lastOwnChange !== undefined',
      'dueInTeams.length > 0',
    ],
    ['forgets a team start', 'if (teamStart !== undefined) return', 'if (teamStart === 0) return'],
    [
      'lets deployments without teams forget what is due in teams',
      'dueInTeams.length > 0 ||',
      'dueInTeams.length > 99 ||',
    ],
  ]),
  ...mutants('revocations/edge-updates.ts', 'revocations/several-keys', [
    [
      'says told when one of several keys is taken',
      'keys.every(({ key }) => taken.has(key))',
      'keys.some(({ key }) => taken.has(key))',
    ],
    [
      'counts items in place of keys',
      'last.length + keys.length <= MAX_BATCH',
      'last.length + 1 <= MAX_BATCH',
    ],
    ['goes on without the lease', 'if (!isFirst && !(await mayGoOn())) return false;', ''],
  ]),
];

/** Faults in how the edge is told. */
const REVOCATIONS: readonly Mutant[] = [
  ...mutants('revocations/due-item.ts', 'model', [
    [
      'never notes that the edge was told',
      'withEdgeTold(known, read,',
      'withEdgeTold(known, { ...read, changes: known.told },',
    ],
  ]),
  ...mutants('revocations/edge-writer.ts', 'model.full', [
    [
      'reads the version after the records',
      'await updates.begin();\n    const atEpoch = nowEpoch(deps);\n    const [isOurs, due] = await Promise.all([lease.renew(), items.read(batch, atEpoch)]);',
      'const atEpoch = nowEpoch(deps);\n    const [isOurs, due] = await Promise.all([lease.renew(), items.read(batch, atEpoch)]);\n    await updates.begin();',
    ],
  ]),
  ...mutants('revocations/due-item.ts', 'model.full', [
    [
      'notes that changes made meanwhile were told',
      'withEdgeTold(known, read,',
      'withEdgeTold(known, { ...read, changes: known.changes },',
    ],
  ]),
  ...mutantsOf('core/time-bounds.ts', 'test/services/auth/model.full.test.ts', [
    ['lets clocks be wrong by less', 'CLOCKS_APART_SECONDS = 5 * 60', 'CLOCKS_APART_SECONDS = 60'],
  ]),
  ...mutants('revocations/edge-updates.ts', 'revocations/edge-updates', [
    [
      'writes on any version',
      'if (answer === false) return false;',
      'if (answer === false) {\n          await versioned.begin();\n          parts.unshift(part);\n          continue;\n        }',
    ],
  ]),
  ...mutants('revocations/edge-updates.ts', 'interleavings', [
    [
      'notes told although there was a conflict',
      'if (answer === false) return false;',
      'if (answer === false) {\n          await onWritten(part.length, withTaken(part));\n          return false;\n        }',
    ],
  ]),
  ...mutants('revocations/edge-updates.ts', 'revocations/one-bad-record', [
    [
      'sets a whole batch aside for one bad entry',
      'const isAlone = only !== undefined && others.length === 0;',
      'const isAlone = only !== undefined;',
    ],
    [
      'asks a store that refuses everything again and again',
      'if (refusals >= MAX_REFUSALS) throw refusal;',
      'if (refusals >= 100) throw refusal;',
    ],
  ]),
  ...mutants('revocations/edge-updates.ts', 'revocations/one-bad-record', [
    ['takes a few bad entries of each batch for a broken store', '          refusals = 0;\n', ''],
  ]),
  ...mutants('revocations/edge-updates.ts', 'revocations/full-store', [
    [
      'writes to a full store before it makes room',
      'const parts = isFull ? roomFirst(items) : batches(items);',
      'const parts = isFull ? roomFirst(items).reverse() : batches(items);',
    ],
    ['gives up on a full store', 'isFull = true;', 'throw answer;'],
  ]),
  ...mutants('revocations/due-items.ts', 'revocations/full-store', [
    [
      'gives expired entries no place while the store is full',
      'isFull ? maxBatch : maxBatch - people.length',
      'maxBatch - people.length',
    ],
  ]),
  ...mutants('revocations/set-aside.ts', 'revocations/one-bad-record', [
    ['tries a bad record as often as ever', 'before.pauseMs * 2', 'before.pauseMs'],
    [
      'names a record for ever that another process told',
      'untilMs <= nowMs && isGone(item, step)',
      'untilMs < 0 && isGone(item, step)',
    ],
    ['reports no failure', 'failures++;', ''],
  ]),
  ...mutants('revocations/edge-writer.ts', 'revocations/one-bad-record', [
    ['waits for the slowest', 'await within(clock, PATIENCE_MS, all.promise);', 'await all.promise;'],
  ]),
  ...mutants('revocations/schedule.ts', 'revocations/one-bad-record', [
    ['ends a run with the step that failed', 'failedSteps++;', 'throw error;'],
    [
      'waits for logouts without a bound',
      'await within(clock, budgetMs / 2, Promise.all([finishing, settling]));',
      'await finishing;',
    ],
    ['takes a broken table for broken records', '(setAside === 0 || isTableFailing)', 'setAside === 0'],
    [
      'never names a record again after the table was broken',
      'isTableFailing = false;\n    untold',
      'untold',
    ],
  ]),
  ...mutants('revocations/schedule.ts', 'http/routes/health', [
    ['is well although a revocation waits', 'untoldSeconds <= MAX_UNTOLD_SECONDS', 'untoldSeconds >= 0'],
    ['is well although a record is set aside', '(setAside === 0 || isTableFailing) && ', ''],
    ['stays unwell after another process told the edge', 'await teller.isAnythingDue();', ''],
  ]),
  ...mutants('revocations/watched-edge.ts', 'http/routes/health', [
    ['is well after a call that failed', 'isFailing: !isAnswer', 'isFailing: isAnswer'],
    ['is well while a call hangs', 'seen.isFailing || isSlow', 'seen.isFailing'],
  ]),
  ...mutants('revocations/edge-lease.ts', 'revocations/edge-teller', [
    [
      "judges the lease's holder by a clock that is set",
      'const nowMs = clock.monotonicMs();',
      'const nowMs = clock.now();',
    ],
    ['never takes over from a second holder', 'seen = {', 'seen ??= {'],
  ]),
  ...mutants('revocations/edge-teller.ts', 'revocations/edge-teller', [
    ['takes the last change for the highest', 'Math.max(change, changes.get(key) ?? change)', 'change'],
    [
      'answers with the lease in its hand, and freezes',
      'if (!outlivesRequests) await within(clock, restMs(), teller.writing);',
      '',
    ],
    [
      'stops as soon as nobody waits, although it goes on',
      'return !outlivesRequests && !waiters.areAny()',
      'return !waiters.areAny()',
    ],
    [
      'goes on although it freezes',
      'return !outlivesRequests && !waiters.areAny()',
      'return outlivesRequests && !waiters.areAny()',
    ],
    ['helps others until its own time is over', 'const HELPING_PART = 0.75;', 'const HELPING_PART = 1;'],
    ['helps nobody', 'const HELPING_PART = 0.75;', 'const HELPING_PART = 0.25;'],
  ]),
  ...mutants('revocations/edge-teller.ts', 'revocations/edge-teller', [
    [
      'pays for a run without work',
      '  for (let isFirst = true; await isAnythingDue(teller); isFirst = false) {',
      '  await teller.edge.describe();\n  for (let isFirst = true; await isAnythingDue(teller); isFirst = false) {',
    ],
  ]),
  ...mutants('revocations/edge-teller.ts', 'revocations/edge-teller', [
    [
      'leaves to the next run what the process left that took the lease',
      'if (!run.isLost) return written;',
      'return written;',
    ],
    ['pays for a second run without work', 'if (!run.isLost) return written;', ''],
  ]),
  ...mutants('deps.ts', 'http/routes/health', [
    [
      'pays for each health check',
      'const { isWell } = await schedule.look().catch(schedule.state);',
      'await stores.edge.describe();\n        const { isWell } = await schedule.look().catch(schedule.state);',
    ],
  ]),
  ...mutants('revocations/edge-teller.ts', 'model', [
    ['says told although it is not', 'if (known >= change)', 'if (known <= change)'],
  ]),
  ...mutants('revocations/due-item.ts', 'interleavings', [
    [
      'reads the clock before the record that it changes',
      'madeForEpoch, nowEpoch(deps));',
      'madeForEpoch, madeForEpoch);',
    ],
  ]),
  ...mutants('domain/shares.ts', 'domain/shares', [
    [
      'keeps expired shares',
      'expiresAtEpoch > nowEpoch);\n  if (open',
      'expiresAtEpoch > 0 * nowEpoch);\n  if (open',
    ],
    [
      'revokes links that have ended',
      'expiresAtEpoch + CLOCKS_APART_SECONDS > nowEpoch',
      'expiresAtEpoch > 0',
    ],
    ['trusts its own clock for the end of a link', 'expiresAtEpoch + CLOCKS_APART_SECONDS', 'expiresAtEpoch'],
  ]),
  ...mutants('records/change-record.ts', 'model', [
    [
      'writes on a newer version than it read',
      'known.version, changed',
      '(await users.read(userId)).version, changed',
    ],
    [
      'says done without writing',
      'if (await users.write(userId, known.version, changed)) return',
      'if ((await users.write(userId, known.version, changed)) || true) return',
    ],
  ]),
  ...mutants('records/change-record.ts', 'records/change-record', [
    ['gives up by a clock that is set', 'clock.monotonicMs() - late.sinceMs', 'clock.now() - late.sinceMs'],
  ]),
  ...mutants('shares/shares.ts', 'http/routes/shares', [
    [
      'shares for a session that has ended',
      'requireSession(user, session.tokenHash, nowEpoch(deps));\n          return change(user);',
      'return change(user);',
    ],
    ['keeps a share that was not signed', 'withoutShare(item, id)', '(id > 0 ? undefined : item)'],
  ]),
  ...mutantsOf('services/auth/domain/secret-token.ts', 'test/integration/shares.test.ts', [
    [
      "takes anybody's secret",
      'rawToken.slice(at + 1)) ? name : undefined',
      'rawToken.slice(at + 1)) ? name : name',
    ],
  ]),
  ...mutantsOf('services/auth/http/routes/shares.ts', 'test/integration/shares.test.ts', [
    ['opens the page of a replaced file', '!file || file.etag !== share.etag', '!file'],
    [
      'forgets the addresses of a share',
      'parseEpochSeconds(expiresAtEpoch), sourceIp }',
      'parseEpochSeconds(expiresAtEpoch) }',
    ],
  ]),
];

/** Faults in whose folder a request is about. */
const FOLDERS: readonly Mutant[] = [
  ...mutants('domain/membership.ts', 'http/routes/team-files', [
    [
      'takes any membership for one of this team',
      '(membership) => membership.teamId === teamId',
      '() => true',
    ],
    ['asks for no role', 'if (!hasRole(role, needed))', "if (!hasRole(role, 'viewer'))"],
    ['compares roles the wrong way', 'if (!hasRole(role, needed))', 'if (!hasRole(needed, role))'],
  ]),
  ...mutants('http/guards.ts', 'http/routes/team-files', [
    [
      "asks for no route's role",
      "toTeamId(request.params.team ?? ''), needed)",
      "toTeamId(request.params.team ?? ''))",
    ],
  ]),
  ...mutants('http/routes/uploads.ts', 'http/routes/team-files', [
    [
      'lets a viewer complete an upload',
      "operation: 'complete_upload',\n        role: 'editor'",
      "operation: 'complete_upload',\n        role: 'viewer'",
    ],
  ]),
  ...mutants('http/routes/shares.ts', 'http/routes/team-files', [
    [
      'lets a viewer share a file',
      "operation: 'create_share',\n        role: 'editor'",
      "operation: 'create_share',\n        role: 'viewer'",
    ],
    [
      'shows the links to a viewer',
      "operation: 'list_shares',\n        role: 'editor'",
      "operation: 'list_shares',\n        role: 'viewer'",
    ],
  ]),
  ...mutants('shares/shares.ts', 'shares/shares', [
    [
      'does not look again before the link is made',
      "if (owner.kind === 'team') await requireEditor(deps, folder, owner.id);",
      '',
    ],
    ['notes no maker', '{ ...share, maker: { userId, start: session.start } }', 'share'],
    [
      'keeps shares that were created meanwhile',
      'const meanwhile = book.tell(await book.clean(change));',
      'const meanwhile = before;',
    ],
    [
      'says told too early',
      "told.includes('pending') ? 'pending' : 'told'",
      "told.length > 9 ? 'pending' : 'told'",
    ],
  ]),
  ...mutants('records/change-team.ts', 'shares/shares', [
    [
      'shares for a viewer of a team of the provider',
      "requireMembership(user, teamId, 'editor');",
      'requireMembership(user, teamId);',
    ],
  ]),
  ...mutants('files/multipart-uploads.ts', 'http/routes/team-files', [
    ["goes on with another member's upload", 'isOfFolder && upload.userId === by.userId', 'isOfFolder'],
  ]),
  ...mutants('files/multipart-uploads.ts', 'adapters/upload-store', [
    [
      'goes on with an upload for another folder',
      'folderKey(upload.owner) === folder && upload.key.startsWith(folder)',
      'true',
    ],
  ]),
  ...mutants('domain/details.ts', 'domain/details', [
    [
      'shows what is known of another content',
      'if (content?.etag !== file.etag) return',
      'if (!content) return',
    ],
    ['takes an upload of another size', '(upload.size ?? size) === size &&', 'true &&'],
    ['takes an upload over the file that was there', 'upload.over !== etag &&', 'true &&'],
    ['takes an upload of long ago', 'atMs <= upload.lastMs + ARRIVES_WITHIN_MS', 'true'],
    [
      'names one of two users',
      'return others.every(({ by }) => by === first?.by) ? first?.by : undefined;',
      'return first?.by;',
    ],
    ['lets an event that comes late count', 'row.scanned.atMs > scanned.atMs', 'row.scanned.atMs < 0'],
    [
      'takes the scan of an earlier file',
      'scanned?.etag === etag && scanned.atMs >= atMs',
      'scanned?.etag === etag',
    ],
  ]),
  ...mutants('adapters/details.ts', 'adapters/details', [
    [
      'writes over what another process has written',
      "condition: 'version = :read'",
      "condition: 'version >= :read'",
    ],
    ['forgets a row of a file that is there', 'const terms = isExpiring ? ', 'const terms = false ? '],
  ]),
  ...mutants('files/details.ts', 'http/routes/details', [
    ['notes what was read in another content', 'if (present?.etag !== etag) throw', 'if (!present) throw'],
  ]),
  ...mutants('files/usage.ts', 'files/usage', [
    [
      'counts a team and a user with the same id as one',
      'const folder = folderKey(owner);',
      'const folder = owner.id;',
    ],
  ]),
];

/** Faults in who belongs to a team. */
const MEMBERS: readonly Mutant[] = [
  ...mutants('domain/membership.ts', 'domain/team', [
    [
      'takes the role from elsewhere than the item',
      "  if (!hasRole(role, needed)) throw new GatewayError('role_too_low');\n",
      '',
    ],
    [
      'lets somebody do things who is no member',
      "if (!role) throw new GatewayError('no_such_team');",
      'if (!role) return;',
    ],
  ]),
  ...mutants('domain/team.ts', 'domain/team', [
    [
      'lets the last manager go',
      'if (isOne && others.length === 0) throw',
      'if (isOne && managers.length === 0) throw',
    ],
    [
      'counts a manager whose record may have no room',
      'manager.userId !== userId && dueSinceEpoch === undefined,',
      'manager.userId !== userId && (dueSinceEpoch ?? 0) >= 0,',
    ],
    [
      'forgets who was removed',
      'return { ...rest, ...defined({ role }), dueSinceEpoch };',
      'return { ...rest, ...defined({ role }), ...defined({ dueSinceEpoch: role && dueSinceEpoch }) };',
    ],
    [
      'keeps the invitations after a removal',
      'dueSinceEpoch: nowEpoch }),\n    invitations: [],\n  };',
      'dueSinceEpoch: nowEpoch }),\n  };',
    ],
    [
      'keeps what somebody made who was removed',
      'return withNothingOf(left, userId, nowEpoch);',
      'return left;',
    ],
    [
      'keeps the invitations after a role was lowered',
      '{ role, dueSinceEpoch: nowEpoch }), invitations: [] };',
      '{ role, dueSinceEpoch: nowEpoch }) };',
    ],
    [
      'keeps what a viewer made',
      "return hasRole(role, 'editor') ? lowered : withNothingOf(lowered, userId, nowEpoch);",
      'return lowered;',
    ],
    [
      'keeps the shares of a deleted team',
      'return team.lastShare === 0 ? over : withSharesRevoked(over, nowEpoch);',
      'return over;',
    ],
    [
      'keeps the members of a deleted team',
      'return { ...left, dueSinceEpoch: member.dueSinceEpoch ?? nowEpoch };',
      'return { ...member, dueSinceEpoch: member.dueSinceEpoch ?? nowEpoch };',
    ],
    [
      'takes an invitation that has expired',
      'expiresAtEpoch > nowEpoch);',
      'expiresAtEpoch > 0 * nowEpoch);',
    ],
    ['takes a use from somebody who is a member', '  if (roleOf(team, userId)) return undefined;\n', ''],
    ['takes no use', 'const usesLeft = invitation.usesLeft - 1;', 'const usesLeft = invitation.usesLeft;'],
    [
      'has no limit of members',
      'if (team.members.length >= MAX_MEMBERS)',
      'if (team.members.length > MAX_MEMBERS)',
    ],
    ['has no limit of invitations', 'open.length >= MAX_INVITATIONS', 'open.length > MAX_INVITATIONS'],
    [
      'drops somebody who is not settled',
      'if (!userIds.includes(member.userId)) return [member];',
      'if (userIds.length === 0) return [member];',
    ],
    [
      'leaves a team of nobody',
      'return isDeleted ? emptied({ ...left, deleting: { sinceEpoch: nowEpoch } }, nowEpoch) : left;',
      'return left;',
    ],
    ['shows an e-mail address', '/\\S@\\S/.test(shown)', 'shown === ""'],
    ['gives a team a name that nobody sees', '!VISIBLE.test(name) ||', ''],
  ]),
  ...mutants('domain/shares.ts', 'domain/team', [
    ["ends every member's shares", 'maker !== undefined && isMaker(maker)', 'maker !== undefined'],
  ]),
  ...['teams/interleavings', 'model.full'].flatMap((killedBy) =>
    mutants('teams/settle.ts', killedBy, [
      [
        'raises no version if nothing changes',
        'return (await deps.users.write(userId, version, { ...changed })) ? changed : undefined;',
        'if (membershipOf(user, teamId)?.role === role) return user;\n  return (await deps.users.write(userId, version, { ...changed })) ? changed : undefined;',
      ],
      [
        'clears what is due on any version',
        'if (!(await teams.write(teamId, known.version, team))) return again;',
        'const { version = 0 } = (await teams.read(teamId)) ?? {};\n  if (!(await teams.write(teamId, version, team))) return again;',
      ],
      [
        'clears what is due although the record was not written',
        "record === undefined || record === 'refused' ? [] :",
        "record === 'refused' ? [] :",
      ],
    ]),
  ),
  ...mutants('teams/settle.ts', 'teams/interleavings', [
    [
      'lets in who has signed out everywhere',
      'isSignedOut(user, sessionStart)',
      'isSignedOut(user, Infinity)',
    ],
    [
      'reads the item before the record',
      'const records = await forEach(settled, userIds, (userId) => deps.users.read(userId));\n  const known = await deps.teams.read(teamId);',
      'const known = await deps.teams.read(teamId);\n  const records = await forEach(settled, userIds, (userId) => deps.users.read(userId));',
    ],
    [
      'writes the record on any version',
      'await deps.users.write(userId, version, { ...changed })',
      'await deps.users.write(userId, (await deps.users.read(userId)).version, { ...changed })',
    ],
    [
      'takes a full record for settled',
      'user.memberships.length >= MAX_MEMBERSHIPS || hasGone(user, member)',
      'hasGone(user, member)',
    ],
    ['lets one record keep the others', 'failures.push(error);', 'throw error;'],
  ]),
  ...mutants('records/change-team.ts', 'teams/interleavings', [
    ['tries for minutes', 'triedMs >= MAX_CONTENTION_MS', 'triedMs >= MAX_CONTENTION_MS * 100'],
    [
      'writes the item on any version',
      'if (await teams.write(teamId, known.version, changed)) return changed;',
      'if (await teams.write(teamId, (await teams.read(teamId))?.version ?? 0, changed)) return changed;',
    ],
  ]),
  ...mutants('teams/teams.ts', 'teams/interleavings', [
    ['forgets which session joins', 'sessionStart: session.start };', 'sessionStart: undefined };'],
    [
      'says that somebody who has gone is in too many teams',
      "isSignedOut(user, person.session.start) ? 'no_session' : 'too_many_teams'",
      "'too_many_teams'",
    ],
    [
      'adds somebody whose removal is not settled',
      'if (isLeaving(found.team, userId)) {',
      'if (isLeaving(found.team, userId)) {\n      const members = found.team.members.filter((each) => each.userId !== userId);\n      await deps.teams.write(teamId, found.version, { ...found.team, members });\n    } else if (isLeaving(found.team, userId)) {',
    ],
    [
      'answers a removal before the record says so',
      'const { user } = await settleOne(deps, { teamId, userId }, tries);\n  const telling',
      'const { user } = await deps.users.read(userId);\n    const telling',
    ],
    [
      'does not wait until the edge knows of the shares',
      'const telling = [deps.teller.tell(userId, user), deps.teller.tellTeam(teamId, team)];',
      'const telling = [deps.teller.tell(userId, user)];',
    ],
    ['takes a use for a record without room', 'if (changed) requireRoom(known.user, teamId);', ''],
  ]),
  ...mutants('adapters/teams.ts', 'adapters/teams', [
    ['reads a newer format', 'if (format > FORMAT) {', 'if (format < FORMAT) {'],
    ['stores what a team never has', '...team, ...OF_USERS,', '...team,'],
  ]),
  ...mutants('adapters/dynamodb.ts', 'stores', [
    [
      'writes on any version',
      "{ condition: 'version = :read', values: { ':read': version } }",
      "{ condition: 'version <> :read', values: { ':read': -1 } }",
    ],
  ]),
  ...mutants('adapters/teams.ts', 'stores', [
    [
      'passes over a team that waits for the edge too',
      'return [...due, ...untold];',
      'return due.length + untold.length < 0 ? untold : due;',
    ],
  ]),
  ...mutants('teams/deletion.ts', 'teams/deletion', [
    [
      'sweeps whatever the index shows',
      'if (!deleting || (sweepsAtEpoch(known.team) ?? Number.POSITIVE_INFINITY) > nowEpoch(deps)) return 0;',
      'if (!deleting) return 0;',
    ],
    [
      'takes a sweep that failed for done',
      'if (failures > 0 || isOver()) return failures;',
      'if (isOver()) return failures;',
    ],
    [
      'takes a sweep that was cut off for done',
      'if (failures > 0 || isOver()) return failures;',
      'if (failures > 0) return failures;',
    ],
    ['stops at the first page of files', 'after = lastKey;', 'return;'],
    ['believes that S3 deleted everything', 'if (first) fail(', 'if (first?.key === "") fail('],
    ['goes on after its time', 'monotonicMs() >= untilMs', 'monotonicMs() >= untilMs * 9'],
    ['lets one failure keep the rest', '    fail(error);', '    fail(error);\n    throw error;'],
  ]),
  ...mutants('domain/team.ts', 'teams/deletion', [
    [
      'sweeps the folder of those whose records still name the team',
      '!deleting || members.length > 0 ||',
      '!deleting || members.length > 999 ||',
    ],
    ['sweeps again at once', 'deleting.sweptEpoch + SWEEP_AGAIN_SECONDS', 'deleting.sweptEpoch'],
    [
      'sweeps once',
      '{ ...team, deleting: { ...deleting, sweptEpoch: nowEpoch } }',
      "{ ...team, name: '', deleting: { ...deleting, sweptEpoch: nowEpoch, doneEpoch: nowEpoch } }",
    ],
    ['keeps the name', "{ ...team, name: '', deleting:", '{ ...team, deleting:'],
    ['sweeps for ever', '|| deleting.doneEpoch !== undefined', ''],
  ]),
  ...mutants('adapters/due.ts', 'teams/deletion-in-s3', [
    ['finds no team to sweep', '[DUE.sweep, sweepsAtEpoch(team)],', ''],
  ]),
  ...mutants('adapters/files.ts', 'teams/deletion-in-s3', [
    ['takes silence for a deletion', 'deleted.has(key)\n        ? {', '!codes.has(key)\n        ? {'],
  ]),
  ...mutants('http/guards.ts', 'http/routes/teams', [
    [
      'lets every member do everything',
      "toTeamId(request.params.team ?? ''), needed)",
      "toTeamId(request.params.team ?? ''))",
    ],
  ]),
  ...mutants('http/routes/teams.ts', 'http/routes/teams', [
    [
      'changes a team of the provider',
      "if (membership?.kind === 'provider') throw new GatewayError('managed_by_provider');",
      '',
    ],
    [
      'hides all teams for one that fails',
      '    return summaryOf({ teamId, name, role }, deps);\n  }\n}',
      '    throw err;\n  }\n}',
    ],
  ]),
];

/** Faults in how what a user made in teams ends, after the user's record says that it is to end. */
const MADE_IN_TEAMS: readonly Mutant[] = [
  ...mutants('domain/live-sessions.ts', 'records/end-in-teams', [
    [
      'leaves what was made in teams when all end',
      'withDueInTeams(withAllTeamStartsRevoked(ended, nowEpoch), teamIds, nowEpoch)',
      'withAllTeamStartsRevoked(ended, nowEpoch)',
    ],
  ]),
  ...mutants('domain/team-starts.ts', 'records/end-in-teams', [
    [
      'leaves what was made in a team of the provider',
      "membership.kind === 'made'\n",
      "membership.kind !== 'no'\n",
    ],
    [
      'has work left where the item has done all',
      '? withNothingDueIn(others, teamId)',
      '? withDueInTeams(others, [teamId], nowEpoch)',
    ],
  ]),
  ...mutants('domain/due-in-teams.ts', 'records/end-in-teams', [
    ['forgets what was noted again', 'done.through >= through', 'done.through > 0 * through'],
    ['forgets every team', 'done.teamId === teamId && ', ''],
    [
      'notes nothing again',
      'through: user.lastStart, sinceEpoch',
      'through: user.sessions.length * 0, sinceEpoch',
    ],
  ]),
  ...mutants('domain/team.ts', 'records/end-in-teams', [
    ['ends what a later session made', ' && maker.start <= through;', ';'],
    ['leaves the last session of all', 'maker.start <= through;', 'maker.start < through;'],
    ['ends what others made', 'maker.userId === userId && maker.start', 'maker.start'],
    ['leaves the invitations', 'team.invitations.filter(({ maker }) => !isMaker(maker))', 'team.invitations'],
    [
      'leaves the shares',
      'const revoked = withoutMade(team, isMaker, nowEpoch);',
      'const revoked = nowEpoch < 0 ? team : undefined;',
    ],
  ]),
  ...mutants('records/end-in-teams.ts', 'records/end-in-teams', [
    ['forgets a team that failed', 'failures.push(error);', 'ended.push(due);\n      failures.push(error);'],
    ['never forgets a team', 'ended.length === 0 ? user', 'ended.length >= 0 ? user'],
    ['lets one team keep the others', 'failures.push(error);', 'throw error;'],
    [
      'reads the record after the items',
      'const change = (known: UserRecord) => withEndedInTeams(known, ended);',
      'const change = (known: UserRecord) => withEndedInTeams(known, known.dueInTeams);',
    ],
  ]),
  ...mutants('teams/teams.ts', 'records/end-in-teams', [
    [
      'gives a secret to a session that has ended',
      'if (!findSession(user, session.tokenHash, nowEpoch(deps))) {',
      "if (!findSession(user, session.tokenHash, nowEpoch(deps)) && session.id === '') {",
    ],
    [
      'keeps an invitation whose secret nobody got',
      'await change(teamId, (team) => withInvitationTakenBack(team, hash));',
      '',
    ],
    ['notes no session of an invitation', 'start: session.start };', 'start: Number.MAX_SAFE_INTEGER };'],
  ]),
  ...mutants('teams/settle-due.ts', 'revocations/teams', [
    [
      'settles no member whom a request has left due',
      'list: (limit, isPassedOver) => deps.teams.due(limit, isPassedOver),',
      'list: async () => [],',
    ],
    [
      'hides what failed of one member',
      'const { users, failures } = await settleDue(deps, teamId);\n        if (failures.length > 0) throw failures[0];',
      'const { users } = await settleDue(deps, teamId);',
    ],
  ]),
  ...mutants('revocations/second-steps.ts', 'revocations/teams', [
    [
      'tries what failed again at once',
      'done.has(nameOf(id)) || setAside.has(nameOf(id))',
      'done.has(nameOf(id))',
    ],
    ['begins teams after its budget', 'clock.monotonicMs() + budgetMs', 'clock.monotonicMs() + budgetMs * 9'],
    ['names a team as set aside after it was settled', 'setAside.drop(name);', ''],
  ]),
  ...mutants('revocations/second-steps.ts', 'revocations/one-bad-record', [
    ['forgets what other steps have set aside', 'of === step && !names', '!names'],
  ]),
  ...mutants('revocations/due-items.ts', 'revocations/teams', [
    [
      'tells the edge again what it knows',
      'done.has(key) || setAside.has(key) || here',
      'setAside.has(key) || here',
    ],
  ]),
  ...mutants('revocations/due-items.ts', 'revocations/one-bad-record', [
    [
      'tries what failed again at once',
      'done.has(key) || setAside.has(key) || here',
      'done.has(key) || here',
    ],
  ]),
  ...mutants('revocations/due-items.ts', 'revocations/edge-teller', [
    ['takes a newer change for told', '(done.get(key)?.changes ?? 0) < change', '!done.has(key)'],
  ]),
  ...mutants('revocations/due-items.ts', 'revocations/memory-of-a-process', [
    ['takes no crowd for one', 'isCrowd = people.length >= maxBatch;', ''],
    [
      'remembers for ever what it told',
      'if (atMs < longAgoMs) done.delete(key);',
      'if (atMs < 0) done.delete(key);',
    ],
  ]),
  ...mutants('adapters/stores.ts', 'stores', [
    ['passes over no numbers', "{ ':count': count }", "{ ':count': 0 }"],
  ]),
  ...mutants('http/routes/teams.ts', 'http/routes/teams', [
    ['lets people make teams that are the provider’s', '!ofTeams || !config.teams.areMade', '!ofTeams'],
  ]),
  ...mutants('teams/settle-due.ts', 'records/end-in-teams', [
    [
      'hides what failed of one user',
      'if (failures.length > 0) throw failures[0];\n        return user.dueInTeams.length === 0;',
      'return failures.length >= 0 || user.dueInTeams.length === 0;',
    ],
    [
      'does nothing that a request has left',
      'const { user, failures } = await endInTeams(deps, userId);',
      'const { user, failures } = { user: { dueInTeams: [] }, failures: [userId].slice(1) };',
    ],
  ]),
  ...mutants('http/routes/logout.ts', 'http/routes/team-shares', [
    [
      'leaves what was made in teams to the schedule',
      'void ended.endInTeams(deps.outlivesRequests).catch(() => {});',
      '',
    ],
  ]),
  ...mutants('adapters/due.ts', 'stores', [
    ['finds nobody with something to end in teams', '[DUE.inTeams, dueInTeamsSinceEpoch(user)]', ''],
    [
      'ends in teams before the edge knows of the sign-out',
      '[untold, ...others, [DUE.expired, entryExpiresEpoch]]',
      '[...others, untold, [DUE.expired, entryExpiresEpoch]]',
    ],
    ['finds no team that is due', '[DUE.members, settlesSinceEpoch(team)],', ''],
  ]),
];

/** Faults in how memberships follow the provider's claim. */
const TEAMS_OF_PROVIDER: readonly Mutant[] = [
  ...mutants('domain/claimed-teams.ts', 'domain/claimed-teams', [
    [
      'takes a claim of another kind for no teams',
      'if (!Array.isArray(list)) return {',
      'if (list === undefined) return {',
    ],
    [
      'takes one that is kept elsewhere for an answer',
      "sources.some((claims) => isElsewhere(claims['_claim_names'], claim))",
      'sources.length > 9',
    ],
    ['has no order', '[...new Set(usable)].toSorted()', '[...new Set(usable)]'],
    ['has no limit of teams', '.slice(0, Math.max(0, MAX_MEMBERSHIPS - made))', '.slice(0, MAX_MEMBERSHIPS)'],
    [
      'keeps who is not named any more',
      "kind === 'provider' && !wanted.some(",
      "kind === 'provider' && wanted.length > 99 && !wanted.some(",
    ],
    ['ends teams that people made', "kind === 'provider' && !wanted.some(", '!wanted.some('],
    ['keeps the shares of who may only look now', 'withDueInTeams(joined, teamIds, nowEpoch)', 'joined'],
    ['notes any number of teams', '<= MAX_DUE_IN_TEAMS;', '<= MAX_DUE_IN_TEAMS * 9;'],
    ['lowers no role while much is due', '(before || mayJoin) &&', 'mayJoin &&'],
  ]),
  ...mutants('sessions/begin.ts', 'teams-of-provider', [
    ['follows no claim at a sign-in', 'teams.applyTo(rest, session.createdAtEpoch)', 'rest'],
  ]),
  ...mutants('sessions/recheck.ts', 'teams-of-provider', [
    [
      'follows no claim at a recheck',
      'teams ? teams.applyTo(before, nowEpoch(deps)) : before',
      'teams ? before : before',
    ],
    [
      'does not tell the edge who has left',
      'const isRevoking = user.changes > asClaimed.user.changes;',
      'const isRevoking = false;',
    ],
    [
      'opens a team by the record from before the recheck',
      'return session ? { ...current, known, session } : current;',
      'return session ? current : current;',
    ],
    ['logs nothing at a recheck', 'if (leftOut) listener?.leftOut(leftOut);', ''],
  ]),
  ...mutants('sessions/teams-of-provider.ts', 'teams-of-provider', [
    ['gives everybody one role', "ofProvider?.role ?? 'viewer'", "'editor'"],
    [
      'keeps the teams after the claim was turned off',
      '{ values: [], unusable: 0 }',
      '{ values: undefined, unusable: 0 }',
    ],
  ]),
  ...mutants('adapters/oidc.ts', 'teams-of-provider', [
    ['asks nobody for the claim at a sign-in', "...options.wantedClaims, 'name', 'email'", "'name', 'email'"],
    ['asks nobody for the claim at a recheck', 'wanted: options.wantedClaims,', 'wanted: [],'],
    ['fails if userinfo does', 'if (isRequired) throw error;', 'throw error;'],
  ]),
];

/** Faults in how often a user may do something. */
const LIMITS: readonly Mutant[] = mutants('http/limits.ts', 'http/limits', [
  ['lets a user change teams without a limit', '  ...ofUser(1, TEAM_CHANGES),\n', ''],
  ['lets a user list teams without a limit', '    ...TEAM_READS,\n', ''],
  ['lets a user open teams without a limit', '[OPEN_TEAM, ', '['],
  ['lets an editor make links without a limit', "'make_link', 'change_link', 'end_link'", ''],
  ['lets an editor list links without a limit', ", 'list_links'];", '];'],
  ['lets a foreign page use up the guesses of an address', '  cross_origin: { refusals: 10 },\n', ''],
]);

/** Faults in how sessions open teams, and in the cookies of teams. */
const OPENINGS: readonly Mutant[] = [
  ...mutants('sessions/new-numbers.ts', 'sessions/open-team', [
    ['takes a number for each opening', 'waiting.get(userId) ?? keep(', 'keep('],
    ['gives a number again', 'if (hasHad(written.user, number)) drop(userId, coming);', ''],
    ['gives a number again that may be in the record', 'if (!isRefused) drop(userId, coming);', ''],
    [
      'takes numbers for openings that are refused',
      'if (!isRefused) drop(userId, coming);',
      'drop(userId, coming);',
    ],
    ['loses a number that a record has not taken', 'if (hasHad(written.user, number)) ', ''],
  ]),
  ...mutants('sessions/new-numbers.ts', 'sessions/new-numbers', [
    ['gives a number again that is left', '|| teamKeys.some((key) => key.number === number)', ''],
    ['keeps numbers without end', 'waiting.size > MAX_USERS', 'waiting.size < 0'],
  ]),
  ...mutants('sessions/renew.ts', 'sessions/open-team', [
    [
      'checks no membership at the write',
      '    requireMembership(user, renewal.teamId);\n    const opened',
      '    const opened',
    ],
    [
      'writes at each renewal of a team',
      'teamStartOf(user, session) === undefined)\n',
      'nowEpoch(deps) > 0)\n',
    ],
    [
      'allows any number of new numbers',
      'if (mayHaveNewNumber(user, nowEpoch)) return;',
      'if (user) return;',
    ],
    [
      'counts the numbers of a day before the write alone',
      'if (isNew) requireFewNumbers',
      'if (false) requireFewNumbers',
    ],
    [
      'opens a team although a removal was found out',
      "const ENDS: ErrorCode[] = ['no_session', 'no_such_team'];",
      "const ENDS: ErrorCode[] = ['no_session'];",
    ],
    [
      'gives a new start to whoever opens a team',
      'teamStartOf(changed, own) === undefined ?',
      'teamStartOf(changed, own) !== null ?',
    ],
  ]),
  ...mutants('domain/team-starts.ts', 'domain/team-starts', [
    [
      'gives a number whose last start is not past',
      'nowEpoch - MARGIN_SECONDS + 1) - 1',
      'nowEpoch - MARGIN_SECONDS + 1)',
    ],
  ]),
  ...mutants('domain/live-sessions.ts', 'model', [
    [
      'ends a session, and leaves it in its teams',
      'withTeamStartsRevoked(withRevokedStarts(user, starts, nowEpoch), ending, nowEpoch)',
      'withRevokedStarts(user, starts, nowEpoch)',
    ],
  ]),
  ...mutants('domain/live-sessions.ts', 'model.full', [
    [
      'leaves the links of teams open',
      'withDueInTeams(withAllTeamStartsRevoked(ended, nowEpoch), teamIds, nowEpoch)',
      'withAllTeamStartsRevoked(ended, nowEpoch)',
    ],
    ['leaves all in their teams', 'withAllTeamStartsRevoked(ended, nowEpoch)', 'ended'],
  ]),
  ...mutants('domain/team-starts.ts', 'model.full', [
    [
      'removes, and the edge does not know',
      'if (!teamNumber) return left;',
      'if (!teamNumber || nowEpoch > 0) return left;',
    ],
    [
      'adds again with the number that is refused',
      'return isLeft ? withNumberLeft(member, nowEpoch) : member;',
      'return isLeft && nowEpoch < 0 ? withNumberLeft(member, nowEpoch) : member;',
    ],
    ['shares a start', '    ...user.sessions.map((session) => session.teamStart),\n', ''],
    [
      'leaves the links of who left a team of the provider',
      ': withDueInTeams(others, [teamId], nowEpoch);',
      ': others;',
    ],
  ]),
  ...mutants('sessions/renew.ts', 'model.full', [
    [
      'opens teams for whoever was a member',
      'const membership = requireMembership(user, renewal.teamId);',
      "const membership = user.memberships.find(({ teamId }) => teamId === renewal.teamId) ?? { teamId: renewal.teamId, role: 'viewer', kind: 'made' };",
    ],
  ]),
  ...mutants('adapters/stores.ts', 'stores', [
    ['gives one number too many', '#given < :last', '#given <= :last'],
  ]),
  ...mutants('adapters/clock-guard.ts', 'adapters/clock-guard', [
    ['gives numbers by a wrong clock', 'next: by(numbers.next)', 'next: numbers.next'],
  ]),
  ...mutants('revocations/edge-updates.ts', 'revocations/edge-updates', [
    ['waits twice as long for each key', 'if (aside.has(item)) return;', ''],
  ]),
  ...mutants('http/cookies.ts', 'http/routes/team-cookies', [
    [
      'forgets which team was renewed last',
      'renewedAtEpoch: folder.readAtEpoch',
      'renewedAtEpoch: folder.start',
    ],
    ['keeps seven sets', 'const MAX_TEAMS = 6;', 'const MAX_TEAMS = 7;'],
    [
      'closes the team that was renewed last',
      'a.renewedAtEpoch - b.renewedAtEpoch',
      'b.renewedAtEpoch - a.renewedAtEpoch',
    ],
    [
      'leaves teams open at a sign-out',
      "owner.kind === 'team' || owner.id !== except",
      "owner.kind !== 'team' && owner.id !== except",
    ],
    [
      'signs beyond the idle end',
      'parseEpochSeconds(Math.min(endsAtEpoch, latestEpoch))',
      'parseEpochSeconds(latestEpoch)',
    ],
  ]),
  ...mutants('http/cookies.ts', 'http/cookies', [
    ['has no room for six teams', 'alone: 6_200', 'alone: 5_000'],
  ]),
  ...mutants('http/routes/session.ts', 'http/routes/team-cookies', [
    ['opens teams in a service without teams', "if (!ofTeams) throw new GatewayError('no_such_team');", ''],
    ['keeps the cookies of a team that is left', "code === 'no_such_team' && teamId", 'teamId && false'],
  ]),
  ...mutantsOf('core/cookies.ts', 'test/core/user-id.test.ts', [
    ['takes a user for a team', '/^\\d{10,12}$/.test(value)', 'value'],
  ]),
];

/** Faults in which teams a deployment has, and in who reaches their folders. */
const DEPLOYMENT: readonly Mutant[] = [
  ...mutants('settings/environment.ts', 'settings/config', [
    [
      'needs no claim for teams of the provider',
      'if (!claim) return isOfProvider ?',
      'if (!claim) return false ?',
    ],
    ['takes a claim that nothing uses', 'if (!isOfProvider) return', 'if (false) return'],
    ['takes the claim that names users', 'return claim === userIdClaim', 'return false'],
  ]),
  ...mutants('settings/config.ts', 'settings/config', [
    ['lets people make teams of the provider', "TEAMS === 'made' || TEAMS === 'both'", "TEAMS !== 'off'"],
  ]),
  ...mutantsOf('infra/values.ts', 'test/infra/values.test.ts', [
    ['takes teams where the edge sees no credential', "teams !== undefined && teams !== 'off'", 'false'],
  ]),
  ...mutantsOf('infra/service-settings.ts', 'test/infra/values.test.ts', [
    [
      'has teams where the edge sees no credential',
      "values.edgeCredential === 'trusted' ? 'off' : values.teams",
      'values.teams',
    ],
  ]),
  ...mutantsOf('infra/files-host.ts', 'test/infra/permissions.test.ts', [
    [
      'lets the distribution read beside the folders',
      'bucket.arnForObjects(`${key}*`)',
      "bucket.arnForObjects('*')",
    ],
  ]),
  ...mutantsOf('infra/service.ts', 'test/infra/permissions.test.ts', [
    ['lets the service list everything', "{ 's3:prefix': prefixes }", "{ 's3:prefix': '*' }"],
    ['lets the schedule list everything', "{ 's3:prefix': `${TEAMS_KEY}*` }", "{ 's3:prefix': '*' }"],
    [
      'lets the schedule delete anything',
      'resources: [bucket.arnForObjects(`${TEAMS_KEY}*`)]',
      "resources: [bucket.arnForObjects('*')]",
    ],
  ]),
];

/** Faults in links to folders. */
const LINKS: readonly Mutant[] = [
  ...mutants('domain/link.ts', 'domain/link', [
    ['opens links that have ended', '({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch', '() => true'],
    ['makes a link twice', 'if (book.links.some(({ hash }) => hash === link.hash)) return undefined;', ''],
    ['makes more links than a team may have', '.length >= MAX_LINKS', '.length > MAX_LINKS + nowEpoch'],
    [
      'gives a start away on the second in which its link ends',
      'expiresAtEpoch + CLOCKS_APART_SECONDS > nowEpoch',
      'expiresAtEpoch > nowEpoch',
    ],
    ['keeps open what the old password opened', 'password !== undefined || ', ''],
    ['keeps open what an earlier end ends', ' || expiresAtEpoch < before.expiresAtEpoch', ''],
    [
      'takes an old generation for a new one',
      'generation: before.generation + 1',
      'generation: before.generation',
    ],
    [
      'changes a password, and the edge does not know',
      'return withStartsRevoked(anew, [before.start], nowEpoch);',
      'return anew;',
    ],
    [
      'ends a link, and the edge does not know',
      'starts.length === 0 ? left :',
      'starts.length >= 0 ? left :',
    ],
    ['gives a start that another link has', '...book.links.map(({ start }) => start), ', ''],
    ['gives a start that the edge refuses', ', ...singles.map((single) => single.number)]', ']'],
    ['has more starts than one entry holds', 'const MAX_STARTS = 90;', 'const MAX_STARTS = 100;'],
    ['goes on with a number that has ended', 'links: [], linkNumber: undefined', 'links: []'],
    ['takes a path for a name', "name.includes('/') || ", ''],
  ]),
  ...mutants('domain/revocation-entry.ts', 'domain/link', [
    [
      'ends all links, and refuses some of the starts',
      'teamStart(key.number, STARTS_PER_NUMBER - 1)',
      'teamStart(key.number, 0)',
    ],
  ]),
  ...mutants('domain/team.ts', 'domain/link', [
    [
      'keeps the links of a deleted team',
      'const over = withoutAnyLink(left, nowEpoch);',
      'const over = left;',
    ],
    [
      'ends shares, and keeps links',
      'return withoutLinksOf(withoutShares ?? team, isMaker, nowEpoch) ?? withoutShares;',
      'return withoutShares;',
    ],
  ]),
  ...mutants('domain/link.ts', 'model.full', [
    ['gives a start that the edge refuses', ', ...singles.map((single) => single.number)]', ']'],
    [
      'gives a start away on the second in which its link ends',
      'expiresAtEpoch + CLOCKS_APART_SECONDS > nowEpoch',
      'expiresAtEpoch > nowEpoch',
    ],
  ]),
  ...mutants('domain/team.ts', 'model', [
    [
      'keeps the links of a deleted team',
      'const over = withoutAnyLink(left, nowEpoch);',
      'const over = left;',
    ],
    [
      'ends nothing that a removed member made',
      '  return withNothingOf(left, userId, nowEpoch);',
      '  return left;',
    ],
  ]),
  ...mutants('domain/team.ts', 'model.full', [
    [
      'ends nothing that an editor made who may only look now',
      "return hasRole(role, 'editor') ? lowered : withNothingOf(lowered, userId, nowEpoch);",
      'return lowered;',
    ],
  ]),
  ...mutants('domain/link.ts', 'model', [
    [
      'ends a link, and the edge does not know',
      'starts.length === 0 ? left :',
      'starts.length >= 0 ? left :',
    ],
    ['gives a start that another link has', '...book.links.map(({ start }) => start), ', ''],
    ['keeps open what the old password opened', 'password !== undefined || ', ''],
    ['opens links that have ended', '({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch', '() => true'],
  ]),
  ...mutants('links/links.ts', 'model', [
    ['takes a pass of an old password', 'opened && nameOf(opened.link) === name ?', 'opened ?'],
    [
      'says that a link has ended before the edge knows',
      'return deps.teller.tellTeam(editor.teamId, team);\n    },\n\n    open:',
      "return team && 'told';\n    },\n\n    open:",
    ],
    [
      'gives the links of a team the number of their maker',
      'return nextNumber(deps);',
      'return known.user.teamNumber?.number ?? nextNumber(deps);',
    ],
  ]),
  ...mutants('links/links.ts', 'model.full', [
    ['does not look again before a link is handed out', 'await requireEditor(deps, person, teamId);', ''],
    [
      'prepares a link that has ended meanwhile',
      "if (!isSame(known)) throw new GatewayError('link_over');",
      '',
    ],
  ]),
  ...mutants('records/change-team.ts', 'shares/shares', [
    [
      'asks no team who is an editor',
      "if (team.kind === 'made') requireRole(team, person.userId, 'editor');",
      '',
    ],
  ]),
  ...mutants('links/tries.ts', 'links/tries', [
    [
      'looks at one password too many',
      'addTry(key, name, most, forgetAtEpoch)',
      'addTry(key, name, most + 1, forgetAtEpoch)',
    ],
    ['remembers half the time', 'const WINDOW_SECONDS = 10 * 60;', 'const WINDOW_SECONDS = 5 * 60;'],
    ['counts right ones', 'if (!isWrong) await', 'if (places.length < counted.length) await'],
    ['gives the places of wrong ones back', 'if (!isWrong) await', 'await'],
    [
      'keeps the place of a link that an address may not use',
      'if (!isWrong) await',
      'if (!isWrong && places.length === counted.length) await',
    ],
    [
      'waits for nobody',
      'if (recent.some((each) => timeOf(each) > atEpoch - UNDECIDED_SECONDS)) return undefined;',
      '',
    ],
    ['never tidies up', 'if (past.length > 0) await links.removeTries(key, past);', ''],
  ]),
  ...mutants('links/links.ts', 'http/routes/links', [
    ['takes the secret of another link', ' || hashToken(secret) !== id', ''],
    [
      'takes a pass that nobody gave',
      "if (!isIssued(deps.tokenMac, 'link', { name, secret: code })) return undefined;",
      '',
    ],
    ['takes a pass of an old password', 'opened && nameOf(opened.link) === name ?', 'opened ?'],
    ['opens with any password', "if (!isRight) throw new GatewayError('wrong_password');", ''],
    [
      'opens without the password',
      "if (password === undefined) throw new GatewayError('password_needed');",
      'if (password === undefined) return;',
    ],
    ['counts nothing', "if (!hasRoom) throw new GatewayError('link_full');", ''],
    [
      'hashes and counts for a link that is not there',
      "if (!(await read(deps, { teamId: editor.teamId, hash: id }))) throw new GatewayError('no_such_link');",
      '',
    ],
    [
      'forgets at the former end what was counted',
      'if (wanted.expiresAtEpoch) await deps.links.keepRoom(id, wanted.expiresAtEpoch + DAY_SECONDS);',
      '',
    ],
    [
      'shows links to whoever asks',
      "if (team?.kind === 'made') requireRole(team, person.userId, 'editor');\n",
      '',
    ],
  ]),
  ...mutants('links/links.ts', 'links/interleavings', [
    ['does not look again before a link is handed out', 'await requireEditor(deps, person, teamId);', ''],
    [
      'signs for longer than the edge remembers',
      'if (team.longestCookieSeconds >= cookieLifetimeSeconds) return;',
      'if (teamId) return;',
    ],
    [
      'prepares a link that has ended meanwhile',
      "if (!isSame(known)) throw new GatewayError('link_over');",
      '',
    ],
    ['writes the item for each of many first visitors', 'longer === known ? undefined : longer', 'longer'],
    ['gives numbers away without end', 'if (mayHaveNewNumber(user, nowEpoch(deps)))', 'if (userId)'],
    [
      'looks at the clock after the item',
      'const readAtEpoch = nowEpoch(deps);\n  const team = (await deps.teams.read(teamId))?.team;',
      'const team = (await deps.teams.read(teamId))?.team;\n  const readAtEpoch = nowEpoch(deps);',
    ],
  ]),
  ...mutants('links/password.ts', 'links/password', [
    ['takes every Unicode form for another password', "rawPassword.normalize('NFC')", 'rawPassword'],
    [
      'compares no hash',
      'wanted.length === given.length && timingSafeEqual(wanted, given)',
      'wanted.length === given.length',
    ],
    ['hashes all at once', 'const own = last.then(', 'const own = Promise.resolve().then('],
    ['lets a thousand hashes wait', 'const MAX_WAITING = 100;', 'const MAX_WAITING = 1_000;'],
    ['counts those that waited before', '      waiting--;\n', ''],
    ['hashes for requests that are over', 'if (monotonicMs() > untilMs) throw tooMany();', ''],
    ['knows a password for ever', 'endMs <= monotonicMs()', 'endMs < 0'],
    [
      'knows the password of another link',
      '`${stored}\\0${normalized(rawPassword)}`',
      'normalized(rawPassword)',
    ],
    [
      'hashes what it knows',
      '      if (known.has(mac)) return true;\n      return inTurn',
      '      return inTurn',
    ],
  ]),
  ...mutants('links/send.ts', 'http/routes/links', [
    [
      'overwrites nothing, and finds no other name',
      'if (!(await objects.find(objectKey(owner, name)))) return name;',
      'if (owner) return name;',
    ],
    [
      'counts before the other checks',
      '      await deps.usage.take(...given);\n      await deps.links.count',
      '      await deps.links.count',
    ],
    ['sends into the folder of the team', '`${folderOfLink(opened.link)}/${wanted.name}`', 'wanted.name'],
  ]),
  ...mutants('http/guards.ts', 'http/routes/links', [
    [
      'takes a viewer for an uploader',
      "if (role && found.link.role !== role) throw new GatewayError('role_too_low');",
      '',
    ],
    ['lets every browser go on with an upload', "parseUserId(hashToken(pass ?? ''))", 'parseUserId(id)'],
  ]),
  ...mutants('http/guards.ts', 'http/limits', [
    ['counts requests of a link by pass', '`${id} ${normalizeIP(request.ip)}`', 'sender'],
  ]),
  ...mutants('http/limits.ts', 'http/limits', [
    ['lets a link renew cookies without a limit', ", 'refresh_link']", ']'],
  ]),
  ...mutants('http/routes/links.ts', 'http/routes/links', [
    ['gives uploaders cookies', "if (role !== 'viewer') return { link: shown };", ''],
    ['prepares nothing', 'await deps.links.prepare(opened);', ''],
    [
      'lets a viewer make links',
      "operation: 'make_link',\n        role: 'editor'",
      "operation: 'make_link',\n        role: 'viewer'",
    ],
    [
      'lets a viewer see links',
      "operation: 'list_links', role: 'editor'",
      "operation: 'list_links', role: 'viewer'",
    ],
  ]),
  ...mutants('http/routes/links.ts', 'http/routes/links', [
    [
      'names no link in the audit of a refusal',
      '...(meant && { team: meant.teamId, link: meant.hash }), ',
      '',
    ],
    ['counts no refusals', 'deps.metrics?.countOpening(code);', ''],
    [
      'shows the hash of a password',
      'hasPassword: password !== undefined }',
      'hasPassword: password !== undefined, name: password }',
    ],
  ]),
  ...mutantsOf('services/operator/cli/teams.ts', 'test/services/operator/cli/teams.test.ts', [
    ['ends all links in place of one', "id === 'all' || hash === id", 'id.length > 0 || hash === id'],
    [
      'lists links that are over',
      'openLinks(team, nowEpoch(stores)).map(shownLink)',
      'team.links.map(shownLink)',
    ],
    [
      'does not tell the edge of the end of a link',
      'EDGE[await stores.teller.tellTeam(teamId, team)]',
      'EDGE.told',
    ],
  ]),
  ...mutants('http/cookies.ts', 'http/routes/links', [
    ['leaves links open at a sign-out', 'if (except === undefined || wasOther)', 'if (wasOther)'],
    ['leaves links open for another user', 'except === undefined || wasOther', 'except === undefined'],
    [
      'leaves links open for another user, if the session cookie has gone',
      "noted.some(({ owner }) => owner.kind === 'user') || ",
      '',
    ],
    ['closes the links of the same user', 'own !== undefined && own !== except', 'own !== undefined'],
    [
      'closes what somebody opened before the sign-in',
      'own !== undefined && own !== except',
      'own !== except',
    ],
    ['keeps six links', 'others.slice(0, 1 - MAX_LINKS)', 'others.slice(0, -MAX_LINKS)'],
    ['signs beyond the end of a link', 'Math.min(endsAtEpoch, latestEpoch)', 'Math.max(0, latestEpoch)'],
  ]),
  ...mutants('adapters/links.ts', 'stores', [
    ['takes a file too many', '#files < :files AND', '#files <= :files AND'],
    ['takes a byte too many', "':room': caps.bytes - bytes", "':room': caps.bytes"],
    ['takes a first file of any size', 'if (bytes > caps.bytes) return false;', ''],
    ['adds tries without a limit', ' OR size(#tries) < :most', ' OR size(#tries) < :ttl'],
  ]),
  ...mutants('adapters/links.ts', 'adapters/stores', [
    [
      'makes items that nothing forgets',
      "condition: 'attribute_exists(pk)',\n        values: { ':tries'",
      "values: { ':tries'",
    ],
  ]),
  ...mutants('adapters/clock-guard.ts', 'adapters/clock-guard', [
    ['counts tries by a wrong clock', 'addTry: by(links.addTry)', 'addTry: links.addTry'],
    [
      'forgets tries by a wrong clock',
      'removeTries: by(links.removeTries)',
      'removeTries: links.removeTries',
    ],
  ]),
  ...mutantsOf('services/auth/domain/team.ts', 'test/services/operator/cli/restored-teams.test.ts', [
    ['keeps links of a restored table', 'const over = withoutAnyLink(left, nowEpoch);', 'const over = left;'],
  ]),
];

/** Faults in sessions of clients that are no browser. */
const BEARERS: readonly Mutant[] = [
  ...mutants('http/bearer.ts', 'token', [
    ['takes an access token beside a cookie', 'SESSION_COOKIE in request.cookies', "'x' in request.cookies"],
    ['overlooks an empty cookie', 'SESSION_COOKIE in request.cookies', 'request.cookies[SESSION_COOKIE]'],
    ['lets a page send an access token', '    refuseOrigin(request);\n', ''],
    ['takes an empty Origin for none', 'headers.origin !== undefined', 'headers.origin'],
    ['sets cookies in an answer to a bearer', "reply.removeHeader('set-cookie')", "reply.getHeader('x')"],
    [
      'takes the cookie if the access token is empty',
      'scheme === undefined ? undefined : token',
      'token || undefined',
    ],
    [
      'takes an access token on every route',
      '  if (!routeOptions.config.takesBearer) return undefined;\n',
      '',
    ],
  ]),
  ...mutants('http/guards.ts', 'token', [
    ['asks a bearer for an Origin', 'bearerOf(request) === undefined && ', ''],
    ["takes a cookie's value as an access token", '{ ...token, isBearer }', '{ ...token, isBearer: false }'],
  ]),
  ...mutants('http/routes/token.ts', 'token', [
    ['uses a token once for each signature', "rawToken.slice(0, rawToken.lastIndexOf('.'))", 'rawToken'],
    [
      'takes a token again',
      'if (await deps.once.useOnce(hashToken(signed), nowEpoch(deps) + REPLAY_SECONDS)) return;',
      'if (await deps.once.useOnce(`${Math.random()}`, nowEpoch(deps) + REPLAY_SECONDS)) return;',
    ],
    ['forgets the use too early', 'const REPLAY_SECONDS = 60 * 60;', 'const REPLAY_SECONDS = 360;'],
    ['lets a page exchange a token', '      onRequest: async (request) => refuseOrigin(request),\n', ''],
    ['judges a token by a wrong clock', '      deps.clockGuard.check();\n', ''],
    ['gives a token that counts as a cookie', ', isBearer: true };', ', isBearer: false };'],
    ['lets everybody in', 'userId = admit(identity, deps.config);', 'userId = admit(identity, {});'],
  ]),
  ...mutants('app.ts', 'token', [
    ['takes the last of two members', 'more.length === 0 ? value : [value, ...more]', 'more.at(-1) ?? value'],
    ['takes JSON for a form', '    withToken.removeAllContentTypeParsers();\n', ''],
  ]),
  ...mutants('http/cookies.ts', 'token', [
    ['names a hash that there is not', "value === '' ? [] : `${name}=${value}`", '`${name}=${value}`'],
  ]),
  ...mutants('http/limits.ts', 'token', [
    ['lets an address guess tokens', '  token: { refusalsThatBlock: 1 },\n', ''],
  ]),
  ...mutants('sessions/begin.ts', 'token', [
    [
      'keeps tokens that there are not',
      'if (sealed !== undefined) await tokens.put(session.id, sealed,',
      "await tokens.put(session.id, sealed ?? 'x',",
    ],
  ]),
  ...mutants('adapters/native-token.ts', 'adapters/native-token', [
    ['takes a token for two clients', "    if (typeof aud !== 'string') throw refused(FAULTS['aud']);\n", ''],
    [
      'takes any authorized party',
      'azp !== undefined && azp !== aud',
      'azp === undefined && aud === undefined',
    ],
    [
      'takes a nonce that the request lacks',
      "payload['nonce'] !== nonce",
      "nonce && payload['nonce'] !== nonce",
    ],
    [
      'takes a request with a nonce too many',
      "payload['nonce'] !== nonce",
      "(payload['nonce'] ?? nonce) !== nonce",
    ],
    ['takes a logout token', 'events !== undefined', "events === 'x'"],
    ['takes a subject that is no text', "typeof sub !== 'string'", 'sub === undefined'],
    ['takes an access token', "types: ['jwt'],", "types: ['jwt', 'at+jwt'],"],
    ['takes the token of another provider', '    issuer,\n    audience', '    audience'],
    ['takes the token of another client', '    audience: clientIds,\n', ''],
    ['takes an old token', 'const MAX_AGE_SECONDS = 300;', 'const MAX_AGE_SECONDS = 301;'],
    [
      'takes a token without an end',
      "['iat', 'exp', 'sub', ...requiredClaims]",
      "['iat', 'sub', ...requiredClaims]",
    ],
    ['overlooks a claim of the rule', "'sub', ...requiredClaims]", "'sub']"],
  ]),
];

/** Each is a rule of the design of sessions, revocations, folders and teams, turned off. */
export const MUTANTS: readonly Mutant[] = [
  ...SESSIONS,
  ...RECORDS,
  ...REVOCATIONS,
  ...TEAMS,
  ...FOLDERS,
  ...MEMBERS,
  ...MADE_IN_TEAMS,
  ...TEAMS_OF_PROVIDER,
  ...LIMITS,
  ...BEARERS,
  ...OPENINGS,
  ...DEPLOYMENT,
  ...LINKS,
];
