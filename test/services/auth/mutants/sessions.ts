// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import type { Mutant } from '../../../support/mutants.ts';
import { mutants } from './mutants-in.ts';

/** Faults in how a session begins, renews and ends. */
export const SESSIONS: readonly Mutant[] = [
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
    ["forgets the provider's name of the session", 'sidHash: sid?.hash, ', ''],
  ]),
  ...mutants('auth/sessions/begin.ts', 'auth/sessions/pointers', [
    ['begins although the pointer is full', "joined.includes('full')", "joined.includes('none')"],
  ]),
  ...mutants('auth/sessions/begin.ts', 'auth/sessions/begin', [
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
    [
      'does not tell the edge of an eviction',
      'const isEvicting = user.changes > known.user.changes;',
      'const isEvicting = false;',
    ],
  ]),
  ...mutants('auth/sessions/begin.ts', 'auth/sessions/end-and-tokens', [
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
  ...mutants('auth/domain/secret-token.ts', 'auth/sessions/made-up-tokens', [
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
  ...mutants('auth/sessions/sessions.ts', 'auth/sessions/made-up-tokens', [
    [
      'looks a made-up session up',
      "!isIssued(deps.tokenMac, 'session', { name: token.userId, ...token })",
      "token.secret === ''",
    ],
  ]),
  ...mutants('auth/sessions/end.ts', 'auth/sessions/made-up-tokens', [
    ['looks a made-up ticket up', "!isIssued(deps.tokenMac, 'ticket', token)", "token.secret === ''"],
  ]),
  ...mutants('auth/sessions/end-at-provider.ts', 'auth/sessions/end-at-provider', [
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
  ...mutants('auth/sessions/begin.ts', 'auth/interleavings', [
    [
      'notes no sign-in without a sid',
      'sid ?? withoutSidPointer(issuer, subject),',
      '...(sid ? [sid] : []),',
    ],
  ]),
  ...mutants('auth/sessions/end.ts', 'auth/http/routes/sign-out', [
    ['ends all in place of one', '(session) => session.id === id', '() => true'],
  ]),
  ...mutants('auth/sessions/end.ts', 'auth/sessions/end-and-tokens', [
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
    ['takes any ticket', 'hashToken(token.secret)', 'hashToken(token.secret) && "x"'],
  ]),
  ...mutants('auth/sessions/end.ts', 'auth/sessions/end', [
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
      'return () => (isDue ? finish(',
      'await deps.pointers.settle(pointer, mark, nowEpoch(deps));\n      return () => (isDue ? finish(',
    ],
    ['never settles', '.settle(pointer, mark, nowEpoch(deps));', '.readDue(pointer).then(() => {});'],
    ['does not end sessions of the same second', '<= mark.issuedAtEpoch', '< mark.issuedAtEpoch'],
    ['ends sessions that began later', '<= mark.issuedAtEpoch &&', '<= mark.issuedAtEpoch + 9 &&'],
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
  ...mutants('auth/sessions/end-at-provider.ts', 'auth/sessions/failing-logouts', [
    [
      'counts as finished although a record failed',
      'Promise.all([failed ? undefined : settle(), ...telling])',
      'Promise.all([settle(), ...telling])',
    ],
    ['answers the provider with success although a record failed', 'if (failed) throw failed.reason;', ''],
    [
      'lets logouts that fail take the place of others',
      'await Promise.all(due.map(attempt));',
      'await Promise.all(due.map(attempt));\n    break;',
    ],
  ]),
  ...mutants('auth/sessions/renew.ts', 'auth/sessions/renew', [
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
    ['gives no new start to an overtaken session', 'isOvertaken(known.user, session.start) ||', 'false ||'],
  ]),
  ...mutants('auth/sessions/sessions.ts', 'auth/sessions/renew', [
    [
      'takes the time after the read',
      'const readAtEpoch = nowEpoch(deps);\n  const known = await deps.users.read(token.userId);',
      'const known = await deps.users.read(token.userId);\n  const readAtEpoch = nowEpoch(deps);',
    ],
  ]),
  ...mutants('auth/sessions/pointers.ts', 'auth/sessions/pointers', [
    ['tells issuers not apart', '`${issuer}\\0${value}`', 'value || issuer.length.toString()'],
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
  ...mutants('auth/sessions/recheck-claims.ts', 'auth/sessions/recheck-claims', [
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
  ...mutants('auth/sessions/recheck-claims.ts', 'auth/recheck-interleavings', [
    ['takes a claim of another clock for old', 'LOST_SECONDS = 5 * 60', 'LOST_SECONDS = 30'],
  ]),
  ...mutants('auth/sessions/recheck.ts', 'auth/recheck-interleavings', [
    ['asks although another process asks', 'if (claims.isHeld(userId, user, own)) return undefined;\n', '\n'],
    ['does not note its own claim', 'claims.isHeld(userId, asClaimed.user, own);\n', '\n'],
  ]),
  ...mutants('auth/sessions/sessions.ts', 'auth/clocks', [
    ['signs out by a wrong clock', 'if (kept) deps.clockGuard.check();\n', '\n'],
    ['takes every missing session for a wrong clock', 'if (kept) deps', 'deps'],
  ]),
  ...mutants('auth/sessions/recheck.ts', 'auth/recheck', [
    ['goes on after invalid_grant', "return await end('invalid_grant')", "return { outcome: 'alive' }"],
    ['asks no rule', 'if (allowRule && subjects', 'if (allowRule && subjects.length > 9 && subjects'],
    ['takes another person', '.hash !== session.subjectHash', ".hash === ''"],
    ['waits as long as the answer takes', 'within(clock, limits.recheckMs,', 'within(clock, 60_000,'],
    ['ends by a failure', "return { outcome: 'failed' };", "return { outcome: 'ended' };"],
  ]),
];
