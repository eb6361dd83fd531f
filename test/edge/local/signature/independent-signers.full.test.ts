import t, { type Test } from 'tap';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import {
  ALICE,
  EC,
  KEEP,
  NOW_EPOCH,
  ORIGIN,
  PASS,
  policyText,
  RSA,
  startEdge,
  withCode,
} from '../support/edge.ts';
import { independentSigners, type Wish } from '../support/signers.ts';

const OWN = `/users/${ALICE}/a.txt`;
const OTHER = `/users/${ALICE}/other.txt`;
const UNTIL = NOW_EPOCH + 900;

const deployed = await startEdge();
/** CloudFront without functions: the deployed functions take no canned policy in cookies. */
const bare = await startEdge({ template: withCode({ request: PASS, response: KEEP }) });
t.teardown(() => Promise.all([deployed.close(), bare.close()]));
for (const { origin } of [deployed, bare]) {
  origin.objects.set(OTHER.slice(1), { body: Buffer.from('another file'), type: 'text/plain' });
}

interface Way {
  target: (path: string) => string;
  headers: Record<string, string>;
  /** Also with the functions of this project. */
  isOurs: boolean;
  opensFolder: boolean;
}

async function opensUntilItExpires(t: Test, { target, headers, isOurs, opensFolder }: Way): Promise<void> {
  for (const [index, edge] of (isOurs ? [bare, deployed] : [bare]).entries()) {
    edge.clock.nowMs = NOW_EPOCH * 1_000;
    const opened = await edge.get(target(OWN), headers);
    t.equal(opened.status, 200, `row ${index}`);
    t.equal(opened.body, 'the bytes of alice', `row ${index}`);
    t.equal((await edge.get(target(OTHER), headers)).status, opensFolder ? 200 : 403, `row ${index}`);
    edge.clock.nowMs = UNTIL * 1_000;
    const expired = await edge.get(target(OWN), headers);
    t.equal(expired.status, 403, `row ${index}`);
    t.match(
      expired.body,
      '<Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>',
      `row ${index}`,
    );
    t.equal(edge.decisions.at(-1)?.clause, 'expired', `row ${index}`);
  }
}

for (const { name, skip, keys, hashes, url, cookie } of independentSigners(temporaryDirectory(t))) {
  t.test(`${name}: what it signs opens a file until it expires`, { skip, timeout: 120_000 }, async (t) => {
    for (const key of [RSA, EC].filter(({ privateKey }) =>
      keys.some((type) => type === privateKey.asymmetricKeyType),
    )) {
      for (const hash of hashes) {
        const wish: Wish = { url: ORIGIN + OWN, key, hash, untilEpoch: UNTIL };
        const forFile = { ...wish, policy: policyText(ORIGIN + OWN) };
        const forFolder = { ...wish, policy: policyText(`${ORIGIN}/users/${ALICE}/*`) };
        const ways: [string, () => Promise<Way>][] = [];
        if (url) {
          const way = async (wished: Wish, opensFolder: boolean): Promise<Way> => {
            const query = (await url(wished)).slice((ORIGIN + OWN).length);
            return { target: (path) => path + query, headers: {}, isOurs: true, opensFolder };
          };
          ways.push(['a URL with a canned policy', () => way(wish, false)]);
          ways.push(['a URL with a custom policy', () => way(forFile, false)]);
        }
        if (cookie) {
          const way = async (wished: Wish, isOurs: boolean): Promise<Way> => {
            const headers = { Cookie: await cookie(wished) };
            return { target: (path) => path, headers, isOurs, opensFolder: isOurs };
          };
          ways.push(['cookies with a canned policy', () => way(wish, false)]);
          ways.push(['cookies with a custom policy', () => way(forFolder, true)]);
        }
        for (const [what, make] of ways) {
          await t.test(`${what}, ${key.privateKey.asymmetricKeyType}, ${hash}`, async (t) => {
            await opensUntilItExpires(t, await make());
          });
        }
      }
    }
  });
}
