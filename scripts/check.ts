import { spawnSync } from 'node:child_process';
import process from 'node:process';

/** What of the types has not changed since the last time is not looked at again. */
const KEPT = ['--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo'];

/** Types, lint, format, import directions, circles of imports, and what cdk-nag finds in the stacks; every step runs, so that one look shows all faults. */
const steps = [
  ['tsc', '-p', '.', ...KEPT],
  ['tsc', '-p', 'edge/function'],
  ['tsc', '-p', 'services/web'],
  ['biome', 'check', '--error-on-warnings', '.'],
  ['node', 'scripts/circles.ts'],
  ['node', 'scripts/nag.ts'],
];
const failed = steps.filter(([command = '', ...args]) => {
  console.log(`${command} ${args.join(' ')}`);
  return spawnSync(command, args, { stdio: 'inherit' }).status !== 0;
});
for (const step of failed) console.error(`failed: ${step.join(' ')}`);
process.exit(failed.length > 0 ? 1 : 0);
