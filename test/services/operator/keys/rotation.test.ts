import t from 'tap';
import { COOKIE_SECONDS } from '../../../../core/time-bounds.ts';
import {
  addKey,
  confirmDeployed,
  describeKeys,
  type KeyRing,
  retireKey,
  rotateTo,
} from '../../../../services/operator/keys/rotation.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const T0 = Date.parse('2026-11-01T00:00:00.000Z');
const names = (ring: KeyRing) => ring.map(({ name }) => name);
const unsafe = (message: RegExp) => ({ name: 'UnsafeStepError', message });

t.test('add, deployed, switch, deployed, wait, remove', async (t) => {
  let ring = confirmDeployed(addKey([], 'one', T0), 900, T0);
  ring = addKey(ring, 'two', T0);
  t.strictSame(names(ring), ['one', 'two'], 'trusted before it signs');
  t.throws(() => rotateTo(ring), unsafe(/^two is not known to be deployed/));
  ring = confirmDeployed(ring, 900, T0 + 1_000);
  t.matchOnly(describeKeys(ring), [
    /^one: signs since 2026-11-01T00:00:00/,
    /^two: trusted, has signed nothing/,
  ]);
  ring = rotateTo(ring);
  t.strictSame(names(ring), ['two', 'one']);
  t.matchOnly(describeKeys(ring), [
    /^two: signs once this order is deployed/,
    /^one: signs until the new order/,
  ]);
  t.throws(
    () => retireKey(ring, 'one', true, T0 + 99 * DAY_MS),
    unsafe(/^the order with two first is not known/),
  );
  t.throws(() => rotateTo(ring), unsafe(/^the order with two first is not known/), 'one switch at a time');
  const switchedMs = T0 + DAY_MS;
  ring = confirmDeployed(ring, 900, switchedMs);
  t.throws(() => retireKey(ring, 'two', true, switchedMs), unsafe(/^two signs/));
  t.throws(
    () => retireKey(ring, 'one', true, switchedMs + 7 * DAY_MS + 299_999),
    unsafe(/^one signed until 2026-11-02T00:00:00.000Z.* from 2026-11-09T00:05:00.000Z on$/),
  );
  t.strictSame(names(retireKey(ring, 'one', true, switchedMs + 7 * DAY_MS + 300_000)), ['two']);
  t.throws(() => retireKey(ring, 'one', false, switchedMs + 1_199_999), unsafe(/2026-11-02T00:20:00/));
  t.strictSame(
    names(retireKey(ring, 'one', false, switchedMs + 1_200_000)),
    ['two'],
    'its links are given up',
  );
});

t.test('the longest cookie lifetime counts, even after it was lowered', async (t) => {
  let ring = confirmDeployed(addKey(addKey([], 'one', T0), 'two', T0), 86_400, T0);
  ring = confirmDeployed(rotateTo(confirmDeployed(ring, 300, T0)), 300, T0);
  t.throws(() => retireKey(ring, 'one', false, T0 + DAY_MS + 299_999), unsafe(/2026-11-02T00:05/));
});

t.test('keys from before the records: nobody knows what they signed', async (t) => {
  const ring = confirmDeployed([{ name: 'one' }, { name: 'old' }], 900, T0);
  t.throws(() => retireKey([{ name: 'one' }, { name: 'old' }], 'old', true, T0), unsafe(/not known/));
  t.throws(() => retireKey(ring, 'old', true, T0 + 7 * DAY_MS), unsafe(/2026-11-08T00:05/));
  const cookiesEndMs = T0 + (COOKIE_SECONDS.longest + 300) * 1_000;
  t.throws(() => retireKey(ring, 'old', false, cookiesEndMs - 1), unsafe(/signed until/));
  t.strictSame(
    names(retireKey(ring, 'old', false, cookiesEndMs)),
    ['one'],
    'the longest that any cookie lives',
  );
});

t.test('a key that never signed may be removed; the group has five places', async (t) => {
  let ring = confirmDeployed(addKey([], 'one', T0), 900, T0);
  for (const name of ['two', 'three', 'four', 'five']) ring = addKey(ring, name, T0);
  t.throws(() => addKey(ring, 'six', T0), unsafe(/takes 5 keys/));
  t.throws(() => addKey(ring.slice(1), 'two', T0), unsafe(/already/));
  t.throws(() => rotateTo(ring), unsafe(/one of: two, three, four, five/));
  t.throws(() => rotateTo(ring.slice(0, 1)), unsafe(/no other key/));
  t.throws(() => retireKey(ring, 'six', true, T0), unsafe(/no key six/));
  t.strictSame(names(retireKey(ring, 'two', true, T0)), ['one', 'three', 'four', 'five']);
});
