import { createHash } from 'node:crypto';
import t from 'tap';
import { deriveTeamId, newTeamId, parseTeamId, toTeamId } from '../../core/owner.ts';
import { base32Of, deriveUserId } from '../../core/user-id.ts';

t.test("team id: of the provider's value, and never the id of a user", async (t) => {
  const digest = createHash('sha256').update('team\0https://issuer.example\0staff').digest();
  t.equal(deriveTeamId('https://issuer.example', 'staff'), base32Of(digest));
  t.not(deriveTeamId('https://issuer.example', 'a'), deriveTeamId('https://issuer.example', 'A'));
  t.not(deriveTeamId('https://issuer.example', 'a'), deriveUserId('https://issuer.example', 'a'));
  for (const value of ['', 'a\0b', '\ud800']) {
    t.throws(
      () => deriveTeamId('https://issuer.example', value),
      { name: 'TypeError', message: /^value / },
      value,
    );
  }
});

t.test('team id: 26 characters of base32, and nothing else', async (t) => {
  t.match(newTeamId(), /^[a-z2-7]{26}$/);
  t.not(newTeamId(), newTeamId());
  const id = 'abcdefghijklmnopqrstuvwxyz';
  t.equal(parseTeamId(id), id);
  for (const text of ['', id.slice(1), `${id}a`, `${id}\n`, id.toUpperCase(), `${id.slice(1)}1`]) {
    t.equal(toTeamId(text), undefined, JSON.stringify(text));
    t.throws(() => parseTeamId(text), TypeError, text);
  }
});
