import type { LeftOut, Line, Question, Verdict } from './question.ts';

/**
 * The report for a person, as Markdown that can go into a document as it is.
 * @param figures the measured figures, in words
 */
export function report(
  target: string,
  questions: readonly Question<never>[],
  {
    lines,
    verdict,
    figures,
    leftOut,
  }: { lines: readonly Line[]; verdict: Verdict; figures: readonly string[]; leftOut: readonly LeftOut[] },
): string {
  const otherwise = new Map(questions.map((question) => [question.name, question.otherwise]));
  const rows = lines.map(({ question, assumed, seen, same }) => [
    question,
    String(seen),
    String(assumed),
    same === null ? 'cannot be seen' : same ? 'yes' : '**no**',
    same === false ? (otherwise.get(question) ?? '') : '',
  ]);
  const table = [
    ['question', 'seen', 'the local CloudFront', 'same', 'what to do'],
    Array(5).fill('---'),
    ...rows,
  ];
  const notes = [...figures, ...leftOut.map(({ name, why }) => `not asked: ${name} (${why})`)];
  return [
    `# ${target}, ${new Date().toISOString().slice(0, 10)}`,
    '',
    ...table.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
    '',
    ...notes.map((note) => `- ${note}`),
    ...(notes.length > 0 ? [''] : []),
    conclusion(verdict),
  ].join('\n');
}

function conclusion({ verdict, different, failed }: Verdict): string {
  if (verdict === 'stop')
    return '**Stop: a byte of another user came. Take the distribution out of service (`Enabled: false`), and report it.**';
  const words = [
    ...(different.length > 0 ? [`Different: ${different.join(', ')}.`] : []),
    ...(failed.length > 0 ? [`Could not be asked: ${failed.join(', ')}.`] : []),
  ];
  return words.length === 0 ? 'It holds: nothing differs.' : `It holds. ${words.join(' ')}`;
}
