import { spawnSync } from 'node:child_process';
import process from 'node:process';

/** Types that have not changed since the last run are not checked again. */
const KEPT = ['--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo'];

/**
 * Types, lint, format, import directions, cdk-nag's findings in the stacks, and the budgets of
 * lines. Every step runs, so that one run shows all faults.
 */
const steps = [
  ['tsc', '-p', '.', ...KEPT],
  ['tsc', '-p', 'edge/function'],
  ['tsc', '-p', 'services/web'],
  ['biome', 'check', '--error-on-warnings', '.'],
  ['node', 'scripts/nag.ts'],
  ['node', 'scripts/budget.ts'],
];
const failed = steps.filter(([command = '', ...args]) => {
  console.log(`${command} ${args.join(' ')}`);
  return spawnSync(command, args, { stdio: 'inherit' }).status !== 0;
});
for (const step of failed) console.error(`failed: ${step.join(' ')}`);
process.exit(failed.length > 0 ? 1 : 0);
