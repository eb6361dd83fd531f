import type { Call } from './built.ts';
import {
  ALICE,
  BOB,
  cloudFrontBase64,
  cookiesOf,
  FILES_ORIGIN,
  folderPolicy,
  NOW,
  NUMBER,
  type PlainRequest,
  plainRequest,
  policyText,
  START,
  signedQuery,
  TEAM,
  TEAM_START,
} from './events.ts';

const FOLDER = `/users/${ALICE}/`;
const FILE = `${FOLDER}a.png`;
const ETAG = '0123456789abcdef0123456789abcdef';

export interface Golden extends Call {
  title: string;
  /** The code of the answer, or the request that is passed on. */
  expected: string | { uri: string; query: Record<string, string>; credential: 'folder' | 'file' };
}

function golden(
  title: string,
  uri: string,
  expected: Golden['expected'],
  changes: Partial<PlainRequest> = {},
  entries?: Call['entries'],
): Golden {
  const call = { title, request: plainRequest(uri, changes), expected };
  return entries === undefined ? call : { ...call, entries };
}

const passed = (query: Record<string, string> = {}, uri = FILE) => ({
  uri,
  query,
  credential: 'folder' as const,
});
const asFile = (query: Record<string, string> = {}) => ({ uri: FILE, query, credential: 'file' as const });

const own = folderPolicy(ALICE);
const cookiePolicy = (value: string) => ({
  cookies: { ...cookiesOf(own), 'CloudFront-Policy': { value } },
});
const base64 = cloudFrontBase64(own);
const fileUrl = (query: string) => `${FILES_ORIGIN}${FILE}${query === '' ? '' : `?${query}`}`;
/** A custom policy for one URL. Its parameters come after those of the URL. */
const oneFile = (query: string, resource = fileUrl(query)) => ({
  rawQuery: `${query === '' ? '' : `${query}&`}${signedQuery(policyText(resource))}`,
});
const canned = (query = '') => ({
  rawQuery: `${query === '' ? '' : `${query}&`}Expires=${NOW + 900}&Signature=x_&Key-Pair-Id=K1`,
});
const entry = (text: string) => ({ [ALICE]: text });
const share = oneFile(`v=${ETAG}&share=7`);

const TEAM_FILE = `/teams/${TEAM}/a.png`;
const ofTeam = passed({}, TEAM_FILE);
const teamPolicy = (start: number) =>
  policyText(`${FILES_ORIGIN}/teams/${TEAM}/*`, { DateGreaterThan: { 'AWS:EpochTime': start } });
const asMember = { cookies: cookiesOf(teamPolicy(TEAM_START)) };
const teamShare = {
  rawQuery: `share=7&${signedQuery(policyText(`${FILES_ORIGIN}${TEAM_FILE}?share=7`))}`,
};
const sharedByTeam = { uri: TEAM_FILE, query: { share: '7' }, credential: 'file' as const };

