// `AREA=core npm run mutants` changes the sources of an area, one place at a time, and runs its tests. Without AREA, it does
// so for every area. A score below `break` fails.
import process from 'node:process';

/** Each area: what is changed, and the tests that should notice. */
const AREAS = {
  core: {
    mutate: ['core/**/*.ts'],
    tests: [
      'test/core/*.test.ts',
      'test/edge/function/viewer-response.test.ts',
      'test/services/auth/cookies/key-signer.test.ts',
      'test/services/auth/settings/*.test.ts',
      'test/services/auth/sign-in-settings.test.ts',
    ],
  },
  'edge-function': {
    // What is built into a function, and not what builds it.
    mutate: ['edge/function/*.ts', '!edge/function/build.ts'],
    tests: [
      'test/edge/function/{every-credential,isolation,refusal-page,trusted}.test.ts',
      'test/edge/function/viewer-{request,response}.test.ts',
    ],
  },
  mover: {
    mutate: ['services/mover/*.ts', '!services/mover/{lambda,deps}.ts'],
    tests: ['test/services/mover/*.test.ts'],
  },
};

/** What ends sessions, memberships and links, and tells the edge: the models and the interleavings run all of it. */
const OF_SESSIONS = [
  'test/services/auth/{at-once,clocks,interleavings,model}.test.ts',
  'test/services/auth/{edge,links,provider,sessions,shares,teams}/!(*.full|*.weekly).test.ts',
];
for (const [name, mutate] of Object.entries({
  sessions: ['services/auth/sessions/*.ts'],
  edge: ['services/auth/edge/*.ts', 'services/auth/schedule.ts'],
  teams: ['services/auth/teams/*.ts', '!services/auth/teams/routes.ts'],
})) {
  AREAS[name] = { mutate, tests: OF_SESSIONS };
}
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
  incrementalFile: 'node_modules/.cache/mutants.json',
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 85 },
  concurrency: 2,
};
