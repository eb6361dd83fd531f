import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { createVectors, type VectorKey } from '../../../services/vectors/vectors.ts';
import { ALICE, BOB, EC, NOW_EPOCH, ORIGIN, RSA, SECRET, startEdge } from '../../edge/local/support/edge.ts';
import type { TestKey } from '../../support/local-values.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { judge, type Run } from './judge.ts';
import { type Language, runner, SIGNERS } from './languages.ts';

/** Runs a signer of docs/signers against the vectors, and against the local CloudFront. */
export async function testSigner(t: Test, language: Language): Promise<void> {
  const lines = readFileSync(join(SIGNERS, language.file), 'utf8').trimEnd().split('\n').length;
  t.ok(lines <= 80, `${lines} lines`);
  const run = prepared(t, language);
  const vectors = await createVectors();
  const { right, faults } = judge(vectors, run);
  t.strictSame(faults, []);
  t.comment(`${language.file}: ${right} answers`);
  for (const key of [EC, RSA]) await opensOwnFolder(t, run, key);
}

export function prepared(t: Test, language: Language, signers = SIGNERS): Run {
  const directory = temporaryDirectory(t);
  return runner(language.prepare(signers, directory), directory);
}

async function opensOwnFolder(t: Test, run: Run, testKey: TestKey): Promise<void> {
  const edge = await startEdge();
  t.teardown(() => edge.close());
  const key = vectorKeyOf(testKey);
  const [set = ''] = run({ filesOrigin: ORIGIN, cookieDomain: '' }, key, [
    ['set', ALICE, NOW_EPOCH - 3_600, NOW_EPOCH + 900],
  ]);
  t.notMatch(set, 'Domain=', 'host-only cookies on one host');
  const cookie = set
    .split('\n')
    .map((line) => line.split(';', 1)[0] ?? '')
    // A browser drops a cookie whose end is past.
    .filter((pair) => !pair.endsWith('='))
    .join('; ');
  t.match(await edge.get(`/users/${ALICE}/a.txt`, { Cookie: cookie }), {
    status: 200,
    body: 'the bytes of alice',
  });
  const other = await edge.get(`/users/${BOB}/b.txt`, { Cookie: cookie });
  t.equal(other.status, 403);
  t.notMatch(other.body, SECRET);
  edge.clock.nowMs = (NOW_EPOCH + 901) * 1_000;
  t.equal((await edge.get(`/users/${ALICE}/a.txt`, { Cookie: cookie })).status, 403, 'after its end');
}

function vectorKeyOf({ keyPairId, privateKey, publicPem }: TestKey): VectorKey {
  return {
    keyPairId,
    type: privateKey.asymmetricKeyType === 'ec' ? 'EC' : 'RSA',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicPem,
  };
}
