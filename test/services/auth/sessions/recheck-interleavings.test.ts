import t from 'tap';
import type { AllowRule } from '../../../../core/allow-rule.ts';
import { GatewayError } from '../../../../core/errors.ts';
import type { Refreshed } from '../../../../services/auth/provider/provider.ts';
import type { CurrentSession } from '../../../../services/auth/sessions/session-deps.ts';
import { ALICE, before, createInstances, ISSUER, RECHECK_SECONDS } from '../support/instances.ts';

/** A provider with single-use refresh tokens, and a session that is due for a recheck. */
async function start(settings: { allowRule?: AllowRule } = {}) {
  let good = 0;
  let isOver = false;
  const used: string[] = [];
  const revoked: string[] = [];
  /** What a renewal heard of the questions. */
  const heard: unknown[] = [];
  const listener = {
    ended: (why: string) => void heard.push(why),
    failed: (error: unknown) => void heard.push(error),
  };
  const instances = createInstances({
    ...settings,
    provider: {
      async refresh(token, untilMs) {
        if (instances.clock.now() > untilMs) throw new GatewayError('provider_unavailable');
        used.push(token);
        return answer(token);
      },
      async revoke(token) {
        revoked.push(token);
        throw new GatewayError('provider_unavailable');
      },
    },
  });
  function answer(token: string): Refreshed | undefined {
    isOver ||= token !== String(good);
    if (isOver) return undefined;
    const identify = async () => ({ issuer: ISSUER, subjects: ['alice'], claims: {}, userInfo: {} });
    const value = String(++good);
    return { refreshToken: { value }, idToken: `id-token-${value}`, identify };
  }
  const { instance, signIn, find, wait, memory, clock } = instances;
  const { token } = await signIn();
  wait(RECHECK_SECONDS);
  const lasting = instance();
  /** By default, all renewals come to one process. */
  async function renew({ sessions } = lasting, known?: CurrentSession): Promise<void> {
    const current = known ?? (await find(token));
    if (!current) throw new GatewayError('no_session');
    await sessions.renew(current, true, listener);
  }
  return {
    ...{ memory, instance, signIn, wait, clock, find, token, used, revoked, heard, renew, answer },
    forget(): void {
      isOver = true;
    },
    /** The next recheck of the session meets this in place of the provider's answer. */
    async renewMeeting(
      act: (given: string, answer: () => Refreshed | undefined) => Promise<Refreshed | undefined>,
      at = lasting,
    ) {
      const provider = instances.provider;
      const { refresh } = provider ?? {};
      if (!provider || !refresh) throw new Error('there is no provider');
      provider.refresh = async (given) => {
        provider.refresh = refresh;
        used.push(given);
        return act(given, () => answer(given));
      };
      await renew(at);
      // A renewal waits two seconds for the answer. Whatever comes of it later counts too.
      await instances.clock.sleep(100);
    },
  };
}

t.test('an answer after the logout is dropped, and the new token is revoked', async (t) => {
  for (const isGone of [false, true]) {
    const { instance, used, revoked, heard, renewMeeting, find, token } = await start();
    await renewMeeting(async (_given, answer) => {
      const current = await find(token);
      const ended = current && (await instance().sessions.end(current));
      const ticket = await ended?.ticket;
      if (isGone) await instance().sessions.takeTicket(ticket ?? '');
      return answer();
    });
    t.strictSame([used, revoked, heard], [['0'], ['1'], []], `${isGone}`);
    t.equal(await find(token), undefined, `${isGone}`);
  }
});

t.test('a claim that thaws: no token is sent, and another process asks after five minutes', async (t) => {
  const { instance, used, renew, wait, find, token } = await start();
  const frozen = instance();
  before(frozen.stores.tokens, 'read', async () => wait(3));
  // As if it had died then: its claim stays.
  const { users } = frozen.stores;
  before(users, 'write', async () => {
    before(users, 'write', () => Promise.reject(new GatewayError('store_unavailable')));
  });
  await renew(frozen);
  t.strictSame(used, [], 'too late to send it');
  for (const seconds of [25, 250]) {
    wait(seconds);
    await renew();
    t.strictSame(used, [], 'it may be under way');
  }
  wait(30);
  await renew();
  t.strictSame(used, ['0']);
  t.ok(await find(token));
});

t.test('no clock of another process judges a claim', async (t) => {
  for (const ahead of [35, 59, -59]) {
    const { instance, used, renew, renewMeeting, wait, find, token } = await start();
    const other = instance(ahead);
    await renewMeeting(async (_given, answer) => {
      await renew(other);
      wait(9);
      await renew(other);
      return answer();
    });
    t.strictSame(used, ['0'], `${ahead} s`);
    t.ok(await find(token), `${ahead}`);
  }
});

t.test('a crash between the answer and the write ends in a new sign-in', async (t) => {
  const { memory, used, renew, renewMeeting, wait, find, token } = await start();
  const crash = new Promise<undefined>(() => {});
  void renewMeeting(async (_given, answer) => {
    answer();
    return crash;
  });
  while (used.length === 0) await new Promise(setImmediate);
  wait(301);
  await t.rejects(renew(), { code: 'no_session' });
  t.strictSame(used, ['0', '0']);
  t.equal(await find(token), undefined);
  t.equal(memory.record(ALICE).user.revokedStarts.length, 1);
});
