/**
 * Something that is made at the first call, and kept. With `import()` it keeps from a start what the first answer does
 * not need: on Lambda a person waits for every start.
 */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
