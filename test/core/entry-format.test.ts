import fc from 'fast-check';
import t from 'tap';
import { formatEntry, isEntry, NOTHING_REVOKED } from '../../core/entry-format.ts';
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

t.test('the edge can read what has the form of an entry, and nothing else', async () => {
  const readable = (text: string) => {
    try {
      isRevoked(text, { kind: 'folder', start: 1 });
      return true;
    } catch {
      return false;
    }
  };
  const pieces = fc.array(fc.constantFrom('0', '12', ',', '|', ' ', '\n', 'x', '-'), { maxLength: 12 });
  fc.assert(fc.property(entries, (entry) => isEntry(formatEntry(entry))));
  fc.assert(
    fc.property(pieces, (parts) => isEntry(parts.join('')) === readable(parts.join(''))),
    { numRuns: 5_000, examples: [[['0', ',', '|', '0', ',', '\n']], [['0', ',', '|', '0', ',']]] },
  );
});