/** A request and its answer for every line of the contract that the viewer-request function decides. */
export const GOLDEN_REQUESTS: Golden[] = [
  // Passed on
  golden('own file', FILE, passed()),
  golden('own file, its version', FILE, passed({ v: ETAG }), { rawQuery: `v=${ETAG}` }),
  golden('another spelling', `${FOLDER}%61.png`, passed()),
  golden('an empty query', FILE, passed(), { rawQuery: '' }),
  golden('unknown parameters are dropped', FILE, passed({ v: ETAG }), {
    rawQuery: `versionId=1&response-content-type=text/html&v=${ETAG}&acl&X-Amz-Expires=9&uploads`,
  }),
  golden('a version that is no version', FILE, passed(), { rawQuery: 'v=%22' }),
  golden('a version twice is none', FILE, passed(), { rawQuery: 'v=1&v=2' }),
  golden('share and download under a folder credential', FILE, passed(), {
    rawQuery: 'share=7&download=invoice.exe',
  }),
  golden('HEAD', FILE, passed(), { method: 'HEAD' }),
  golden('an image', FILE, passed(), { headers: { 'sec-fetch-dest': { value: 'image' } } }),
  golden('a folder credential as a signed URL', FILE, passed(), { rawQuery: signedQuery(own) }),
  golden('the URL counts, not the cookies', FILE, passed(), {
    rawQuery: signedQuery(own),
    cookies: { 'CloudFront-Policy': { value: 'garbage' }, 'CloudFront-Expires': { value: '1' } },
  }),
  golden('a cookie once, as a list of one', FILE, passed(), {
    cookies: { ...cookiesOf(own), 'CloudFront-Policy': { value: base64, multiValue: [{ value: base64 }] } },
  }),
  golden('a folder policy in another order, with an IP condition', FILE, passed(), {
    cookies: cookiesOf(
      JSON.stringify({
        Statement: [
          {
            Condition: {
              IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' },
              DateGreaterThan: { 'AWS:EpochTime': START },
              DateLessThan: { 'AWS:EpochTime': NOW + 1 },
            },
            Resource: `${FILES_ORIGIN}/users/${ALICE}/*`,
          },
        ],
      }),
    ),
  }),
  golden("an operator's link", FILE, asFile(), oneFile('')),
  golden("an operator's link with a version and a name", FILE, asFile({ v: '1', download: 'a%20b' }), {
    ...oneFile('download=a%20b&v=1'),
  }),
  golden('a canned link', FILE, asFile(), canned()),
  golden('a canned link with a share', FILE, asFile({ share: '7' }), canned('share=7')),
  golden('a share', FILE, asFile({ v: ETAG, share: '7' }), share),
  golden('a link by cookie', FILE, asFile(), { cookies: cookiesOf(policyText(fileUrl(''))) }),
  golden('the longest download name', FILE, asFile({ download: 'a'.repeat(1024) }), {
    ...oneFile(`download=${'a'.repeat(1024)}`),
  }),
  golden('a longer one is dropped', FILE, asFile(), oneFile(`download=${'a'.repeat(1025)}`)),
  golden('a download name that is not encoded is dropped', FILE, asFile(), oneFile('download=a"b')),

  // Paths
  golden('another user by dots', `${FOLDER}../${BOB}/a`, 'bad_path'),
  golden('an encoded slash', `${FOLDER}..%2f${BOB}%2fa`, 'bad_path'),
  golden('no user', '/a.png', 'bad_path'),
  golden('a line feed at the end', `${FILE}\n`, 'bad_path'),
  golden('a line feed behind the user', `/users/${ALICE}\n/a.png`, 'bad_path'),
  golden('a line feed behind the version', FILE, passed(), { rawQuery: `v=${ETAG}\n` }),
  golden('a folder', FOLDER, 'not_a_file'),
  golden('a folder in it', `${FOLDER}a/`, 'not_a_file'),
  golden('clear', FOLDER, 'clear', { rawQuery: 'clear' }),
  golden('clear in a folder below', `${FOLDER}a/`, 'not_a_file', { rawQuery: 'clear' }),
  golden('clear beside a file', FILE, passed(), { rawQuery: 'clear' }),
  golden('clear with slashes', `${FOLDER}/`, 'not_a_file', { rawQuery: 'clear' }),
  golden('clear without a credential', FOLDER, 'no_credential', { rawQuery: 'clear', cookies: {} }),
  golden("clear with another's credential", FOLDER, 'policy_not_ours', {
    rawQuery: 'clear',
    cookies: cookiesOf(folderPolicy(BOB)),
  }),

  // No credential, or a credential with two readings
  golden('no cookie', FILE, 'no_credential', { cookies: {} }),
  golden('an empty policy', FILE, 'no_credential', cookiePolicy('')),
  golden('a date with a letter', FILE, 'no_credential', {
    cookies: cookiesOf(own.replace(String(NOW + 900), '17956x0900')),
  }),
  golden('a policy that is no JSON', FILE, 'no_credential', cookiePolicy(cloudFrontBase64('{'))),
  golden('signing parameters without a policy', FILE, 'no_credential', {
    rawQuery: 'Signature=x&Key-Pair-Id=K1',
  }),
  golden('a lone Hash-Algorithm counts as signed', FILE, 'no_credential', {
    rawQuery: 'Hash-Algorithm=SHA256',
  }),
  golden('one stray Expires beside good cookies', FILE, 'no_credential', { rawQuery: 'Expires=1' }),
  golden('a policy alone beside revoked cookies', FILE, 'no_credential', {
    rawQuery: `Policy=${cloudFrontBase64(policyText(fileUrl('')))}`,
  }),
  golden('a signature that is empty', FILE, 'no_credential', {
    rawQuery: 'Expires=1&Signature=&Key-Pair-Id=K1',
  }),
  golden('CloudFront-Expires', FILE, 'ambiguous', {
    cookies: { ...cookiesOf(own), 'CloudFront-Expires': { value: '1' } },
  }),
  ...['Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'].flatMap((name) => [
    golden(`two cookies ${name}`, FILE, 'ambiguous', {
      cookies: {
        ...cookiesOf(own),
        [`CloudFront-${name}`]: { value: base64, multiValue: [{ value: base64 }, { value: 'x' }] },
      },
    }),
    golden(`two parameters ${name}`, FILE, 'ambiguous', { rawQuery: `${signedQuery(own)}&${name}=x` }),
  ]),
  golden('Policy and Expires', FILE, 'ambiguous', { rawQuery: `${signedQuery(own)}&Expires=${NOW}` }),
  golden('Expires twice', FILE, 'ambiguous', { rawQuery: 'Expires=1&Expires=2' }),
  golden('Expires without a value beside a policy', FILE, 'ambiguous', {
    rawQuery: `Expires&${signedQuery(own)}`,
  }),
  ...[
    'policy',
    '%50olicy',
    'POLICY',
    'Polic%79',
    'expires',
    'Key-Pair-ID',
    '%73hare',
    'Share',
    'hash-algorithm',
    'signature',
  ].map((name) => golden(`a parameter ${name}`, FILE, 'ambiguous', { rawQuery: `${name}=x` })),
  golden('a signing name behind a semicolon', FILE, 'ambiguous', { rawQuery: 'v=1;Policy=x' }),
  golden('a share behind the first semicolon', FILE, 'ambiguous', { rawQuery: ';share=7' }),
  golden('a name that holds another', FILE, passed(), { rawQuery: 'Policy2=x&xPolicy=y&Expires%20=1' }),
  golden('share twice', FILE, 'ambiguous', oneFile('share=7&share=8')),
  ...(
    [
      ['+ for -', base64.replace('_', '+')],
      ['standard padding', base64.replaceAll('_', '=')],
      ['no padding', base64.replaceAll('_', '')],
      ['more padding', `${base64}_`],
      ['a line break', `${base64.slice(0, 20)}\n${base64.slice(20)}`],
      ['a space', `${base64.slice(0, 20)} ${base64.slice(20)}`],
      ['garbage behind it', `${base64}!`],
      ['quotes', `"${base64}"`],
      ['percent-encoded', base64.replace('_', '%5F')],
      [
        'other unused bits',
        base64.replace(/.(_+)$/, (last, padding: string) => {
          const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~';
          return `${alphabet[alphabet.indexOf(last[0] ?? '') + 1]}${padding}`;
        }),
      ],
    ] as const
  ).map(([what, value]) => golden(`base64: ${what}`, FILE, 'ambiguous', cookiePolicy(value))),
  golden('the header of this function', FILE, 'ambiguous', {
    headers: { 'x-gateway-credential': { value: 'file' } },
  }),

  // Policies of another kind
  ...(
    [
      ["another user's folder", folderPolicy(BOB)],
      ['all users', policyText(`${FILES_ORIGIN}/users/*`, dateGreaterThan())],
      ['everything', policyText('*', dateGreaterThan())],
      ['no slash before the star', policyText(`${FILES_ORIGIN}/users/${ALICE}*`, dateGreaterThan())],
      ['a folder in the folder', policyText(`${FILES_ORIGIN}/users/${ALICE}/a*`, dateGreaterThan())],
      ['another host', policyText(`https://files.example.com/users/${ALICE}/*`, dateGreaterThan())],
      ['any protocol', policyText(`http*://files.app.example.com/users/${ALICE}/*`, dateGreaterThan())],
      ['no start', policyText(`${FILES_ORIGIN}/users/${ALICE}/*`)],
      ['a start that is text', folderPolicy(ALICE, String(START))],
      ['a start with a fraction', folderPolicy(ALICE, START + 0.5)],
      ['a start of 0', folderPolicy(ALICE, 0)],
      ['a start to come', folderPolicy(ALICE, NOW + 5)],
      ['a start that is now', folderPolicy(ALICE, NOW)],
      ['no Resource', JSON.stringify({ Statement: [{ Condition: dateGreaterThan() }] })],
      ['no Statement', '{}'],
      ['null', 'null'],
      ['Statement is no list', JSON.stringify({ Statement: { Resource: '*' } })],
      ['Statement is text', JSON.stringify({ Statement: 'x' })],
      ['no statements', JSON.stringify({ Statement: [] })],
      [
        'two statements',
        own.replace('[{', `[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW}}}},{`),
      ],
      ["two statements, the user's own first", own.replace(']}', ',{"Resource":"*"}]}')],
      ['another file', policyText(`${FILES_ORIGIN}${FOLDER}b.png`)],
      ['the file with a wildcard', policyText(`${FILES_ORIGIN}${FOLDER}?.png`)],
    ] as const
  ).flatMap(([what, policy]) => [
    golden(`policy: ${what}`, FILE, 'policy_not_ours', { cookies: cookiesOf(policy) }),
    golden(`policy in the URL: ${what}`, FILE, 'policy_not_ours', { rawQuery: signedQuery(policy) }),
  ]),
  golden('a wildcard that is in the path, too', `${FOLDER}*.png`, 'policy_not_ours', {
    cookies: cookiesOf(policyText(`${FILES_ORIGIN}${FOLDER}*.png`)),
  }),
  golden('a second ?', FILE, 'policy_not_ours', oneFile('v=1?2')),
  golden('share added to a link', FILE, 'policy_not_ours', oneFile('share=7', fileUrl(''))),
  golden('share dropped from a share', FILE, 'policy_not_ours', oneFile('v=1', fileUrl('v=1&share=7'))),
  golden('share changed', FILE, 'policy_not_ours', oneFile('share=8', fileUrl('share=7'))),
  golden('another spelling of the path of a link', `${FOLDER}%61.png`, 'policy_not_ours', oneFile('')),
  ...['', '0', '07', '-1', '1e3', '7.0', 'x', '1'.repeat(17)].map((number) =>
    golden(`share=${number}`, FILE, 'policy_not_ours', oneFile(`share=${number}`)),
  ),

  // Teams
  golden("a team's file", TEAM_FILE, ofTeam, asMember),
  golden("a team's file, as a signed URL", TEAM_FILE, ofTeam, {
    rawQuery: signedQuery(teamPolicy(TEAM_START)),
  }),
  golden("a team's file, another spelling", `/teams/${TEAM}/%61.png`, ofTeam, asMember),
  golden("clear for a team's folder", `/teams/${TEAM}/`, 'clear', { ...asMember, rawQuery: 'clear' }),
  golden("a user's set for a team", TEAM_FILE, 'policy_not_ours'),
  golden("a team's set for a user", FILE, 'policy_not_ours', asMember),
  golden("a team's set for another team", `/teams/${BOB}/a.png`, 'policy_not_ours', asMember),
  golden('a team with the id of a user', `/teams/${ALICE}/a.png`, 'policy_not_ours'),
  golden('the user with the id of a team', `/users/${TEAM}/a.png`, 'policy_not_ours', asMember),
  golden('a start below the first of teams', TEAM_FILE, 'policy_not_ours', {
    cookies: cookiesOf(teamPolicy(999_999_999)),
  }),
  golden('the first start of teams', TEAM_FILE, ofTeam, { cookies: cookiesOf(teamPolicy(1_000_000_000)) }),
  golden('the first second of 1970', FILE, passed(), { cookies: cookiesOf(folderPolicy(ALICE, 1)) }),
  golden('the first start of teams, in another spelling', TEAM_FILE, ofTeam, {
    cookies: cookiesOf(` ${teamPolicy(1_000_000_000)}`),
  }),
  golden('a start of teams to come', TEAM_FILE, 'policy_not_ours', { cookies: cookiesOf(teamPolicy(NOW)) }),
  golden('another team by dots', `/teams/${TEAM}/../${BOB}/a.png`, 'bad_path', asMember),
  golden('a user by dots', `/teams/${TEAM}/../../users/${ALICE}/a.png`, 'bad_path', asMember),
  ...[TEAM.slice(1), `${TEAM}a`, TEAM.toUpperCase(), `${TEAM.slice(1)}1`, `${TEAM.slice(1)}-`, ''].map((id) =>
    golden(`no team's id: ${id}`, `/teams/${id}/a.png`, 'bad_path', asMember),
  ),
  ...(
    [
      ['signed out', `.${NUMBER}`, 'revoked'],
      ['removed', `${TEAM}.${NUMBER}`, 'revoked'],
      ['another number has signed out', `.${NUMBER + 1}`, ofTeam],
      ['another member was removed', `${TEAM}.${NUMBER + 1}`, ofTeam],
      ['removed from another team', `${BOB}.${NUMBER}`, ofTeam],
      ["the team's id as a user's", TEAM, ofTeam],
      ["the user's own entry", ALICE, ofTeam],
      ['all shares of the team revoked', `${TEAM}.shares`, ofTeam],
    ] as const
  ).map(([what, key, expected]) =>
    golden(`a team's file: ${what}`, TEAM_FILE, expected, asMember, { [key]: `${TEAM_START},|0,` }),
  ),
  golden('the same session, one start alone', TEAM_FILE, 'revoked', asMember, {
    [`.${NUMBER}`]: `0,${TEAM_START},|0,`,
  }),
  golden('another session of the same user', TEAM_FILE, ofTeam, asMember, {
    [`.${NUMBER}`]: `${TEAM_START - 1},${TEAM_START + 1},|0,`,
  }),
  golden('both entries, neither revokes', TEAM_FILE, ofTeam, asMember, {
    [`.${NUMBER}`]: '0,|0,',
    [`${TEAM}.${NUMBER}`]: '0,|0,',
  }),
  ...[`.${NUMBER}`, `${TEAM}.${NUMBER}`].map((key) =>
    golden(
      `an entry of a team start that cannot be read: ${key}`,
      TEAM_FILE,
      'revocation_unknown',
      asMember,
      {
        [key]: 'x',
      },
    ),
  ),
  golden('the store fails, for a team', TEAM_FILE, 'revocation_unknown', asMember, null),
  golden("a share of a team's file", TEAM_FILE, sharedByTeam, teamShare, { [TEAM]: '0,|7,' }),
  golden("a revoked share of a team's file", TEAM_FILE, 'revoked', teamShare, {
    [`${TEAM}.shares`]: '0,|7,',
  }),

  // Destinations
  ...['script', 'style', 'worker', 'sharedworker', 'serviceworker', 'manifest', 'object', 'embed'].map(
    (value) =>
      golden(`as ${value}`, FILE, 'destination_refused', { headers: { 'sec-fetch-dest': { value } } }),
  ),
  ...['document', 'iframe', 'video', 'audio', 'empty', 'track', '', 'constructor'].map((value) =>
    golden(`as ${value}`, FILE, passed(), { headers: { 'sec-fetch-dest': { value } } }),
  ),

  // Revocation
  golden("another user's entry", FILE, passed(), {}, { [BOB]: `${NOW},|0,` }),
  golden('floor below the start', FILE, passed(), {}, entry(`${START - 1},|0,`)),
  golden('floor at the start', FILE, 'revoked', {}, entry(`${START},|0,`)),
  golden('floor above the start', FILE, 'revoked', {}, entry(`${START + 1},|0,`)),
  golden('this start alone', FILE, 'revoked', {}, entry(`0,${START - 9},${START},${START + 9},|0,`)),
  golden('other starts alone', FILE, passed(), {}, entry(`0,${START - 1},${START + 1},|0,`)),
  golden('a start inside another number', FILE, passed(), {}, entry(`0,1${START}0,|0,`)),
  golden('a share of that number', FILE, passed(), {}, entry(`0,|${START},${START},`)),
  golden('revoked, as a signed URL', FILE, 'revoked', { rawQuery: signedQuery(own) }, entry(`${START},|0,`)),
  golden(
    'revoked in the URL, beside home-made cookies',
    FILE,
    'revoked',
    { rawQuery: signedQuery(own), cookies: cookiesOf(folderPolicy(ALICE, START + 60)) },
    entry(`${START},|0,`),
  ),
  golden('revoked, and asks to clear', FOLDER, 'revoked', { rawQuery: 'clear' }, entry(`${START},|0,`)),
  golden('share above the floor', FILE, asFile({ v: ETAG, share: '7' }), share, entry('0,|6,')),
  golden(
    'share 11 above floor 10',
    FILE,
    asFile({ v: ETAG, share: '11' }),
    oneFile(`v=${ETAG}&share=11`),
    entry('0,|10,'),
  ),
  golden('share at the floor', FILE, 'revoked', share, entry('0,|7,')),
  golden('this share alone', FILE, 'revoked', share, entry('0,|0,7,')),
  golden('a share that begins alike', FILE, asFile({ v: ETAG, share: '7' }), share, entry('0,|0,71,17,')),
  golden(
    'sessions revoked, the share not',
    FILE,
    asFile({ v: ETAG, share: '7' }),
    share,
    entry(`${NOW},7,|0,`),
  ),
  golden("an operator's link has no revocation", FILE, asFile(), oneFile(''), entry(`${NOW},|99,`)),
  golden('the store fails', FILE, 'revocation_unknown', {}, null),
  golden('the store fails, for a share', FILE, 'revocation_unknown', share, null),
  golden("the store fails, for an operator's link", FILE, asFile(), oneFile(''), null),
  ...[
    '',
    '0',
    '0,',
    '0,|',
    '|0,',
    'x,|0,',
    '0,|0',
    '0,1|0,',
    '0,|0,1',
    '0,1,|0,x,',
    '-1,|0,',
    '{"floor":0}',
    '0,|0,\n',
  ].map((text) =>
    golden(`an entry that cannot be read: ${text}`, FILE, 'revocation_unknown', {}, entry(text)),
  ),
];

function dateGreaterThan() {
  return { DateGreaterThan: { 'AWS:EpochTime': START }, DateLessThan: { 'AWS:EpochTime': NOW + 900 } };
}
