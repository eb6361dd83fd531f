import { type Pair, without } from './credentials.ts';

/** A bad value for each name. A credential with the bad value alone opens nothing. */
const BAD: Record<string, string> = {
  Policy: 'AAAA',
  Signature: 'AAAA',
  'Key-Pair-Id': 'KUNKNOWN',
  'Hash-Algorithm': 'MD5',
};

/**
 * Sends each name of a credential twice, with a good value and a bad one.
 * @param ask asks with two forms of the credential: one has the good value first, the other the bad value
 * @returns the answer, if all names have the same one; else the answer for each name. Undefined if one answer is
 * undefined
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
