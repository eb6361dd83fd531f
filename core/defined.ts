/**
 * The members that are not undefined. `name?: T` in a type means that the member may be left out. Such a member is never
 * there as undefined, because in a spread it would replace a value by undefined.
 */
export function defined<T extends object>(members: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  const kept: Partial<T> = {};
  for (const name in members) {
    const value = members[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
