/**
 * A name that nothing has: the name itself, or the first of `cat (2).png`, `cat (3).png` and so on.
 * @param taken the names that are taken
 */
export function freeName(name: string, taken: { has(name: string): boolean }): string {
  const [, stem = name, end = ''] = /(.*[^/])(\.[^./]+)$/s.exec(name) ?? [];
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${stem} (${number})${end}`;
  return free;
}
