import t from 'tap';
import { png, signIn } from '../support/client.ts';
import { rawRequest } from '../support/raw-request.ts';
import { startTestStack } from '../support/test-stack.ts';
import { shownTranscript } from '../support/transcript.ts';

t.test('the page of results shows the real answers to these requests', async (t) => {
  const stack = await startTestStack(t);
  const alice = await signIn(stack, 'alice');
  const bob = await signIn(stack, 'bob');
  const { url } = await alice.upload({ name: 'cat.png', type: 'image/png', bytes: png() });
  await bob.upload({ name: 'cat.png', type: 'image/png', bytes: png("bob's") });
  const path = new URL(url).pathname;
  const alicesCookies = alice.jar.header(path);
  const bobsCookies = bob.jar.header(`/users/${bob.id}/`);
  const lines: string[] = [];
  const show = async (who: string, target: string, cookie = '') => {
    const { status, head, body } = await rawRequest(stack.filesOrigin, target, cookie ? { cookie } : {});
    const type = /^content-type: ([^\r\n]*)/im.exec(head)?.[1] ?? '';
    const said =
      status === 200
        ? `${body.length} bytes of ${type}`
        : (/<Code>(\w+)|"code":"(\w+)"/.exec(body.toString())?.slice(1).find(Boolean) ?? '');
    const shownTarget = target.replaceAll(alice.id, '<alice>').replaceAll(bob.id, '<bob>');
    lines.push(`${who.padEnd(18)} GET ${shownTarget.padEnd(32)} ${status} ${said}`);
    return status;
  };
  t.equal(await show('alice', path, alicesCookies), 200);
  t.equal(await show('nobody', path), 403);
  t.equal(await show('bob', path, bobsCookies), 403);
  const crossing = await show('alice', `/users/${alice.id}/../${bob.id}/cat.png`, alicesCookies);
  t.ok(crossing === 400 || crossing === 403);
  await alice.post('/auth/logout');
  t.equal(await show('alice, signed out', path, alice.jar.header(path)), 403);
  const transcript = lines.join('\n');
  t.equal(
    shownTranscript(transcript),
    transcript,
    'docs/results.md is up to date (UPDATE_README=1 npm test writes it)',
  );
});
