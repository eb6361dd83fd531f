// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import type { Mutant } from '../../../support/mutants.ts';
import { mutants } from './mutants-in.ts';

/** Faults in the endpoints. */
export const HTTP: readonly Mutant[] = [
  ...mutants('auth/http/routes/callback.ts', 'auth/login-transaction', [
    ['takes a transaction twice', 'if (!isFirst)', 'if (!isFirst && expiresAtEpoch < 0)'],
    ['takes a transaction that has expired', 'expiresAtEpoch > nowEpoch(deps) &&', ''],
  ]),
  ...mutants('auth/http/routes/callback.ts', 'auth/login', [
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
  ...mutants('auth/http/routes/refresh.ts', 'auth/sessions/end', [
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
  ...mutants('auth/http/plugins/limits.ts', 'auth/http/plugins/limits', [
    ['looks a token up without end', 'await counters.check(request, reply, ofToken);', ''],
    [
      'counts look-ups that found something',
      'if (found === undefined) await counters.count',
      'await counters.count',
    ],
    ['counts lists of all users together', 'key: userId', "key: 'all'"],
  ]),
  ...mutants('auth/http/plugins/errors.ts', 'auth/http/plugins/limits', [
    ['limits no refusal', 'status === 429 || hasSession(request)', 'status > 399 || hasSession(request)'],
  ]),
  ...mutants('auth/http/cookies/issue-cookies.ts', 'auth/http/cookies/issue-cookies', [
    ['clears the cookies of everybody who is named', 'if (room < 0) break;', ''],
    ['clears in any order', '.toSorted((a, b) => Number(b === own) - Number(a === own))', ''],
  ]),
  ...mutants('auth/domain/listing.ts', 'auth/domain/listing', [
    [
      'asks for each file',
      'lastKey === undefined || !isBefore(lastKey, left[0])',
      'lastKey === undefined && found.size < 0',
    ],
    ['takes files behind the page for gone', '!isBefore(lastKey, left[0])', 'isBefore(lastKey, left[0])'],
    ['begins far before the file', 'after: justBefore(first)', 'after: prefix'],
  ]),
  ...mutants('auth/domain/listing.ts', 'auth/http/routes/shares', [
    ['asks a store that does not answer for each file', 'if (failures === MAX_FAILURES) break;', ''],
    [
      'takes a failure for files that are gone',
      "if (found.size === 0 && names.length > 0) throw new GatewayError('files_unavailable');",
      '',
    ],
  ]),
  ...mutants('auth/http/routes/create-share.ts', 'auth/http/routes/shares', [
    ['shares for longer than a key stays', ', maximum: MAX_URL_SECONDS', ''],
  ]),
  ...mutants('auth/http/routes/health.ts', 'auth/clocks', [
    ['is ready with a wrong clock', "[...before, 'clock'];\n  }", 'before;\n  }'],
    ['keeps an old answer after a clock was set', 'deps.clock.monotonicMs()', 'deps.clock.now()'],
  ]),
  ...mutants('auth/http/routes/health.ts', 'auth/main', [
    [
      'does not say why a part is down',
      'log.warn({ part, err }, PART_DOWN)',
      'log.warn({ part }, PART_DOWN)',
    ],
  ]),
  ...mutants('auth/http/routes/callback.ts', 'auth/clocks', [
    ['goes on with a sign-in by a wrong clock', '  deps.clockGuard.check();\n', ''],
  ]),
  ...mutants('auth/http/routes/login.ts', 'auth/clocks', [
    ['begins a sign-in that cannot end', '      deps.clockGuard.check();\n', ''],
  ]),
  ...mutants('auth/http/routes/backchannel-logout.ts', 'auth/clocks', [
    [
      'refuses a valid token by a wrong clock',
      "if (error instanceof GatewayError && error.code === 'logout_token_invalid') deps.clockGuard.check();",
      '',
    ],
  ]),
  ...mutants('auth/app.ts', 'auth/clocks', [
    ['logs no clock that is wrong', 'else app.log.error({ seconds }, CLOCK_WRONG);', ''],
  ]),
];
