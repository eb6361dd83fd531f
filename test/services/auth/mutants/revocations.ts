// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import type { Mutant } from '../../../support/mutants.ts';
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
      'withEdgeTold(known, read.user,',
      'withEdgeTold(known, { ...read.user, changes: known.changes },',
    ],
  ]),
  ...mutants('auth/domain/revocation-entry.ts', 'auth/model.full', [
    ['lets clocks be wrong by less', 'CLOCK_SKEW_SECONDS = 5 * 60', 'CLOCK_SKEW_SECONDS = 60'],
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
  ...mutants('auth/revocations/edge-writer.ts', 'auth/interleavings', [
    ['reads the clock before the record that it changes', 'atEpoch, nowEpoch(deps));', 'atEpoch, atEpoch);'],
  ]),
  ...mutants('auth/domain/shares.ts', 'auth/domain/shares', [
    [
      'keeps expired shares',
      'expiresAtEpoch > nowEpoch);\n  if (open',
      'expiresAtEpoch > 0 * nowEpoch);\n  if (open',
    ],
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
  ...mutants('auth/shares/shares.ts', 'auth/http/routes/shares', [
    [
      'shares for a session that has ended',
      'if (!findSession(user, session.tokenHash, nowEpoch(deps)))',
      'if (findSession(user, "x", 0))',
    ],
    ['keeps a share that was not signed', 'withoutShare(user, id)', '(id > 0 ? undefined : user)'],
  ]),
];
