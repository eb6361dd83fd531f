import { readFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { ERRORS } from '../../core/errors.ts';
import { STATUSES } from '../../services/auth/http/statuses.ts';
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

t.test('the page of the HTTP API has every operation and every code', async (t) => {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      request: `${method.toUpperCase()} ${path}`,
      words: operation.summary,
      codes: codesOf(operation),
    })),
  );
  const isOfSession = ({ codes }: { codes: string[] }) => codes.includes('`no_session`');
  const isChange = (operation: { request: string; codes: string[] }) =>
    isOfSession(operation) && !operation.request.startsWith('GET ');
  const general = shared(all.map(({ codes }) => codes));
  const inSession = shared(all.filter(isOfSession).map(({ codes }) => codes));
  const ofChanges = shared(all.filter(isChange).map(({ codes }) => codes));
  // What a person does in the own folder, members do in that of a team. A row for it would only repeat.
  const isRepeated = ({ request }: { request: string }) =>
    request.includes('/api/teams/{team}/') &&
    all.some((other) => other.request === request.replace('/teams/{team}', ''));
  const repeated = all
    .filter(isRepeated)
    .map(({ request }) => `\`${request.replace('/api/teams/{team}/', '…/')}\``);
  const inTeams = shared(all.filter(isRepeated).map(({ codes }) => codes));
  const beyond = (codes: string[], known: string[]) =>
    codes.filter((code) => !known.includes(code)).join(', ');
  const rows = all
    .filter((operation) => !isRepeated(operation))
    .map((operation) => {
      const known = [
        ...['`bad_request`', ...general],
        ...(isOfSession(operation) ? inSession : []),
        ...(isChange(operation) ? ofChanges : []),
      ];
      const star = isOfSession(operation) ? ' \\*' : '';
      return [`\`${operation.request}\`${star}`, operation.words, beyond(operation.codes, known)];
    });
  const ofChangesAlone = beyond(ofChanges, [...inSession, '`bad_request`']);
  const ifChanging = ofChangesAlone && `, and ${ofChangesAlone} if they change something`;
  const statuses: Record<string, number> = STATUSES;
  const text = [
    `Every operation may also answer ${general.join(', ')}, and \`bad_request\` to a malformed request.`,
    `The operations marked \\* need a session. They may also answer ${beyond(inSession, general)}${ifChanging}.`,
    `For the folder of a team, these exist below \`/api/teams/{team}/\` too: ${repeated.join(', ')}. They may also answer ${beyond(inTeams, inSession)}, and \`role_too_low\` if the role does not allow it.`,
    markdownTable([['request', 'what it does', 'its own refusals'], ...rows]),
    markdownTable([
      ['code', 'status', 'what a person reads'],
      ...Object.entries(ERRORS).map(([code, words]) => [`\`${code}\``, `${statuses[code]}`, words]),
    ]),
  ].join('\n\n');
  if (process.env['UPDATE_API'] === '1') writeBetweenMarkers('operations', text, PAGE);
  const page = readFileSync(PAGE, 'utf8');
  t.ok(page.includes(`<!-- operations -->\n\n${text}\n\n<!-- /operations -->`), 'UPDATE_API=1 writes it');
  t.ok(all.length > 20 && general.length > 0 && inSession.length > general.length);
});

t.test('the page has every code of the files host', async (t) => {
  const read = (name: string) => readFileSync(`edge/function/${name}.ts`, 'utf8');
  const [, ofCredentials = ''] = /CredentialRefusal = (.*);/.exec(read('credential')) ?? [];
  const unions = `${ofCredentials}\n${read('own-answer')
    .match(/^ {2}\| '[a-z_]+'/gm)
    ?.join('\n')}`;
  const codes = [...unions.matchAll(/'([a-z_]+)'/g)].map(([, code]) => code);
  const [, table = ''] = readFileSync(PAGE, 'utf8').split('## The files host');
  const documented = [...table.matchAll(/^\| `(\w+)` /gm)].map(([, code]) => code);
  t.strictSame(documented.toSorted(), [...codes, 'share_stale'].toSorted());
});

/** A schema of the document as a TypeScript type. */
function typeOf({ type, enum: values, properties = {}, required = [], items }: Schema): string {
  if (values) return values.map((value) => `'${value}'`).join(' | ');
  if (type === 'array') return `${items && typeOf(items)}[]`;
  if (type !== 'object') return type === 'integer' ? 'number' : type;
  const members = Object.entries(properties).map(
    ([name, schema]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  );
  return `{ ${members.join('; ')} }`;
}

t.test("the client's types are the bodies of the document", async (t) => {
  const source = readFileSync('services/web/client/types.ts', 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '');
  /** The members of an interface in one line, with the interfaces that they name. */
  const shapeOf = (name: string): string => {
    const [, body = ''] = new RegExp(`export interface ${name} (\\{.*?\\n\\})`, 's').exec(source) ?? [];
    const line = body.replace(/\s+/g, ' ').replaceAll('; }', ' }');
    return line.replace(/\b[A-Z]\w+/g, shapeOf);
  };
  for (const [method, path, name, member] of [
    ['get', '/auth/session', 'Session'],
    ['post', '/auth/refresh', 'Session'],
    ['get', '/api/files', 'Listing'],
    ['post', '/api/shares', 'Share'],
    ['get', '/api/shares', 'ListedShare', 'shares'],
    ['get', '/api/sessions', 'ListedSession', 'sessions'],
  ] as const) {
    const { responses = {} } = paths[path]?.[method] ?? {};
    const schema = (responses['200'] ?? responses['201'])?.content?.['application/json']?.schema;
    // A renewal of a team has another body.
    const [own = schema] = schema?.anyOf ?? [];
    const body = member ? own?.properties?.[member]?.items : own;
    t.equal(shapeOf(name), body && typeOf(body), `${method} ${path}`);
  }
});
