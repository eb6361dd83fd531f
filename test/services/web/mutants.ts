import type { Mutant } from '../../support/mutants.ts';

const WEB = 'test/services/web/';

/** Faults in uploads and in the client library. */
export const MUTANTS: readonly Mutant[] = [
  {
    file: 'services/auth/files/multipart-uploads.ts',
    breaks: 'takes an upload that is shorter than it said',
    text: 'sizes.get(number) !== partBytes(size, number)',
    replacement: '!sizes.has(number)',
    killedBy: 'test/services/auth/files/multipart-uploads.test.ts',
  },
  {
    file: 'services/auth/adapters/files.ts',
    breaks: 'takes the first key with the prefix for the file that is asked for',
    text: 'files.find((file) => file.key === key)',
    replacement: 'files[0]',
    killedBy: 'test/services/auth/http/routes/files.test.ts',
  },
  {
    file: 'services/auth/adapters/put-presigner.ts',
    breaks: 'signs no length',
    text: "headers: { host, 'content-length': String(size), ...headers }",
    replacement: 'headers: size < 0 ? {} : { host, ...headers }',
    killedBy: 'test/services/auth/http/routes/files.test.ts',
  },
  {
    file: 'services/auth/adapters/files.ts',
    breaks: 'overwrites unasked',
    text: "...(replace ? {} : { 'if-none-match': '*' })",
    replacement: "...(replace ? { 'if-none-match': '*' } : {})",
    killedBy: 'test/services/auth/http/routes/files.test.ts',
  },
  {
    file: 'services/auth/adapters/multipart.ts',
    breaks: 'makes a file of parts unasked',
    text: "...(replace ? {} : { IfNoneMatch: '*' })",
    replacement: "...(replace ? { IfNoneMatch: '*' } : {})",
    killedBy: 'test/services/auth/adapters/multipart.test.ts',
  },
  {
    file: 'services/local/s3/bucket.ts',
    breaks: 'lets the last of two writes win',
    text: 'ifNoneMatch !== undefined && existing !== undefined',
    replacement: 'ifNoneMatch === "" && existing !== undefined',
    killedBy: 'test/services/local/s3/conditions.test.ts',
  },
  {
    file: 'services/local/s3/bucket.ts',
    breaks: 'knows no delete in the midst of a write',
    text: 'each.isOvertaken ||= each.key === key',
    replacement: 'each.isOvertaken ||= each.key === ""',
    killedBy: 'test/services/local/s3/conditions.test.ts',
  },
  {
    file: 'services/web/client/parts.ts',
    breaks: 'knows a stored part by its size alone',
    text: 'stored?.size === body.size && (stored.sha256 ?? sha256) === sha256',
    replacement: 'stored?.size === body.size',
    killedBy: `${WEB}client/uploads.test.ts`,
  },
  {
    file: 'services/web/client/persist.ts',
    breaks: 'tries again without an end',
    text: 'retries === maxRetries ||',
    replacement: 'retries === maxRetries + 100 ||',
    killedBy: `${WEB}client/uploads.test.ts`,
  },
  {
    file: 'services/web/client/api.ts',
    breaks: 'waits for the app host for ever',
    text: 'signal: AbortSignal.timeout(TIMEOUT_MS),',
    replacement: 'signal: TIMEOUT_MS ? null : null,',
    killedBy: `${WEB}client/uploads.test.ts`,
  },
  {
    file: 'services/web/client/media.ts',
    breaks: 'holds back links of other folders while nobody is signed in',
    text: '!!folder && url.startsWith(folder)',
    replacement: 'url.startsWith(folder)',
    killedBy: `${WEB}client/links.test.ts`,
  },
  {
    file: 'services/web/client/uploads.ts',
    breaks: 'takes a conflict for a lost answer',
    text: 'let isLost = false;',
    replacement: 'let isLost = true;',
    killedBy: `${WEB}client/conflicts.test.ts`,
  },
  {
    file: 'services/web/client/uploads.ts',
    breaks: 'takes another file of that size for the one that was sent',
    text: '(await sha256Hex(await there.blob())) === sha256',
    replacement: "(await sha256Hex(await there.blob())) !== ''",
    killedBy: `${WEB}client/conflicts.test.ts`,
  },
  {
    file: 'services/web/page/uploads/conflicts.ts',
    breaks: 'replaces where a dialog is closed by Escape',
    text: "value === 'replace' || value === 'keep' ? value : 'skip'",
    replacement: "value === 'skip' || value === 'keep' ? value : 'replace'",
    killedBy: `${WEB}page-conflicts.test.ts`,
  },
];
