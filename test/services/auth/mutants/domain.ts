// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { type Mutant, mutantsOf } from '../../../support/mutants.ts';
import { mutants } from './mutants-in.ts';

/** Faults in rules without input or output. */
export const DOMAIN: readonly Mutant[] = [
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
    ['allows one session too many', 'kept.length - MAX_SESSIONS + 1', 'kept.length - MAX_SESSIONS'],
    ['forgets a session by one clock', 'nowEpoch - CLOCK_SKEW_SECONDS', 'nowEpoch + CLOCK_SKEW_SECONDS * 0'],
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
    ['forgets the clocks’ difference', 'madeForEpoch) + CLOCK_SKEW_SECONDS', 'madeForEpoch)'],
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
      'const linksEpoch = fromEpoch + MAX_URL_SECONDS;',
      'const linksEpoch = cookiesEpoch + MAX_URL_SECONDS * 0;',
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
      '({ number }))];',
      '({ number, untilEpoch: nowEpoch + user.longestCookieSeconds + CLOCK_SKEW_SECONDS }))];',
    ],
    [
      'leaves the end of a start that is revoked again',
      'const others = user.revokedStarts.filter(({ number }) => !starts.includes(number));',
      'const others = user.revokedStarts;\n  starts = starts.filter((start) => others.every(({ number }) => number !== start));',
    ],
    [
      'drops by the clock',
      'const signedOut = absorbed(user.signedOut, user.revokedStarts);',
      'const signedOut = absorbed(user.signedOut, user.revokedStarts.filter(({ untilEpoch = Infinity }) => untilEpoch > (user.untoldSinceEpoch ?? 0)));',
    ],
    [
      'drops revoked shares by the clock',
      'absorbed(user.sharesSignedOut, user.revokedShares)',
      'absorbed(user.sharesSignedOut, user.revokedShares.filter(({ untilEpoch = 0 }) => untilEpoch > (user.untoldSinceEpoch ?? 0)))',
    ],
    [
      'drops what has ended since the entry was made',
      'goneAtEpoch(part.untilEpoch) <= madeForEpoch',
      'goneAtEpoch(part.untilEpoch) <= Math.max(nowEpoch, madeForEpoch)',
    ],
    ['drops a second too late', '<= madeForEpoch ? {', '< madeForEpoch ? {'],
    ['keeps what is gone', '.filter(({ untilEpoch }) => untilEpoch !== 0);', ';'],
    ['overtakes for ever', 'overtaken.untilEpoch === 0 ? NOTHING', 'overtaken.through === 0 ? NOTHING'],
    ['gives a floor at nothing an end', 'part.through === 0 ? NOTHING : noted(', 'noted('],
    [
      'lets what has no end take over an end',
      'return ends.length < parts.length ? {} :',
      'return ends.length === 0 ? {} :',
    ],
    ['takes the earliest end', 'untilEpoch: Math.max(...ends) };', 'untilEpoch: Math.min(...ends) };'],
    [
      'takes no room for what has ended',
      'entryText(record(), 0)',
      'entryText(record(), user.untoldSinceEpoch ?? 0)',
    ],
    ['revokes a start twice', '!starts.includes(number)', 'number > 0'],
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
    [
      'takes shares for sessions',
      'shares: singles(user.revokedShares)',
      'shares: singles(user.revokedStarts)',
    ],
    ['forgets a floor', 'floor(user.signedOut, user.overtaken)', 'floor(user.signedOut)'],
  ]),
  ...mutants('auth/domain/revocation-entry.ts', 'auth/model', [
    ['does not count a change', 'changes: user.changes + 1', 'changes: user.changes'],
    ['lowers what was told', 'Math.max(user.told, read.changes)', 'read.changes - 1'],
    ['never removes an entry', '?? Number.POSITIVE_INFINITY) <= nowEpoch', '?? 0) < 0'],
  ]),
  ...mutants('auth/domain/session.ts', 'auth/sessions/lifetimes', [
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
    ['keeps all of a user agent', 'rawUserAgent, MAX_USER_AGENT_BYTES', 'rawUserAgent, Infinity'],
  ]),
  ...mutants('auth/domain/secret-token.ts', 'auth/sessions/lifetimes', [
    [
      'keeps the secret itself',
      "createHash('sha256').update(token).digest('base64url')",
      'token || createHash("sha256").digest("hex")',
    ],
  ]),
  ...mutants('auth/domain/secret-token.ts', 'auth/domain/session', [
    ['takes longer secrets', '{1,128})$/.exec', '{1,128})/.exec'],
  ]),
  ...mutants('auth/domain/session.ts', 'auth/sessions/renew', [
    [
      'writes each use',
      'nowEpoch - session.lastUsedAtEpoch >= TOUCH_INTERVAL_SECONDS',
      'nowEpoch - session.lastUsedAtEpoch >= 0',
    ],
  ]),
  ...mutants('auth/domain/login.ts', 'auth/domain/session', [
    [
      'drops the newest login',
      '(a.transaction?.expiresAtEpoch ?? 0) - (b.transaction?.expiresAtEpoch ?? 0)',
      '(b.transaction?.expiresAtEpoch ?? 0) - (a.transaction?.expiresAtEpoch ?? 0)',
    ],
    ['keeps one login too many', 'logins.length - MAX_LOGINS + 1', 'logins.length - MAX_LOGINS'],
  ]),
  ...mutantsOf('core/allow-rule.ts', 'test/services/auth/allow-rule.test.ts', [
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
  ...mutantsOf('core/user-id.ts', 'test/core/user-id.test.ts', [
    ['puts nothing between issuer and subject', ".update('\\0')", ''],
    ['takes a value that could be a derived id', ' && !DERIVED.test(rawValue)', ''],
    ['takes any id', "typeof rawId !== 'string' || !isUserId(rawId)", "typeof rawId !== 'string'"],
  ]),
  ...mutantsOf('core/user-id.ts', 'test/services/auth/provider-answers.test.ts', [
    ['takes longer subjects', '{1,255}', '{1,256}'],
    ['takes subjects beyond ASCII', '[\\x20-\\x7e]{1,255}', '[^]{1,255}'],
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
  ...mutantsOf('core/time-bounds.ts', 'test/services/auth/adapters/clock-guard.test.ts', [
    ['lets a clock be further off', 'MAX_CLOCK_ERROR_SECONDS = 60', 'MAX_CLOCK_ERROR_SECONDS = 62'],
  ]),
  ...mutantsOf('core/time-bounds.ts', 'test/services/auth/http/routes/shares.test.ts', [
    ['signs links for longer than a key stays', '7 * 24 * 60 * 60', '8 * 24 * 60 * 60'],
  ]),
  ...mutants('auth/adapters/clock-guard.ts', 'auth/adapters/clock-guard', [
    ['takes a second of the Date for an error', 'const DATE_SECONDS = 1', 'const DATE_SECONDS = -2'],
    ['takes a slow answer for a wrong clock', '(sentAtMs - dateMs)', '(receivedAtMs - dateMs)'],
    ['sees no clock that is behind', 'behindSeconds > MAX', 'behindSeconds > 1_000 * MAX'],
    [
      'is told by a frozen process that its clock is right',
      'seconds === 0 && answered.receivedAtMs - answered.sentAtMs > MAX_ROUND_TRIP_MS',
      'seconds !== 0 && answered.receivedAtMs < 0',
    ],
    ['never trusts a clock again', 'wrongSeconds = seconds;', 'wrongSeconds ||= seconds;'],
    ['says every answer', 'if (isChange) tell(seconds);', 'tell(seconds);'],
  ]),
  ...mutants('auth/adapters/clock-guard.ts', 'auth/clocks', [
    ['signs by a wrong clock', 'sign: guardedBy(guard)(signer.sign)', 'sign: signer.sign'],
    ['writes records by a wrong clock', 'write: by(users.write)', 'write: users.write'],
    [
      'loses a logout of the provider',
      'join: by(pointers.join)',
      'join: by(pointers.join), mark: by(pointers.mark)',
    ],
    ['records an upload by a wrong clock', '      guard.check();\n', ''],
  ]),
  ...mutants('auth/adapters/clock-guard.ts', 'auth/adapters/clock-guard', [
    ['writes entries of the edge by a wrong clock', 'write: by(edge.write)', 'write: edge.write'],
    ['takes the lease by a wrong clock', 'next === undefined ? lease.swap : by(lease.swap)', 'lease.swap'],
    ['keeps the lease for ever', 'next === undefined ? lease.swap : by(lease.swap)', 'by(lease.swap)'],
    ['joins pointers by a wrong clock', 'join: by(pointers.join)', 'join: pointers.join'],
    ['gives tokens a wrong end', 'put: by(tokens.put)', 'put: tokens.put'],
    ['gives tickets a wrong end', 'by(tokens.turnIntoTicket)', 'tokens.turnIntoTicket'],
    ['loses tickets by a wrong clock', 'take: by(tokens.take)', 'take: tokens.take'],
    ['uses a state by a wrong clock', 'by(once.useOnce)', 'once.useOnce'],
    ['gives uploads a wrong end', 'create: by(uploads.create)', 'create: uploads.create'],
    ['settles by a wrong clock', 'settle: by(pointers.settle)', 'settle: pointers.settle'],
  ]),
];
