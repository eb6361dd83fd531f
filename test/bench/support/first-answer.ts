import { registerHooks } from 'node:module';
import process from 'node:process';
import type { Handler } from '../../support/api-gateway.ts';

/** Runs a function from its import to its first answer, in a process of its own. Its event comes as an argument. */
const [bundle = '', event = ''] = process.argv.slice(2);
const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
const before = process.cpuUsage();
const beganMs = performance.now();
const { handler }: { handler: Handler } = await import(bundle);
const { statusCode } = await handler(JSON.parse(event), {});
const tookMs = performance.now() - beganMs;
const { user, system } = process.cpuUsage(before);
process.send?.({ statusCode, tookMs, processorMs: (user + system) / 1_000, loaded });
