import fc from 'fast-check';
import t from 'tap';
import { formatEntry, NOTHING_REVOKED } from '../../core/entry-format.ts';
import { isRevoked } from '../../edge/function/revocation-check.ts';

const number = fc.integer({ min: 1, max: 400 });
const entries = fc.record({
  sessionFloor: fc.nat(200),
  sessions: fc.array(number),
  shareFloor: fc.nat(200),
  shares: fc.array(number),
});

t.test('the edge reads in an entry what was written into it, and nothing else', async (t) => {
  fc.assert(
    fc.property(entries, number, (entry, of) => {
      const text = formatEntry(entry);
      const isEnded = of <= entry.sessionFloor || entry.sessions.includes(of);
      const isWithdrawn = of <= entry.shareFloor || entry.shares.includes(of);
      return (
        isRevoked(text, { kind: 'folder', start: of }) === isEnded &&
        isRevoked(text, { kind: 'file', share: of }) === isWithdrawn
      );
    }),
  );
  t.equal(NOTHING_REVOKED, '0,|0,');
});
