import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openLocalState } from '../../../../services/local/state.ts';
import { signUrl } from '../../../../services/operator/cli/sign-url.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

t.test('signs a URL for one file with the key that signs now', async (t) => {
  const directory = temporaryDirectory(t);
  const state = openLocalState(directory);
  const keys = join(directory, 'keys');
  const url = await signUrl(['/users/a/%E5%86%99.png?v=1'], {}, keys, 1_000_000);
  t.match(
    url,
    new RegExp(
      `^http://localhost:8080/users/a/%E5%86%99\\.png\\?v=1&Expires=2800&Signature=[\\w~-]+&Key-Pair-Id=${state.keys[0]?.keyPairId}&Hash-Algorithm=SHA256$`,
    ),
  );
  t.match(
    await signUrl(['/users/a/b', '--expires-in', '60'], { EDGE_PORT: '81' }, keys, 0),
    'http://localhost:81/users/a/b?Expires=60&',
  );
  t.match(await signUrl(['/users/a/b', '--expires-in', '604800'], {}, keys, 0), '?Expires=604800&');
  const ofTeam = '/teams/abcdefghijklmnopqrstuvwx23/b';
  t.match(await signUrl([ofTeam], {}, keys, 0), `http://localhost:8080${ofTeam}?Expires=1800&`);
  for (const args of [
    [],
    ['/users/a/../b/c'],
    ['/users/a/'],
    ['/users/a/*'],
    ['/teams/a/b'],
    ['/users/a/b?Expires=1'],
    ['/users/a/b', 'x'],
    ['/users/a/b', '--expires-in', '0'],
    ['/users/a/b', '--expires-in', '604801'],
    ['--what'],
    ['https://x/users/a/b'],
  ]) {
    await t.rejects(signUrl(args, {}, keys, 0), { name: 'UsageError' }, args.join(' '));
  }
  for (const seconds of ['-5', '0', '1.5', 'soon'])
    await t.rejects(
      signUrl(['/users/a/b', '--expires-in', seconds], {}, keys, 0),
      { name: 'UsageError', message: '--expires-in must be whole seconds, 1 to 604800' },
      seconds,
    );
  await t.rejects(signUrl(['/users/a/b'], {}, join(directory, 'none'), 0), /npm start/);
});

t.test('signs with a key of a deployment', async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'k.pem');
  writeFileSync(
    file,
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
  const env = { KEY_PAIR_ID: 'K9', SIGNING_KEY_FILE: file, FILES_ORIGIN: 'https://files.app.example.com' };
  t.match(
    await signUrl(['/users/a/b'], env, '', 0),
    /^https:\/\/files\.app\.example\.com\/users\/a\/b\?Expires=1800&Signature=[\w~-]+&Key-Pair-Id=K9&Hash-Algorithm=SHA256$/,
  );
  await t.rejects(signUrl(['/users/a/b'], { KEY_PAIR_ID: 'K9' }, '', 0), /both/);
  for (const FILES_ORIGIN of ['files.app.example.com', 'https://files.app.example.com/']) {
    await t.rejects(
      signUrl(['/users/a/b'], { ...env, FILES_ORIGIN }, '', 0),
      { name: 'UsageError', message: /^FILES_ORIGIN must be an origin/ },
      FILES_ORIGIN,
    );
  }
  await t.rejects(signUrl(['/users/a/b'], { ...env, SIGNING_KEY_FILE: 'README.md' }, '', 0), {
    name: 'UsageError',
    message: /^SIGNING_KEY_FILE must be a private key as PEM/,
  });
  await t.rejects(signUrl(['/users/a/b'], { ...env, SIGNING_KEY_FILE: '/nonexistent' }, '', 0), {
    name: 'UsageError',
  });
});
