/** Works on all items, so many at a time. If one fails, no other begins, and those under way end before it throws. */
export async function atOnce<T>(most: number, items: readonly T[], work: (item: T) => Promise<unknown>) {
  const left = [...items].reverse();
  const working = Array.from({ length: most }, async () => {
    try {
      for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
    } finally {
      left.length = 0;
    }
  });
  await Promise.allSettled(working);
  await Promise.all(working);
}
