import t from 'tap';
import { inNode, stubStorage } from '../in-node.ts';

const { clearCacheOfOthers } = await inNode('client/browser-cache.ts');

t.test(
  'what the browser keeps of another user is cleared once, by cookies that open the folder',
  async (t) => {
    stubStorage(t).set('cookie-gatewayuser', 'alice');
    const asked: string[] = [];
    const value = async (url: string) => {
      asked.push(url);
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
  },
);
