import t from 'tap';
import { readLoginHint, signLoginHint } from '../../../../services/local/demo/login-hint.ts';

t.test('a hint is valid for its login, its state and its client secret only', async (t) => {
  const hint = signLoginHint('bob', 'state-1', 'secret');
  t.equal(readLoginHint(hint, 'state-1', 'secret'), 'bob');
  t.equal(readLoginHint(signLoginHint('a.b', 's', 'secret'), 's', 'secret'), 'a.b');
  const [mac = ''] = hint.split('.');
  for (const [rawHint, rawState, secret] of [
    [hint, 'state-2', 'secret'],
    [hint, 'state-1', 'other'],
    [`${mac}.alice`, 'state-1', 'secret'],
    [`${mac.slice(1)}.bob`, 'state-1', 'secret'],
    ['bob', 'state-1', 'secret'],
    ['.bob', 'state-1', 'secret'],
    ['', 'state-1', 'secret'],
    [undefined, 'state-1', 'secret'],
    [hint, undefined, 'secret'],
    [[hint], 'state-1', 'secret'],
  ] as const) {
    t.equal(readLoginHint(rawHint, rawState, secret), undefined, JSON.stringify([rawHint, rawState]));
  }
});
