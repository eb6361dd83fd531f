export interface Room {
  /** The folder. The first room that fits a source counts. */
  room: string;
  /** The share of mutants that the tests must notice. */
  goal: number;
  /** Whose tests are asked, as folders below `test`. Nobody runs the tests of all rooms after a change in one. */
  askedOf: readonly string[];
  /** These tests of the slow ring are asked too. Else the fast ring is. */
  isFull?: true;
}

const SERVICE = ['services/auth', 'integration'];
const OPERATOR = ['services/operator'];

export const ROOMS: readonly Room[] = [
  { room: 'core', goal: 0.97, askedOf: ['core', 'edge/function', 'services/auth', 'services/web/client'] },
  { room: 'edge/function', goal: 0.97, askedOf: ['core', 'edge'] },
  { room: 'edge/local', goal: 0.9, askedOf: ['edge'] },
  { room: 'edge/command', goal: 0.9, askedOf: ['edge'] },
  { room: 'edge/lint', goal: 0.9, askedOf: ['edge'] },
  { room: 'infra', goal: 0.9, askedOf: ['infra'] },
  { room: 'services/auth/sessions', goal: 0.97, askedOf: SERVICE },
  { room: 'services/auth/records', goal: 0.97, askedOf: SERVICE },
  { room: 'services/auth/revocations', goal: 0.97, askedOf: SERVICE },
  { room: 'services/auth/teams', goal: 0.97, askedOf: SERVICE },
  { room: 'services/auth', goal: 0.9, askedOf: SERVICE },
  { room: 'services/cli', goal: 0.9, askedOf: ['services/cli'], isFull: true },
  { room: 'services/mover', goal: 0.9, askedOf: ['services/mover'] },
  { room: 'services/cookies', goal: 0.9, askedOf: ['services/auth', 'docs'] },
  { room: 'services/vectors', goal: 0.9, askedOf: ['services/vectors'] },
  { room: 'services/local', goal: 0.9, askedOf: ['services/local', 'integration'], isFull: true },
  {
    room: 'services/local/demo/strip',
    goal: 0.9,
    askedOf: ['services/local/demo/strip'],
    isFull: true,
  },
  { room: 'services/operator/deploy', goal: 0.9, askedOf: OPERATOR, isFull: true },
  { room: 'services/operator/probe', goal: 0.9, askedOf: OPERATOR, isFull: true },
  { room: 'services/operator', goal: 0.9, askedOf: OPERATOR, isFull: true },
  { room: 'services/web', goal: 0.9, askedOf: ['services/web'], isFull: true },
];

/** Mutants that change nothing that anybody could see, or nothing worth a test. */
export interface MayLive {
  file: string;
  /** The line, without its indentation. */
  line: string;
  /** The change, as `npm run mutants` prints it. */
  what: string;
  why: string;
}

