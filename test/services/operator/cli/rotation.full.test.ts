import { createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type EpochSeconds, parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { signedUrl } from '../../../../core/signed-url.ts';
import { MAX_SIGNED_URL_SECONDS } from '../../../../core/time-bounds.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { parseStackValues } from '../../../../infra/values.ts';
import { createCookieIssuer } from '../../../../services/auth/cookies/issuer.ts';
import { createKeySigner } from '../../../../services/auth/cookies/key-signer.ts';
import { refreshAtEpoch } from '../../../../services/auth/sessions/session.ts';
import { keysCommand } from '../../../../services/operator/cli/keys.ts';
import { ALICE, startEdge } from '../../../edge/local/support/edge.ts';
import { synthesizeForTest } from '../../../support/cached-build.ts';
import { ecKey, localValues } from '../../../support/local-values.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const CLIENTS = 20;
const OWN = `/users/${ALICE}/a.txt`;

/**
 * During a deployment some edges have the new keys and some do not, at random, and the service signs with the old or
 * the new first key. Twenty clients load all the time, and renew when they are told to. None of their requests may be
 * refused.
 */
t.test('a rotation under load refuses no request', { timeout: 120_000 }, async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'values.json');
  const clock = { seconds: 1_790_000_000 };
  const first = ecKey('one');
  writeFileSync(file, JSON.stringify(localValues([first])));
  const privateKeys = new Map([['one', first.privateKey]]);
  const keys = (...args: string[]) => keysCommand([...args, '--values', file], '', clock.seconds * 1_000);
  const readValues = () => parseStackValues(JSON.parse(readFileSync(file, 'utf8')));

  const startDeployed = async () => {
    const { publicKeys } = readValues();
    const signing = publicKeys[0]?.name ?? '';
    const edge = await startEdge({
      template: await synthesizeForTest(readValues()),
      bindings: {
        now: () => clock.seconds * 1_000,
        keyPairIds: Object.fromEntries(publicKeys.map(({ name }) => [name, name])),
      },
    });
    const privateKey = privateKeys.get(signing) ?? '';
    const issuer = createCookieIssuer({
      appOrigin: 'http://localhost:3000',
      filesOrigin: 'http://localhost:8080',
      cookieLifetimeSeconds: 900,
      signer: createKeySigner({ keyPairId: signing, privateKey }),
      now: () => clock.seconds * 1_000,
    });
    return { edge, issuer };
  };

  const all = [await startDeployed()];
  let deployed = [...all];
  t.teardown(() => Promise.all(all.map(({ edge }) => edge.close())));
  const pick = () =>
    deployed[Math.floor(Math.random() * deployed.length)] ?? Promise.reject(new Error('none'));
  const refused: string[] = [];
  let answered = 0;
  let isOver = false;

  async function load(start: EpochSeconds): Promise<void> {
    let cookie = '';
    let refreshAt = 0;
    while (!isOver) {
      if (clock.seconds >= refreshAt) {
        const set = await (await pick()).issuer.issue({ id: parseUserId(ALICE), start });
        cookie = set.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
        refreshAt = refreshAtEpoch(set);
      }
      const { status, body } = await (await pick()).edge.get(OWN, { Cookie: cookie });
      answered++;
      if (status !== 200) refused.push(body);
    }
  }
  const startLoad = () =>
    Array.from({ length: CLIENTS }, (_, index) => load(parseEpochSeconds(clock.seconds - 3_600 + index)));
  const working = async () => {
    const enough = answered + CLIENTS * 3;
    while (answered < enough) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 60) {
      clock.seconds += 60;
      await working();
    }
  };
  const deploy = async () => {
    const next = await startDeployed();
    all.push(next);
    deployed = [...deployed, next];
    // Long enough for each client to renew in between, on either side.
    await pass(660);
    deployed = [next];
    await working();
  };
  const oldSigner = createKeySigner(first);
  const oldLink = async () =>
    (
      await signedUrl(
        `http://localhost:8080${OWN}`,
        parseEpochSeconds(clock.seconds + MAX_SIGNED_URL_SECONDS),
        oldSigner,
      )
    ).replace('http://localhost:8080', '');

  const clients = startLoad();
  await working();
  keys('list', '--deployed');
  const pem = join(directory, 'two.pem');
  keys('generate', '--name', 'two', '--out', pem);
  privateKeys.set('two', createPrivateKey(readFileSync(pem)));
  await deploy();
  keys('rotate', '--deployed');
  await deploy();
  t.throws(() => keys('retire', 'one', '--cookies-only', '--deployed'), { name: 'UnsafeStepError' });
  await pass(1_200);
  const link = await oldLink();
  const now = async (target: string) => (await pick()).edge.get(target);
  t.equal((await now(link)).status, 200, 'a link of the old key stays valid');
  t.throws(() => keys('retire', 'one'), { name: 'UnsafeStepError' }, 'as long as it may');
  keys('retire', 'one', '--cookies-only');
  await deploy();
  t.match((await now(await oldLink())).body, 'Unknown Key', 'the old key opens nothing any more');
  isOver = true;
  await Promise.all(clients);
  t.strictSame(refused, [], `of ${answered} requests`);
  t.comment(`${answered} requests, none refused`);
});
