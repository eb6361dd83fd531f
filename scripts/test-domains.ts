// tap finds the test to which a late error belongs by async-hook-domain. Its async hooks run for each promise. This module
// takes its place, and needs no hooks. docs/decisions/test-runner.md has their cost. Import it before tap.
import { AsyncLocalStorage, AsyncResource, executionAsyncResource } from 'node:async_hooks';
import { registerHooks } from 'node:module';
import process from 'node:process';

type OnError = (error: unknown, type: string) => void;

const current = new AsyncLocalStorage<Domain>();

/** What async-hook-domain exports. tap makes one for each test, inside the test's AsyncResource. */
export class Domain {
  readonly onerror: OnError;
  private readonly parent = current.getStore();
  private isDestroyed = false;

  constructor(onerror: OnError) {
    this.onerror = onerror;
    const resource = executionAsyncResource();
    if (!(resource instanceof AsyncResource)) return;
    // The resource restores the store from before this domain.
    const run = resource.runInAsyncScope.bind(resource);
    Object.assign(resource, {
      runInAsyncScope: (work: () => unknown, self: unknown, ...given: unknown[]) =>
        run(() => current.run(this, () => Reflect.apply(work, self, given))),
    });
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** An error that comes after the end of its test belongs to the test around it. */
  living(): Domain | undefined {
    return this.isDestroyed ? this.parent?.living() : this;
  }
}

function tell(error: unknown, type: string): boolean {
  const domain = current.getStore()?.living();
  domain?.onerror(error, type);
  return domain !== undefined;
}

process.on('uncaughtExceptionMonitor', (error, origin) => {
  if (process.hasUncaughtExceptionCaptureCallback() || process.listenerCount('uncaughtException') > 0) return;
  if (!tell(error, origin)) return;
  process.setUncaughtExceptionCaptureCallback(() => process.setUncaughtExceptionCaptureCallback(null));
});
// A listener of unhandledRejection would be one that the tests see.
const { emit } = process;
Object.assign(process, {
  emit: (name: string, ...given: unknown[]) =>
    name === 'unhandledRejection' && process.listenerCount(name) === 0
      ? tell(given[0], name)
      : Reflect.apply(emit, process, [name, ...given]),
});

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'async-hook-domain'
      ? { url: import.meta.url, shortCircuit: true }
      : next(specifier, context),
});
