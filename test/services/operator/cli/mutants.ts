import { type Mutant, mutantsOf } from '../../../support/mutants.ts';

const TESTS = 'test/services';

/** Faults in the operator's commands: keys, users who leave, ids that are released. */
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf('services/operator/keys/rotation.ts', `${TESTS}/keys/rotation.test.ts`, [
    ['adds a sixth key', 'if (ring.length >= MAX_KEYS)', 'if (ring.length > MAX_KEYS)'],
    [
      'lets a key sign that is not deployed',
      'if (next.deployedAt === undefined)',
      'if (next.name === undefined)',
    ],
    ['retires the key that signs', 'if (key === signing) throw', 'if (ring.length === 1) throw'],
    [
      'retires a key whose cookies still live',
      'if (safeAtMs !== undefined && nowMs < safeAtMs) {',
      'if (safeAtMs !== undefined && nowMs < 0) {',
    ],
    ['forgets the links', 'keepsLinks ? MAX_URL_SECONDS : 0', 'keepsLinks ? 0 : 0'],
    ['forgets the skew of the clocks', '+ CLOCK_SKEW_SECONDS;', '+ 0;'],
    [
      'forgets that cookies had a longer lifetime once',
      'Math.max(key.longestCookieSeconds ?? 0, cookieLifetimeSeconds)',
      'cookieLifetimeSeconds',
    ],
  ]),
  ...mutantsOf('services/operator/cli/forget.ts', `${TESTS}/cli/forget.test.ts`, [
    ['deletes unasked', 'const isSure = values.yes;', 'const isSure = values.yes || true;'],
    [
      'keeps the sessions',
      'const ended = endAllSessions(stores, userId).then(({ edge }) => edge);',
      'const ended = Promise.resolve(endAllSessions.name);',
    ],
    [
      'keeps the owner of the id',
      '{ name: _name, email: _email, owner: _owner, ...floor }',
      '{ owner: _owner, ...floor }',
    ],
  ]),
  ...mutantsOf('services/operator/cli/user-objects.ts', `${TESTS}/cli/user-objects.test.ts`, [
    [
      'keeps unfinished uploads',
      'if (isDeleting) failures.push(...(await abortAll',
      'if (!isDeleting) failures.push(...(await abortAll',
    ],
    [
      'does not report what S3 did not delete',
      'failures.push(...Errors.map',
      'failures.push(...Errors.slice(1_000).map',
    ],
    [
      'believes an answer that names nothing',
      'failures.push(...silent.map',
      'failures.push(...silent.slice(1_000).map',
    ],
    ['asks for the same page for ever', 'throw new BrokenListError();', 'return false;'],
  ]),
  ...mutantsOf('services/operator/cli/release.ts', `${TESTS}/cli/release.test.ts`, [
    [
      'hands over files that a live session opens',
      'if (user.sessions.length > 0) {',
      'if (user.sessions.length > 100) {',
    ],
    [
      'hands over although the edge does not know',
      "if ((await edge) === 'pending') {",
      "if ((await edge) !== 'pending' && stores === undefined) {",
    ],
    ['hands over without being asked', 'if (!isSure) {', 'if (!isSure && found.files > 1_000) {'],
  ]),
  ...mutantsOf('services/operator/cli/restored.ts', `${TESTS}/cli/restored.test.ts`, [
    ['fills the store of the edge', '> MAX_STORE_BYTES', '> 100 * MAX_STORE_BYTES'],
    [
      'ends well although the edge does not know',
      'if (!isTold && !isTooSmall) {',
      'if (!isTold && userIds.length > 1_000) {',
    ],
    ['asks for another run that changes nothing', 'if (!isTold && !isTooSmall) {', 'if (!isTold) {'],
    ['does not say whom it left out', 'if (failed.length > 0) {', 'if (failed.length > 1_000) {'],
    [
      'ends only the first twenty',
      'at < userIds.length; at += AT_ONCE',
      'at < Math.min(userIds.length, AT_ONCE); at += AT_ONCE',
    ],
  ]),
  ...mutantsOf('services/operator/cli/revoke.ts', `${TESTS}/cli/revoke.test.ts`, [
    ['ends all sessions in place of one', 'if (session !== undefined) {', 'if (session === "") {'],
    ['accepts a session that does not exist', 'if (!ended) {', 'if (ended === null) {'],
  ]),
  ...mutantsOf('services/operator/cli/sign-url.ts', `${TESTS}/cli/sign-url.test.ts`, [
    ['signs a star', "|| path.includes('*')", "|| path.includes('**')"],
    ['signs for longer than a key stays', 'seconds > MAX_URL_SECONDS', 'seconds > 10 * MAX_URL_SECONDS'],
    ['signs a folder', 'if (!file || file.isFolder ||', 'if (!file ||'],
  ]),
  ...mutantsOf('services/operator/cli/user-objects.ts', `${TESTS}/cli/user-objects.full.test.ts`, [
    [
      'stops at the first page',
      'yield page;\n  } while (isFollowed(page.IsTruncated, page.NextKeyMarker));',
      'yield page;\n  } while (page === undefined);',
    ],
  ]),
  ...mutantsOf('services/operator/cli/user-objects.ts', `${TESTS}/cli/user-objects.full.test.ts`, [
    [
      'keeps the delete markers',
      'deleteAll(bucket, [...versions, ...marks])',
      'deleteAll(bucket, [...versions])',
    ],
  ]),
  ...mutantsOf('services/operator/cli/forget.ts', `${TESTS}/cli/forget-cut-off.full.test.ts`, [
    [
      'keeps items that only a session leads to',
      'stores.tokens.delete(id).then(() => true)',
      'Promise.resolve(id)',
    ],
  ]),
];
