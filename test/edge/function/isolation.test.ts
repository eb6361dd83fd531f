import fc from 'fast-check';
import t from 'tap';
import { ALICE, BOB, setEdgeCredential, TEAM } from './support/events.ts';
import { tryTarget } from './support/isolation.ts';
import { ISOLATION_FIXTURES } from './support/isolation-fixtures.ts';
import { type Attempt, attempts, GOOD, SIGNED } from './support/isolation-grammar.ts';
import { ALL_PATHS, countOf, FROM_THE_START, pathAt } from './support/isolation-paths.ts';
import { carelessKey, ownerOf, resolvedPath } from './support/isolation-readers.ts';
import { tryAttempt } from './support/isolation-requests.ts';

/** `FC_SEED=…` runs the same cases again. */
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);

t.test('the readers do see the other folder in the paths that should lead there', async (t) => {
  for (const up of ['..', '%2e%2e', '.%2E', '..;x', '%c0%ae%c0%ae', '..\\.', '.%5c..', '..%00', '/./..']) {
    t.equal(carelessKey(`/users/${ALICE}/${up}/${BOB}/a`).startsWith(`users/${ALICE}/`), false, up);
  }
  t.equal(carelessKey(`/users/${ALICE}/%252e%252e/a`), `users/${ALICE}/%2e%2e/a`, 'decoded once, as S3 does');
  t.equal(resolvedPath(`//users/./${ALICE}/x/..//%2e%2E/${BOB}/`), `/users/${BOB}/`);
  t.equal(resolvedPath('/users/a/..'), '/users/');
  t.equal(ownerOf(`/users/${ALICE}/../${BOB}/a`), `users/${BOB}`);
  t.equal(ownerOf(`/users/${ALICE}/../../teams/${TEAM}/a`), `teams/${TEAM}`);
  t.equal(ownerOf(`/x/${ALICE}/a`), '');
});

// One after the other, because the sources read the value from one global variable.
t.afterEach(() => setEdgeCredential('read'));
for (const edgeCredential of ['read', 'trusted'] as const) {
  t.test(`${edgeCredential}: no path from the list of earlier findings crosses a user`, async (t) => {
    setEdgeCredential(edgeCredential);
    for (const [rawPath, word] of ISOLATION_FIXTURES) {
      t.type(await tryTarget(rawPath), 'boolean', `${word}: ${rawPath}`);
      for (const signed of SIGNED) {
        for (const carriedBy of ['query', 'cookies'] as const) {
          for (const forged of [
            undefined,
            { owner: `users/${ALICE}`, isFirst: true },
            { owner: `users/${BOB}`, isFirst: false },
          ]) {
            const attempt = { rawPath, rawQuery: undefined, signed, carriedBy, forged };
            const { problem } = await tryAttempt(attempt);
            if (problem) t.fail(`${word}: ${problem}`, { attempt });
          }
        }
      }
    }
  });

  t.test(
    `${edgeCredential}: a request that passes stays with the owner whose policy was signed (FC_SEED=${seed})`,
    async (t) => {
      setEdgeCredential(edgeCredential);
      const passedBy = new Map<Attempt['signed'], number>();
      await fc.assert(
        fc.asyncProperty(attempts, async (attempt) => {
          const { problem, passed } = await tryAttempt(attempt);
          if (problem) throw new Error(problem);
          if (passed > 0) passedBy.set(attempt.signed, (passedBy.get(attempt.signed) ?? 0) + 1);
        }),
        { seed, numRuns: 2_000 },
      );
      for (const signed of GOOD) {
        t.ok((passedBy.get(signed) ?? 0) >= 3, `${signed}: ${passedBy.get(signed)} requests passed`);
      }
    },
  );

  t.test(
    `${edgeCredential}: none of 40,000 out of all paths of 6 hostile tokens does either (FC_SEED=${seed})`,
    async (t) => {
      setEdgeCredential(edgeCredential);
      for (const paths of ALL_PATHS) {
        // About 25 of a seed's 10,000 from the start pass.
        const leastPassed = paths === FROM_THE_START ? 5 : 1_000;
        const total = countOf(paths, 6);
        const stride = Math.floor(total / 10_000);
        let tried = 0;
        let passed = 0;
        for (let number = seed % stride; number < total; number += stride) {
          const outcome = await tryTarget(pathAt(paths, number));
          if (typeof outcome === 'string') throw new Error(`number ${number} ${paths.name}: ${outcome}`);
          tried++;
          if (outcome) passed++;
        }
        t.ok(tried >= 10_000, `${tried} tried`);
        t.ok(passed >= leastPassed, `${passed} of ${tried} ${paths.name} pass for somebody`);
      }
    },
  );
}
