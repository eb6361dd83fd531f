// In the slow ring, because it takes a minute on a busy machine: all attempts, fifteen times.

import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Outcome } from '../../../../services/local/demo/attempts.ts';
import { parseJson, png, signIn } from '../../../support/client.ts';
import { startTestStack } from '../../../support/test-stack.ts';

const CARELESS = fileURLToPath(new URL('support/careless-service.ts', import.meta.url));

t.setTimeout(300_000);

t.test(
  'an attempt that gets through is red: each one does where the rule that refuses it is broken',
  async (t) => {
    const stack = await startTestStack(t, { authEntry: CARELESS });
    const alice = await signIn(stack, 'alice');
    const bob = await signIn(stack, 'bob');
    for (const person of [alice, bob])
      await person.upload({ name: 'a.png', type: 'image/png', bytes: png() });

    /** The attempts whose row is red, in a system that breaks a rule. The edge does not see some keys of its store. */
    async function redRows(rule: string, hidden?: RegExp): Promise<string[]> {
      const { reader } = stack.keyValueStore;
      const { get } = reader;
      reader.get = (key) => (hidden?.test(key) ? undefined : get(key));
      await alice.request(`${stack.appOrigin}/careless`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: rule,
      });
      const answer = await parseJson<{ attempts: Outcome[] }>(await alice.post('/demo/attempts'));
      reader.get = get;
      return answer.attempts.flatMap(({ kind, isOwn, isRefused }) => (isOwn === isRefused ? kind : []));
    }

    t.strictSame(await redRows('none'), []);
    t.strictSame(await redRows('resource'), [
      ...['otherCookies', 'teamElsewhere', 'teamOnUser', 'userOnTeam', 'linkOnUser'],
    ]);
    t.strictSame(await redRows('signature'), ['forged', 'expired', 'otherStart']);
    t.strictSame(await redRows('clear'), ['seventhSet']);
    t.strictSame(await redRows('stale'), ['removedRenewal']);
    // Adding somebody again leaves the number, which the schedule tells the edge at any time.
    const removals = await redRows('none', /^[a-z2-7]{26}\.\d+$/);
    t.strictSame(
      removals.filter((kind) => kind !== 'addedAgain'),
      ['removedSet'],
      'removals',
    );
    const signOuts = await redRows('none', /^\.\d+$/);
    t.strictSame(signOuts, ['endedLink', 'removedLink', 'signedOutSet'], 'sign-outs and ended links');
    t.strictSame(await redRows('none', /^[a-z2-7]*\.\d+$/), [
      ...['endedLink', 'removedSet', 'removedLink', 'addedAgain', 'signedOutSet'],
    ]);
    t.strictSame(await redRows('none', /\.shares$/), ['removedShare']);
    t.strictSame(await redRows('secret'), ['guessedLink']);
    t.strictSame(await redRows('password'), ['wrongPassword']);
    t.strictSame(await redRows('pass'), ['otherPass']);
    t.strictSame(await redRows('generation'), ['oldPass']);
    t.strictSame(await redRows('role'), ['viewerSends', 'uploaderLists']);
    t.strictSame(await redRows('overwrite'), ['uploaderOverwrites']);
  },
);
