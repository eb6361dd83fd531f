import { type Decision, wordsFor } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import { headerFields } from '@cloudfront-cookie-gateway/local-cloudfront/viewer/answer';
import type { RawRequest } from '@cloudfront-cookie-gateway/local-cloudfront/viewer/viewer-request';

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

/** The fields of CloudFront's standard log (DG: standard logging), in its order. */
const FIELDS = `date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)
  cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol
  cs-bytes time-taken`.split(/\s+/);

export const LOG_HEADER = `#Version: 1.0\n#Fields: ${FIELDS.join(' ')}\n`;

/**
 * One line, with tabs between its fields. An unknown field is `-`. Queries and cookies may be secrets, so they are `-`,
 * too.
 */
export function accessLogLine(decision: Decision, { rawHeaders }: RawRequest, ms: number): string {
  const { atMs, ipAddress, method, path, status = 0, cache } = decision;
  const headers = headerFields(rawHeaders);
  const said = (name: string) => encodeURI(headers.get(name)?.[0] ?? '-');
  const [date, time = ''] = new Date(atMs).toISOString().split('T');
  const result = cache ?? (status >= 400 ? 'Error' : 'Miss');
  const seconds = (ms / 1_000).toFixed(3);
  const viewer = [date, time.slice(0, 8), 'LOCAL1-P1', '-', ipAddress, method, said('host'), path, status];
  const sent = [
    said('referer'),
    said('user-agent'),
    '-',
    '-',
    result,
    '-',
    said('host'),
    'http',
    '-',
    seconds,
  ];
  return `${[...viewer, ...sent].join('\t')}\n`;
}
