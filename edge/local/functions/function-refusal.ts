import { htmlRefusal, type Refusal } from '../viewer/answer.ts';

/** The error of a result that CloudFront would not take: 502. */
class InvalidResultError extends Error {
  readonly code = 'invalid_result';
}

export function invalid(words: string, cause?: unknown): never {
  throw new InvalidResultError(words, { cause });
}

/** Gets a line that a function prints, or that says why it failed. */
export type Print = (functionName: string, line: string) => void;

/** CloudFront's words. */
const WORDS = {
  502: 'The CloudFront function returned an invalid value.',
  503: 'The CloudFront function returned an error or could not be run.',
};

/**
 * Ends a request whose function failed (503), or gave something that CloudFront does not take (502). `print` gets the
 * reason. What a function threw may hold secrets, so the decision has only its line.
 */
export function functionRefusal(name: string, error: unknown, print: Print | undefined): Refusal {
  const isInvalid = error instanceof InvalidResultError;
  const status = isInvalid ? 502 : 503;
  const reason = error instanceof Error ? error.message : String(error);
  const [line = ''] = / \(line \d+\)$/.exec(reason) ?? [];
  print?.(name, `${status}: ${reason}`);
  return htmlRefusal(status, WORDS[status], error).because({
    clause: isInvalid ? 'invalid_result' : 'function_error',
    given: isInvalid ? `${name}: ${reason}` : `${name}${line}`,
  });
}