export const MAY_LIVE: readonly MayLive[] = [
  {
    file: 'edge/command/guess.ts',
    line: `origins[name] = { folder: \`./\${name}\` };`,
    what: '= for ??=',
    why: 'An option is guessed only if nobody gave it, so there is no value to keep.',
  },
  {
    file: 'core/canonical-path.ts',
    line: "rawUri.indexOf('//', slash) < 0 &&",
    what: 'number plus one',
    why: 'Whatever has passed PLAIN begins with a folder, so no index behind the folder is 0.',
  },
  {
    file: 'core/canonical-path.ts',
    line: "return encode(name, name.search(SPECIAL) >= 0, name.indexOf('/') >= 0);",
    what: '>= to >',
    why: 'The line before has refused a name that begins with a slash. A special character in front is tested.',
  },
  {
    file: 'core/canonical-path.ts',
    line: 'if (rest.length > 3 * MAX_KEY_BYTES) return undefined;',
    what: 'number plus one',
    why: 'It saves time. The bytes of what passes are counted below.',
  },
  {
    file: 'core/canonical-path.ts',
    line: 'if (!isSpecial) return encoded;',
    what: 'if dropped',
    why: 'It saves time. What follows finds nothing to replace.',
  },
  {
    file: 'edge/function/credential.ts',
    line: String.raw`(expires + start).search(/^(?:[1-9]\d{9}){2}$/) === 0 &&`,
    what: '$ dropped',
    why: 'The two dates together are no longer than the 20 digits.',
  },
  {
    file: 'edge/function/own-answer.ts',
    line: "headers['content-type'] = { value: 'text/html; charset=utf-8' };",
    what: '= for ??=',
    why: 'The answer is new, and has no such header.',
  },
  {
    file: 'edge/function/own-answer.ts',
    line: "headers['content-type'] = { value: 'application/json' };",
    what: '= for ??=',
    why: 'The same.',
  },
  {
    file: 'edge/function/query.ts',
    line: 'if (raw.search(VERSION) >= 0) {',
    what: 'if dropped',
    why: 'It saves time. What follows reads such a query, too.',
  },
  {
    file: 'edge/function/query.ts',
    line: 'const name = equals < 0 ? part : part.slice(0, equals);',
    what: 'number plus one',
    why: 'A part that begins with `=` has a name that nobody knows in either case.',
  },
  {
    file: 'edge/function/gate.ts',
    line: "if (share !== undefined) passed['share'] = { value: share };",
    what: '= for ??=',
    why: 'The object is new, and has no such name.',
  },
  {
    file: 'edge/function/gate.ts',
    line: "passed['download'] = { value: download };",
    what: '= for ??=',
    why: 'The same.',
  },
  {
    file: 'edge/function/revocation-check.ts',
    line: `return credential.share <= parseInt(shares, 10) || shares.indexOf(\`,\${credential.share},\`) >= 0;`,
    what: 'number plus one',
    why: 'The shares begin with a digit, so no comma is at 0.',
  },
  {
    file: 'edge/function/revocation-check.ts',
    line: "return at >= 0 && at < entry.indexOf('|');",
    what: '< to <=',
    why: 'A comma is at `at`, so the bar is not.',
  },
  {
    file: 'edge/function/revocation-check.ts',
    line: "return at >= 0 && at < entry.indexOf('|');",
    what: 'number plus one',
    why: 'An entry begins with a digit, so no comma is at 0.',
  },
  {
    file: 'services/auth/sessions/begin.ts',
    line: 'await clock.sleep(Math.random() * PAUSE_MS * attempt);',
    what: '* to /',
    why: 'A random pause keeps sign-ins of one user apart. A shorter one costs more attempts, of which there are enough.',
  },
  {
    file: 'services/auth/sessions/renew.ts',
    line: 'if (!change(known.user)) return { user: known.user, session };',
    what: 'if dropped',
    why: 'It saves a timer. What follows writes nothing and returns the same.',
  },
  {
    file: 'services/auth/sessions/recheck.ts',
    line: 'await claim.settle((recheck) => recheck).catch(() => {});',
    what: 'catch dropped',
    why: "The log has the store's error in place of the provider's. The outcome is the same.",
  },
  {
    file: 'services/auth/sessions/recheck.ts',
    line: "const asking = { number: randomBytes(6).toString('base64url'), sinceEpoch };",
    what: 'number plus one',
    why: 'No two claims have the same number. How long it is is a choice.',
  },
  {
    file: 'services/auth/http/limits.ts',
    line: 'const times = refusals ?? refusalsThatBlock ?? OTHERS.refusals;',
    what: 'right of ?? dropped',
    why: 'Before such a request, `check` has made the counter with this limit, and a counter keeps its limit.',
  },
  {
    file: 'services/auth/sessions/ended-by-provider.ts',
    line: 'const AT_ONCE = 20;',
    what: 'number plus one',
    why: 'How many logouts are finished at once is a choice.',
  },
  {
    file: 'services/auth/teams/settle.ts',
    line: 'const MAX_BATCH = 50;',
    what: 'number plus one',
    why: 'How many records are written at once is a choice.',
  },
  {
    file: 'services/auth/teams/deletion.ts',
    line: 'const TEAMS_AT_ONCE = 5;',
    what: 'number plus one',
    why: 'How many folders are swept at once is a choice.',
  },
  {
    file: 'services/auth/files/listing.ts',
    line: 'const isAcross = THUMBNAILS.startsWith(prefix) && after < THUMBNAILS_END;',
    what: '< to <=',
    why: 'No file may have this name, so no page ends there.',
  },
  {
    file: 'services/auth/files/listing.ts',
    line: 'const left = [...new Set(names)].map((name) => prefix + name).toSorted((a, b) => (isBefore(a, b) ? -1 : 1));',
    what: 'number plus one',
    why: 'Only the sign counts.',
  },
  {
    file: 'services/auth/settings/config.ts',
    line: 'const RATE_LIMITS_PER_MINUTE = { deployed: 30, development: 12_000 };',
    what: 'number times ten',
    why: 'How much more than any test needs is a choice.',
  },
  {
    file: 'services/auth/http/routes/uploads.ts',
    line: 'type: Type.String({ maxLength: 255 }),',
    what: 'number plus one',
    why: 'No type is nearly that long.',
  },
  {
    file: 'services/auth/http/routes/shares.ts',
    line: 'const Params = Type.Object({ id: Type.String({ maxLength: 15 }) });',
    what: 'number plus one',
    why: 'No share has a number that is nearly that long.',
  },
  {
    file: 'edge/local/certificate.ts',
    line: 'der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),',
    what: 'number plus one',
    why: 'A serial number that begins with 2 is positive, too.',
  },
  {
    file: 'edge/local/viewer/path-pattern.ts',
    line: String.raw`if (!/%|\/\/|\/\./.test(rawPath)) return rawPath;`,
    what: 'if dropped',
    why: 'It saves time. What follows changes nothing in such a path.',
  },
  {
    file: 'edge/local/assumptions.ts',
    line: 'else read[name] = choice;',
    what: '= for ??=',
    why: 'The line before says that there is no value.',
  },
  {
    file: 'edge/local/viewer/path-pattern.ts',
    line: 'let starTaken = 0;',
    what: 'number plus one',
    why: 'It is set with `starPlace`, and not read before.',
  },
  {
    file: 'edge/local/functions/key-value-store.ts',
    line: 'entries: () => [...written].toSorted(([a], [b]) => (a < b ? -1 : 1)),',
    what: 'number plus one',
    why: 'Only the sign counts.',
  },
  {
    file: 'edge/local/functions/key-value-store.ts',
    line: 'entries: () => [...written].toSorted(([a], [b]) => (a < b ? -1 : 1)),',
    what: '< to <=',
    why: 'No two keys are the same.',
  },
  {
    file: 'edge/local/loopback.ts',
    line: 'await Promise.all(listening.map((one) => close(one, 0)));',
    what: 'number plus one',
    why: 'Nobody measures a thousandth of a second.',
  },
  {
    file: 'edge/local/loopback.ts',
    line: ".some((address) => address?.address === '::1');",
    what: '=== to !==',
    why: 'Only a machine without IPv6 shows it.',
  },
  {
    file: 'edge/local/cache/objects.ts',
    line: 'if ((cache.get(asked.key)?.storedAtMs ?? 0) <= answer.storedAtMs) cache.set(asked.key, answer);',
    what: '<= to <',
    why: 'Either of two answers that were asked for in the same millisecond may stay.',
  },
  {
    file: 'edge/command/cli.ts',
    line: 'module.enableCompileCache?.();',
    what: 'call dropped',
    why: 'It saves time at the next start.',
  },
  {
    file: 'edge/command/prepared.ts',
    line: "if (text.trimStart().startsWith('{')) return JSON.parse(text);",
    what: 'if dropped',
    why: 'It saves time. The parser of YAML reads JSON, too.',
  },
  {
    file: 'edge/command/prepared.ts',
    line: "if (text.trimStart().startsWith('{')) return JSON.parse(text);",
    what: 'startsWith to endsWith',
    why: 'The same.',
  },
  {
    file: 'edge/command/watching.ts',
    line: "if (between[0] === '..') return [around];",
    what: 'if dropped',
    why: 'More folders are watched then, and their changes do not count.',
  },
  {
    file: 'edge/lint/functions.ts',
    line: 'for (let at = 0; at < tries.length; at += AT_ONCE) {',
    what: 'number plus one',
    why: 'The first of some hundred tries is left out, and later ones repeat it with other ids and below users/.',
  },
  {
    file: 'infra/files-distribution.ts',
    line: 'enableAcceptEncodingBrotli: false,',
    what: 'enableAcceptEncodingBrotli dropped',
    why: 'The CDK has the same default. The line says what is meant.',
  },
  {
    file: 'infra/alarm.ts',
    line: 'period: PERIOD,',
    what: 'period dropped',
    why: 'The same.',
  },
  {
    file: 'services/cli/keep.ts',
    line: 'rmSync(next, { force: true });',
    what: 'true to false',
    why: 'Only a sign-out by another command at this very moment shows it.',
  },
  {
    file: 'services/cli/get.ts',
    line: 'await sleep(Math.min(pauseMs * 2 ** tries, MAX_PAUSE_MS), undefined, { signal });',
    what: 'number plus one',
    why: 'How much longer each pause is is a choice.',
  },
  {
    file: 'services/cli/get.ts',
    line: 'done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;',
    what: '- to +',
    why: 'Only a disk that takes a part of a write shows it.',
  },
  {
    file: 'services/local/demo/stopwatch.ts',
    line: 'for (let requests = 1; !signal.aborted && performance.now() - startedAtMs < PATIENCE_MS; requests++) {',
    what: 'right of && dropped',
    why: 'A test of an edge that never refuses would last half a minute.',
  },
  {
    file: 'services/local/demo/stopwatch.ts',
    line: 'for (let requests = 1; !signal.aborted && performance.now() - startedAtMs < PATIENCE_MS; requests++) {',
    what: '- to +',
    why: 'The same.',
  },
  {
    file: 'services/local/demo/stopwatch.ts',
    line: 'for (let requests = 1; !signal.aborted && performance.now() - startedAtMs < PATIENCE_MS; requests++) {',
    what: '< to <=',
    why: 'The same.',
  },
  {
    file: 'services/local/auth-process.ts',
    line: 'clearTimeout(timer);',
    what: 'call dropped',
    why: 'The process of `npm start` exits by itself right after it.',
  },
  {
    file: 'services/local/events.ts',
    line: 'const files = readdirSync(directory).toSorted();',
    what: 'toSorted dropped',
    why: 'Node gives the names in their order wherever these tests run. Its documentation does not promise it.',
  },
  {
    file: 'services/local/events.ts',
    line: 'for (let pause = pauseMs; !closing.signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {',
    what: 'number plus one',
    why: 'How much longer each pause is is a choice.',
  },
  {
    file: 'services/local/identity-provider.ts',
    line: 'AuthorizationCode: 60,',
    what: 'number plus one',
    why: 'How many seconds something lives is a choice.',
  },
  {
    file: 'services/local/identity-provider.ts',
    line: 'Interaction: 3600,',
    what: 'number plus one',
    why: 'The same.',
  },
  {
    file: 'services/local/identity-provider.ts',
    line: 'const SESSION_TTL_SECONDS = 12 * 3600;',
    what: 'number plus one',
    why: 'The same.',
  },
  {
    file: 'services/local/identity-provider.ts',
    line: "if (!tooLarge) console.error('identity provider:', error);",
    what: 'call dropped',
    why: 'It is a line of the log. The person is told in either case.',
  },
  {
    file: 'services/local/main.ts',
    line: 'setTimeout(() => process.exit(status), 4_800);',
    what: 'call dropped',
    why: 'Only a part that hangs shows it.',
  },
  {
    file: 'services/local/main.ts',
    line: 'setTimeout(() => process.exit(status), 4_800);',
    what: 'number plus one',
    why: 'Nobody measures a thousandth of a second.',
  },
  {
    file: 'services/local/s3/payload.ts',
    line: 'if (buffered.length > 8192) throw incompleteBody();',
    what: 'number plus one',
    why: 'How long a line may be is a choice.',
  },
  {
    file: 'services/local/s3/payload.ts',
    line: 'if (buffered.length > 8192) throw incompleteBody();',
    what: '> to >=',
    why: 'The same.',
  },
  {
    file: 'services/local/s3/payload.ts',
    line: 'if (received > length) throw incompleteBody();',
    what: 'if dropped',
    why: 'It saves time. The length is compared at the end, too.',
  },
  {
    file: 'services/local/fronts.ts',
    line: "return existsSync('/.dockerenv') || existsSync('/run/.containerenv');",
    what: 'right of || dropped',
    why: 'Only a container shows it.',
  },
  {
    file: 'services/local/fronts.ts',
    line: "return existsSync('/.dockerenv') || existsSync('/run/.containerenv');",
    what: 'left of || dropped',
    why: 'The same.',
  },
  {
    file: 'services/local/s3/data-files.ts',
    line: "createWriteStream('', { fd, flush: true }),",
    what: 'true to false',
    why: 'Only a machine that loses its power shows it.',
  },
  {
    file: 'services/operator/keys/state-file.ts',
    line: `writeFileSync(\`\${file}.new\`, content, { mode: 0o600, flush: true });`,
    what: 'true to false',
    why: 'The same.',
  },
  {
    file: 'services/operator/cli/teams.ts',
    line: 'let isChange = false;',
    what: 'false to true',
    why: 'It is always set before it is read.',
  },
  {
    file: 'services/operator/cli/memberships.ts',
    line: 'let isChange = false;',
    what: 'false to true',
    why: 'The same.',
  },
  {
    file: 'services/operator/cli/restored.ts',
    line: 'const AT_ONCE = 20;',
    what: 'number plus one',
    why: 'How many records are changed at once is a choice.',
  },
  {
    file: 'services/operator/cli/restored.ts',
    line: 'const USER_BYTES = 64 + 24 + 22;',
    what: 'number plus one',
    why: 'What these bytes are held against is a choice, and one more for each user is below a hundredth of them.',
  },
  {
    file: 'services/operator/cli/restored.ts',
    line: 'const TEAM_BYTES = 33 + 13;',
    what: 'number plus one',
    why: 'The same, for each team.',
  },
  {
    file: 'services/operator/cli/restored.ts',
    line: 'const isTooSmall = store !== undefined && store.bytes + bytes > MAX_STORE_BYTES;',
    what: '> to >=',
    why: 'The same. It is one byte of four million.',
  },
  {
    file: 'services/operator/deploy/around/values-file.ts',
    line: `writeFileSync(\`\${path}.new\`, text, { mode: statSync(path).mode & 0o777, flush: true });`,
    what: 'true to false',
    why: 'Only a machine that loses its power shows it.',
  },
  {
    file: 'services/operator/deploy/around/dns.ts',
    line: 'const SERVERS_ASKED = 2;',
    what: 'number plus one',
    why: 'How many name servers of a zone are asked is a choice.',
  },
  {
    file: 'services/operator/deploy/around/dns.ts',
    line: 'zone.resolver = ofMachine;',
    what: '= for ??=',
    why: 'It saves time. The next question finds the same out again.',
  },
  {
    file: 'services/operator/deploy/around/dns.ts',
    line: 'const resolver = new Resolver({ timeout: 2_000, tries: 2 });',
    what: 'number plus one',
    why: 'How often a silent name server is asked is a choice.',
  },
  {
    file: 'services/operator/deploy/around/dns.ts',
    line: 'const resolver = new Resolver({ timeout: 2_000, tries: 2 });',
    what: 'number times ten',
    why: 'How long it is waited for is a choice.',
  },
  {
    file: 'services/operator/deploy/make/certificates.ts',
    line: `IdempotencyToken: createHash('sha256').update(\`\${stackName} \${host}\`).digest('hex').slice(32),`,
    what: 'number plus one',
    why: 'ACM takes up to 32 characters. One less does as well.',
  },
  {
    file: 'services/operator/deploy/make/certificates.ts',
    line: 'TTL: 300,',
    what: 'number plus one',
    why: 'How long resolvers remember the record is a choice.',
  },
  {
    file: 'services/mover/trash.ts',
    line: 'const AT_ONCE = 32;',
    what: 'number plus one',
    why: 'How many files are restored at once is a choice.',
  },
  {
    file: 'services/mover/s3-version-store.ts',
    line: 'const PARTS_AT_ONCE = 8;',
    what: 'number plus one',
    why: 'How many parts are copied at once is a choice.',
  },
  {
    file: 'services/mover/mover.ts',
    line: 'const Text = Type.String({ maxLength: 4_096 });',
    what: 'number plus one',
    why: 'No name or token is nearly that long.',
  },
  {
    file: 'services/operator/probe/facts.ts',
    line: "const over = { 'AWS:EpochTime': secondsFromNow(-60) };",
    what: 'number plus one',
    why: 'How long ago it was over is a choice.',
  },
  {
    file: 'services/operator/probe/facts.ts',
    line: 'const expires = secondsFromNow(900);',
    what: 'number plus one',
    why: 'How long it lives is a choice.',
  },
  {
    file: 'services/operator/probe/facts.ts',
    line: `everywhere: async ({ ask }) => inWords(await ask(\`/\${'a'.repeat(8_300)}\`)),`,
    what: 'number plus one',
    why: 'Any length above the limit does.',
  },
  {
    file: 'services/operator/probe/facts.ts',
    line: 'everywhere: async ({ ask, file }) => inWords(await ask(file, { headers: threeOf(7_000) })),',
    what: 'number times ten',
    why: 'The same.',
  },
  {
    file: 'services/operator/probe/facts.ts',
    line: "const answer = await show(file, credential, 'cookies', { headers: threeOf(6_200) });",
    what: 'number plus one',
    why: 'Any length below the limit does.',
  },
  {
    file: 'services/operator/probe/edge-functions.ts',
    line: 'const floor = secondsFromNow(-7_200);',
    what: 'number plus one',
    why: 'How long ago these sessions were revoked is a choice.',
  },
  {
    file: 'services/operator/probe/deployment.ts',
    line: "const content = 'x'.repeat(30);",
    what: 'number plus one',
    why: 'How many bytes are sent is a choice.',
  },
  {
    file: 'services/operator/probe/chrome.ts',
    line: "await page.goto('about:blank');",
    what: 'call dropped',
    why: 'The Chromium of the tests takes the same address again from its cache. Not every browser does.',
  },
  {
    file: 'services/operator/probe/world.ts',
    line: "if (by !== 'function') return true;",
    what: 'if dropped',
    why: 'It saves a request. Where the function runs first, which is a fault, the questions that ask this are hidden anyway.',
  },
  {
    file: 'services/web/page/files/lightbox.ts',
    line: 'if (shown && !dialog.open) actions.onLeave();',
    what: '! dropped',
    why: 'The Chromium of the tests sends `cancel` also where it closes the dialog without asking. Not every browser does.',
  },
  {
    file: 'services/web/client/bearer.ts',
    line: 'accessToken = access_token;',
    what: '= for ??=',
    why: 'A session begins only where none is known.',
  },
  {
    file: 'services/web/client/upload-queue.ts',
    line: 'listeners.delete(look);',
    what: 'call dropped',
    why: 'A listener that stays does nothing more.',
  },
  {
    file: 'services/web/client/batches.ts',
    line: 'const NAMES_AT_ONCE = 200;',
    what: 'number plus one',
    why: 'How many names are sent at once is a choice.',
  },
  {
    file: 'services/web/page/teams/team-dialog.ts',
    line: 'if (!shown) return false;',
    what: 'false to true',
    why: 'A dialog without a team is closed, and what follows changes nothing outside it.',
  },
  {
    file: 'services/web/client/thumbnail-worker.ts',
    line: 'if (blob.size <= MAX_THUMBNAIL_BYTES) drawn.thumbnail = blob;',
    what: '= for ??=',
    why: 'A picture has none before.',
  },
  {
    file: 'services/web/client/thumbnail-worker.ts',
    line: `drawn.color = \`#\${(0x1000000 + rgb).toString(16).slice(1)}\`;`,
    what: '= for ??=',
    why: 'The same.',
  },
  {
    file: 'services/web/client/thumbnail-worker.ts',
    line: String.raw`if (Date.parse(date)) drawn.takenAt = date + (/[+-]\d\d:\d\d/.test(zone) ? zone : '');`,
    what: '= for ??=',
    why: 'The same.',
  },
];
