import t from 'tap';
import { MAX_ENTRY_BYTES } from '../../../../core/entry-format.ts';
import { newTeamId, teamOwner } from '../../../../core/owner.ts';
import { CLOCKS_APART_SECONDS } from '../../../../core/time-bounds.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { dueKeys, withEdgeTold } from '../../../../services/auth/edge/entry.ts';
import {
  type Link,
  MAX_LINKS,
  openLink,
  withChangedLink,
  withLink,
  withoutLink,
} from '../../../../services/auth/links/link.ts';
import { withCookieLifetime } from '../../../../services/auth/sessions/live.ts';
import type { Role } from '../../../../services/auth/teams/membership.ts';
import { newTeam, type Team, withSettled } from '../../../../services/auth/teams/team.ts';

const NOW = 1_795_600_000;
const LIFETIME = 900;
const END = NOW + 3_600;
const NUMBER = 7;
const ANN = parseUserId('ann');
const OWNER = teamOwner(newTeamId());
const OWN_KEY = `${OWNER.id}.shares`;

function team(...others: [name: string, role: Role][]): Team {
  const made = withSettled(newTeam('Photos', { userId: ANN }, NOW), [ANN]);
  const members = others.map(([name, role]) => ({ userId: parseUserId(name), role, joinedAtEpoch: NOW }));
  return withCookieLifetime({ ...made, members: [...made.members, ...members] }, LIFETIME);
}

function link(hash: string, changes: Partial<Link> = {}): Omit<Link, 'start' | 'generation'> {
  return {
    hash,
    random: 'r'.repeat(21),
    role: 'viewer',
    maker: { userId: ANN, start: 1 },
    createdAtEpoch: NOW,
    expiresAtEpoch: END,
    ...changes,
  };
}

function withLinks(book: Team, ...links: Omit<Link, 'start' | 'generation'>[]): Team {
  return links.reduce((each, one) => withLink(each, one, NUMBER, NOW) ?? each, book);
}

/** The item after the edge's writer was there, and what the edge's store holds for the links. */
function told(book: Team, atEpoch: number): { team: Team; entry: string | undefined } {
  const key = dueKeys(book, OWN_KEY, atEpoch).find((each) => each.key === `.${NUMBER}`);
  return { team: withEdgeTold(book, book, atEpoch, atEpoch), entry: key?.entry };
}

const startOf = (book: Team, hash: string) => book.links.find((each) => each.hash === hash)?.start ?? 0;

t.test('an ended link: its start is refused, and comes back when no cookie of it can be good', async (t) => {
  const made = withLinks(team(), link('a'), link('b'));
  const start = startOf(made, 'a');
  const ended = withoutLink(made, 'a', NOW);
  t.ok(ended && !openLink(ended, 'a', NOW) && openLink(ended, 'b', NOW));
  if (!ended) return;
  t.equal(withoutLink(ended, 'a', NOW), undefined, 'once');
  const first = told(ended, NOW);
  t.equal(first.entry, `0,${start},|0,`);
  t.strictSame(dueKeys(ended, OWN_KEY, NOW).length, 1, 'the key of the shares is not written');
  const goneEpoch = NOW + LIFETIME + CLOCKS_APART_SECONDS;
  const early = withLink(first.team, link('c'), undefined, goneEpoch - 1);
  t.not(early && startOf(early, 'c'), start);
  const last = told(told(first.team, goneEpoch + 150).team, goneEpoch + 300);
  const late = withLink(last.team, link('c', { expiresAtEpoch: END * 2 }), undefined, goneEpoch + 300);
  t.equal(late && startOf(late, 'c'), start);
});

t.test('fifty links, and no more starts than fit into one entry', async (t) => {
  const names = Array.from({ length: MAX_LINKS }, (_, i) => `${i}`);
  let known = withLinks(team(), ...names.map((name) => link(name)));
  t.throws(() => withLink(known, link('one more'), undefined, NOW), { code: 'too_many_links' });
  let changes = 0;
  t.throws(
    () => {
      for (;;) {
        known = withChangedLink(known, '0', { password: `${changes}` }, NOW);
        changes++;
      }
    },
    { code: 'too_many_links' },
  );
  t.equal(changes, 40);
  for (const name of names) known = withoutLink(known, name, NOW) ?? known;
  const { entry = '' } = told(known, NOW);
  t.ok(entry.length <= MAX_ENTRY_BYTES);
  t.match(entry, /^0,/, 'no floor rose over a start');
  t.equal(entry.split(',').length - 3, 90);
  t.throws(() => withLink(known, link('new'), undefined, NOW), { code: 'too_many_links' });
});
