import t from 'tap';
import { inNode, stubStorage } from '../in-node.ts';

const { clearCacheOfOthers } = await inNode('client/browser-cache.ts');

t.test(
  'what the browser keeps of another user is cleared once, by cookies that open the folder',
  async (t) => {
    stubStorage(t).set('cookie-gatewayuser', 'alice');
    const asked: string[] = [];
    let isLost = false;
    const value = async (url: string) => {
      asked.push(url);
      if (isLost) throw new TypeError('lost');
      return new Response();
    };
    t.intercept(globalThis, 'fetch', { value, configurable: true });
    let isGood = false;
    let hear = async (_session: object) => {};
    clearCacheOfOthers({ isGood: () => isGood }, (_event: string, listener: typeof hear) => {
      hear = listener;
    });
    const bob = { user: { id: 'bob' }, files: { origin: 'https://files.example', prefix: '/users/bob/' } };
    await hear(bob);
    t.strictSame([asked, localStorage.getItem('cookie-gatewayuser')], [[], 'alice'], 'it would be 403');
    isGood = true;
    await hear(bob);
    await hear(bob);
    t.strictSame(asked, ['https://files.example/users/bob/?clear']);
    t.equal(localStorage.getItem('cookie-gatewayuser'), 'bob');
    isLost = true;
    await hear({ ...bob, user: { id: 'carol' } });
    t.equal(asked.length, 2);
    t.equal(localStorage.getItem('cookie-gatewayuser'), null, 'the next page clears it');
  },
);
