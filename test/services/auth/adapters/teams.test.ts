import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { formatTeam, parseTeam } from '../../../../services/auth/adapters/teams.ts';
import { MAX_LINKS } from '../../../../services/auth/domain/link.ts';
import { MAX_SHARES } from '../../../../services/auth/domain/shares.ts';
import { MAX_INVITATIONS, MAX_MEMBERS, memberName, newTeam } from '../../../../services/auth/domain/team.ts';
import { NOTHING } from '../../../../services/auth/domain/user-record.ts';

const NOW = 1_795_600_000;
const ANN = parseUserId('ann');

t.test('a team of a newer deployment is no team that can be read', (t) => {
  const json = formatTeam(newTeam('Photos', { userId: ANN }, NOW));
  t.strictSame(parseTeam(json), newTeam('Photos', { userId: ANN }, NOW));
  t.throws(() => parseTeam(json.replace('"format":1', '"format":2')), {
    code: 'store_unavailable',
    cause: /format 2/,
  });
  t.end();
});

t.test('of what the edge must know, the item stores shares and links alone', (t) => {
  const made = newTeam('Photos', { userId: ANN }, NOW);
  t.strictSame(Object.keys(JSON.parse(formatTeam(made))).toSorted(), [
    ...['changes', 'createdAtEpoch', 'format', 'invitations', 'kind', 'lastShare', 'links'],
    ...['longestCookieSeconds', 'members', 'name'],
    ...['revokedShares', 'shares', 'sharesSignedOut', 'teamKeys', 'told'],
  ]);
  t.end();
});

t.test('the fullest team fits into an item of DynamoDB', (t) => {
  const widest = '\u{1f600}'.repeat(100);
  const maker = parseUserId('m'.repeat(64));
  const member = {
    ...{ userId: maker, name: memberName(widest) ?? '', role: 'manager' as const },
    ...{ joinedAtEpoch: NOW, dueSinceEpoch: NOW, sessionStart: NOW },
  };
  const by = { maker: { userId: maker, start: NOW } };
  const invitation = {
    ...{ hash: 'h'.repeat(43), role: 'manager' as const, usesLeft: 100, expiresAtEpoch: NOW, ...by },
  };
  const share = { number: 9_999, name: '"'.repeat(990), etag: 'e'.repeat(40), expiresAtEpoch: NOW, ...by };
  const link = {
    ...{
      hash: 'h'.repeat(43),
      role: 'uploader' as const,
      name: '\u{1f600}'.repeat(40),
      start: 1_795_600_000,
      generation: 999,
    },
    ...{ ...by, createdAtEpoch: NOW, expiresAtEpoch: NOW, password: 'p'.repeat(66) },
    caps: { files: 10_000, bytes: 1_024 ** 4 },
  };
  const singles = Array.from({ length: 90 }, () => ({ number: 1_795_600_000, untilEpoch: NOW }));
  const fullest = {
    ...newTeam(widest, { userId: maker }, NOW),
    members: Array.from({ length: MAX_MEMBERS }, () => member),
    invitations: Array.from({ length: MAX_INVITATIONS }, () => invitation),
    shares: Array.from({ length: MAX_SHARES }, () => share),
    links: Array.from({ length: MAX_LINKS }, () => link),
    teamKeys: [{ number: 1_500_000, floor: NOTHING, singles, lastChange: 999_999 }],
  };
  const bytes = Buffer.byteLength(formatTeam(fullest));
  t.ok(bytes < 380_000, `${bytes}`);
  t.end();
});
