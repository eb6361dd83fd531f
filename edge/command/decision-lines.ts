import { type Decision, wordsFor } from '@cloudfront-cookie-gateway/local-cloudfront/decision';

/** One line: the step, its rule, and what was required and given. */
export function explained(decision: Decision): string {
  const { step, clause, required, given } = decision;
  const words = wordsFor(decision);
  const sides = [
    ...(words === undefined ? [] : [words]),
    ...(required === undefined ? [] : [`required ${required}`]),
    ...(given === undefined ? [] : [`given ${given}`]),
  ];
  return [`${step}: ${clause}`, ...sides].join('; ').replace(/[^\x20-\x7e]/g, '?');
}

/** `200 hit GET /a.txt 0.4 ms`. For a refusal, the line names the step and the rule. */
export function requestLine(decision: Decision, ms: number): string {
  const { status = 0, cache, method, path, step, clause } = decision;
  const how = status >= 400 && clause !== 'answered' ? `${step}: ${clause}` : (cache ?? step).toLowerCase();
  return `${status} ${how} ${method} ${path} ${ms.toFixed(1)} ms`;
}
