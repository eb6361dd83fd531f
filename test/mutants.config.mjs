// `AREA=core npm run mutants` changes the sources of an area, one place at a time, and runs its tests. Without AREA, it does
// so for every area. A score below `break` fails.
import process from 'node:process';

/** Each area: what is changed, and the tests that should notice. */
const AREAS = {
  core: {
    // Who may sign in is asked over HTTP.
    mutate: ['core/*.ts', '!core/allow-rule.ts'],
    tests: [
      'test/core/*.test.ts',
      'test/edge/function/viewer-{request,response}.test.ts',
      'test/services/auth/cookies/{cloudfront-cookies,key-signer}.test.ts',
      'test/services/auth/settings/*.test.ts',
    ],
  },
  'edge-function': {
    // What is built into a function, and not what builds it.
    mutate: ['edge/function/*.ts', '!edge/function/build.ts'],
    tests: [
      'test/edge/function/viewer-{request,response}.test.ts',
      'test/edge/function/{trusted,refusal-page,every-credential,isolation}.test.ts',
    ],
  },
  mover: {
    mutate: ['services/mover/*.ts', '!services/mover/{lambda,deps}.ts'],
    tests: [
      'test/services/mover/{trash,isolation,background,model,copy-and-move}.test.ts',
      'test/integration/{trash,usage}.test.ts',
    ],
  },
};

/** The models and the interleavings, which run the others' rules too, come last: a change that survives runs all tests. */
const AUTH = 'test/services/auth';
Object.assign(AREAS, {
  sessions: {
    mutate: ['services/auth/sessions/*.ts', 'core/allow-rule.ts'],
    tests: [
      `${AUTH}/interleavings.test.ts`,
      `${AUTH}/sessions/{recheck-interleavings,begin-and-end,login-transaction,login,sessions}.test.ts`,
      `${AUTH}/sessions/{change-record,token,sign-out,sign-out-everywhere,recheck}.test.ts`,
      `${AUTH}/{sign-in-settings,model}.test.ts`,
    ],
  },
  edge: {
    mutate: ['services/auth/edge/*.ts', 'services/auth/schedule.ts'],
    tests: [
      `${AUTH}/edge/{telling,entry,key-value-store}.test.ts`,
      `${AUTH}/{interleavings,sessions/begin-and-end,teams/interleavings,model}.test.ts`,
    ],
  },
  teams: {
    mutate: ['services/auth/teams/*.ts', '!services/auth/teams/routes.ts'],
    tests: [
      `${AUTH}/teams/{team,starts,claimed,deletion,interleavings,end-in-teams,of-provider}.test.ts`,
      `${AUTH}/teams/{deletion-in-s3,teams,cookies}.test.ts`,
      `${AUTH}/model.test.ts`,
    ],
  },
});
const area = process.env.AREA ?? '';
const chosen = Object.entries(AREAS).filter(([name]) => area === '' || name === area);
if (chosen.length === 0) throw new Error(`no area ${area}: ${Object.keys(AREAS).join(', ')}`);

// biome-ignore lint/style/noDefaultExport: StrykerJS reads the default export.
export default {
  mutate: chosen.flatMap(([, { mutate }]) => mutate),
  testRunner: 'tap',
  tap: { testFiles: chosen.flatMap(([, { tests }]) => tests) },
  checkers: ['typescript'],
  tsconfigFile: 'test/mutants.tsconfig.json',
  // A package is found by a link to its folder, which must be the one with the changed sources.
  symlinkNodeModules: false,
  buildCommand: 'npm ci --prefer-offline --no-audit --no-fund',
  tempDirName: '.stryker',
  incremental: true,
  incrementalFile: `node_modules/.cache/mutants-${area}.json`,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 85 },
  concurrency: 2,
};
