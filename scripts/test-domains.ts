// tap finds the test of a late error by async-hook-domain, whose async hooks run for each promise and take 7 percent of
// the processor time (docs/decisions). Without it, such an error ends the process, and its file fails with
// the error's stack. Import this before tap.
import { registerHooks } from 'node:module';

const source = 'export class Domain { destroy() {} }';
const url = `data:text/javascript,${encodeURIComponent(source)}`;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'async-hook-domain' ? { url, shortCircuit: true } : next(specifier, context),
});
