// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import type { EdgeFunctionName } from '../../../edge/function/build.ts';
import { type Mutant, mutantsOf } from '../../support/mutants.ts';

const killer = (test: 'isolation' | 'refusal-page' | 'trusted' | EdgeFunctionName) =>
  `test/edge/function/${test}.test.ts`;

function mutants(
  file: string,
  killedBy: Parameters<typeof killer>[0],
  changes: Parameters<typeof mutantsOf>[2],
): Mutant[] {
  return mutantsOf(`edge/function/${file}`, killer(killedBy), changes);
}

export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf('core/canonical-path.ts', killer('isolation'), [
    [
      'resolves dots in the name',
      "if (segments.indexOf('/.') >= 0 && segments.search(DOT_SEGMENT) >= 0) return undefined;",
      "name = name.replace(/(?:^|[^/]+\\/)\\.\\.(?:\\/|$)/g, '');",
    ],
    [
      'lets dot segments pass',
      "if (segments.indexOf('/.') >= 0 && segments.search(DOT_SEGMENT) >= 0) return undefined;",
      '',
    ],
    [
      'looks for dots only in names that hold a slash',
      "if (hasSlash || name.charAt(0) === '.') {",
      'if (hasSlash) {',
    ],
    [
      'looks for dots at the beginning only',
      "if (hasSlash || name.charAt(0) === '.') {",
      "if (name.charAt(0) === '.') {",
    ],
    [
      'lets dots with a path parameter pass',
      'const DOT_SEGMENT = /\\/\\.\\.?[;/]/;',
      'const DOT_SEGMENT = /\\/\\.\\.?[/]/;',
    ],
    [
      'takes a dot segment for a plain path',
      "rawUri.indexOf('//', slash) < 0 &&\n    rawUri.indexOf('/.', slash) < 0",
      "rawUri.indexOf('//', slash) < 0",
    ],
    ['takes escapes for a plain path', '\\/[A-Za-z0-9_.~/-]*[A', '\\/[A-Za-z0-9_.~%/-]*[A'],
    ['takes backslashes for a plain path', '\\/[A-Za-z0-9_.~/-]*[A', '\\/[A-Za-z0-9_.~\\\\/-]*[A'],
    [
      'takes any id for a plain path',
      '  /^\\/(?:users\\/[A-Za-z0-9_-]{1,64}|teams\\/[a-z2-7]{26})\\/[A',
      '  /^\\/(?:users\\/[A-Za-z0-9_.-]{1,64}|teams\\/[a-z2-7]{26})\\/[A',
    ],
    [
      'decodes twice',
      'name = decodeURIComponent(rest);',
      'name = decodeURIComponent(decodeURIComponent(rest));',
    ],
    [
      'lets backslashes pass',
      'const FORBIDDEN = /[\\x00-\\x1f\\x7f-\\x9f\\\\]/;',
      'const FORBIDDEN = /[\\x00-\\x1f\\x7f-\\x9f]/;',
    ],
    [
      'lets C0 controls and NUL pass',
      'const FORBIDDEN = /[\\x00-\\x1f\\x7f-\\x9f\\\\]/;',
      'const FORBIDDEN = /[\\x7f-\\x9f\\\\]/;',
    ],
    ['takes any first segment', 'OWN_PREFIX = /^\\/(?:users', 'OWN_PREFIX = /^\\/(?:[^/]{5}'],
    [
      'takes the first segment in any case',
      'folder.search(OWN_PREFIX)',
      "folder.replace(/^\\/users/i, '/users').search(OWN_PREFIX)",
    ],
    [
      'takes any id',
      'OWN_PREFIX = /^\\/(?:users\\/[A-Za-z0-9_-]{1,64}',
      'OWN_PREFIX = /^\\/(?:users\\/[^/]*',
    ],
    ['takes any id of a team', 'teams\\/[a-z2-7]{26})\\/$(?!', 'teams\\/[^/]*)\\/$(?!'],
    ['decodes the prefix', 'folder.search(OWN_PREFIX)', 'unescape(folder).search(OWN_PREFIX)'],
    [
      'collapses slashes in front of the prefix',
      "  const slash = rawUri.indexOf('/', ID_START);",
      "  rawUri = rawUri.replace(/^\\/+/, '/');\n  const slash = rawUri.indexOf('/', ID_START);",
    ],
  ]),
  ...mutantsOf('core/canonical-path.ts', 'test/core/canonical-path.test.ts', [
    [
      'lets a single dot pass',
      'const DOT_SEGMENT = /\\/\\.\\.?[;/]/;',
      'const DOT_SEGMENT = /\\/\\.\\.[;/]/;',
    ],
    ['lets an encoded slash pass', "if (rest.toUpperCase().indexOf('%2F') >= 0) return undefined;", ''],
    ['sees an encoded slash in upper case only', 'rest.toUpperCase().indexOf', 'rest.indexOf'],
    ['has no limit for plain paths', 'rawUri.length <= MAX_KEY_BYTES &&', ''],
    ['takes repeated slashes for a plain path', "rawUri.indexOf('//', slash) < 0 &&\n", ''],
    ['takes a folder for a plain path', '*[A-Za-z0-9_.~-]$(?!\\n)/', '*$/'],
    [
      'takes a path that only ends plainly for a plain path',
      'rawUri.search(PLAIN) === 0',
      'rawUri.search(/[A-Za-z0-9_-]{1,64}\\/[A-Za-z0-9_.~/-]*[A-Za-z0-9_.~-]$/) >= 0',
    ],
    [
      'merges slashes only once',
      "while (merged.indexOf('//') >= 0) merged",
      "if (merged.indexOf('//') >= 0) merged",
    ],
    ['leaves a slash at the beginning', "merged.charAt(0) === '/' ? merged.slice(1) : merged", 'merged'],
    ['refuses a long run of slashes', 'if (rest.length > 3 * MAX_KEY_BYTES) rest = mergeSlashes(rest);', ''],
    ['leaves a star as it is', "const SUB_DELIM = /[!'()*]/;", "const SUB_DELIM = /[!'()]/;"],
    ['leaves slashes encoded', "if (hasSlash) encoded = encoded.replaceAll('%2F', '/');", ''],
    [
      'lets C1 controls pass',
      'const FORBIDDEN = /[\\x00-\\x1f\\x7f-\\x9f\\\\]/;',
      'const FORBIDDEN = /[\\x00-\\x1f\\\\]/;',
    ],
    ['compares the prefix without its slash', 'OWN_PREFIX = /^\\/(?:users\\/', 'OWN_PREFIX = /^\\/(?:users.'],
    [
      'allows one byte less',
      'slash + Buffer.byteLength(name) > MAX_KEY_BYTES',
      'slash + Buffer.byteLength(name) >= MAX_KEY_BYTES',
    ],
    ['counts characters, not bytes', 'Buffer.byteLength(name)', 'name.length'],
    [
      'takes a folder for a file',
      'isTeam: isTeam, uri: folder, isFolder: true }',
      'isTeam: isTeam, uri: folder, isFolder: false }',
    ],
  ]),
  ...mutants('query.ts', 'viewer-request', [
    ['takes the last of two versions', 'query.values[name] === undefined && part.search', 'part.search'],
    [
      'takes the cookie although the query signs without a policy',
      'if (isSigning) query.isSigned = true;',
      "if (name === 'Policy' || name === 'Expires') query.isSigned = true;",
    ],
    [
      'does not decode the names',
      "name.indexOf('%') < 0 ? name : name.replace",
      "name !== '' ? name : name.replace",
    ],
    ['compares names with their case', 'decoded.toLowerCase()', 'decoded'],
    ['takes no semicolon for a separator', ".split(';').slice(1)", ".split(';').slice(9)"],
    ['takes the last of two values', 'if (query.values[name] !== undefined) query.isAmbiguous = true;', ''],
    [
      'compares the Resource with the signing parameters, too',
      'else unsigned.push(part);',
      'unsigned.push(part);',
    ],
  ]),
  ...mutants('credential.ts', 'viewer-request', [
    [
      'takes a stray parameter for a signed URL',
      "if (query.isSigned && !(query.values['Signature'] && query.values['Key-Pair-Id'])) return 'no_credential';",
      '',
    ],
    ['ignores a CloudFront-Expires cookie', "if (cookies['CloudFront-Expires']) return 'ambiguous';", ''],
    ['takes the first of two policies', 'isRepeated(policy) ||', ''],
    ['takes the first of two signatures', "isRepeated(cookies['CloudFront-Signature']) ||", ''],
    ['takes the first of two key pair ids', "isRepeated(cookies['CloudFront-Key-Pair-Id']) ||", ''],
    ['takes the first of two hash algorithms', "isRepeated(cookies['CloudFront-Hash-Algorithm'])", 'false'],
    [
      'takes any spelling of base64',
      'return text !== undefined && btoa(text) === base64 ? text : undefined;',
      'return text;',
    ],
    [
      'takes the alphabet of standard base64',
      'if (raw.search(/^[A-Za-z0-9~-]+_*$(?!\\n)/) < 0) return undefined;',
      '',
    ],
    [
      "takes white space when it reads the user's own policy",
      'raw.length === (text.length / 3) * 4 + 4 &&',
      '',
    ],
    [
      "takes any end of the user's own policy",
      "raw.slice(-4) === btoa(own.slice(text.length)).replaceAll('=', '_');",
      'true;',
    ],
    [
      "takes standard padding when it reads the user's own policy",
      "raw.slice(-4) === btoa(own.slice(text.length)).replaceAll('=', '_');",
      "raw.slice(-4).replaceAll('=', '_') === btoa(own.slice(text.length)).replaceAll('=', '_');",
    ],
    [
      "takes letters for dates when it reads the user's own policy",
      '(expires + start).search(/^(?:[1-9]\\d{9}){2}/) === 0',
      '(expires + start).search(/^(?:[1-9].{9}){2}/) === 0',
    ],
    [
      'takes the cookie although the query signs',
      'if (query.isSigned) {',
      "if (query.isSigned && query.values['Policy'] !== undefined) {",
    ],
    [
      'takes Policy together with Expires',
      "return rawPolicy === undefined ? fileCredential(query) : 'ambiguous';",
      'return fileCredential(query);',
    ],
    [
      'takes a session start in the future',
      'if (start !== 0 && start < nowEpoch) return',
      'if (start !== 0) return',
    ],
    [
      'takes a session start that is not past, from an odd spelling of the policy',
      '!(start > 0 && start < nowEpoch)',
      '!(start > 0)',
    ],
    ['takes a fraction for a session start', 'start % 1 !== 0 || ', ''],
    [
      'reads the first of several statements',
      'statements && statements.length === 1 && statements[0]',
      'statements && statements[0]',
    ],
    [
      'compares the folder without its slash',
      'statement.Resource === `${FILES_ORIGIN}${owner.folder}*`',
      'String(statement.Resource).startsWith(`${FILES_ORIGIN}${owner.folder.slice(0, -1)}`)',
    ],
    [
      'takes a folder policy for any user',
      'statement.Resource === `${FILES_ORIGIN}${owner.folder}*`',
      "String(statement.Resource).endsWith('/*')",
    ],
    ['takes a link for any URL', 'statement.Resource !== url || ', ''],
    ['takes a star in a link', "url.indexOf('*') >= 0 || ", ''],
    ['takes a second question mark in a link', " || query.unsigned.indexOf('?') >= 0", ''],
    ['takes other spellings of the number of a share', '/^[1-9][0-9]{0,14}$(?!\\n)/', '/^[0-9]+$/'],
  ]),
  ...mutants('credential.ts', 'isolation', [
    ["reads another user's folder policy as the user's own", 'text === own.slice(0, text.length) &&', ''],
  ]),
  ...mutants('credential.ts', 'viewer-request', [
    [
      "takes a user's start for a team",
      "if (owner.isTeam && numberOfStart(start) < 0) return 'policy_not_ours';",
      '',
    ],
  ]),
  ...mutants('credential.ts', 'trusted', [
    ['takes a hidden credential for a team', "if (owner.isTeam) return 'no_credential';", ''],
  ]),
  ...mutants('gate.ts', 'viewer-request', [
    [
      'does not look for the team that a user has left',
      'if (inTeam) hasEntryInTeam = await inTeam;',
      'if (inTeam) await inTeam;',
    ],
    [
      'does not look for what the user of a team has signed out',
      'if (hasEntry && isRevoked(entry, credential)) return',
      'if (!path.isTeam && hasEntry && isRevoked(entry, credential)) return',
    ],
    ['finds shares of a team below its id', '`${path.ownerId}.shares`', 'path.ownerId'],
    [
      'looks for a team start below the id of the team',
      'if (!path.isTeam) return path.ownerId;',
      'return path.ownerId;',
    ],
    [
      'takes the entry in one team for all teams',
      'await store.get(path.ownerId + key)',
      'await store.get(key)',
    ],
  ]),
  ...mutants('revocation-check.ts', 'viewer-request', [
    [
      'refuses below the floor, not at it',
      'credential.start <= parseInt(entry, 10)',
      'credential.start < parseInt(entry, 10)',
    ],
    [
      'refuses shares below their floor, not at it',
      'credential.share <= parseInt(shares, 10)',
      'credential.share < parseInt(shares, 10)',
    ],
    [
      'lets a request pass although the entry cannot be read',
      "throw new Error('revocation entry');",
      'return false;',
    ],
    ['looks for shares among the sessions', 'entry.slice(entry.search(/\\|/) + 1)', 'entry'],
    ['looks for sessions among the shares', " && at < entry.indexOf('|')", ''],
    ['takes an entry without its last comma', '\\d[\\d,]*,$(?!\\n)/', '\\d[\\d,]*$(?!\\n)/'],
    ['finds a number inside another', '`,${credential.start},`', '`${credential.start}`'],
    ['finds the number of a share inside another', '`,${credential.share},`', '`${credential.share}`'],
  ]),
  ...mutants('gate.ts', 'viewer-request', [
    ['fails open when the store fails', "return refuse('revocation_unknown', request);", ''],
    [
      'does not look up shares',
      "credential.kind === 'folder' ? credential.start > 0 : credential.share > 0",
      "credential.kind === 'folder'",
    ],
    [
      'believes the header of a viewer',
      "if (request.headers[CREDENTIAL_HEADER]) return refuse('ambiguous', request);",
      '',
    ],
    [
      'lets scripts pass',
      'REFUSED_DESTINATIONS.indexOf(destination.value) >= 0',
      'REFUSED_DESTINATIONS.indexOf(destination.value) > 0',
    ],
    ['clears in every folder', " && request.uri.split('/').length === 4", ''],
    [
      'clears before it looks for a revocation',
      "  if (credential.kind === 'folder' ? ",
      "  if (clears) return clearCache();\n  if (credential.kind === 'folder' ? ",
    ],
    ['passes on the raw path', '  request.uri = path.uri;\n', ''],
    [
      'passes on the whole query',
      "  request.querystring = passedQuery(query.values, credential.kind === 'file');\n",
      '',
    ],
    ['keeps a share under a folder credential', 'if (!isFile) return passed;', ''],
    ['passes on download names of any length', '    download.length <= 1024 &&\n', ''],
  ]),
  ...mutants('own-answer.ts', 'viewer-request', [
    [
      'does not clear the cache with the answer that says revoked',
      "if (code === 'revoked') headers",
      "if (code === 'ambiguous') headers",
    ],
  ]),
  ...mutants('own-answer.ts', 'refusal-page', [
    ['shows a page to a program', "request.method === 'GET' && textOf", "request.method === 'GET' || textOf"],
    ['shows no page to a person', "indexOf('text/html') >= 0", "indexOf('text/html') > 0"],
    ['answers HEAD with a page', "request.method === 'GET' && ", ''],
  ]),
  ...mutants('viewer-response.ts', 'viewer-response', [
    [
      'takes the first of two versions',
      'value && !(value.multiValue && value.multiValue.length > 1)',
      'value',
    ],
    [
      'is immutable whichever version came back',
      'version !== \'\' && headers.etag !== undefined && headers.etag.value === `"${version}"`',
      "version !== ''",
    ],
    ['is immutable for links', "isCurrent && kind === 'folder'", 'isCurrent'],
    [
      'serves a share of a file that was replaced',
      "if (kind !== 'folder' && request.querystring.share && !isCurrent) return gone(response);",
      '',
    ],
    ['sends the ETag of a file that is gone', "'accept-ranges', 'etag', ", "'accept-ranges', "],
    ['shows an encoded object', 'isEncoded ? undefined : confinementOf', 'confinementOf'],
    ['lets browsers decode an object', '(?:disposition|encoding|language)', '(?:disposition|language)'],
    ['lets an upload name downloads', '(?:disposition|encoding|language)', '(?:encoding|language)'],
    ['lets an upload set an expiry', '/^(?:expires$|', '/^(?:'],
    ['passes on metadata', 'x-amz-(?:meta|website)-', 'x-amz-website-'],
    ['changes what a 304 describes', 'if (response.statusCode !== 304) {', 'if (response.statusCode) {'],
    [
      'shows types that are not in the list',
      "confinement ? mediaType : 'application/octet-stream'",
      "mediaType || 'application/octet-stream'",
    ],
    [
      'takes a credential of unknown kind for a folder credential',
      "kind !== 'folder' && request.querystring.share",
      "kind === 'file' && request.querystring.share",
    ],
    ['sets a download name under any credential', "kind === 'file' ? soleValue", "kind !== '' ? soleValue"],
  ]),
  ...mutantsOf('core/shown-types.ts', killer('viewer-response'), [
    [
      'shows SVG',
      "  'image/avif': 'sandbox',\n",
      "  'image/avif': 'sandbox',\n  'image/svg+xml': 'sandbox',\n",
    ],
    ['knows a type in lower case only', "(match[1] || '').toLowerCase()", "match[1] || ''"],
    ['shows without a sandbox', 'return `${base}; sandbox`;', 'return base;'],
  ]),
  ...mutantsOf('core/disposition.ts', killer('viewer-response'), [
    ['keeps characters in names that turn the direction of text', '\\u202a-\\u202e\\u2066-\\u2069', ''],
  ]),
];
