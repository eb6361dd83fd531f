/**
 * Makes something at the first call, and keeps it. With `import()`, a start does not load what the first answer does
 * not need. On Lambda, a person waits for every start.
 */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * The same for something whose methods are all asynchronous: the first call makes it.
 * @param ready members that do not wait for it
 */
export function lazyMethods<T extends object>(make: () => Promise<T>, ready: Partial<T> = {}): T {
  const made = lazily(make);
  const methods = new Proxy(ready, {
    get: (target, name) =>
      Reflect.get(target, name) ??
      (async (...given: unknown[]) => {
        const own: object = await made();
        return Reflect.apply(Reflect.get(own, name), own, given);
      }),
  });
  return methods as T;
}
