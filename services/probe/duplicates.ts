import { type Pair, without } from './credentials.ts';

/** What stands beside the good value of each name: with it alone the credential opens nothing. */
const BAD: Record<string, string> = {
  Policy: 'AAAA',
  Signature: 'AAAA',
  'Key-Pair-Id': 'KUNKNOWN',
  'Hash-Algorithm': 'MD5',
};

/**
 * Each name of a credential twice, a good value and a bad one.
 * @param ask takes the credential with the good value first, and with the bad one first
 * @returns the answer where it is the same for all names, else that of each; undefined where one is
 */
export async function ofEachName(
  pairs: readonly Pair[],
  ask: (goodFirst: Pair[], badFirst: Pair[]) => Promise<string | undefined>,
): Promise<string | undefined> {
  const answers: [name: string, answer: string][] = [];
  for (const [name, value] of pairs) {
    const good: Pair = [name, value];
    const bad: Pair = [name, BAD[name] ?? 'AAAA'];
    const rest = without(pairs, name);
    const answer = await ask([...rest, good, bad], [...rest, bad, good]);
    if (answer === undefined) return undefined;
    answers.push([name, answer]);
  }
  const [first] = answers;
  if (answers.every(([, answer]) => answer === first?.[1])) return first?.[1];
  return answers.map(([name, answer]) => `${name} ${answer}`).join(', ');
}
