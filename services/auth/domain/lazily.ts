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
