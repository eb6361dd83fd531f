import t from 'tap';
import { type FileList, parseJson, png, signIn } from '../../../../support/client.ts';
import { startTestStack } from '../../../../support/test-stack.ts';

t.test('a list is compressed as the client asks, and says the same', async (t) => {
  const stack = await startTestStack(t);
  const alice = await signIn(stack, 'alice');
  const list = async (accepted: string) => {
    const headers = { 'accept-encoding': accepted };
    const answer = await alice.request(`${stack.appOrigin}/api/files`, { headers });
    const { files } = await parseJson<FileList>(answer);
    const [encoding, vary] = [answer.headers.get('content-encoding'), answer.headers.get('vary')];
    return { names: files.map(({ name }) => name), encoding, vary };
  };
  const vary = 'accept-encoding';
  t.strictSame(await list('br'), { names: [], encoding: null, vary }, 'not what is small');
  const names = ['a.png', 'b.png', 'c.png', 'd.png', '写真.png'];
  for (const name of names) await alice.upload({ name, type: 'image/png', bytes: png(name) });
  for (const [accepted, encoding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, br;q=0', 'gzip'],
    ['identity', null],
  ] as const) {
    t.strictSame(await list(accepted), { names, encoding, vary }, accepted);
  }
});
