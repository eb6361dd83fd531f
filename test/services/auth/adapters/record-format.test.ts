import t from 'tap';
import { formatRecord, parseRecord } from '../../../../services/auth/adapters/record-format.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';

const SINCE = 1_795_600_000;
const END = SINCE + 1_200;

/** A record as deployments before format 2 wrote it: everything that is revoked has its end at once. */
const OLD = {
  ...NEW_USER,
  ...{ format: 1, lastStart: 9, lastShare: 2, longestCookieSeconds: 900, changes: 3, told: 3 },
  signedOut: { through: 5, untilEpoch: SINCE + 86_700 },
  overtaken: { through: 6, untilEpoch: END },
  revokedStarts: [
    { number: 7, untilEpoch: SINCE },
    { number: 8, untilEpoch: END },
  ],
  sharesSignedOut: { through: 1, untilEpoch: END },
  revokedShares: [{ number: 2, untilEpoch: END }],
  entryExpiresEpoch: END,
};

t.test('format 1: an end counts if the edge was told, else only if it was before the change', async (t) => {
  const { format: _format, ...told } = OLD;
  t.strictSame(parseRecord(JSON.stringify(OLD)), told);
  const untold = parseRecord(JSON.stringify({ ...OLD, told: 2, untoldSinceEpoch: SINCE }));
  t.strictSame(untold, {
    ...told,
    ...{ told: 2, untoldSinceEpoch: SINCE },
    signedOut: { through: 5 },
    overtaken: { through: 6 },
    revokedStarts: [{ number: 7, untilEpoch: SINCE }, { number: 8 }],
    sharesSignedOut: { through: 1 },
  });
  t.strictSame(parseRecord(formatRecord(untold)), untold, 'format 2 means what it says');
  t.strictSame(parseRecord(JSON.stringify({ ...NEW_USER, format: 1, changes: 1 })), {
    ...NEW_USER,
    changes: 1,
  });
  const ended = { ...untold, revokedStarts: [{ number: 8, untilEpoch: END }] };
  t.strictSame(parseRecord(formatRecord(ended)), ended, 'also while a change is untold');
});

t.test('a newer format is no record of this deployment', async (t) => {
  t.throws(() => parseRecord('{"format":3}'), { code: 'store_unavailable' });
});
