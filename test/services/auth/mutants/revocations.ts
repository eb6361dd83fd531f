// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { type Mutant, mutantsOf } from '../../../support/mutants.ts';
import { mutants } from './mutants-in.ts';

/** Faults in what the edge is told, and in records and shares. */
export const REVOCATIONS: readonly Mutant[] = [
  ...mutants('auth/revocations/edge-writer.ts', 'auth/model', [
    [
      'never notes that the edge was told',
      'withEdgeTold(known, read.user,',
      'withEdgeTold(known, { ...read.user, changes: known.told },',
    ],
  ]),
  ...mutants('auth/revocations/edge-writer.ts', 'auth/model.full', [
    [
      'reads the version after the records',
      'await updates.begin();\n    const atEpoch = nowEpoch(deps);\n    const [isOurs, due] = await Promise.all([lease.renew(), records.read(batch, atEpoch)]);',
      'const atEpoch = nowEpoch(deps);\n    const [isOurs, due] = await Promise.all([lease.renew(), records.read(batch, atEpoch)]);\n    await updates.begin();',
    ],
    [
      'notes that changes made meanwhile were told',
      'withEdgeTold(known, read.user,',
      'withEdgeTold(known, { ...read.user, changes: known.changes },',
    ],
  ]),
  ...mutantsOf('core/time-bounds.ts', 'test/services/auth/model.full.test.ts', [
    ['lets clocks be wrong by less', 'CLOCK_SKEW_SECONDS = 5 * 60', 'CLOCK_SKEW_SECONDS = 60'],
  ]),
  ...mutants('auth/revocations/edge-updates.ts', 'auth/model.full', [
    [
      'writes on any version',
      'if (answer === false) return false;',
      'if (answer === false) {\n          version = (await edge.describe()).version;\n          parts.unshift(part);\n          continue;\n        }',
    ],
  ]),
  ...mutants('auth/revocations/edge-updates.ts', 'auth/interleavings', [
    [
      'notes told although there was a conflict',
      'if (answer === false) return false;',
      'if (answer === false) {\n          await onWritten(part);\n          return false;\n        }',
    ],
  ]),
  ...mutants('auth/revocations/edge-updates.ts', 'auth/revocations/one-bad-record', [
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
  ...mutants('auth/revocations/edge-updates.ts', 'auth/revocations/full-store', [
    [
      'writes to a full store before it makes room',
      '[shrinking, others.toSorted(shortestFirst)]',
      '[others.toSorted(shortestFirst), shrinking]',
    ],
    ['gives up on a full store', 'isFull = true;', 'throw answer;'],
  ]),
  ...mutants('auth/revocations/due-users.ts', 'auth/revocations/full-store', [
    [
      'gives expired entries no place while the store is full',
      'isFull ? maxBatch : maxBatch - people.length',
      'maxBatch - people.length',
    ],
  ]),
  ...mutants('auth/revocations/set-aside.ts', 'auth/revocations/one-bad-record', [
    ['tries a bad record as often as ever', 'before.pauseMs * 2', 'before.pauseMs'],
    [
      'names a record for ever that another process told',
      'untilMs <= nowMs && isGone(item, step)',
      'untilMs < 0 && isGone(item, step)',
    ],
    ['reports no failure', 'failures++;', ''],
  ]),
  ...mutants('auth/revocations/stragglers.ts', 'auth/revocations/one-bad-record', [
    [
      'waits for the slowest',
      'if (ended < works.length) {',
      'await all.promise;\n  if (ended < works.length) {',
    ],
  ]),
  ...mutants('auth/revocations/schedule.ts', 'auth/revocations/one-bad-record', [
    ['ends a run with the step that failed', 'failedSteps++;', 'throw error;'],
    ['waits for logouts without a bound', 'await atMost(budgetMs / 2, finishing);', 'await finishing;'],
    ['takes a broken table for broken records', '(setAside === 0 || isTableFailing)', 'setAside === 0'],
    [
      'never names a record again after the table was broken',
      'isTableFailing = false;\n    untold',
      'untold',
    ],
  ]),
  ...mutants('auth/revocations/schedule.ts', 'auth/http/routes/health', [
    ['is well although a revocation waits', 'untoldSeconds <= MAX_UNTOLD_SECONDS', 'untoldSeconds >= 0'],
    ['is well although a record is set aside', '(setAside === 0 || isTableFailing) && ', ''],
    ['stays unwell after another process told the edge', 'await teller.isAnythingDue();', ''],
  ]),
  ...mutants('auth/revocations/watched-edge.ts', 'auth/http/routes/health', [
    ['is well after a call that failed', 'isFailing: !isAnswer', 'isFailing: isAnswer'],
    ['is well while a call hangs', 'seen.isFailing || isSlow', 'seen.isFailing'],
  ]),
  ...mutants('auth/revocations/edge-lease.ts', 'auth/revocations/clock-steps', [
    [
      "judges the lease's holder by a clock that is set",
      'const nowMs = clock.monotonicMs();',
      'const nowMs = clock.now();',
    ],
  ]),
  ...mutants('auth/revocations/edge-teller.ts', 'auth/revocations/idle', [
    [
      'pays for a run without work',
      '      for (let isFirst = true; await isAnythingDue(); isFirst = false) {',
      '      await edge.describe();\n      for (let isFirst = true; await isAnythingDue(); isFirst = false) {',
    ],
  ]),
  ...mutants('auth/deps.ts', 'auth/revocations/idle', [
    [
      'pays for each health check',
      'const { isWell } = await schedule.look().catch(schedule.state);',
      'await stores.edge.describe();\n        const { isWell } = await schedule.look().catch(schedule.state);',
    ],
  ]),
  ...mutants('auth/revocations/edge-teller.ts', 'auth/model', [
    ['says told although it is not', 'if (known >= change)', 'if (known <= change)'],
  ]),
  ...mutants('auth/revocations/edge-writer.ts', 'auth/interleavings', [
    ['reads the clock before the record that it changes', 'atEpoch, nowEpoch(deps));', 'atEpoch, atEpoch);'],
  ]),
  ...mutants('auth/domain/shares.ts', 'auth/domain/shares', [
    [
      'keeps expired shares',
      'expiresAtEpoch > nowEpoch);\n  if (open',
      'expiresAtEpoch > 0 * nowEpoch);\n  if (open',
    ],
    ['revokes links that have ended', 'expiresAtEpoch + CLOCK_SKEW_SECONDS > nowEpoch', 'expiresAtEpoch > 0'],
    ['trusts its own clock for the end of a link', 'expiresAtEpoch + CLOCK_SKEW_SECONDS', 'expiresAtEpoch'],
  ]),
  ...mutants('auth/adapters/record-format.ts', 'auth/adapters/record-format', [
    [
      'keeps the end of what the edge does not know',
      'format < 2 && user.told < user.changes',
      'format < 1 && user.told < user.changes',
    ],
    ['takes the end from what the edge knows', 'format < 2 && user.told < user.changes', 'format < 2'],
    ['takes every end', 'untilEpoch > since ? part', 'untilEpoch >= 0 * since ? part'],
  ]),
  ...mutants('auth/records/change-record.ts', 'auth/model', [
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
  ...mutants('auth/records/change-record.ts', 'auth/records/change-record', [
    ['gives up by a clock that is set', 'clock.monotonicMs() - late.sinceMs', 'clock.now() - late.sinceMs'],
  ]),
  ...mutants('auth/shares/shares.ts', 'auth/http/routes/shares', [
    [
      'shares for a session that has ended',
      'if (!findSession(user, session.tokenHash, nowEpoch(deps)))',
      'if (findSession(user, "x", 0))',
    ],
    ['keeps a share that was not signed', 'withoutShare(user, id)', '(id > 0 ? undefined : user)'],
  ]),
];
