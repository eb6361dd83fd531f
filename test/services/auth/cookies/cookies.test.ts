import { randomBytes } from 'node:crypto';
import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { CookieJar } from '../../../support/client.ts';
import { raw } from '../../local/support/local-s3.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, beginLogin, callback, startService, startStore } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '10000' });

const idOf = (number: number) => String(number).padStart(26, 'x');
const noted = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `__Host-files-${idOf(from + index)}`);

async function logout(cookies: string[], { PORT = '', APP_ORIGIN = '' } = service.settings) {
  const { status, headers } = await raw(Number(PORT), 'POST', '/auth/logout', {
    ...{ host: new URL(APP_ORIGIN).host, origin: APP_ORIGIN, 'content-length': '0' },
    cookie: cookies.map((each) => (each.includes('=') ? each : `${each}=1`)).join('; '),
  });
  const lines = [headers['set-cookie'] ?? []].flat().map(String);
  const head = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}\r\n`.length),
  );
  const cleared = lines.flatMap((line) => /^(__Host-files-[^=]+)=;/.exec(line)?.[1] ?? []);
  return { status, lines, cleared, headBytes: head.reduce((sum, bytes) => sum + bytes, 0) };
}

t.test(
  'a request that names hundreds of users gets an answer below 8 KB; the next one goes on',
  async (t) => {
    let left = noted(300);
    for (let answers = 0; left.length > 260; answers++) {
      t.ok(answers < 20);
      const { status, cleared, headBytes } = await logout(left);
      t.equal(status, 303);
      t.ok(headBytes < 8_192, `${headBytes} bytes of headers`);
      t.ok(cleared.length > 0 && cleared.length <= 20, `${cleared.length} users`);
      left = left.filter((name) => !cleared.includes(name));
    }
    const { cleared, lines } = await logout(noted(3));
    t.strictSame(cleared, noted(3), 'a few are cleared at once');
    t.equal(lines.filter((line) => line.startsWith('CloudFront-')).length, 3 * 4);
  },
);

/** The passes of five links. */
const PASSES = Array.from({ length: 5 }, () => `__Host-link-${randomBytes(32).toString('base64url')}`);

t.test('a sign-out with six teams and five links clears all of them at once, below 8 KB', async (t) => {
  const app = 'https://app.some-company.example.com';
  const FILES_ORIGIN = 'https://files.app.some-company.example.com';
  const deployed = await startService(t, 'https://login.example.com', { APP_ORIGIN: app, FILES_ORIGIN });
  const user = `__Host-files-${'a'.repeat(26)}=1`;
  const teams = Array.from({ length: 6 }, () => `__Host-files-${newTeamId()}=1795600000`);
  const passes = PASSES.map((name) => `${name}=1`);
  const { lines, headBytes } = await logout([user, ...teams, ...passes], deployed.settings);
  t.equal(lines.filter((line) => /^CloudFront-.*; Domain=.*; Path=\/teams\//.test(line)).length, 6 * 4);
  t.equal(lines.filter((line) => line.startsWith('__Host-files-')).length, 7);
  t.equal(lines.filter((line) => line.startsWith('__Host-link-')).length, 5);
  t.ok(headBytes < 8_192, `${headBytes} bytes`);
});

t.test('the cookies of the session that ends go first, however many others are named', async (t) => {
  const { jar, answer } = await attemptLogin(service, provider, { subject: 'crowded' });
  const own = jar.names().find((name) => name.startsWith('__Host-files-')) ?? '';
  const note = answer.headers.getSetCookie().find((line) => line.startsWith(own));
  t.match(note, '; Max-Age=2592000;', 'the note outlives all that it is of');
  const session = `__Host-session=${jar.get('__Host-session')}`;
  const { cleared } = await logout([...noted(100), own, session]);
  t.ok(cleared.includes(own));
});

t.test('a sign-in closes the links of a browser in which somebody else was', async (t) => {
  const signedIn = async (subject: string, more: string[] = []) => {
    provider.is({ subject });
    const begun = await beginLogin(service);
    const cookie = [begun.jar.header('/auth/callback'), ...more].join('; ');
    const { answer, jar } = await callback(new CookieJar(), begun.callbackUrl, { cookie });
    const isClosed = answer.headers.getSetCookie().some((line) => line.startsWith(`${PASSES[0]}=;`));
    return { session: `__Host-session=${jar.get('__Host-session')}`, isClosed };
  };
  const [{ session: own }, { session: other }] = [await signedIn('linked'), await signedIn('before')];
  for (const [what, cookies, isClosed] of [
    ['nobody', [], false],
    ['the same user', [own], false],
    ['another user', [other], true],
    ['another user, whose session is over', [`${noted(1)[0]}=1`], true],
    ['nobody, but a team is open by a link', [`__Host-files-${newTeamId()}=1795600000`], false],
  ] as const)
    t.equal((await signedIn('linked', [`${PASSES[0]}=1`, ...cookies])).isClosed, isClosed, what);
});

t.test('a sign-in in a browser with many users and links has an answer below 8 KB', async (t) => {
  const { jar } = await attemptLogin(service, provider, { subject: 'before' });
  provider.is({ subject: 'newcomer' });
  const { callbackUrl } = await beginLogin(service, { jar });
  const named = [...noted(100), ...PASSES].map((name) => `${name}=1`);
  const cookie = [jar.header('/auth/callback'), ...named].join('; ');
  const { answer } = await callback(new CookieJar(), callbackUrl, { cookie });
  t.equal(answer.status, 302);
  const bytes = [...answer.headers].reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, 0);
  t.ok(bytes < 8_192, `${bytes} bytes`);
});
