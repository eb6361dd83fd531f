import { readFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { ERRORS } from '../../core/errors.ts';
import { STATUSES } from '../../services/auth/http/statuses.ts';
import { GOLDEN_REQUESTS } from '../edge/function/support/golden-requests.ts';
import { parseJson } from '../support/client.ts';
import { markdownTable, writeBetweenMarkers } from '../support/generated-page.ts';
import { startTestStack } from '../support/test-stack.ts';

const PAGE = 'docs/api.md';

interface Operation {
  summary: string;
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

interface Schema {
  type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: string[];
  anyOf?: Schema[];
}

/** The codes that an operation names, beside those that every operation may answer with. */
function codesOf({ responses }: Operation): string[] {
  return Object.values(responses).flatMap(({ description }) => description.match(/`[a-z_]+`(?=: )/g) ?? []);
}

const { appOrigin } = await startTestStack(t);
const answer = await fetch(`${appOrigin}/api/openapi.json`);
const { paths } = await parseJson<{ paths: Record<string, Record<string, Operation>> }>(answer);

/** The codes that all of these operations may answer with. */
function shared(lists: string[][]): string[] {
  return lists[0]?.filter((code) => lists.every((codes) => codes.includes(code))) ?? [];
}

const statuses: Record<string, number> = STATUSES;

interface Row {
  request: string;
  words: string;
  codes: string[];
}

/** Whether an operation does in the folder of a team, or for a guest of a link, what another one does in the own folder. */
function isRepeated({ request, words }: Row, all: Row[]): boolean {
  const own = request.replace(/\/(?:teams\/\{team\}|links\/\{link\})\//, '/');
  return (
    own !== request &&
    all.some(
      (other) => other.request === own && other.words === words.replace(/^(?:In a team|By a link): /, ''),
    )
  );
}

t.test('the page of the HTTP API has every operation and every code', async (t) => {
  const all: Row[] = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      request: `${method.toUpperCase()} ${path}`,
      words: operation.summary,
      // A part that does not answer is a 503 everywhere, so no row says it.
      codes: codesOf(operation).filter((code) => statuses[code.slice(1, -1)] !== 503),
    })),
  );
  const isOfSession = ({ codes }: Row) => codes.includes('`no_session`');
  const general = [...shared(all.map(({ codes }) => codes)), '`bad_request`'];
  const inSession = ['`ambiguous`', '`no_session`', '`cross_origin`', '`account_changed`'];
  t.strictSame(
    shared(all.filter((row) => isOfSession(row) && !row.request.startsWith('GET ')).map(({ codes }) => codes))
      .filter((code) => !general.includes(code))
      .toSorted(),
    inSession.toSorted(),
  );
  const inTeams = ['`no_such_team`', '`role_too_low`'];
  const repeated = all.filter((row) => isRepeated(row, all)).map(({ request }) => request);
  const ofTeams = repeated.filter((request) => request.includes('/{team}/'));
  const roots = [...new Set(ofTeams.map((request) => request.split('/')[4] ?? ''))];
  t.strictSame(
    ofTeams.toSorted(),
    all
      .map(({ request }) => request)
      .filter((request) => roots.some((root) => request.includes(` /api/${root}`)))
      .map((request) => request.replace('/api/', '/api/teams/{team}/'))
      .toSorted(),
    'a team has all of these, or this page must say which',
  );
  const byGuests = repeated
    .filter((request) => request.includes('/{link}/'))
    .map((request) => request.replace('/api/links/{link}', ''));
  const byLink = ['`link_over`', '`role_too_low`', '`cross_origin`'];
  const own = ({ request, codes, ...row }: Row) =>
    codes.filter(
      (code) =>
        !general.includes(code) &&
        !(isOfSession({ request, codes, ...row }) && inSession.includes(code)) &&
        !(request.includes('/{team}') && inTeams.includes(code)) &&
        !(request.includes('/{link}/') && byLink.includes(code)),
    );
  const rows = all
    .filter((row) => !isRepeated(row, all))
    .map((row) => [`\`${row.request}\`${isOfSession(row) ? ' \\*' : ''}`, row.words, own(row).join(', ')]);
  const text = [
    `Each operation may also answer ${general.join(', ')}, or a 503 while a part that the operation needs is down. Operations with \\* need a session, and may answer ${inSession.join(', ')}.`,
    `For a team's folder, ${roots.map((root) => `\`/api/${root}\``).join(', ')} also exist below \`/api/teams/{team}/\`. Requests below \`{team}\` may answer ${inTeams.join(', ')}.`,
    `With an open link, a guest may send ${byGuests.map((request) => `\`${request}\``).join(', ')} below \`/api/links/{link}/\`. Requests below \`{link}\` may answer ${byLink.join(', ')}.`,
    markdownTable([['request', 'what it does', 'its own refusals'], ...rows]),
    'The codes, each with its status and what a person reads:',
    Object.entries(ERRORS)
      .map(([code, words]) => `- \`${code}\` ${statuses[code]}: ${words}`)
      .join('\n'),
  ].join('\n\n');
  if (process.env['UPDATE_API'] === '1') writeBetweenMarkers('operations', text, PAGE);
  const page = readFileSync(PAGE, 'utf8');
  t.ok(page.includes(`<!-- operations -->\n\n${text}\n\n<!-- /operations -->`), 'UPDATE_API=1 writes it');
  t.ok(all.length > 20 && general.length > 1);
});

t.test('the page has every code of the files host', async (t) => {
  const codes = new Set(
    GOLDEN_REQUESTS.flatMap(({ expected }) =>
      typeof expected === 'string' && expected !== 'clear' ? [expected] : [],
    ),
  );
  const [, table = ''] = readFileSync(PAGE, 'utf8').split('## The files host');
  const documented = [...table.matchAll(/^\| `(\w+)` /gm)].map(([, code]) => code);
  t.strictSame(documented.toSorted(), [...codes, 'share_stale'].toSorted());
});
