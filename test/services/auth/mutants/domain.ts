// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import type { Mutant } from '../../../support/mutants.ts';
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
    ['lets entries grow by a byte', 'const MAX_ENTRY_BYTES = 1_024;', 'const MAX_ENTRY_BYTES = 1_025;'],
    ['does not fill an entry', '.length > MAX_ENTRY_BYTES', '.length >= MAX_ENTRY_BYTES'],
    [
      'keeps a revoked number for a second too long',
      'Floor) => untilEpoch > now',
      'Floor) => untilEpoch >= now',
    ],
    [
      'keeps a floor for a second too long',
      '(untilEpoch > nowEpoch ? through',
      '(untilEpoch >= nowEpoch ? through',
    ],
    ['is due a second too late', 'POSITIVE_INFINITY) <= nowEpoch', 'POSITIVE_INFINITY) < nowEpoch'],
    ['is due for what has ended', 'untilEpoch > readAtEpoch', 'untilEpoch >= readAtEpoch'],
    [
      'overtakes for a second too long',
      'user.overtaken.untilEpoch > nowEpoch',
      'user.overtaken.untilEpoch >= nowEpoch',
    ],
    ['does not overtake the last one', 'start <= user.overtaken.through', 'start < user.overtaken.through'],
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
  ...mutants('auth/domain/user-id.ts', 'auth/domain/user-id', [
    ['puts nothing between issuer and subject', ".update('\\0')", ''],
    ['takes a value that could be a derived id', ' && !DERIVED.test(rawValue)', ''],
    ['takes any id', "typeof rawId !== 'string' || !isUserId(rawId)", "typeof rawId !== 'string'"],
  ]),
  ...mutants('auth/domain/user-id.ts', 'auth/provider-answers', [
    ['takes longer subjects', '{1,255}', '{1,256}'],
    ['takes subjects beyond ASCII', '[\\x20-\\x7e]{1,255}', '[^]{1,255}'],
  ]),
  ...mutants('auth/domain/session.ts', 'auth/recheck-interleavings', [
    ['asks although another process is asking', 'return !isAsked && ', 'return '],
    ['takes a claim over too early', 'ASKING_SECONDS = 30', 'ASKING_SECONDS = 20'],
  ]),
  ...mutants('auth/domain/signed-url.ts', 'auth/http/routes/shares', [
    ['signs links for longer than a key stays', '7 * 24 * 60 * 60', '8 * 24 * 60 * 60'],
  ]),
];
